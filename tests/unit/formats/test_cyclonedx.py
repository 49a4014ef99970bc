import json

from format_contract import edges, entities, findings, read, sample

from chariot.formats.cyclonedx import CycloneDx
from chariot.model.states import Severity

SUBJECT = "#file#registry.example.com/shop@2.0"


def test_each_affected_component_counts_and_they_are_one_risk() -> None:
    items = read(CycloneDx(), sample("cyclonedx.1.json"))

    risk = entities(items, "risk")[f"#risk{SUBJECT}#CVE-2025-10010"]

    assert [row[0] for row in risk.evidence[1].rows] == ["liba", "inner"]
    assert risk.severity is Severity.HIGH
    assert findings(items) == 4


def test_a_vector_gives_the_severity_where_no_word_does() -> None:
    risks = entities(read(CycloneDx(), sample("cyclonedx.1.json")), "risk")

    assert risks[f"#risk{SUBJECT}#CVE-2025-10011"].severity is Severity.CRITICAL


def test_what_is_not_affected_is_no_risk_but_an_attribute() -> None:
    items = read(CycloneDx(), sample("cyclonedx.1.json"))

    assert f"#risk{SUBJECT}#CVE-2025-10012" not in entities(items, "risk")
    assert f"#attribute{SUBJECT}#not-affected#CVE-2025-10012" in entities(items, "attribute")


def test_a_stated_cpe_is_a_technology_and_each_component_a_package() -> None:
    items = read(CycloneDx(), sample("cyclonedx.1.json"))

    assert len(edges(items, "HAS_TECHNOLOGY")) == 1
    assert f"#attribute{SUBJECT}#package#pkg:generic/liba@1.0" in entities(items, "attribute")


def test_vulnerabilities_before_their_components_find_their_names() -> None:
    data = (
        b'{"bomFormat": "CycloneDX", "vulnerabilities": [{"id": "CVE-2025-10099", "affects": [{"ref": "a"}]}],'
        b' "components": [{"bom-ref": "a", "name": "late", "version": "1"}]}'
    )

    (risk,) = entities(read(CycloneDx(), data), "risk").values()

    assert risk.title == "CVE-2025-10099 in late 1"


def test_the_extension_of_the_first_version_is_read_from_xml() -> None:
    items = read(CycloneDx(), sample("cyclonedx.2.xml"))

    risk = entities(items, "risk")["#risk#file#shop:3#CVE-2025-10013"]

    assert (risk.severity, risk.title) == (Severity.MEDIUM, "CVE-2025-10013 in loud 2")


def test_xml_and_json_give_the_same_kinds_of_records() -> None:
    items = read(CycloneDx(), sample("cyclonedx.3.xml"))

    assert "#risk#file#bill of materials#CVE-2025-10014" in entities(items, "risk")
    assert "#attribute#file#bill of materials#fixed#CVE-2025-10015" in entities(items, "attribute")
    assert findings(items) == 2


def test_the_source_package_that_trivy_names_is_kept() -> None:
    purl = "pkg:deb/debian/libone1@1.0-1"
    component = {
        "type": "library",
        "name": "libone1",
        "version": "1.0-1",
        "purl": purl,
        "properties": [
            {"name": f"aquasecurity:trivy:Src{part}", "value": value}
            for part, value in {"Name": "one", "Version": "2.0", "Release": "3", "Epoch": "1"}.items()
        ],
    }
    bill = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "metadata": {"component": {"name": "shop:1"}},
        "components": [component],
    }

    (package,) = entities(read(CycloneDx(), json.dumps(bill).encode()), "attribute").values()

    assert package.value == f"{purl}?upstream=one%401%3A2.0-3"
