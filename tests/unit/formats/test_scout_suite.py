from io import BytesIO

import msgspec
import pytest
from format_contract import entities, findings, read, sample

from chariot.formats.scout_suite import ScoutSuite
from chariot.model.states import Severity


@pytest.mark.parametrize("name", ["scoutsuite.1.js", "scoutsuite.2.json"])
def test_each_flagged_item_is_a_risk_at_its_resource(name: str) -> None:
    items = read(ScoutSuite(), sample(name))

    assert set(entities(items, "risk")) == {
        "#risk#file#aws/111122223333/s3.buckets.a#scoutsuite:s3-no-log",
        "#risk#file#aws/111122223333/s3.buckets.b#scoutsuite:s3-no-log",
    }
    assert findings(items) == 2


def test_danger_is_the_highest_level() -> None:
    risks = entities(read(ScoutSuite(), sample("scoutsuite.1.js")), "risk")

    assert {risk.severity for risk in risks.values()} == {Severity.CRITICAL}


@pytest.mark.parametrize(
    ("item", "about", "resource"),
    [
        (
            "ec2.regions.eu-west-1.vpcs.v.security_groups.sg-1.rules.ingress.protocols.ALL.ports.1-65535",
            {
                "path": "ec2.regions.id.vpcs.id.security_groups.id.rules.id.protocols.id.ports.id",
                "display_path": "ec2.regions.id.vpcs.id.security_groups.id",
            },
            "ec2.regions.eu-west-1.vpcs.v.security_groups.sg-1",
        ),
        ("iam.reports.r.unused", {"path": "iam.reports.id"}, "iam.reports.r"),
        ("iam.password_policy.MaxAge", {"path": "iam.password_policy.MaxAge"}, "iam.password_policy.MaxAge"),
    ],
)
def test_what_is_flagged_deep_in_a_resource_is_a_risk_of_the_resource(
    item: str, about: dict[str, str], resource: str
) -> None:
    rule = {"description": "Open", "level": "danger", "items": [item, item], "flagged_items": 2, **about}
    report = {
        "provider_code": "aws",
        "account_id": "111122223333",
        "last_run": {},
        "services": {"ec2": {"findings": {"open": rule}}},
    }

    items = list(ScoutSuite().parse(BytesIO(msgspec.json.encode(report))))

    assert list(entities(items, "file")) == [f"#file#aws/111122223333/{resource}"]
    assert findings(items) == 2
