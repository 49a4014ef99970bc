from datetime import UTC, datetime, timedelta

import pytest

from chariot.model.kinds.incident import Incident, IncidentState
from chariot.modules.detection.regimes import DUTIES, deadlines, due_at

FRIDAY = datetime(2026, 3, 6, 12, tzinfo=UTC)


def incident(**fields: object) -> Incident:
    return Incident(id="x.20260306.0", aware_at=FRIDAY, **fields)  # type: ignore[arg-type]  # fields of an incident


@pytest.mark.parametrize(
    ("duty", "due"),
    [
        ("gdpr-authority", FRIDAY + timedelta(hours=72)),
        ("nis2-early-warning", FRIDAY + timedelta(hours=24)),
        ("hipaa-individuals", FRIDAY + timedelta(days=60)),
        ("sec-8k", datetime(2026, 3, 12, 12, tzinfo=UTC)),
    ],
)
def test_each_duty_is_due_after_its_time(duty: str, due: datetime) -> None:
    assert due_at(DUTIES[duty], FRIDAY) == due


def test_only_what_applies_is_due_the_most_urgent_first() -> None:
    found = deadlines(incident(regimes=("gdpr", "nis2")), FRIDAY)

    assert [one.duty for one in found] == [
        "nis2-early-warning", "gdpr-authority", "nis2-notification", "nis2-final-report",
    ]  # fmt: skip


def test_what_is_late_is_overdue_until_it_is_done() -> None:
    later = FRIDAY + timedelta(hours=73)
    late = incident(regimes=("gdpr",))
    told = incident(regimes=("gdpr",), notified={"gdpr-authority": "2026-03-10T00:00:00+00:00"})

    assert [one.overdue for one in deadlines(late, later)] == [True]
    assert [one.overdue for one in deadlines(told, later)] == [False]


def test_what_was_dismissed_asks_for_nothing() -> None:
    assert deadlines(incident(regimes=("gdpr",), state=IncidentState.DISMISSED), FRIDAY) == []
