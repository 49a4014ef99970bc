import asyncio

import pytest

from chariot.lab.server import Lab, LabSettings
from chariot.lab.wire import BABBLE
from chariot.lab.world import FaultyService, Host, Ports, WireService, World

ADDRESS = "127.78.0.1"
WORLD = World(
    domains=(),
    netblocks=("127.78.0.0/28",),
    resolver="127.78.255.53",
    name_servers=(),
    zones=(),
    hosts=(
        Host(
            ADDRESS,
            (
                WireService("pop3", greeting=b"+OK\r\n", replies=((b"capa", b"+OK\r\n.\r\n"),)),
                FaultyService("http", "babble"),
                FaultyService("https", "hangs-up"),
                FaultyService("ftp", "silent"),
                FaultyService("ssh", "tarpit"),
            ),
        ),
    ),
    neighbours=(),
)


@pytest.fixture
async def ports(port_offset, tmp_path):
    async with Lab(LabSettings(port_offset=port_offset, directory=tmp_path), world=WORLD):
        yield Ports.shifted(port_offset)


async def _say(port: int, words: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(ADDRESS, port)
    writer.write(words)
    answer = await reader.read()
    writer.close()
    return answer


async def test_a_service_greets_answers_what_it_knows_and_ends_at_what_it_does_not(ports):
    reader, writer = await asyncio.open_connection(ADDRESS, ports.pop3)

    assert await reader.readline() == b"+OK\r\n"
    writer.write(b"CAPA\r\n")
    assert await reader.readuntil(b".\r\n") == b"+OK\r\n.\r\n"
    writer.write(b"DELE 1\r\n")
    assert await reader.read() == b""
    writer.close()


@pytest.mark.parametrize(("role", "answer"), [("http", BABBLE), ("https", b"")])
async def test_what_is_broken_says_nothing_that_means_anything(ports, role, answer):
    assert await _say(ports.of(role), b"") == answer


async def test_a_silent_port_waits(ports):
    reader, writer = await asyncio.open_connection(ADDRESS, ports.ftp)
    writer.write(b"hello?\r\n")

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.2)
    writer.close()


async def test_a_tarpit_speaks_a_byte_at_a_time(ports):
    reader, writer = await asyncio.open_connection(ADDRESS, ports.ssh)

    async with asyncio.timeout(60):
        assert await reader.read(100) == b"~"
    writer.close()
