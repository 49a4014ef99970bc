"""Two worker processes against one, at work that waits: each message is one request to a server that takes its time.

This is what scanners do: they wait for networks. Work that needs the processor alone scales with processors, not with
processes, and on two cores that also carry the servers it shows nothing.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.nats import start_server
from benchmarks.rows import row
from chariot.adapters.nats.bus import NatsBus
from chariot.model.keys import Organisation
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import ASSET, STAGES
from chariot.modules.work.worker import Worker

_MESSAGES = 800
_WAIT_S = 0.1
"""How long the server takes: a target across an ocean."""
_ROUNDS = 2
_AIM = 1.6


def run(rows: list[dict[str, Any]]) -> None:
    """Add a row: messages a second with two worker processes, with one as the reference."""
    with tempfile.TemporaryDirectory() as folder:
        server, url = start_server(Path(folder))
        try:
            one, two = asyncio.run(_measure(url))
        finally:
            server.kill()
            server.wait()
    concurrency = STAGES[ASSET].concurrency
    rows.append(
        row(
            f"two workers against one, {concurrency} requests of {_WAIT_S * 1_000:.0f} ms at a time each",
            round(two, 1),
            "messages/s",
            reference=round(one, 1),
            ratio=round(two / one, 2),
            aim=f">= {_AIM}",
            met=two / one >= _AIM,
        )
    )


async def _measure(url: str) -> tuple[float, float]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        await asyncio.sleep(_WAIT_S)
        writer.write(b"done\n")
        await writer.drain()
        writer.close()

    slow = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = slow.sockets[0].getsockname()[1]
    async with slow:
        # In turns, and the best of each: whatever else the machine does hits both.
        speeds = [[await _speed(url, port, f"w{number}-{n}", n) for n in (1, 2)] for number in range(_ROUNDS)]
    return max(one for one, _ in speeds), max(two for _, two in speeds)


async def _speed(url: str, port: int, name: str, workers: int) -> float:
    bus = NatsBus(url, name=name)
    command = [sys.executable, "-m", "benchmarks.workers", url, str(port), name]
    processes = [
        await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(workers)
    ]
    for process in processes:
        assert process.stdout is not None
        await process.stdout.readline()
    # A partition in work does not move, so each must have its share before there is work.
    await asyncio.sleep(3)
    messages = [
        Message(queue=ASSET, id=str(n), organisation=Organisation("acme"), order_key=f"#key#{n}", body=b"")
        for n in range(_MESSAGES)
    ]
    began = time.perf_counter()
    await bus.publish(messages)
    while any(depth.live for depth in await bus.depths()):  # noqa: ASYNC110 - other processes end it.
        await asyncio.sleep(0.05)
    taken_s = time.perf_counter() - began
    for process in processes:
        process.terminate()
        await process.wait()
    await bus.close()
    return _MESSAGES / taken_s


class _Asking:
    """A stage that asks the slow server."""

    queue = ASSET

    def __init__(self, port: int) -> None:
        self._port = port

    async def handle(self, _message: Message) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        writer.write(b"what?\n")
        await reader.readline()
        writer.close()


async def _work(url: str, port: int, name: str) -> None:
    bus = NatsBus(url, name=name)
    await bus.lease(ASSET, limit=1, lease_s=30, owner="bench")
    print("ready", flush=True)
    await Worker(bus, _Asking(port), STAGES[ASSET], owner="bench").run(asyncio.Event())


if __name__ == "__main__":
    asyncio.run(_work(sys.argv[1], int(sys.argv[2]), sys.argv[3]))
