from format_contract import entities, findings, read, refusals, sample

from chariot.formats.wpscan import WpScan
from chariot.model.states import Severity

BLOG = "#webapplication#https://blog.perimeter.test/"


def test_vulnerabilities_and_interests_are_risks_of_the_site() -> None:
    items = read(WpScan(), sample("wpscan.1.json"))

    risks = entities(items, "risk")
    assert {key.removeprefix(f"#risk{BLOG}#"): risk.severity for key, risk in risks.items()} == {
        "CVE-2023-2745": None,
        "wpscan:cc-dd": Severity.CRITICAL,
        "wpscan:xmlrpc": Severity.INFO,
        "wpscan:config-backup": Severity.HIGH,
    }
    assert findings(items) == 4


def test_what_mends_it_is_the_remediation() -> None:
    risks = entities(read(WpScan(), sample("wpscan.1.json")), "risk")

    assert risks[f"#risk{BLOG}#CVE-2023-2745"].remediation == "Update WordPress to 6.1.2."


def test_wordpress_and_its_parts_are_known() -> None:
    items = read(WpScan(), sample("wpscan.1.json"))

    assert [one.name for one in entities(items, "technology").values()] == ["WordPress 6.1.1"]
    assert {one.name for one in entities(items, "attribute").values()} == {
        "wordpress-theme = plain",
        "wordpress-plugin = frobnicator 1.0",
    }


def test_a_scan_that_gave_up_is_refused_with_its_reason() -> None:
    items = read(WpScan(), b'{"scan_aborted":"The URL supplied redirects."}')

    assert "redirects" in refusals(items)[0].reason
