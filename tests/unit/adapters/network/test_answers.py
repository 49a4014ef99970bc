import asyncio

import pytest

from chariot.adapters.network.answers import AnswerBudget
from chariot.adapters.network.exchange import Body
from chariot.adapters.network.names import NoResolver
from chariot.adapters.network.network import ScanNetwork
from chariot.capability import UnreadableError
from chariot.model.kinds.work import Seed
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.journal import CountingJournal

from .loopback import egress, listening

HOST = "shop.example.com"
LOOPBACK = Seed(value="127.0.0.0/24")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_host_that_took_its_seconds_is_asked_no_more_in_this_scan() -> None:
    budget = AnswerBudget(host_s=10)
    budget.spend("s1", HOST, seconds=6, size_bytes=1)
    budget.check("s1", HOST)
    budget.spend("s1", HOST, seconds=6, size_bytes=1)

    with pytest.raises(UnreadableError, match="unfinished: 10 s"):
        budget.check("s1", HOST)
    budget.check("s2", HOST)
    budget.check("s1", "other.example.com")


def test_a_host_that_sent_its_bytes_is_asked_no_more_in_this_scan() -> None:
    budget = AnswerBudget(host_bytes=1_000)
    budget.spend("s1", HOST, seconds=0, size_bytes=1_000)

    with pytest.raises(UnreadableError, match="1,000 bytes"):
        budget.check("s1", HOST)


def test_what_a_host_took_is_forgotten_after_an_hour() -> None:
    clock = Clock()
    budget = AnswerBudget(host_s=10, clock=clock)
    budget.spend("s1", HOST, seconds=10, size_bytes=0)
    clock.now = 3_601

    budget.check("s1", HOST)


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer with chunks that never end."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"5\r\nhello\r\n")
        await writer.drain()
        await asyncio.sleep(0.01)


async def test_endless_chunks_are_cut_by_time_and_then_the_host_is_left() -> None:
    budget = AnswerBudget(body_s=0.5, host_s=0.4)
    nobody = NoResolver("none")
    network = ScanNetwork(
        egress(LOOPBACK), nobody, Buckets(10_000, 10_000), CountingJournal(), answers=budget
    )
    async with listening(drip) as server:
        url = f"http://127.0.0.1:{server.port}/"
        page = await network.get(url, timeout_s=60)

        with pytest.raises(UnreadableError, match="unfinished"):
            await network.get(url, timeout_s=60)

    assert (page.status, page.cut) == (200, True)
    assert page.body.startswith(b"hello")


@pytest.mark.parametrize(
    "chunk", [b"1\r\nx\r\n", b"1;" + b"e" * 9_000 + b"\r\nx\r\n"], ids=["tiny", "padded"]
)
async def test_frames_with_hardly_anything_in_them_end_as_well(chunk: bytes) -> None:
    reader = asyncio.StreamReader(limit=65_536)
    reader.feed_data(chunk * (2_000_000 // len(chunk)))
    body = Body(reader, (("Transfer-Encoding", "chunked"),), 100_000)

    await body.read()

    assert body.is_cut()
    assert body.received_bytes < 300_000
    assert len(body.data) < 10_000
