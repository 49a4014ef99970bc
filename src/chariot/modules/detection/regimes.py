"""Who has to be told of an incident by when: duties of law and contract, as data.

Which regimes apply is for people to decide; hours count from when they became aware.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chariot.model.kinds.incident import Incident, IncidentState


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a regime asks for."""

    name: str
    regime: str
    whom: str
    hours: int = 0
    """From awareness; 0 where `business_days` or `months` say it."""
    business_days: int = 0
    days: int = 0
    source: str


DUTIES: Final[Mapping[str, Duty]] = {
    duty.name: duty
    for duty in (
        Duty(name="gdpr-authority", regime="gdpr", whom="the supervisory authority", hours=72,
             source="Regulation (EU) 2016/679, Article 33"),
        Duty(name="nis2-early-warning", regime="nis2", whom="the CSIRT or competent authority: early warning",
             hours=24, source="Directive (EU) 2022/2555, Article 23"),
        Duty(name="nis2-notification", regime="nis2", whom="the CSIRT or competent authority: notification",
             hours=72, source="Directive (EU) 2022/2555, Article 23"),
        Duty(name="nis2-final-report", regime="nis2", whom="the CSIRT or competent authority: final report",
             days=33, source="Directive (EU) 2022/2555, Article 23: one month after the notification"),
        Duty(name="dora-initial", regime="dora", whom="the competent authority: initial notification", hours=24,
             source="Regulation (EU) 2022/2554, Article 19: at the latest 24 hours after awareness"),
        Duty(name="nydfs-notice", regime="nydfs", whom="the superintendent of financial services", hours=72,
             source="23 NYCRR 500.17"),
        Duty(name="sec-8k", regime="sec", whom="investors: Form 8-K, item 1.05", business_days=4,
             source="17 CFR 249.308: counted from when the incident is found to be material"),
        Duty(name="hipaa-individuals", regime="hipaa", whom="the individuals concerned", days=60,
             source="45 CFR 164.404"),
    )
}  # fmt: skip
"""Every duty by its name."""

REGIMES: Final = tuple(sorted({duty.regime for duty in DUTIES.values()}))


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """A duty of one incident."""

    duty: str
    whom: str
    source: str
    due_at: datetime
    done_at: str
    """When it was done; empty while it was not."""
    overdue: bool


def due_at(duty: Duty, aware_at: datetime) -> datetime:
    """Return until when *duty* has to be done; business days are Monday to Friday, whatever the holidays."""
    due = aware_at + timedelta(hours=duty.hours, days=duty.days)
    left = duty.business_days
    while left:
        due += timedelta(days=1)
        left -= due.weekday() < 5
    return due


def deadlines(incident: Incident, now: datetime) -> list[Deadline]:
    """Return what has to be done for *incident*, the most urgent first; nothing for one that was dismissed."""
    aware_at = incident.aware_at or incident.began_at
    if aware_at is None or incident.state is IncidentState.DISMISSED:
        return []
    found = []
    for duty in DUTIES.values():
        if duty.regime in incident.regimes:
            due, done = due_at(duty, aware_at), incident.notified.get(duty.name, "")
            found.append(
                Deadline(
                    duty=duty.name,
                    whom=duty.whom,
                    source=duty.source,
                    due_at=due,
                    done_at=done,
                    overdue=not done and due < now,
                )
            )
    return sorted(found, key=lambda one: one.due_at)
