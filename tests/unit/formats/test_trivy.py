import json

from format_contract import edges, entities, findings, read, sample

from chariot.formats.trivy import Trivy
from chariot.model.states import Severity

IMAGE = "#file#registry.example.com/shop:1.4"


def test_a_vulnerability_of_two_packages_of_an_image_is_one_risk() -> None:
    items = read(Trivy(), sample("trivy.1.json"))

    risk = entities(items, "risk")[f"#risk{IMAGE}#CVE-2025-10002"]

    assert [row[0] for row in risk.evidence[1].rows] == ["libone", "libone-tools"]
    assert risk.severity is Severity.HIGH
    assert findings(items) == 6


def test_the_distribution_of_an_image_is_a_technology() -> None:
    items = read(Trivy(), sample("trivy.1.json"))

    cpe = "#technology#cpe:2.3:o:alpinelinux:alpine_linux:3.20.1:*:*:*:*:*:*:*"
    assert (IMAGE, cpe) in edges(items, "HAS_TECHNOLOGY")


def test_an_unknown_severity_is_none() -> None:
    risks = entities(read(Trivy(), sample("trivy.1.json")), "risk")

    assert risks[f"#risk{IMAGE}#CVE-2025-10003"].severity is None


def test_secrets_misconfigurations_and_licences_are_risks_too() -> None:
    risks = entities(read(Trivy(), sample("trivy.1.json")), "risk")

    assert {
        "#risk#file#/app/settings.env#trivy:shop-token",
        "#risk#file#Dockerfile#trivy:AVD-DS-0002",
        f"#risk{IMAGE}#trivy:license:Example-1.0",
    } <= set(risks)


def test_a_resource_of_a_cluster_is_the_target() -> None:
    risks = entities(read(Trivy(), sample("trivy.2.json")), "risk")

    assert list(risks) == ["#risk#file#lab/shop/Deployment/cart#trivy:KSV001"]


def test_the_older_form_is_read() -> None:
    risks = entities(read(Trivy(), sample("trivy.3.json")), "risk")

    assert list(risks) == ["#risk#file#shop:1#CVE-2025-10004"]


def test_each_listed_package_is_told_with_the_source_that_advisories_are_about() -> None:
    purl = "pkg:deb/debian/libone1@1.0-1?distro=debian-12.4"
    packages = [
        {
            "Name": "libone1",
            "Identifier": {"PURL": purl},
            "Version": "1.0",
            "SrcName": "one",
            "SrcVersion": "2.0",
            "SrcRelease": "3",
            "SrcEpoch": 1,
        },
        {"Name": "unnamed"},
    ]
    weak = {"VulnerabilityID": "CVE-2025-10005", "PkgName": "libone1", "PkgIdentifier": {"PURL": purl}}
    report = {
        "SchemaVersion": 2,
        "ArtifactName": "shop:1",
        "Results": [{"Class": "os-pkgs", "Packages": packages, "Vulnerabilities": [weak]}],
    }

    items = read(Trivy(), json.dumps(report).encode())

    assert [fact.value for fact in entities(items, "attribute").values()] == [
        f"{purl}&upstream=one%401%3A2.0-3"
    ]
    assert list(entities(items, "file")) == ["#file#shop:1"]
