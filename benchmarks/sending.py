"""What it costs to be held: the guard with a contract, a line of the journal, the start of a tool."""

import asyncio
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from chariot.adapters.process.programs import LocalPrograms
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.capability import Touch
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.contracts import Contracts
from chariot.modules.discovery.guard import Egress, EgressGuard, Errand
from chariot.modules.discovery.journal import Sent, verify
from chariot.modules.discovery.journal_writer import JournalWriter
from chariot.modules.discovery.scope import Scope
from chariot.modules.discovery.tools.ports import Command

ACME = Organisation("acme")
LINES = 40_000
CHECKS = 20_000
STARTS = 10


def run(rows: list[dict[str, Any]]) -> None:
    """Add all figures to *rows*."""
    rows.extend(asyncio.run(_journal()))
    plain = _guard(contract=False)
    rows.append(row("guard: a check without a contract", plain, "us"))
    held = _guard(contract=True)
    rows.append(row("guard: a check with a contract", held, "us", reference=plain, ratio=held / plain))
    rows.append(row("tools: start, end and clean up", asyncio.run(_starts()), "ms"))


async def _journal() -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as folder:
        database = SqliteDatabase(Path(folder) / "journal.db")
        store = SqliteJournalStore(database)
        writer = JournalWriter(store, limit=LINES + 1, pause_s=0)
        began = time.perf_counter()
        for number in range(LINES):
            writer.record(_sent(now, number))
        told_s = time.perf_counter() - began
        await writer.close()
        wrote_s = time.perf_counter() - began
        began = time.perf_counter()
        verified = await verify(store, ACME)
        verified_s = time.perf_counter() - began
        await database.close()
    assert verified.lines == LINES, verified
    return [
        row("journal: lines told", LINES / told_s, "lines/s"),
        row(
            "journal: lines told, chained and durable (SQLite)",
            LINES / wrote_s,
            "lines/s",
            aim=">= 20,000",
            met=LINES / wrote_s >= 20_000,
        ),
        row("journal: lines verified", LINES / verified_s, "lines/s"),
    ]


def _sent(now: datetime, number: int) -> Sent:
    address = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    return Sent(
        at=now,
        organisation=ACME,
        scan="s1",
        capability="tcp-ports",
        target=f"#address#{address}",
        what="tcp",
        host=address,
        address=address,
        port=443,
        authority="contract spring",
    )


def _guard(*, contract: bool) -> float:
    names = tuple(f"corp{number}.example" for number in range(100))
    terms = Contract(
        id="c1",
        valid_until=datetime.now(UTC) + timedelta(days=1),
        allow=names,
        touch=("light",),
        windows=("00:00-23:59",),
    )
    guard = EgressGuard(
        ACME,
        Scope.of(Seed(value=name) for name in names),
        contracts=Contracts.of([terms], {}) if contract else None,
    )
    egress = Egress(guard, Errand(capability="dns", touch=Touch.LIGHT, target=Key("#domain#corp1.example")))
    began = time.process_time()
    for _ in range(CHECKS):
        egress.check_name("www.corp1.example")
    took_s = time.process_time() - began
    return took_s / CHECKS * 1e6


async def _starts() -> float:
    programs = LocalPrograms()
    path = programs.find("true") or "/bin/true"
    began = time.perf_counter()
    for _ in range(STARTS):
        async with programs.folder() as folder:
            command = Command(
                program=path,
                arguments=(),
                folder=folder,
                environment=programs.environment((), folder),
                output_bytes=1_000,
            )
            async with programs.running(command) as running:
                await running.wait()
    return (time.perf_counter() - began) / STARTS * 1e3
