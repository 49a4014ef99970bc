from datetime import UTC, date, datetime, timedelta

import pytest

from chariot.capability import CannotRunError
from chariot.model.keys import Organisation
from chariot.modules.discovery.budgets import Budget, Budgets
from chariot.modules.discovery.guard import EgressGuard
from chariot.modules.discovery.journal import Usage

ACME = Organisation("acme")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 6, tzinfo=UTC)


class Days:
    """What other processes sent, by day."""

    def __init__(self) -> None:
        self.packets: dict[date, int] = {}
        self.asked = 0

    async def used(self, _: Organisation, day: date) -> Usage:
        self.asked += 1
        return Usage(day, self.packets.get(day, 0))


@pytest.mark.parametrize(
    ("budget", "refused"),
    [
        (Budget(), False),
        (Budget(packets=101), False),
        (Budget(packets=100), True),
        (Budget(seconds=61), False),
        (Budget(seconds=60), True),
    ],
)
def test_a_budget_is_spent_when_a_day_reaches_it(budget, refused) -> None:
    assert bool(budget.refusal(Usage(NOON.date(), 100, 60.0))) is refused


def test_a_spent_budget_holds_until_midnight() -> None:
    at = [NOON]
    guard = EgressGuard(ACME, now=lambda: at[0])
    budgets = Budgets(Budget(packets=10), lambda _: guard, Days().used, now=lambda: at[0])

    budgets.told(ACME, Usage(NOON.date(), 9))
    guard.check_running()
    budgets.told(ACME, Usage(NOON.date(), 10))

    with pytest.raises(CannotRunError, match="budget of 10 packets is spent"):
        guard.check_running()
    at[0] = MIDNIGHT
    guard.check_running()


def test_what_is_not_written_yet_counts_at_once() -> None:
    guard = EgressGuard(ACME, now=lambda: NOON)
    budgets = Budgets(Budget(packets=10), lambda _: guard, Days().used, now=lambda: NOON)
    budgets.told(ACME, Usage(NOON.date(), 7))

    budgets.sending(ACME, 2)
    guard.check_running()
    budgets.sending(ACME, 3)

    with pytest.raises(CannotRunError, match="budget of 10 packets is spent"):
        guard.check_running()


def test_yesterdays_sum_is_none_of_today() -> None:
    guard = EgressGuard(ACME, now=lambda: MIDNIGHT)
    budgets = Budgets(Budget(packets=10), lambda _: guard, Days().used, now=lambda: MIDNIGHT)
    budgets.told(ACME, Usage(NOON.date(), 9))

    budgets.sending(ACME, 9)

    guard.check_running()


async def test_what_was_spent_before_a_restart_and_elsewhere_counts_before_anything_is_sent() -> None:
    at, days = [NOON], Days()
    guard = EgressGuard(ACME, now=lambda: at[0])
    budgets = Budgets(Budget(packets=10), lambda _: guard, days.used, now=lambda: at[0])

    await budgets.look(ACME)
    guard.check_running()
    days.packets[NOON.date()] = 10
    at[0] += timedelta(seconds=2)
    await budgets.look(ACME)

    with pytest.raises(CannotRunError, match="budget of 10 packets is spent"):
        guard.check_running()


@pytest.mark.parametrize(("budget", "asked"), [(Budget(), 0), (Budget(seconds=5), 1)])
async def test_who_was_told_a_moment_ago_or_has_no_limit_does_not_ask(budget, asked) -> None:
    days = Days()
    budgets = Budgets(budget, lambda _: EgressGuard(ACME), days.used, now=lambda: NOON)

    for _ in range(5):
        await budgets.look(ACME)

    assert days.asked == asked
