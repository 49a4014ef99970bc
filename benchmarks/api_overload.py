"""The API under twice the load that it takes: what it accepts stays quick, the rest is told to come again."""

import asyncio
import time
from collections.abc import Iterator
from statistics import quantiles
from typing import Any

import msgspec

from benchmarks.api_servers import TOKEN
from benchmarks.rows import row

_SECONDS = 4.0
_AT_WORK = 64
"""How many requests the server has at work at a time: see `RestLimits.at_work`."""
_PAUSE_S = 0.05
"""How long a client waits that was told to come again; less than it was told, so that the load stays."""


class Told(msgspec.Struct):
    """What one load was told."""

    accepted_s: list[float] = []
    shed: int = 0
    hinted: int = 0
    """How many of those that were shed were told when to come again."""
    failed: int = 0


def overload(port: int) -> Iterator[dict[str, Any]]:
    """Yield what becomes of the API's speed when twice as many ask as it has at work at a time."""
    full = asyncio.run(_load(port, _AT_WORK))
    twice = asyncio.run(_load(port, 2 * _AT_WORK))
    started = time.perf_counter()
    after = asyncio.run(_load(port, 1, seconds=0.0))
    recovered_s = time.perf_counter() - started
    kept = len(twice.accepted_s) / max(1, len(full.accepted_s))
    slower = _p99_ms(twice) / _p99_ms(full)
    yield row(
        "lists at twice what is at work at a time: accepted", round(len(twice.accepted_s) / _SECONDS), "requests/s",
        reference=round(len(full.accepted_s) / _SECONDS), ratio=round(kept, 2),
    )  # fmt: skip
    yield row(
        "the same: p99 of what is accepted", round(_p99_ms(twice), 1), "ms",
        reference=round(_p99_ms(full), 1), ratio=round(slower, 2), aim="<= 2x", met=slower <= 2,
    )  # fmt: skip
    yield row(
        "the same: told when to come again", twice.hinted, "requests",
        reference=twice.shed, aim="all that were shed", met=0 < twice.shed == twice.hinted and not twice.failed,
    )  # fmt: skip
    yield row(
        "the same: first answer afterwards", round(recovered_s * 1_000), "ms",
        aim="< 1,000 ms", met=bool(after.accepted_s) and recovered_s < 1,
    )  # fmt: skip


def _p99_ms(told: Told) -> float:
    return quantiles(told.accepted_s, n=100)[-1] * 1_000


async def _load(port: int, clients: int, *, seconds: float = _SECONDS) -> Told:
    told, until = Told(), time.perf_counter() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(clients):
            group.create_task(_client(port, number, until, told))
    return told


async def _client(port: int, number: int, until: float, told: Told) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    asked = number
    while True:
        # Each request is another one: what is in memory would not count as work.
        path = f"/api/v1/risks?limit={20 + asked % 80}&filter=score%3E={asked // 80 % 100}&sort=key"
        asked += 131
        started = time.perf_counter()
        writer.write(
            f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer {TOKEN}\r\n"
            f'if-none-match: "{asked}-0"\r\n\r\n'.encode()
        )  # fmt: skip
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        status = int(head.split(b" ", 2)[1])
        if status == 200:
            told.accepted_s.append(time.perf_counter() - started)
        elif status in (429, 503):
            told.shed += 1
            told.hinted += b"retry-after: " in head
            await asyncio.sleep(_PAUSE_S)
        else:
            told.failed += 1
        if time.perf_counter() >= until:
            break
    writer.close()
    await writer.wait_closed()
