"""Ingest, from JSON bytes to committed entities, beside a raw upsert of the same rows into one SQLite table."""

import asyncio
import multiprocessing
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import median
from typing import Any

import apsw
import msgspec

from benchmarks.memory import peak_mib
from benchmarks.perimeter import batches, shuffled
from benchmarks.rows import row
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.model.observations import Observations
from chariot.model.registry import entity_encoder
from chariot.modules.surface.service import SurfaceService

_ENTITIES = 100_000
_MILLION = 1_000_000
_ROUNDS = 5
"""The median of so many is told."""
_DAYS = 4
_SPACED_DAY = 2
_SHUFFLED_DAY = 3
_MEASURED = (
    ("new entities", 0.25),
    ("entities seen again", 0.40),
    ("entities seen again, written with spaces", 0.40),
    ("entities seen again, in any order", 0.40),
    ("new entities and as many relationships, an item", 0.0),
    ("entities and relationships seen again, an item", 0.0),
    ("entities and relationships seen again, written with spaces, an item", 0.0),
    ("entities and relationships seen again, in any order, an item", 0.0),
)
"""What is measured, in its order, and the share of the plain way's speed that it is to reach; 0 is no aim."""
_START = datetime(2026, 1, 1, tzinfo=UTC)


def run(rows: list[dict[str, Any]]) -> None:
    """Add new, re-seen, with relationships, and the memory of a million."""
    costs = list(zip(*(_round() for _ in range(_ROUNDS)), strict=True))
    for place, (what, aim) in enumerate(_MEASURED):
        plain_us, ours_us = costs[2 * place], costs[2 * place + 1]
        ratio = median(plain / ours for plain, ours in zip(plain_us, ours_us, strict=True))
        rows.append(
            row(f"ingest, {what}", round(median(ours_us), 2), "us of processor", reference=round(median(plain_us), 2),
                ratio=round(ratio, 3), aim=f">= {aim:.2f}" if aim else "", met=ratio >= aim if aim else None)
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        grown_mib, peak_mib = _in_own_process(Path(folder) / "million.db")
    rows += [
        row("memory while ingesting 1,000,000 entities, peak", round(peak_mib), "MiB", aim="< 300 MiB",
            met=peak_mib < 300),
        row("memory grown between the first and the last 100,000 of them", round(grown_mib), "MiB", aim="flat"),
    ]  # fmt: skip


def _round() -> tuple[float, ...]:
    """Return microseconds of processor time an item: the plain way and ours, of each thing that is measured."""
    with tempfile.TemporaryDirectory() as folder:
        plain = _Plain(Path(folder) / "raw.db")
        alone = asyncio.run(_side_by_side(plain, Path(folder) / "ours.db", relationships=False))
        linked = asyncio.run(_side_by_side(plain, Path(folder) / "linked.db", relationships=True))
        plain.close()
    return (*alone, *linked)


class _Plain:
    """The plain way: one table, one more index, prepared rows. It waits for the disk at each commit, as ours does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = apsw.Connection(str(path))
        self._connection.pragma("journal_mode", "wal")
        self._connection.pragma("synchronous", "full")
        self.empty()

    def empty(self) -> None:
        self._connection.execute(
            "DROP TABLE IF EXISTS entity;"
            "CREATE TABLE entity"
            " (key TEXT PRIMARY KEY, organisation TEXT, kind TEXT, name TEXT, status TEXT, doc TEXT);"
            "CREATE INDEX entity_kind ON entity (organisation, kind, name)"
        )

    def upsert(self, data: bytes) -> float:
        """Write one batch, which was read before; return seconds of processor time."""
        prepared = [
            (one.key, "acme", one.kind, one.name, "active", entity_encoder.encode(one).decode())
            for one in msgspec.json.decode(data, type=Observations).entities
        ]
        began = time.process_time()
        with self._connection:
            self._connection.executemany(
                "INSERT INTO entity VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET"
                " organisation = excluded.organisation, kind = excluded.kind, name = excluded.name,"
                " status = excluded.status, doc = excluded.doc",
                prepared,
            )
        return time.process_time() - began

    def close(self) -> None:
        self._connection.close()


async def _side_by_side(plain: _Plain, path: Path, *, relationships: bool) -> list[float]:
    """Return what the plain way and ours cost, in the order of `_MEASURED`.

    Batch by batch one after the other: what else the machine does slows both alike. What it cannot do is overlap, so
    the processor's time is told, not the clock's.
    """
    plain.empty()
    store = SqliteEntityStore(SqliteDatabase(path))
    service = SurfaceService(store)
    costs = []
    for day in range(_DAYS):
        plain_s = ours_s = 0.0
        seen_at = _START + timedelta(days=day)
        some = batches(_ENTITIES, seen_at, relationships=relationships)
        for data in shuffled(some, seen_at) if day == _SHUFFLED_DAY else some:
            plain_s += plain.upsert(data)
            written = msgspec.json.format(data, indent=1) if day == _SPACED_DAY else data
            began = time.process_time()
            applied = await service.observe_json(Organisation("acme"), written)
            ours_s += time.process_time() - began
            if applied.refused:
                raise AssertionError(applied.refused[0])
        items = _ENTITIES * (2 if relationships else 1)
        costs += [plain_s / _ENTITIES * 1e6, ours_s / items * 1e6]
    await store.close()
    return costs


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
                early_mib = peak_mib()
        await store.close()
        return peak_mib() - early_mib, peak_mib()

    answer.send(asyncio.run(work()))
