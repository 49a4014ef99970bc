"""Ports, pages and service probes on one core, each beside a plain asyncio loop that checks no scope."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

from benchmarks.rows import row
from chariot.adapters.network.names import NoResolver
from chariot.adapters.network.network import ScanNetwork
from chariot.capabilities.service_probes import ServiceProbes
from chariot.capabilities.support.concurrency import spread
from chariot.capability import NoAnswerError, Touch
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Port
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.guard import Egress, EgressGuard, Errand
from chariot.modules.discovery.journal import CountingJournal
from chariot.modules.discovery.scope import Scope

HOST = "127.0.0.1"
CONNECTS = 6_000
PAGES = 1_500
SERVICES = 300
AT_ONCE = 64
FAST = 1_000_000.0
CLOSED = range(50_000, 50_000 + CONNECTS)
PAGE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"


def network() -> ScanNetwork:
    """Return a way out whose pace is no limit, so that the work itself is measured."""
    guard = EgressGuard(Organisation("bench"), Scope.of([Seed(value="127.0.0.0/24")]))
    errand = Errand(capability="bench", touch=Touch.ACTIVE, target=Key("#address#127.0.0.1"), scan="s")
    return ScanNetwork(Egress(guard, errand), NoResolver("none"), Buckets(FAST, FAST), CountingJournal())


async def rate(work: Callable[[int], Awaitable[None]], items: range) -> float:
    """Return how many of *items* are done in a second of this process' processor time."""
    started = time.process_time()

    async def one(item: int) -> bool:
        await work(item)
        return True

    async for _ in spread(one, items, limit=AT_ONCE):
        pass
    return len(items) / (time.process_time() - started)


async def plain_connect(port: int) -> None:
    """Connect as a loop of a few lines would."""
    with suppress(OSError, TimeoutError):
        _, writer = await asyncio.wait_for(asyncio.open_connection(HOST, port), 3)
        writer.close()


async def plain_page(port: int) -> None:
    """Fetch a page as a loop of a few lines would."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(f"GET / HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()


@asynccontextmanager
async def server(greeting: bytes, answer: bytes) -> AsyncIterator[int]:
    """Serve one answer to each client; its own processor time counts for all that are compared."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        with suppress(OSError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\n")
            writer.write(answer)
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(serve, HOST, 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


async def measure(rows: list[dict[str, Any]]) -> None:
    """Add the rows."""
    out = network()

    async def connect(port: int) -> None:
        with suppress(NoAnswerError):
            async with out.connect(HOST, port, timeout_s=3):
                pass

    plain = await rate(plain_connect, CLOSED)
    ours = await rate(connect, CLOSED)
    rows.append(
        row("TCP connects with scope, pace and journal (closed ports)", ours, "connects/s", reference=plain,
            ratio=ours / plain, aim=">= 3,000", met=ours >= 3_000)
    )  # fmt: skip
    async with server(b"", PAGE) as port:

        async def page(_item: int) -> None:
            await out.get(f"http://{HOST}:{port}/", timeout_s=10)

        async def by_hand(_item: int) -> None:
            await plain_page(port)

        plain = await rate(by_hand, range(PAGES))
        ours = await rate(page, range(PAGES))
    rows.append(
        row("HTTP pages with scope, pace and journal", ours, "pages/s", reference=plain, ratio=ours / plain)
    )
    async with server(b"220 (vsFTPd 3.0.5)\r\n", b"530 no\r\n") as port:

        async def probe(_item: int) -> None:
            target = Port(address=HOST, protocol="tcp", number=port)
            async for _ in ServiceProbes(out).run(target):
                pass

        ours = await rate(probe, range(SERVICES))
    rows.append(row("services identified (FTP)", ours, "services/s"))


def run(rows: list[dict[str, Any]]) -> None:
    """See `benchmarks.__main__`."""
    asyncio.run(measure(rows))
