from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.modules.exchange.report.coverage import coverage
from chariot.modules.surface.service import SurfaceService

from .conftest import ACME, HOSTILE


async def test_unknown_answers_are_grouped_by_capability_and_reason(surface: SurfaceService) -> None:
    found = await coverage(surface.store, ACME)

    (group,) = found.reasons.items
    assert (found.jobs, found.unknown) == (6, 5)
    assert (group.capability, group.reason, group.count) == ("http", HOSTILE, 5)
    assert len(group.examples) == 3


async def test_groups_beyond_the_limit_are_counted(surface: SurfaceService) -> None:
    assert (await coverage(surface.store, ACME, limit=0)).reasons.left_out == 1


async def test_nothing_scanned_is_not_everything_known(store: SqliteEntityStore) -> None:
    found = await coverage(store, ACME)

    assert (found.jobs, found.unknown) == (0, 0)
