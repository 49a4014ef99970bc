import inspect
from pathlib import Path

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.observations import Edit
from chariot.modules.surface.passing import PassingStore
from chariot.modules.surface.ports import EntityReader, EntityStore, EntityWriter, Freshness, History
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")


def test_everything_that_the_port_promises_is_passed_on() -> None:
    promised = {
        name
        for port in (EntityWriter, EntityReader, History, Freshness, EntityStore)
        for name in vars(port)
        if not name.startswith("_")
    }

    assert promised <= set(vars(PassingStore))
    for name in promised - {"max_age_s"}:
        asked, passed = getattr(EntityStore, name), getattr(PassingStore, name)
        assert inspect.signature(passed) == inspect.signature(asked), name


async def test_what_is_written_and_read_is_that_of_the_store_below(tmp_path: Path) -> None:
    below = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"))
    store = PassingStore(below)

    await SurfaceService(store).edit(ACME, [Edit(actor="ada", entity=Domain(host="shop.test"))])

    page = await store.find(ACME, Query(kinds=("domain",)))
    assert [record.key for record in page.items] == ["#domain#shop.test"]
    assert (page, store.stamp()) == (await below.find(ACME, Query(kinds=("domain",))), below.stamp())
    await store.close()
