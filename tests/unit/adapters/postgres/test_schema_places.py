import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest

from chariot.adapters.postgres import reading
from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.migrations import migrate
from chariot.adapters.sql.ranks import Ranks
from chariot.model.kinds.network import Address
from chariot.modules.surface.places import block_place
from chariot.modules.surface.query import Query
from chariot.modules.surface.sight import Rule, Sight
from support.engines import postgres

from .world import ACME, see

NEAR, FAR = Address(ip="192.0.2.7"), Address(ip="198.51.100.7")
SOME: Sight = (Rule(places=(block_place("192.0.2.0/28"),)),)
SEEN = Query(kinds=("address",), sight=SOME)
PATIENCE_S = 60
ROWS_READ = """
    SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'version_present'
"""
"""How many rows of the present the transaction has read so far."""


@pytest.fixture
async def new() -> AsyncIterator[str]:
    name = await postgres().create()
    await migrate(postgres().url(name))
    yield postgres().url(name)
    await postgres().drop(name)


@pytest.fixture
async def raw(new: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(new)
    yield connection
    await connection.close()


@pytest.fixture
async def seen(new: str) -> AsyncIterator[PostgresEntityStore]:
    store = PostgresEntityStore(await PostgresDatabase.open(new))
    await see(store, NEAR, FAR)
    yield store
    await store.close()


async def place_indexes(raw: asyncpg.Connection) -> int:
    return int(
        await raw.fetchval(
            "SELECT count(*) FROM pg_indexes WHERE tablename = 'version_present' AND indexdef LIKE '%fact_0,%'"
        )
    )


async def until_indexed(raw: asyncpg.Connection) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not await place_indexes(raw):  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0.01)


async def test_places_get_an_index_when_somebody_sees_some_of_them_alone(
    seen: PostgresEntityStore, raw: asyncpg.Connection
) -> None:
    await seen.find(ACME, Query(kinds=("address",)))
    await seen.counts(ACME, sight=(Rule(kinds=("address",)),))
    assert await place_indexes(raw) == 0

    await seen.counts(ACME, sight=SOME)
    await until_indexed(raw)

    assert await place_indexes(raw) == 1


async def test_what_lies_in_a_place_is_the_same_before_and_after(
    seen: PostgresEntityStore, raw: asyncpg.Connection
) -> None:
    before = await seen.find(ACME, SEEN)
    await until_indexed(raw)
    after = await seen.find(ACME, SEEN)

    assert [record.key for record in before.items] == [NEAR.key]
    assert after == before


async def test_who_looks_does_not_wait_for_the_index(
    seen: PostgresEntityStore, raw: asyncpg.Connection
) -> None:
    async with raw.transaction():
        # As a writer holds it: no index can be made meanwhile.
        await raw.execute("LOCK TABLE version_present IN ROW EXCLUSIVE MODE")
        page = await seen.find(ACME, SEEN)
        assert [record.key for record in page.items] == [NEAR.key]
        assert await place_indexes(raw) == 0

    await until_indexed(raw)


async def test_who_serves_organisations_cannot_have_it_made(raw: asyncpg.Connection) -> None:
    await raw.execute("SET ROLE chariot_app")

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await raw.execute("SELECT chariot_index_places()")


async def test_few_things_are_gone_through_whatever_there_is_beside_them(
    seen: PostgresEntityStore, raw: asyncpg.Connection, new: str
) -> None:
    await seen.find(ACME, SEEN)
    await until_indexed(raw)
    await see(seen, *(Address(ip=f"203.0.{number >> 8}.{number & 255}") for number in range(1_000)))
    database = await PostgresDatabase.open(new)

    async def rows_read(connection: Connection) -> int:
        page = await reading.find(connection, ACME, SEEN, database.kinds, Ranks(), places=True)
        assert [record.key for record in page.items] == [NEAR.key]
        return int(await connection.fetchval(ROWS_READ))

    assert await database.read(ACME, rows_read) < 100
    await database.close()
