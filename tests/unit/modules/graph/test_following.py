"""The store's side of the graph; what comes of it is the contract's matter."""

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.observations import Edit
from chariot.modules.graph import following
from chariot.modules.graph.facts import tagged_weight
from chariot.modules.surface.service import SurfaceService
from support.graphs import ACME, LINKS, SHOP_RISK, tell


@pytest.fixture
async def store(tmp_path):
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "surface.db"))
    yield store
    await store.close()


async def test_pages_of_any_size_hold_the_whole_log_once(store) -> None:
    await tell(SurfaceService(store))

    pages = [page async for page in following.changes(store, ACME, 0, size=3)]

    sequences = [change.sequence for page in pages for change in page]
    assert sequences == sorted(set(sequences))
    assert max(map(len, pages)) == 3
    assert [change async for change in following.changes(store, ACME, sequences[-1])] == []


async def test_what_was_followed_is_not_read_again(store) -> None:
    await tell(SurfaceService(store))
    graph, reached = await following.load(store, ACME, tagged_weight)
    assert len(graph.links.edges().source) == len(LINKS)
    end = reached.own

    await SurfaceService(store).edit(
        ACME, [Edit(actor="anna", key=SHOP_RISK.key, fields={"state": "remediated"}, why="updated")]
    )

    assert await following.follow(store, ACME, tagged_weight, graph, reached)
    assert reached.own > end
    assert not graph.facts[graph.number(SHOP_RISK.key)].weak.open


async def test_very_many_changes_are_not_applied_one_by_one(store, monkeypatch) -> None:
    graph, reached = await following.load(store, ACME, tagged_weight)
    monkeypatch.setattr(following, "RELOAD_AT", 2)
    await tell(SurfaceService(store))

    assert not await following.follow(store, ACME, tagged_weight, graph, reached)
