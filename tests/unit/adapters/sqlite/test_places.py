from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Certificate, Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Observations
from chariot.modules.surface.places import block_place, place_in, place_of
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule, Sight

ACME = Organisation("acme")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
NEAR, FAR, SHOP = Address(ip="192.0.2.7"), Address(ip="198.51.100.7"), Domain(host="shop.test")
CERTIFICATE = Certificate(sha256="ab" * 32)
RISK = Risk(target=NEAR.key, weakness="CVE-2023-12345")
SOME: Sight = (Rule(places=(block_place("192.0.2.0/28"), place_in("test"))),)
ANY_SIGHT = Query(kinds=("address", "certificate", "domain", "risk"))
SEEN = Query(kinds=ANY_SIGHT.kinds, sight=SOME)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteEntityStore]:
    store = SqliteEntityStore(SqliteDatabase(path))
    yield store
    await store.close()


async def see(store: SqliteEntityStore, *entities: Entity, days: int = 0) -> None:
    batch = Observations(capability="probe", seen_at=NOON + timedelta(days=days), entities=entities)
    assert not (await SurfaceService(store).observe(ACME, batch)).refused


def asked(path: Path, statement: str) -> list[tuple[object, ...]]:
    connection = apsw.Connection(str(path))
    try:
        return connection.execute(statement).fetchall()
    finally:
        connection.close()


def place_indexes(path: Path) -> int:
    return len(asked(path, "SELECT 1 FROM sqlite_master WHERE name GLOB 'fact_0_*'"))


def kept(path: Path) -> dict[object, object]:
    return dict(asked(path, "SELECT key || ' ' || revision, fact_0 FROM version"))


async def test_places_are_kept_when_somebody_sees_some_of_them_alone(
    path: Path, store: SqliteEntityStore
) -> None:
    await store.find(ACME, ANY_SIGHT)
    await store.counts(ACME, sight=(Rule(kinds=("address",)),))
    assert place_indexes(path) == 0

    await store.find(ACME, SEEN)
    assert place_indexes(path) == 1


async def test_the_index_of_places_stays(path: Path) -> None:
    store = SqliteEntityStore(SqliteDatabase(path))
    await store.counts(ACME, sight=SOME)
    await store.close()

    await SqliteEntityStore(SqliteDatabase(path)).close()

    assert place_indexes(path) == 1


async def test_what_was_there_before_and_what_comes_later_has_its_place(
    path: Path, store: SqliteEntityStore
) -> None:
    await see(store, NEAR, RISK, CERTIFICATE, Domain(host="shop.test", registrar="old"))
    assert set(kept(path).values()) == {None}

    await store.find(ACME, SEEN)
    await see(store, FAR, Domain(host="shop.test", registrar="new"), days=1)

    assert kept(path) == {
        f"{NEAR.key} 1": place_of(NEAR.key),
        f"{RISK.key} 1": place_of(NEAR.key),
        f"{CERTIFICATE.key} 1": None,
        f"{SHOP.key} 1": place_of(SHOP.key),
        f"{SHOP.key} 2": place_of(SHOP.key),
        f"{FAR.key} 1": place_of(FAR.key),
    }


async def test_another_process_learns_that_places_are_kept(path: Path, store: SqliteEntityStore) -> None:
    other = SqliteEntityStore(SqliteDatabase(path))
    await see(other, NEAR)
    await store.find(ACME, SEEN)

    await see(other, FAR)
    await other.close()

    assert kept(path) == {f"{one.key} 1": place_of(one.key) for one in (NEAR, FAR)}


async def test_what_can_only_be_read_shows_the_same(path: Path, store: SqliteEntityStore) -> None:
    await see(store, NEAR, FAR, SHOP, RISK, CERTIFICATE)
    locked = apsw.Connection(str(path))
    # Stands for a file that takes no writes: the trigger refuses the one that would keep places.
    locked.execute(
        "CREATE TRIGGER stays BEFORE UPDATE ON version BEGIN SELECT RAISE(ABORT, 'read only'); END"
    )

    before = await store.find(ACME, SEEN)
    counts = await store.counts(ACME, sight=SOME)
    assert place_indexes(path) == 0
    locked.execute("DROP TRIGGER stays")
    locked.close()

    assert [record.key for record in before.items] == [NEAR.key, SHOP.key, RISK.key]
    assert await store.find(ACME, SEEN) == before
    assert await store.counts(ACME, sight=SOME) == counts
    assert place_indexes(path) == 1
