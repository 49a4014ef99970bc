"""Which looks are due: each capability has a period for each kind, and an answer is good for as long."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chariot.capability import Capability
from chariot.errors import ConfigurationError
from chariot.model.keys import Key
from chariot.model.kinds.work import Job
from chariot.model.records import Record
from chariot.model.registry import KINDS
from chariot.model.states import Outcome

SLACK = 0.1
"""The share of its period by which a look may come early: the clock that orders scans is coarser than a period."""

SETTLING = timedelta(minutes=1)
"""What a look itself changes is written a moment after it looked: that is no change since."""

Periods = Mapping[str, float | Mapping[str, float]]
"""Hours by capability, or by capability and kind."""


class Cadence(msgspec.Struct, frozen=True):
    """How long answers are good for: what the settings say, else what each capability declares."""

    periods: Periods = {}

    def check(self, accepts: Mapping[str, Collection[str]]) -> None:
        """Return where every period is one of a capability that is there; *accepts* are their kinds by name.

        Raises:
            ConfigurationError: one is not; the text lists all that are wrong.
        """
        faults = []
        for name, hours in self.periods.items():
            if name not in accepts:
                faults.append(f"periods.{name}: no capability is called that")
                continue
            by_kind = hours if isinstance(hours, Mapping) else {}
            faults += [
                f"periods.{name}.{kind}: {'it does not accept that' if kind in KINDS else 'no kind is called that'}"
                for kind in by_kind
                if kind not in accepts[name]
            ]
            values = by_kind.values() if by_kind else [hours]
            faults += [
                f"periods.{name}: hours are above 0" for one in values if not 0 < _number(one) <= 100_000
            ]
        if faults:
            raise ConfigurationError("; ".join(sorted(faults)))

    def period(self, capability: type[Capability[Any]] | Capability[Any], kind: str) -> timedelta:
        """Return how long an answer of *capability* about a *kind* is good for."""
        hours = self.periods.get(capability.name)
        if isinstance(hours, Mapping):
            hours = hours.get(kind)
        return timedelta(hours=hours) if hours is not None else capability.period

    def is_due(self, capability: Capability[Any], record: Record, job: Record | None, now: datetime) -> bool:
        """Tell whether *capability* should look at *record*, whose last look was *job*.

        A look that could not be had is no answer, and what changed since the last one is not answered by it.
        """
        if job is None or not isinstance(job.entity, Job) or job.entity.outcome is not Outcome.DONE:
            return True
        if record.updated > job.visited + SETTLING:
            return True
        return now - job.visited >= self.period(capability, record.kind) * (1 - SLACK)


def is_answered(record: Record, job: Record | None, since: datetime) -> bool:
    """Tell whether *job* looked at *record* since then, and at what it is now."""
    return job is not None and job.visited >= since and record.updated <= job.visited + SETTLING


def job_key(capability: str, target: Key) -> Key:
    """Return the key of the job of *capability* at *target*."""
    return Job(capability=capability, target=target).key


def job_keys(records: Iterable[Record], capabilities: Sequence[str]) -> list[Key]:
    """Return the keys of all jobs of *capabilities* at *records*."""
    return [job_key(name, record.key) for record in records for name in capabilities]


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
