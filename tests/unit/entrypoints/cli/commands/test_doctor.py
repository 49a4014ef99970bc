from ..conftest import Run  # noqa: TID252 - a test package has no other name


def test_the_doctor_names_each_part(run: Run, monkeypatch) -> None:
    monkeypatch.setenv("CHARIOT_RESOLVER", "nonsense")

    ran = run("doctor", "--json")

    assert {"python", "sqlite", "home", "disk", "store", "resolver"} <= {
        one["name"] for one in ran.json["checks"]
    }
    assert ran.code in (0, 5)


def test_each_missing_part_says_what_it_costs(run: Run, monkeypatch) -> None:
    monkeypatch.setenv("CHARIOT_RESOLVER", "nonsense")

    checks = run("doctor", "--json").json["checks"]

    assert all(one["cost"] for one in checks if one["state"] != "ok")
