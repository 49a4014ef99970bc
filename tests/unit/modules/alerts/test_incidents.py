from datetime import UTC, datetime

import pytest

from chariot.model.keys import Organisation
from chariot.model.kinds.incident import Incident, IncidentState
from chariot.model.kinds.work import AlertRule
from chariot.model.states import Severity
from chariot.modules.alerts.incidents import alert_of, begun

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def incident(**fields):
    values = {
        "severity": Severity.HIGH,
        "began_at": NOON,
        "title": "Many failures",
        "subject": "ann",
    } | fields
    return Incident(id="brute-force.20260301.0", rule="brute-force", **values)


def rule(**fields):
    return AlertRule(label="urgent", **fields)


@pytest.mark.parametrize(
    ("made", "by", "told"),
    [
        (incident(), rule(), True),
        (incident(), rule(minimum_score=90), False),
        (incident(severity=Severity.CRITICAL), rule(minimum_score=90), True),
        (incident(severity=None), rule(minimum_score=1), False),
        (incident(), rule(overdue_only=True), False),
        (incident(), rule(known_exploited_only=True), False),
        (incident(state=IncidentState.DISMISSED), rule(), False),
    ],
)
def test_an_incident_is_told_by_the_rules_that_tell_of_risks_as_bad(made, by, told):
    assert (begun(made, by) is not None) is told


def test_the_alert_says_what_happened_to_whom():
    current = begun(incident(), rule())
    alert = alert_of(Organisation("acme"), rule(), incident(), current, "d1")

    assert (alert.cause, alert.score, alert.title) == ("incident", 80, "Many failures: ann")
    assert alert.risk == incident().key
