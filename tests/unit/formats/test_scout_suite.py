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
