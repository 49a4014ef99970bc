import json

from format_contract import entities, findings, read, sample

from chariot.formats.grype import Grype
from chariot.model.states import Severity

IMAGE = "#file#registry.example.com/cart:2"


def test_a_match_is_a_risk_at_the_image_that_stands_behind_the_matches() -> None:
    items = read(Grype(), sample("grype.1.json"))

    assert f"#risk{IMAGE}#CVE-2025-10005" in entities(items, "risk")
    assert findings(items) == 4


def test_an_advisory_is_named_by_its_cve() -> None:
    risk = entities(read(Grype(), sample("grype.1.json")), "risk")[f"#risk{IMAGE}#CVE-2025-10006"]

    assert risk.severity is Severity.LOW


def test_only_a_cpe_that_was_matched_is_a_technology() -> None:
    technologies = entities(read(Grype(), sample("grype.1.json")), "technology")

    assert {key.split(":")[4] for key in technologies} == {"debian_linux", "nginx"}


def test_an_ignored_match_is_an_attribute() -> None:
    items = read(Grype(), sample("grype.1.json"))

    assert f"#attribute{IMAGE}#suppressed#CVE-2025-10008" in entities(items, "attribute")


def test_in_a_folder_the_target_is_the_file() -> None:
    risks = entities(read(Grype(), sample("grype.2.json")), "risk")

    assert list(risks) == ["#risk#file#/web/package-lock.json#CVE-2025-10009"]


def test_the_source_that_stands_beside_a_package_is_kept() -> None:
    artifact = {
        "name": "libone1",
        "version": "1.0-1",
        "type": "deb",
        "purl": "pkg:deb/debian/libone1@1.0-1",
        "upstreams": [{"name": "one", "version": "2.0-3"}],
    }
    match = {"vulnerability": {"id": "CVE-2025-10005", "severity": "High"}, "artifact": artifact}
    report = {"matches": [match], "source": {"type": "image", "target": {"userInput": "shop:1"}}}

    items = read(Grype(), json.dumps(report).encode())

    values = [fact.value for fact in entities(items, "attribute").values()]
    assert "pkg:deb/debian/libone1@1.0-1?upstream=one%402.0-3" in values
