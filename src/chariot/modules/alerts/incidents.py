"""Incidents as alerts: told once, when they are raised, by the rules that tell of risks as bad."""

from collections.abc import Mapping
from typing import Final

from chariot.model.keys import Key, Organisation
from chariot.model.kinds.incident import Incident, IncidentState
from chariot.model.kinds.work import AlertRule
from chariot.model.states import RiskState, Severity
from chariot.modules.alerts.meaning import Episode
from chariot.modules.alerts.ports import Alert

SCORES: Final[Mapping[Severity, int]] = {
    Severity.CRITICAL: 95,
    Severity.HIGH: 80,
    Severity.MEDIUM: 50,
    Severity.LOW: 20,
    Severity.INFO: 0,
}
"""What an incident counts against the least score of a rule."""


def begun(incident: Incident, rule: AlertRule) -> Episode | None:
    """Return the episode of *incident*; None where *rule* does not tell of it."""
    if rule.known_exploited_only or rule.overdue_only or incident.state is not IncidentState.OPEN:
        return None
    if incident.began_at is None or _score(incident) < rule.minimum_score:
        return None
    return Episode(1, incident.began_at, "incident")


def alert_of(
    organisation: Organisation, rule: AlertRule, incident: Incident, current: Episode, delivery: str
) -> Alert:
    """Return what is told of *incident*."""
    return Alert(
        id=delivery,
        rule=rule.label,
        cause=current.cause,
        began_at=current.began_at,
        organisation=organisation,
        risk=Key(incident.key),
        target=Key(incident.key),
        weakness=incident.rule,
        title=f"{incident.title}: {incident.subject}"[:500],
        score=_score(incident),
        decision=None,
        severity=incident.severity,
        state=RiskState.OPEN,
        known_exploited=False,
        remediation="",
        factors=(),
    )


def _score(incident: Incident) -> int:
    return SCORES[incident.severity or Severity.INFO]
