"""PostgreSQL: ingest beside a raw COPY and upsert of the same rows into one table of the same server."""

import asyncio
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import asyncpg
import msgspec
from tests.support.engines import Postgres, PrivatePostgres

from benchmarks.perimeter import batches
from benchmarks.rows import row
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.migrations import migrate
from chariot.model.keys import Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Observations
from chariot.model.registry import entity_encoder
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

_ENTITIES = 200_000
_MILLION = 1_000_000
_TEMPLATE = 10_000
"""So many entities are ingested, and copied by the server."""
_IN_FLIGHT = 2
"""Batches under way at once: while one is written the next is decoded."""
_AT_ONCE = 8
"""Batches one way, before the same go the other way."""
_START = datetime(2026, 1, 1, tzinfo=UTC)
_ACME = Organisation("acme")
_COLUMNS_OF = """
    SELECT column_name, data_type FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = $1 ORDER BY ordinal_position
"""
_BYTES_EACH = f"""
    SELECT pg_table_size('version_present') / {_MILLION} AS rows,
        pg_indexes_size('version_present') / {_MILLION} AS indexes,
        pg_total_relation_size('presence') / {_MILLION} AS presence
"""
_COLUMNS = ("key", "organisation", "kind", "name", "status", "doc")


def run(rows: list[dict[str, Any]]) -> None:
    """Add new, re-seen, with relationships; a page by risk in a million; one organisation among many."""
    server = PrivatePostgres(durable=True)
    try:
        asyncio.run(_ingest(server, rows))
        asyncio.run(_pages(server, rows))
    finally:
        server.stop()


async def _ingest(server: Postgres, rows: list[dict[str, Any]]) -> None:
    (raw_new, new), (raw_again, again) = await _side_by_side(server, relationships=False)
    _, (raw_linked, linked_again) = await _side_by_side(server, relationships=True)
    rows += [
        row("PostgreSQL ingest, new entities", round(new), "entities/s", reference=round(raw_new),
            ratio=round(new / raw_new, 3), aim=">= 0.25", met=new / raw_new >= 0.25),
        row("PostgreSQL ingest, entities seen again", round(again), "entities/s", reference=round(raw_again),
            ratio=round(again / raw_again, 3), aim=">= 0.40", met=again / raw_again >= 0.40),
        row("PostgreSQL ingest, entities and as many relationships seen again", round(linked_again), "items/s",
            reference=round(raw_linked), ratio=round(linked_again / raw_linked, 3)),
    ]  # fmt: skip


async def _side_by_side(server: Postgres, *, relationships: bool) -> list[tuple[float, float]]:
    """Return rows a second of the plain way and items a second of ours: new, then seen again.

    A few batches one way, then the same the other way: what else the machine does slows both alike.
    """
    plain = await _Plain.made(server)
    store, _ = await _store(server)
    service = SurfaceService(store)
    speeds = []
    for day in range(2):
        plain_s = ours_s = 0.0
        source = iter(batches(_ENTITIES, _START + timedelta(days=day), relationships=relationships))
        while some := list(islice(source, _AT_ONCE)):
            for data in some:
                plain_s += await plain.upsert(data)
            began = time.perf_counter()
            await _feed(service, some)
            ours_s += time.perf_counter() - began
        speeds.append((_ENTITIES / plain_s, _ENTITIES * (2 if relationships else 1) / ours_s))
    await plain.connection.close()
    await store.close()
    return speeds


