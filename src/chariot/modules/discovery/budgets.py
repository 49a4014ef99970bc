"""Budgets: how much one organisation may send, and how long its scanners may work, in a day (UTC)."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.discovery.guard import EgressGuard
from chariot.modules.discovery.journal import Usage

_MAX_AGE: Final = timedelta(seconds=1)


class Budget(msgspec.Struct, frozen=True):
    """What a day may cost; 0 is no limit."""

    packets: int = 0
    seconds: int = 0

    def refusal(self, usage: Usage) -> str:
        """Return why nothing more is sent on the day of *usage*; empty while it lasts."""
        if self.packets and usage.packets >= self.packets:
            return f"the day's budget of {self.packets:,} packets is spent; it begins anew at midnight (UTC)"
        if self.seconds and usage.seconds >= self.seconds:
            return f"the day's budget of {self.seconds:,} s of scanning is spent; it begins anew at midnight (UTC)"
        return ""


class Budgets:
    """Tells the guards when the day's budget is spent."""

    def __init__(
        self,
        budget: Budget,
        guard_of: Callable[[Organisation], EgressGuard],
        used: Callable[[Organisation, date], Awaitable[Usage]],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*used* returns the sums of a day, by all processes."""
        self.budget = budget
        self._guard_of = guard_of
        self._used = used
        self._now = now
        self._told_at: dict[Organisation, datetime] = {}
        self._usage: dict[Organisation, Usage] = {}

    async def look(self, organisation: Organisation) -> None:
        """Take the sums of today, unless they were told a moment ago.

        Who sends nothing is told nothing, and others may have spent the budget meanwhile, or before a restart.
        """
        now, told_at = self._now(), self._told_at.get(organisation)
        is_limited = self.budget.packets or self.budget.seconds
        if is_limited and (told_at is None or abs(now - told_at) > _MAX_AGE):
            self.told(organisation, await self._used(organisation, now.date()))

    def told(self, organisation: Organisation, usage: Usage) -> None:
        """Take the sums of a day, and stop what is over them."""
        self._told_at[organisation] = self._now()
        self._usage[organisation] = usage
        self._spend(organisation, usage)

    def sending(self, organisation: Organisation, unwritten: int) -> None:
        """Stop what comes after this packet where it is the last one; so many are in no sum of a day yet."""
        if self.budget.packets:
            today = self._now().date()
            known = self._usage.get(organisation)
            written = known.packets if known is not None and known.day == today else 0
            self._spend(organisation, Usage(today, written + unwritten))

    def _spend(self, organisation: Organisation, usage: Usage) -> None:
        refusal = self.budget.refusal(usage)
        if refusal:
            midnight = datetime.combine(usage.day + timedelta(days=1), time(), UTC)
            self._guard_of(organisation).spend(refusal, midnight)
