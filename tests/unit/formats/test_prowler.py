import pytest
from format_contract import entities, findings, read, sample

from chariot.formats.prowler import Prowler
from chariot.model.states import Severity

BUCKET = "#file#arn:aws:s3:::shop"


def test_a_failed_check_is_a_risk_at_its_resource() -> None:
    items = read(Prowler(), sample("prowler.1.json"))

    risk = entities(items, "risk")[f"#risk{BUCKET}#prowler:s3_log"]

    assert risk.severity is Severity.HIGH
    assert findings(items) == 4


def test_what_somebody_must_look_at_is_hardly_sure() -> None:
    risks = entities(read(Prowler(), sample("prowler.1.json")), "risk")

    assert risks[f"#risk{BUCKET}#prowler:s3_look"].confidence == 20
    assert f"#risk{BUCKET}#prowler:s3_fine" not in risks


def test_a_suppressed_check_is_an_attribute() -> None:
    items = read(Prowler(), sample("prowler.1.json"))

    assert list(entities(items, "attribute")) == [f"#attribute{BUCKET}#suppressed#prowler:s3_mute"]


def test_the_own_json_of_version_three_is_read() -> None:
    (risk,) = entities(read(Prowler(), sample("prowler.2.json")), "risk").values()

    assert risk.key == "#risk#file#arn:aws:acm:eu-central-1:111122223333:certificate/1#prowler:acm_expiry"
    assert risk.remediation == "Renew it."


def test_csv_is_read_and_muted_rows_count_without_a_risk() -> None:
    items = read(Prowler(), sample("prowler.3.csv"))

    assert list(entities(items, "risk")) == ["#risk#file#/subscriptions/sub/aks#prowler:aks_rbac"]
    assert findings(items) == 2


@pytest.mark.parametrize("name", ["prowler.4.csv", "prowler.5.jsonl"])
def test_version_two_is_read_with_its_own_names(name: str) -> None:
    items = read(Prowler(), sample(name))

    (risk,) = entities(items, "risk").values()
    assert (risk.target, risk.weakness) == ("#file#111122223333/eu-west-1/bob", "prowler:check12")
    assert (risk.title, risk.severity) == ("Ensure MFA is on", Severity.HIGH)
    assert risk.remediation == "Turn it on."
    assert findings(items) == 1
