from .conftest import Run


def test_a_risk_leads_back_to_the_seed_step_by_step(scanned: Run) -> None:
    shown = scanned("show", "risk#webapplication#http://app.example.com/#CVE-2021-41773", "--json").json

    assert [edge["source"] for edge in shown["path"]] == [
        "#seed#example.com",
        "#domain#app.example.com",
        "#address#192.0.2.7",
        "#port#192.0.2.7#tcp#80",
        "#webapplication#http://app.example.com/",
    ]
    assert shown["path"][-1]["type"] == "HAS_RISK"


def test_what_no_seed_leads_to_has_no_path(scanned: Run) -> None:
    assert scanned("show", f"certificate#{'ab' * 32}", "--json").json["path"] == []
