import pytest

from ..conftest import CVE, Run  # noqa: TID252 - a test package has no other name


def test_a_scan_ends_with_what_to_fix_first(run: Run) -> None:
    ran = run("scan", "example.com", "--deny", "legacy.example.com")

    assert ran.code == 0
    assert "Fix this first" in ran.out
    assert CVE in ran.out.split("CVE-2020-0001")[0]
    assert "kev known exploited (+30)" in ran.out


def test_a_scan_says_what_it_could_not_look_at(run: Run) -> None:
    ran = run("scan", "example.com")

    assert "unknown, not clean" in ran.out
    assert "http: timed out" in ran.out


def test_json_is_one_object_a_line_with_the_outcome_last(run: Run) -> None:
    ran = run("scan", "example.com", "--json")

    *events, last = ran.lines
    assert {"event": "found", "kind": "domain", "key": "#domain#app.example.com"} in events
    assert any(event["event"] == "progress" for event in events)
    assert last["event"] == "done"
    assert last["top"]["items"][0]["score"] == 97
    assert last["coverage"]["unknown"] == 1


@pytest.mark.parametrize(("threshold", "code"), [("97", 1), ("98", 0), ("0", 1)])
def test_fail_on_tells_by_the_exit_code(run: Run, threshold: str, code: int) -> None:
    assert run("scan", "example.com", "--fail-on", threshold).code == code


def test_resume_begins_nothing_new(run: Run) -> None:
    ran = run("scan", "--resume")

    assert ran.code == 0
    assert "no open risk is known" in ran.out


@pytest.mark.parametrize(
    "arguments", [("scan",), ("scan", "x.test", "--resume"), ("scan", "--fail-on", "101", "x")]
)
def test_wrong_usage_is_said_and_has_code_2(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)

    assert ran.code == 2
    assert "Error" in ran.err
    assert "Traceback" not in ran.err
