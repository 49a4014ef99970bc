from datetime import UTC, datetime

from format_contract import edges, entities, findings, read, sample

from chariot.formats.asff import Asff
from chariot.model.states import Severity

INSTANCE = "#file#arn:aws:ec2:eu-central-1:111122223333:instance/i-1"


def test_a_control_is_the_weakness_of_its_resource() -> None:
    items = read(Asff(), sample("asff.1.json"))

    assert "#risk#file#arn:aws:s3:::shop#securityhub:S3.1" in entities(items, "risk")
    assert findings(items) == 4


def test_a_vulnerability_is_named_by_its_cve_and_a_number_gives_its_severity() -> None:
    risk = entities(read(Asff(), sample("asff.1.json")), "risk")[f"#risk{INSTANCE}#CVE-2025-10027"]

    assert risk.severity is Severity.CRITICAL


def test_only_public_addresses_of_an_instance_are_assets() -> None:
    items = read(Asff(), sample("asff.1.json"))

    assert edges(items, "DISCOVERED") == {(INSTANCE, "#address#192.88.99.7")}


def test_what_passed_or_was_suppressed_is_an_attribute() -> None:
    labels = {one.label for one in entities(read(Asff(), sample("asff.1.json")), "attribute").values()}

    assert labels == {"passed", "suppressed"}


def test_a_time_to_come_is_not_believed() -> None:
    items = read(Asff(), sample("asff.1.json"))

    assert {item.seen_at for item in items} == {datetime(2026, 3, 2, 10, tzinfo=UTC)}


def test_two_resources_are_two_risks_of_one_finding() -> None:
    items = read(Asff(), sample("asff.2.json"))

    assert {risk.weakness for risk in entities(items, "risk").values()} == {"prowler:s3_log"}
    assert (len(entities(items, "risk")), findings(items)) == (2, 1)
