from pathlib import Path

import apsw

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.modules.surface.places import block_place
from chariot.modules.surface.query import Query
from chariot.modules.surface.sight import Rule, Sight

ACME = Organisation("acme")
SOME: Sight = (Rule(places=(block_place("192.0.2.0/28"),)),)


def place_indexes(path: Path) -> int:
    connection = apsw.Connection(str(path))
    try:
        row = connection.execute("SELECT count(*) FROM sqlite_master WHERE name GLOB 'fact_0_*'").fetchone()
        return int(str(row[0])) if row else 0
    finally:
        connection.close()


async def test_places_get_an_index_when_somebody_sees_some_of_them_alone(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    store = SqliteEntityStore(SqliteDatabase(path))

    await store.find(ACME, Query(kinds=("address",)))
    await store.counts(ACME, sight=(Rule(kinds=("address",)),))
    assert place_indexes(path) == 0

    await store.find(ACME, Query(kinds=("address",), sight=SOME))
    assert place_indexes(path) == 1
    await store.close()


async def test_the_index_of_places_stays(tmp_path: Path) -> None:
    path = tmp_path / "t.db"
    store = SqliteEntityStore(SqliteDatabase(path))
    await store.counts(ACME, sight=SOME)
    await store.close()

    await SqliteEntityStore(SqliteDatabase(path)).close()

    assert place_indexes(path) == 1
