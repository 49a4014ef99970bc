from datetime import UTC, datetime

import pytest

from chariot.capability import CannotRunError
from chariot.model.keys import Organisation
from chariot.modules.discovery.budgets import Budget, Budgets
from chariot.modules.discovery.guard import EgressGuard
from chariot.modules.discovery.journal import Usage

ACME = Organisation("acme")
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 1, 6, tzinfo=UTC)


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
    budgets = Budgets(Budget(packets=10), lambda _: guard)

    budgets.told(ACME, Usage(NOON.date(), 9))
    guard.check_running()
    budgets.told(ACME, Usage(NOON.date(), 10))

    with pytest.raises(CannotRunError, match="budget of 10 packets is spent"):
        guard.check_running()
    at[0] = MIDNIGHT
    guard.check_running()
