import pytest

from chariot.adapters.graph_memory.graph import MemoryGraph
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.modules.graph.service import GraphService
from chariot.modules.surface.service import SurfaceService
from support.graphs import ACME, SHOP, SHOP_HOST, tell


@pytest.fixture
async def service(tmp_path):
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "surface.db"))
    await tell(SurfaceService(store))
    service = GraphService(MemoryGraph(store), store)
    yield service
    await service.close()
    await store.close()


async def test_fixes_speak_in_the_words_of_their_findings(service) -> None:
    (path,) = (await service.paths(ACME)).paths

    mends = [step.fix.words for step in path.steps if step.fix and step.fix.risks]
    assert mends == ["Update httpd to 2.4.51 (at https://192.0.2.7/)."]


@pytest.mark.parametrize("keys", [[], [SHOP.key] * 101])
async def test_pruning_takes_some_keys_and_not_too_many(service, keys) -> None:
    with pytest.raises(InvalidError):
        await service.prune(ACME, keys)


@pytest.mark.parametrize("steps", [0, 101])
async def test_a_plan_has_some_steps_and_not_too_many(service, steps) -> None:
    with pytest.raises(InvalidError):
        await service.fix_plan(ACME, steps=steps)


async def test_the_past_has_neighbourhoods_too(service) -> None:
    (target,) = (await service.paths(ACME)).targets
    change = (await service._store.changes(0, 10_000))[-1]

    near = await service.neighbourhood(ACME, SHOP_HOST.key, as_of=change.at)

    assert len(near.keys) == 4
    assert target.weight == 2
