from format_contract import entities, findings, read, sample

from chariot.formats.checkov import Checkov
from chariot.model.states import Severity


def test_one_check_of_two_resources_in_a_file_is_one_risk() -> None:
    items = read(Checkov(), sample("checkov.1.json"))

    risk = entities(items, "risk")["#risk#file#/main.tf#checkov:CKV_AWS_1"]

    assert [row[0] for row in risk.evidence[1].rows] == ["aws_bucket.shop", "aws_bucket.cart"]
    assert findings(items) == 3


def test_a_severity_is_only_what_a_platform_gave() -> None:
    risks = entities(read(Checkov(), sample("checkov.1.json")), "risk")

    assert risks["#risk#file#/main.tf#checkov:CKV_AWS_1"].severity is None
    assert risks["#risk#file#/main.tf#checkov:CKV_AWS_2"].severity is Severity.HIGH


def test_a_skipped_check_is_an_attribute() -> None:
    items = read(Checkov(), sample("checkov.1.json"))

    assert list(entities(items, "attribute")) == ["#attribute#file#/main.tf#suppressed#checkov:CKV_AWS_3"]


def test_code_is_not_kept() -> None:
    assert "hunter2hunter2" not in str(read(Checkov(), sample("checkov.1.json")))


def test_several_frameworks_stand_in_an_array() -> None:
    risks = entities(read(Checkov(), sample("checkov.2.json")), "risk")

    assert set(risks) == {
        "#risk#file#/requirements.txt#CVE-2025-10026",
        "#risk#file#/app.py#checkov:CKV_SECRET_6",
    }


def test_the_summary_of_nothing_found_is_known() -> None:
    data = b'{"passed": 0, "failed": 0, "skipped": 0, "checkov_version": "3.2"}'

    assert Checkov().sniff(data) > 0
    assert read(Checkov(), data) == []
