import asyncio

import pytest

from chariot.adapters.network.streams import TcpStream, dial, hang_up
from chariot.capability import NoAnswerError

from .loopback import listening


async def test_what_is_sent_arrives_and_the_answer_comes_back() -> None:
    async def echo(reader, writer) -> None:
        writer.write(await reader.readline())

    async with listening(echo) as server:
        reader, writer = await dial("127.0.0.1", server.port, timeout_s=2)
        stream = TcpStream(reader, writer)
        await stream.send(b"PING\n")
        assert await stream.read(100, timeout_s=2) == b"PING\n"
        assert await stream.read(100, timeout_s=2) == b""
        await hang_up(writer)


async def test_an_endless_greeting_is_read_in_bounded_pieces() -> None:
    async def flood(reader, writer) -> None:
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    async with listening(flood) as server:
        reader, writer = await dial("127.0.0.1", server.port, timeout_s=2)
        stream = TcpStream(reader, writer)
        assert len(await stream.read(1_000, timeout_s=2)) == 1_000
        await hang_up(writer)


async def _send_on(stream: TcpStream) -> None:
    """Send until the system has noticed that nobody is there."""
    for _ in range(10):
        await stream.send(b"x" * 65_536)
        await asyncio.sleep(0.01)


async def test_a_broken_connection_reads_empty_and_takes_nothing() -> None:
    async def hang(reader, writer) -> None:
        writer.transport.abort()

    async with listening(hang) as server:
        reader, writer = await dial("127.0.0.1", server.port, timeout_s=2)
        stream = TcpStream(reader, writer)
        assert await stream.read(10, timeout_s=2) == b""
        with pytest.raises(NoAnswerError):
            await _send_on(stream)
        await hang_up(writer)
