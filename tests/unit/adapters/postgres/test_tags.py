import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncpg
import msgspec
import pytest

from chariot.adapters.postgres import reading
from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.mending import PostgresMender
from chariot.adapters.postgres.migrations import migrate
from chariot.adapters.sql.ranks import Ranks
from chariot.adapters.sql.tags import KEPT
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Comment
from chariot.model.observations import Edit
from chariot.model.states import Severity
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


@pytest.mark.parametrize("sort", ["key", "-key", "-updated"])
async def test_what_is_about_something_is_listed_the_same_with_tags_kept_and_without(
    store: PostgresEntityStore, new: str, sort: str
) -> None:
    comments = [Comment(about=one.key, id=f"c{number}", text="Look.") for number, one in enumerate(RISKS)]
    at_long = Risk(target=LONG.key, weakness="weak-tls")
    await see(store, *comments, at_long)
    query = Query(kinds=("comment", "risk"), sight=SHOP, sort=sort, limit=2)
    before = await keys(store, query)
    await kept(store, new)

    assert len(before) == 5
    assert set(before) == {one.key for one in (*RISKS[1::2], at_long, *comments[1::2])}
    assert await keys(store, query) == before


@pytest.mark.parametrize(("sort", "highest"), [("score", Severity.MEDIUM), ("-score", None)])
async def test_risks_of_what_bears_a_tag_are_in_the_order_asked_for(
    store: PostgresEntityStore, new: str, sort: str, highest: Severity | None
) -> None:
    many = [
        Risk(target=HOSTS[number % 4].key, weakness=f"CVE-2024-{1_000 + number}", score=score, severity=bad)
        for number, (score, bad) in enumerate(
            (score, bad)
            for score in (None, 20, 60)
            for bad in (Severity.LOW, Severity.HIGH, None, Severity.LOW)
        )
    ]
    await see(store, *many)
    sight: Sight = (Rule(tags=SHOP[0].tags, highest=highest),)
    query = Query(kinds=("risk",), sight=sight, sort=sort, limit=2)
    before = await keys(store, query)
    await kept(store, new)

    assert before
    assert await keys(store, query) == before


class Counting:
    """Runs statements and counts the rows that they read."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.rows = 0

    async def fetch(self, statement: str, *values: Any) -> Any:
        plan = await self._connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", *values)
        self.rows += sum(_read(json.loads(plan)[0]["Plan"]))
        return await self._connection.fetch(statement, *values)

    async def fetchval(self, statement: str, *values: Any) -> Any:
        rows = await self.fetch(statement, *values)
        return rows[0][0] if rows else None


def _read(node: dict[str, Any]) -> Iterator[float]:
    """Yield how many rows each part of a plan reads of the tables of what is known, seen in the end or not."""
    if node.get("Relation Name", "").startswith(("version", "presence", "bearer")):
        filtered = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Join Filter", 0)
        yield (node["Actual Rows"] + filtered) * node["Actual Loops"]
    for part in node.get("Plans", ()):
        yield from _read(part)


async def test_risks_of_what_few_bear_are_read_alone_and_a_walk_reads_each_row_once(
    store: PostgresEntityStore, new: str
) -> None:
    others = [Domain(host=f"other{number}.test") for number in range(200)]
    await see(store, *others, *(Risk(target=one.key, weakness="weak-tls", score=70) for one in others))
    database = await PostgresDatabase.open(new)

    async def rows_read(connection: Connection) -> int:
        counting: Any = Counting(connection)
        query = Query(kinds=("risk",), sight=SHOP, sort="-score")
        page = await reading.find(counting, ACME, query, database.kinds, Ranks(), places=False)
        assert [record.key for record in page.items] == [RISKS[3].key, RISKS[1].key]
        return int(counting.rows)

    walked = await database.read(ACME, rows_read)
    await kept(store, new)
    sought = await database.read(ACME, rows_read)
    await database.close()

    assert walked <= 4 * (len(others) + len(RISKS))
    assert sought <= 50


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
