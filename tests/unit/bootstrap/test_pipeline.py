"""What is done for all databases is done for those that are there."""

from types import SimpleNamespace

import pytest

from chariot.adapters.routing.audit import RoutedAuditLog
from chariot.bootstrap.pipeline import _upkeep
from chariot.errors import UnavailableError
from chariot.model.keys import Organisation
from chariot.settings import Settings

ACME, SHOP = Organisation("acme"), Organisation("shop")


class Database:
    """Counts what is done for it, where it is not away."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.is_away = is_away
        self.done = 0

    async def upkeep(self, _days: int) -> None:
        if self.is_away:
            raise UnavailableError("does not answer")
        self.done += 1

    async def organisations(self) -> list[Organisation]:
        if self.is_away:
            raise UnavailableError("does not answer")
        return [SHOP]


async def test_a_database_that_is_away_keeps_no_other_from_its_upkeep() -> None:
    homes = {"": Database(is_away=True), ACME: Database(is_away=True), SHOP: Database()}
    engines = SimpleNamespace(homes=homes)

    with pytest.raises(UnavailableError, match=r"^does not answer; acme: does not answer$"):
        await _upkeep(engines, Settings(journal_days=0))

    assert homes[SHOP].done == 1


async def test_an_audit_log_that_is_away_is_named_with_those_that_are_there() -> None:
    log = RoutedAuditLog(Database(), {ACME: Database(is_away=True)})

    assert await log.organisations() == [ACME, SHOP]
