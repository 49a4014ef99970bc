from format_contract import entities, findings, read, sample

from chariot.formats.dependency_track import DependencyTrack

PROJECT = "#file#shop@2"


def test_a_finding_is_a_risk_at_its_project() -> None:
    items = read(DependencyTrack(), sample("dependency-track.1.json"))

    assert list(entities(items, "risk")) == [f"#risk{PROJECT}#CVE-2025-10028"]
    assert findings(items) == 3


def test_an_analysis_settles_a_finding_and_a_package_is_one_of_its_project() -> None:
    attributes = entities(read(DependencyTrack(), sample("dependency-track.1.json")), "attribute")

    assert set(attributes) == {
        f"#attribute{PROJECT}#not-affected#CVE-2025-10029",
        f"#attribute{PROJECT}#suppressed#sonatype-1",
        f"#attribute{PROJECT}#package#pkg:generic/nginx@1.24.0",
    }


def test_a_stated_cpe_is_a_technology() -> None:
    assert len(entities(read(DependencyTrack(), sample("dependency-track.1.json")), "technology")) == 1
