from format_contract import entities, findings, read, sample

from chariot.formats.openvex import OpenVex


def test_what_is_affected_is_a_risk_at_each_product() -> None:
    items = read(OpenVex(), sample("openvex.1.json"))

    assert "#risk#file#pkg:oci/shop@sha256:00#CVE-2025-10020" in entities(items, "risk")
    assert "#risk#file#pkg:oci/cart@sha256:00#CVE-2025-10020" in entities(items, "risk")
    assert findings(items) == 4


def test_what_is_under_investigation_is_half_sure() -> None:
    risks = entities(read(OpenVex(), sample("openvex.1.json")), "risk")

    assert risks["#risk#file#pkg:oci/shop@sha256:00#CVE-2025-10022"].confidence == 50


def test_what_is_not_affected_is_an_attribute() -> None:
    attributes = entities(read(OpenVex(), sample("openvex.1.json")), "attribute")

    assert list(attributes) == ["#attribute#file#pkg:oci/shop@sha256:00#not-affected#CVE-2025-10021"]
