"""Imports: each reader beside the plain parser of its format on the same bytes, then end to end, then memory.

CHARIOT_BENCH_IMPORT_MB is the size of the file whose memory is measured, 64 by default; 1000 takes minutes.
"""

import asyncio
import math
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
from lxml import etree

from benchmarks.files import MAKERS, make
from benchmarks.memory import peak_mib
from benchmarks.rows import row
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.format import Refused
from chariot.model.keys import Organisation
from chariot.modules.exchange.imports import ImportReport, ImportService, installed_formats
from chariot.modules.surface.service import SurfaceService

_ACME = Organisation("acme")
_PARSED_BYTES = 8_000_000
_IMPORTED_BYTES = 20_000_000
_MEMORY_MB = int(os.environ.get("CHARIOT_BENCH_IMPORT_MB", "64"))
_ROUNDS = 5
_RECORDS = {"nessus": "ReportItem", "nmap": "host"}


def run(rows: list[dict[str, Any]]) -> None:
    """Add the reading of each format, a whole import, and the memory of a large one."""
    with tempfile.TemporaryDirectory() as folder:
        for name in MAKERS:
            _reading(name, Path(folder) / name, rows)
        for name in MAKERS:
            _importing(name, Path(folder), rows)
        _memory(Path(folder), rows)


def _reading(name: str, path: Path, rows: list[dict[str, Any]]) -> None:
    make(name, path, _PARSED_BYTES)
    size_mb = path.stat().st_size / 1e6
    one = installed_formats()[name]
    findings = 0

    def read() -> None:
        nonlocal findings
        findings = 0
        with path.open("rb") as stream:
            for item in one.parse(stream):
                findings += 0 if isinstance(item, Refused) else item.findings

    # In turns and by processor time, the best of each: what else the machine does falls on both alike.
    plain_s = ours_s = math.inf
    for _ in range(_ROUNDS):
        plain_s = min(plain_s, _used_s(lambda: _plain(name, path)))
        ours_s = min(ours_s, _used_s(read))
    ratio = plain_s / ours_s
    rows += [
        row(f"import {name}, read only", round(size_mb / ours_s, 2), "MB per CPU second",
            reference=round(size_mb / plain_s, 1), ratio=round(ratio, 3), aim=">= 0.30", met=ratio >= 0.30),
        row(f"import {name}, read only", round(findings / ours_s), "findings per CPU second"),
        row(f"import {name}, read only", round(ours_s / findings * 1e6, 1), "µs a finding",
            reference=round(plain_s / findings * 1e6, 1)),
    ]  # fmt: skip


def _plain(name: str, path: Path) -> None:
    """Do what the plain parser of the format does, and nothing with what it gives."""
    if name in _RECORDS:
        for _, element in etree.iterparse(str(path), events=("end",), tag=_RECORDS[name]):
            element.clear()
            parent = element.getparent()
            while parent is not None and element.getprevious() is not None:
                del parent[0]
        return
    data = path.read_bytes()
    if data.startswith(b"{") and b"}\n{" in data[:100_000]:
        decoder = msgspec.json.Decoder()
        for line in data.splitlines():
            decoder.decode(line)
        return
    msgspec.json.decode(data)


def _used_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def _importing(name: str, folder: Path, rows: list[dict[str, Any]]) -> None:
    path = folder / f"import.{name}"
    make(name, path, _IMPORTED_BYTES)

    async def work() -> list[tuple[float, tuple[float, float], ImportReport]]:
        store = SqliteEntityStore(SqliteDatabase(folder / f"{name}.db"))
        service = ImportService(SurfaceService(store), installed_formats())
        done = []
        for _ in range(2):
            began, used = time.perf_counter(), _processor_s()
            report = await service.import_file(_ACME, path)
            taken_s = time.perf_counter() - began
            writer_s, reader_s = (now - before for now, before in zip(_processor_s(), used, strict=True))
            done.append((taken_s, (writer_s, reader_s), report))
        began = time.perf_counter()
        await service.undo(_ACME, done[1][2].id)
        done.append((time.perf_counter() - began, (0.0, 0.0), done[1][2]))
        await store.close()
        return done

    for what, (taken_s, busy, report) in zip(
        ("new, into SQLite", "seen again", "taken back"), asyncio.run(work()), strict=True
    ):
        speed = report.findings / taken_s
        aim: dict[str, Any] = {"aim": ">= 10,000", "met": speed >= 10_000} if what != "taken back" else {}
        rows.append(row(f"import {name}, {what}", round(speed), "findings/s", **aim))
        if "new" in what:
            # A finding of one format is one entity, and an answer of httpx is five with what joins them.
            entities = report.risks + report.assets
            rows.append(row(f"import {name}, {what}", round(entities / taken_s), "entities/s"))
        # They work at the same time: with two free cores the busier of them sets the pace.
        rows += [
            row(f"import {name}, {what}, {who}", round(report.findings / used_s), "findings per CPU second")
            for who, used_s in zip(("writer", "reader"), busy, strict=True)
            if used_s
        ]


def _processor_s() -> tuple[float, float]:
    """Return the processor time of this process, and that of the readers that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time(), children.ru_utime + children.ru_stime


def _memory(folder: Path, rows: list[dict[str, Any]]) -> None:
    path = folder / "large.nessus"
    make("nessus", path, _MEMORY_MB * 1_000_000)
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_large, args=(path, folder / "large.db", theirs)
    )
    process.start()
    own_mib, reader_mib, findings, taken_s = ours.recv()
    process.join()
    rows += [
        row(f"import nessus, peak memory with {_MEMORY_MB:,} MB", round(own_mib), "MiB", aim="< 200 MiB",
            met=own_mib < 200),
        row(f"import nessus, peak memory of its reader with {_MEMORY_MB:,} MB", round(reader_mib), "MiB"),
        row(f"import nessus, all of {_MEMORY_MB:,} MB", round(findings / taken_s), "findings/s"),
    ]  # fmt: skip


def _large(path: Path, database: Path, answer: Connection) -> None:
    async def work() -> tuple[float, float, int, float]:
        store = SqliteEntityStore(SqliteDatabase(database))
        service = ImportService(SurfaceService(store), installed_formats())
        began = time.perf_counter()
        report = await service.import_file(_ACME, path)
        taken_s = time.perf_counter() - began
        await store.close()
        readers = resource.getrusage(resource.RUSAGE_CHILDREN)
        return peak_mib(), readers.ru_maxrss / 1024, report.findings, taken_s

    answer.send(asyncio.run(work()))
