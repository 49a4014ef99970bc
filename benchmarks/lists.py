"""Lists at a million entities: one page of risks by score, by filter, from far down, and of the past."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw

from benchmarks.rows import row
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Observations
from chariot.model.registry import KINDS
from chariot.model.states import Severity
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

_ENTITIES = 1_000_000
_BATCH = 5_000
_READS = 200
_ACME = Organisation("acme")
_START = datetime(2026, 1, 1, tzinfo=UTC)
_SEVERITIES = tuple(Severity)
_AIM_MS = 50.0


def run(rows: list[dict[str, Any]]) -> None:
    """Add the 95th percentile of each list."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "million.db"
        rows += asyncio.run(_measure(path))


def _risks() -> Iterator[Observations]:
    for first in range(0, _ENTITIES, _BATCH):
        yield Observations(
            capability="bench",
            seen_at=_START,
            entities=tuple(
                Risk(
                    target=Key(f"#port#10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}#tcp#443"),
                    weakness=f"CVE-2024-{10_000 + n % 5_000}",
                    title="A weakness of this service",
                    severity=_SEVERITIES[n % 5],
                    score=n * 7_919 % 101,
                )
                for n in range(first, first + _BATCH)
            ),
        )


async def _measure(path: Path) -> list[dict[str, Any]]:
    store = SqliteEntityStore(SqliteDatabase(path))
    service = SurfaceService(store)
    half = datetime.now(UTC)
    for number, batch in enumerate(_risks()):
        await service.observe(_ACME, batch)
        if number == _ENTITIES // _BATCH // 2:
            half = datetime.now(UTC)
    page = Query(kinds=("risk",), sort="-score", limit=100)
    first = await store.find(_ACME, page)
    deep = first.cursor
    for _ in range(50):
        deep = (
            await store.find(_ACME, Query(kinds=("risk",), sort="-score", limit=1_000, cursor=deep))
        ).cursor
    filtered = parse_filter("severity>=high score>=50 state=triage", ("risk",))
    moment = datetime.now(UTC) + timedelta(seconds=1)
    raw_ms = _raw(path)
    made = []
    for name, query, aim in (
        ("page of 100 sorted by risk at 1,000,000 entities, p95", page, True),
        (
            "the same page, 50,000 entities further down, p95",
            Query(kinds=("risk",), sort="-score", cursor=deep),
            True,
        ),
        ("the same page with a filter, p95", Query(kinds=("risk",), sort="-score", where=filtered), True),
        ("the first 100 by key as of a moment, p95", Query(kinds=("risk",), as_of=moment), True),
        (
            "the same as of the half of it, by score and with a filter, p95",
            Query(kinds=("risk",), sort="-score", where=filtered, as_of=half),
            True,
        ),
        ("the last 100 changes of all kinds, p95", Query(kinds=tuple(KINDS), sort="-updated"), True),
    ):
        value = await _p95(store, query)
        made.append(
            row(name, round(value, 2), "ms", reference=round(raw_ms, 2), ratio=round(value / raw_ms, 2),
                aim="< 50 ms" if aim else "", met=value < _AIM_MS if aim else None)
        )  # fmt: skip
    await store.close()
    return made


async def _p95(store: SqliteEntityStore, query: Query) -> float:
    times = []
    for _ in range(_READS):
        began = time.perf_counter()
        await store.find(_ACME, query)
        times.append((time.perf_counter() - began) * 1_000)
    return sorted(times)[int(len(times) * 0.95)]


def _raw(path: Path) -> float:
    """Return the 95th percentile of the plain statement on the same file: rows by one index, nothing decoded."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    kind = connection.execute("SELECT id FROM kind WHERE name = 'risk'").get
    place = connection.execute("SELECT place FROM slot WHERE kind = ? AND field = 'score'", (kind,)).get
    times = []
    for _ in range(_READS):
        began = time.perf_counter()
        connection.execute(
            f"SELECT key, doc FROM version WHERE organisation = 1 AND kind = ? AND valid_to IS NULL"
            f" AND fact_{place} IS NOT NULL ORDER BY fact_{place} DESC, entity DESC LIMIT 100",
            (kind,),
        ).fetchall()
        times.append((time.perf_counter() - began) * 1_000)
    connection.close()
    return sorted(times)[int(len(times) * 0.95)]
