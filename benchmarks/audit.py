"""The audit log: how fast it is verified and written, and what a read of the API pays for it."""

import asyncio
import os
import tempfile
import time
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from chariot.adapters.keyfile.audit import FileAnchors, FileSigner
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.service import AuditService

_SIZE = int(os.environ.get("CHARIOT_BENCH_AUDIT", "1000000"))
_AIM_S = 30.0
_ACME = Organisation("acme")
_TOGETHER = 5_000
_READS = 200_000


def run(rows: list[dict[str, Any]]) -> None:
    """Add the figures; the size is 1,000,000 unless `CHARIOT_BENCH_AUDIT` says otherwise."""
    asyncio.run(_run(rows))


async def _run(rows: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "audit.db")
        audit = AuditService(
            SqliteAuditLog(database), FileSigner(Path(folder)), FileAnchors(Path(folder)), limit=2 * _TOGETHER
        )
        written_s = await _fill(audit)
        rows.append(
            row(
                f"audit entries written durably, {_TOGETHER:,} at a time",
                round(_SIZE / written_s),
                "a second",
            )
        )
        began, cpu = time.perf_counter(), time.process_time()
        found = await audit.verify(_ACME)
        took_s, cpu_s = time.perf_counter() - began, time.process_time() - cpu
        assert found.holds, found.faults
        assert found.entries == _SIZE
        plain_s = _hashed_s()
        rows += [
            row(f"{_SIZE:,} audit entries verified, CPU", round(cpu_s, 1), "s", reference=round(plain_s, 1),
                ratio=round(cpu_s / plain_s, 1), aim="< 30 s a million",
                met=cpu_s < _AIM_S * max(_SIZE / 1_000_000, 0.01)),
            row("the same, by the clock", round(took_s, 1), "s"),
            row("a read told to the audit log", round(_seen_ns(audit)), "ns"),
        ]  # fmt: skip
        await audit.close()
        await database.close()


async def _fill(audit: AuditService) -> float:
    began = time.perf_counter()
    for first in range(0, _SIZE, _TOGETHER):
        count = min(_TOGETHER, _SIZE - first)
        await asyncio.gather(*(audit.record(_entry(first + number)) for number in range(count)))
    return time.perf_counter() - began


def _entry(number: int) -> Entry:
    return Entry(
        organisation=_ACME,
        actor=f"user:{number % 50}",
        action="risks:write",
        object=f"#risk#port#192.0.2.{number % 250}#tcp#443#CVE-2024-{number % 9_000}",
        address="192.0.2.7",
        request_id=f"{number:016x}",
        before=f"{number:064x}",
        after=f"{number + 1:064x}",
        details={"fields": "state", "op": "decided", "revision": "7"},
    )


def _hashed_s() -> float:
    """Return what the bare hashes of as many entries cost: the least that any verification needs."""
    body = b"x" * 420
    value = bytes(32)
    began = time.process_time()
    for _ in range(_SIZE):
        value = sha256(value + body).digest()
    return time.process_time() - began


def _seen_ns(audit: AuditService) -> float:
    read = (_ACME, "user:1", "entities:read", "/api/v1/risks", "192.0.2.7")
    began = time.process_time()
    for _ in range(_READS):
        audit.seen(read, "0123456789abcdef")
    return (time.process_time() - began) / _READS * 1e9