class _Plain:
    """The plain way: COPY of 5,000 rows into a temporary table, then one upsert."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    @classmethod
    async def made(cls, server: Postgres) -> "_Plain":
        connection = await asyncpg.connect(server.url(await server.create()))
        await connection.execute(
            "CREATE TABLE entity"
            " (key text PRIMARY KEY, organisation text, kind text, name text, status text, doc text);"
            "CREATE INDEX entity_kind ON entity (organisation, kind, name);"
            "CREATE TEMP TABLE fresh (LIKE entity) ON COMMIT DELETE ROWS"
        )
        return cls(connection)

    async def upsert(self, data: bytes) -> float:
        """Write one batch, which was read before; return how many seconds it took."""
        prepared = [
            (one.key, "acme", one.kind, one.name, "active", entity_encoder.encode(one).decode())
            for one in msgspec.json.decode(data, type=Observations).entities
        ]
        began = time.perf_counter()
        async with self.connection.transaction():
            await self.connection.copy_records_to_table("fresh", records=prepared, columns=_COLUMNS)
            await self.connection.execute(
                "INSERT INTO entity SELECT * FROM fresh ON CONFLICT (key) DO UPDATE SET"
                " organisation = excluded.organisation, kind = excluded.kind, name = excluded.name,"
                " status = excluded.status, doc = excluded.doc"
            )
        return time.perf_counter() - began


async def _store(server: Postgres) -> tuple[PostgresEntityStore, str]:
    url = server.url(await server.create())
    await migrate(url)
    return PostgresEntityStore(await PostgresDatabase.open(url)), url


async def _feed(service: SurfaceService, some: Iterable[bytes], organisation: Organisation = _ACME) -> None:
    source = iter(some)

    async def feed() -> None:
        for data in source:
            applied = await service.observe_json(organisation, data)
            if applied.refused:
                raise AssertionError(applied.refused[0])

    await asyncio.gather(*(feed() for _ in range(_IN_FLIGHT)))


async def _pages(server: Postgres, rows: list[dict[str, Any]]) -> None:
    store, url = await _store(server)
    await _feed(SurfaceService(store), _risks(_TEMPLATE))
    connection = await asyncpg.connect(url)
    await connection.execute("SET synchronous_commit = off")
    ours = await connection.fetchval("SELECT id FROM organisation WHERE name = $1", _ACME)
    half = _MILLION // 2 // _TEMPLATE
    for number in range(1, half):
        await _copy(connection, number, ours)
    await connection.execute("VACUUM (ANALYZE) version, presence")
    alone_ms, _ = await _page_ms(store)
    for number in range(half, 2 * half):
        name = f"other-{number}"
        other = await connection.fetchval("INSERT INTO organisation (name) VALUES ($1) RETURNING id", name)
        await _copy(connection, number, other)
    await connection.execute("VACUUM (ANALYZE) version, presence")
    among_ms, p95_ms = await _page_ms(store)
    bytes_each = await connection.fetchrow(_BYTES_EACH)
    assert bytes_each is not None, "an aggregate answers one row"
    await connection.close()
    await store.close()
    rows += [
        row("PostgreSQL, a page of 100 risks by score among 1,000,000 entities, p95", round(p95_ms, 2), "ms",
            aim="< 50 ms", met=p95_ms < 50),
        row(f"PostgreSQL, that page beside {half} other organisations, median", round(among_ms, 2), "ms",
            reference=round(alone_ms, 2), ratio=round(among_ms / alone_ms, 3), aim="<= 1.2",
            met=among_ms / alone_ms <= 1.2),
        row("PostgreSQL, on disk for each risk: its row", bytes_each["rows"], "bytes"),
        row("PostgreSQL, on disk for each risk: its indexes", bytes_each["indexes"], "bytes"),
        row("PostgreSQL, on disk for each risk: who saw it when, with its index", bytes_each["presence"], "bytes"),
    ]  # fmt: skip


async def _copy(connection: Any, number: int, organisation: int) -> None:
    """Copy what was ingested under other names and numbers: a million by the product's way would take minutes."""
    for table in ("version", "presence"):
        columns = await connection.fetch(_COLUMNS_OF, table)
        values = [_copied(column["column_name"], column["data_type"], number) for column in columns]
        names = ", ".join(column["column_name"] for column in columns)
        await connection.execute(
            f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} WHERE entity <= $2",
            *(organisation, _TEMPLATE),
        )


def _copied(name: str, kind: str, number: int) -> str:
    match name, kind:
        case "organisation", _:
            return "$1::bigint"
        case (("sequence" | "entity"), _):
            return f"{name} + {number * _TEMPLATE}"
        case _, "text":
            return f"replace({name}, '#host-', '#host-{number}-')"
        case _:
            return name


def _risks(entities: int) -> Iterable[bytes]:
    for first in range(0, entities, 5_000):
        some = tuple(
            Risk(target=f"#domain#host-{number}.example.com", weakness="weak-tls", score=number * 7 % 101)
            for number in range(first, min(first + 5_000, entities))
        )
        yield msgspec.json.encode(Observations(capability="bench", seen_at=_START, entities=some))


async def _page_ms(store: PostgresEntityStore) -> tuple[float, float]:
    """Return the median and the 95th percentile of 200 walks of the first page and the one behind it."""
    taken = []
    for turn in range(-20, 100):
        cursor = ""
        for _ in range(2):
            began = time.perf_counter()
            page = await store.find(_ACME, Query(kinds=("risk",), sort="-score", limit=100, cursor=cursor))
            # The first ones fetch pages from disk.
            if turn >= 0:
                taken.append((time.perf_counter() - began) * 1_000)
            cursor = page.cursor
    taken.sort()
    return taken[len(taken) // 2], taken[len(taken) * 95 // 100]
