import asyncio
from collections.abc import AsyncIterator

import asyncpg
import msgspec
import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.mending import PostgresMender
from chariot.adapters.postgres.migrations import migrate
from chariot.adapters.sql.tags import KEPT
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.mending import Line
from chariot.modules.surface.merge import entity_doc
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule, Sight
from support.engines import postgres

from .world import ACME, see

SHOP: Sight = (Rule(tags=(("team", "shop"),)),)
HOSTS = [Domain(host=f"h{number}.test") for number in range(4)]
LONG = Domain(host=".".join(["x" * 60] * 4))
RISKS = [Risk(target=one.key, weakness="weak-tls", score=40) for one in HOSTS]
SEEN = Query(kinds=("domain",), sight=SHOP, limit=2)
PATIENCE_S = 60


@pytest.fixture
async def new() -> AsyncIterator[str]:
    name = await postgres().create()
    await migrate(postgres().url(name))
    yield postgres().url(name)
    await postgres().drop(name)


@pytest.fixture
async def store(new: str) -> AsyncIterator[PostgresEntityStore]:
    store = PostgresEntityStore(await PostgresDatabase.open(new))
    await see(store, *HOSTS, LONG, *RISKS)
    await tag(store, HOSTS[1], HOSTS[3], LONG)
    yield store
    await store.close()


async def tag(store: PostgresEntityStore, *hosts: Domain, value: str | None = "shop") -> None:
    edits = [Edit(actor="ada", key=one.key, tags={"team": value}) for one in hosts]
    await SurfaceService(store).edit(ACME, edits)


async def keys(store: PostgresEntityStore, query: Query) -> list[str]:
    """Return the keys of all pages."""
    found: list[str] = []
    while True:
        page = await store.find(ACME, query)
        found += [record.key for record in page.items]
        if not page.cursor:
            return found
        query = msgspec.structs.replace(query, cursor=page.cursor)


async def kept(store: PostgresEntityStore, new: str) -> None:
    """Look for a tag, and wait until it is kept who bears which."""
    await keys(store, SEEN)
    connection = await asyncpg.connect(new)
    try:
        async with asyncio.timeout(PATIENCE_S):
            while await connection.fetchval("SELECT max(keeps_tags) FROM organisation") != KEPT:  # noqa: ASYNC110 - the server tells nobody
                await asyncio.sleep(0.02)
    finally:
        await connection.close()


@pytest.mark.parametrize("sort", ["key", "-key", "-updated"])
async def test_a_list_is_the_same_with_tags_kept_and_without(
    store: PostgresEntityStore, new: str, sort: str
) -> None:
    query = msgspec.structs.replace(SEEN, sort=sort)
    where = parse_filter("tag.team=shop", ("domain",))
    before = await keys(store, query)
    await kept(store, new)

    assert set(before) == {HOSTS[1].key, HOSTS[3].key, LONG.key}
    assert await keys(store, query) == before
    assert await keys(store, Query(kinds=("domain",), where=where, sort=sort, limit=2)) == before


@pytest.mark.parametrize("sort", ["key", "-score"])
async def test_risks_are_found_by_the_tags_of_what_they_are_at(
    store: PostgresEntityStore, new: str, sort: str
) -> None:
    await kept(store, new)

    found = await keys(store, Query(kinds=("risk",), sight=SHOP, sort=sort, limit=1))

    assert set(found) == {RISKS[1].key, RISKS[3].key}
    assert len(found) == 2


async def test_what_changes_later_is_entered_too(store: PostgresEntityStore, new: str) -> None:
    await kept(store, new)
    await tag(store, HOSTS[0])
    await tag(store, HOSTS[1], value=None)

    assert await keys(store, SEEN) == [HOSTS[0].key, HOSTS[3].key, LONG.key]


async def test_a_renamed_thing_is_still_found_by_its_tag(store: PostgresEntityStore, new: str) -> None:
    await kept(store, new)
    other = Domain(host="erased.test")

    def renamed(line: Line) -> Line:
        if line.key != HOSTS[1].key:
            return line
        return msgspec.structs.replace(line, key=other.key, said=entity_doc(other))

    database = await PostgresDatabase.open(new)
    await PostgresMender(database).mend(ACME, renamed, why="asked for")
    await database.close()

    assert await keys(store, SEEN) == [other.key, HOSTS[3].key, LONG.key]
