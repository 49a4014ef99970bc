"""Budgets: how much one organisation may send, and how long its scanners may work, in a day (UTC)."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.discovery.guard import EgressGuard
from chariot.modules.discovery.journal import Usage


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

    def __init__(self, budget: Budget, guard_of: Callable[[Organisation], EgressGuard]) -> None:
        self.budget = budget
        self._guard_of = guard_of

    def told(self, organisation: Organisation, usage: Usage) -> None:
        """Take the sums of a day, and stop what is over them."""
        refusal = self.budget.refusal(usage)
        if refusal:
            midnight = datetime.combine(usage.day + timedelta(days=1), time(), UTC)
            self._guard_of(organisation).spend(refusal, midnight)
