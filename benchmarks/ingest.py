"""Ingest, from JSON bytes to committed entities, beside a raw upsert of the same rows into one SQLite table."""

import asyncio
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import apsw
import msgspec

from benchmarks.perimeter import batches
from benchmarks.rows import row
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.model.observations import Observations
from chariot.model.registry import entity_encoder
from chariot.modules.surface.service import SurfaceService

_ENTITIES = 100_000
_MILLION = 1_000_000
_ROUNDS = 3
"""The best of so many is told: what else the machine does slows single rounds down."""
_SPACED_DAY = 2
_IN_FLIGHT = 2
"""Batches under way at once: while one is written the next is decoded."""
_START = datetime(2026, 1, 1, tzinfo=UTC)


def run(rows: list[dict[str, Any]]) -> None:
    """Add new, re-seen, with relationships, and the memory of a million."""
    raw_new, raw_again, new, again, spaced, linked_again = map(
        max, zip(*(_round() for _ in range(_ROUNDS)), strict=True)
    )
    with tempfile.TemporaryDirectory() as folder:
        grown_mib, peak_mib = _in_own_process(Path(folder) / "million.db")
    rows += [
        row("ingest, new entities", round(new), "entities/s", reference=round(raw_new), ratio=round(new / raw_new, 3),
            aim=">= 0.25", met=new / raw_new >= 0.25),
        row("ingest, entities seen again", round(again), "entities/s", reference=round(raw_again),
            ratio=round(again / raw_again, 3), aim=">= 0.40", met=again / raw_again >= 0.40),
        row("ingest, entities seen again, written with spaces", round(spaced), "entities/s", reference=round(raw_again),
            ratio=round(spaced / raw_again, 3)),
        row("ingest, entities and as many relationships seen again", round(linked_again), "items/s",
            reference=round(raw_again), ratio=round(linked_again / raw_again, 3)),
        row("memory while ingesting 1,000,000 entities, peak", round(peak_mib), "MiB", aim="< 300 MiB",
            met=peak_mib < 300),
        row("memory grown between the first and the last 100,000 of them", round(grown_mib), "MiB", aim="flat"),
    ]  # fmt: skip


def _round() -> tuple[float, ...]:
    """Return the speeds of the plain way and of ours, measured one right after the other."""
    with tempfile.TemporaryDirectory() as folder:
        raw_new, raw_again = _raw(Path(folder) / "raw.db")
        new, again, spaced = asyncio.run(_ours(Path(folder) / "ours.db", relationships=False))
        _, linked_again, _ = asyncio.run(_ours(Path(folder) / "linked.db", relationships=True))
    return raw_new, raw_again, new, again, spaced, linked_again


def _raw(path: Path) -> tuple[float, float]:
    """Return rows a second of the plain way: one table, one more index, prepared rows, batches of 5,000.

    It waits for the disk at each commit, as ours does.
    """
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.execute(
        "CREATE TABLE entity (key TEXT PRIMARY KEY, organisation TEXT, kind TEXT, name TEXT, status TEXT, doc TEXT);"
        "CREATE INDEX entity_kind ON entity (organisation, kind, name)"
    )
    speeds = []
    for _ in range(2):
        taken_s = 0.0
        for data in batches(_ENTITIES, _START):
            prepared = [
                (one.key, "acme", one.kind, one.name, "active", entity_encoder.encode(one).decode())
                for one in msgspec.json.decode(data, type=Observations).entities
            ]
            began = time.perf_counter()
            with connection:
                connection.executemany(
                    "INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
                    " organisation = excluded.organisation, kind = excluded.kind, name = excluded.name,"
                    " status = excluded.status, doc = excluded.doc",
                    prepared,
                )
            taken_s += time.perf_counter() - began
        speeds.append(_ENTITIES / taken_s)
    connection.close()
    return speeds[0], speeds[1]


async def _ours(path: Path, *, relationships: bool) -> tuple[float, float, float]:
    """Return items a second when they are new, seen again as they were, and seen again but written otherwise."""
    store = SqliteEntityStore(SqliteDatabase(path))
    service = SurfaceService(store)
    speeds = []
    for day in range(3):
        some = list(batches(_ENTITIES, _START + timedelta(days=day), relationships=relationships))
        if day == _SPACED_DAY:
            some = [msgspec.json.format(data, indent=1) for data in some]
        began = time.perf_counter()
        await _feed(service, some)
        speeds.append(_ENTITIES * (2 if relationships else 1) / (time.perf_counter() - began))
    await store.close()
    return speeds[0], speeds[1], speeds[2]


async def _feed(service: SurfaceService, some: Iterable[bytes]) -> None:
    source = iter(some)

    async def feed() -> None:
        for data in source:
            applied = await service.observe_json(Organisation("acme"), data)
            if applied.refused:
                raise AssertionError(applied.refused[0])

    await asyncio.gather(*(feed() for _ in range(_IN_FLIGHT)))


def _in_own_process(path: Path) -> tuple[float, float]:
    """Return how much memory grew over a million entities, and its peak, of a process that does only that."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_million, args=(path, theirs))
    process.start()
    grown, peak = ours.recv()
    process.join()
    return grown, peak


def _million(path: Path, answer: Connection) -> None:
    async def work() -> tuple[float, float]:
        store = SqliteEntityStore(SqliteDatabase(path))
        service = SurfaceService(store)
        early_mib = 0.0
        source = batches(_MILLION, _START)
        for number, data in enumerate(source):
            await service.observe_json(Organisation("acme"), data)
            if number == 20:
                early_mib = _peak_mib()
        await store.close()
        return _peak_mib() - early_mib, _peak_mib()

    answer.send(asyncio.run(work()))


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
