"""The queue: publish, lease and ack of the local bus against a plain queue table in the same SQLite."""

import asyncio
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import apsw

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.work.messages import Message

_BODY = b'{"sequence":123456,"key":"#port#192.0.2.7#tcp#443","kind":"port","op":"created","fields":["state"]}'
_AIM = 0.5
"""Of a bare queue table that knows no order, no de-duplication, no bound and no counters, but waits for the disk."""
_LOOPS = 4
"""Loops at once, in both: as many stages work side by side."""


def run(rows: list[dict[str, Any]]) -> None:
    """Add a row for each batch size: messages a second, published, leased and finished."""
    for batch, messages in ((10, 20_000), (100, 100_000)):
        with tempfile.TemporaryDirectory() as folder:
            reference = asyncio.run(_plain(Path(folder) / "plain.db", batch, messages))
            value = asyncio.run(_bus(Path(folder) / "bus.db", batch, messages))
        rows.append(
            {
                "name": f"local bus, publish + lease + ack in batches of {batch}",
                "value": round(value),
                "unit": "messages/s",
                "reference": round(reference),
                "ratio": round(value / reference, 2),
                "aim": f">= {_AIM}",
                "met": value / reference >= _AIM,
            }
        )


async def _bus(path: Path, batch: int, messages: int) -> float:
    database = SqliteDatabase(path)
    bus = LocalBus(database)
    organisation = Organisation("acme")

    async def loop(number: int) -> None:
        queue = f"stage-{number}"
        for first in range(0, messages // _LOOPS, batch):
            await bus.publish(
                [
                    Message(
                        queue=queue, id=str(n), organisation=organisation, order_key=f"#key#{n}", body=_BODY
                    )
                    for n in range(first, first + batch)
                ]
            )
            await bus.ack(await bus.lease(queue, limit=batch, lease_s=30, owner="bench"))

    started = time.perf_counter()
    await asyncio.gather(*(loop(number) for number in range(_LOOPS)))
    taken_s = time.perf_counter() - started
    left = sum(depth.live for depth in await bus.depths())
    await database.close()
    if left:
        raise SystemExit(f"{left} messages were left over")
    return messages / taken_s


_PLAIN = """
    CREATE TABLE job (id INTEGER PRIMARY KEY, queue TEXT, leased_until INTEGER, body BLOB);
    CREATE INDEX job_turn ON job (queue, leased_until, id);
"""
_TAKE = """
    UPDATE job SET leased_until = 30 WHERE id IN
    (SELECT id FROM job WHERE queue = ? AND leased_until = 0 ORDER BY id LIMIT ?) RETURNING id, body
"""


async def _plain(path: Path, batch: int, messages: int) -> float:
    database = SqliteDatabase(path)
    await database.write(lambda connection: connection.execute(_PLAIN).fetchall())

    def put(queue: str) -> Callable[[apsw.Connection], None]:
        rows = [(queue, _BODY)] * batch
        return lambda c: c.executemany(
            "INSERT INTO job (queue, leased_until, body) VALUES (?, 0, ?)", rows
        ).close()

    async def loop(number: int) -> None:
        queue = f"stage-{number}"
        for _ in range(0, messages // _LOOPS, batch):
            await database.write(put(queue))
            taken = await database.write(lambda c: c.execute(_TAKE, (queue, batch)).fetchall())
            done = [(row[0],) for row in taken]
            await database.write(partial(_delete, done))

    started = time.perf_counter()
    await asyncio.gather(*(loop(number) for number in range(_LOOPS)))
    taken_s = time.perf_counter() - started
    await database.close()
    return messages / taken_s


def _delete(done: list[tuple[Any]], connection: apsw.Connection) -> None:
    connection.executemany("DELETE FROM job WHERE id = ?", done).close()
