import asyncio
import errno
import socket

import pytest

from chariot.errors import ConfigurationError
from chariot.lab import connections as module
from chariot.lab.connections import Connections, cannot_listen


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.77.200.1", 0))
        return probe.getsockname()[1]


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(await reader.readline())
    await writer.drain()


async def test_closing_ends_a_connection_that_waits(free_port):
    connections = Connections()
    await connections.listen("127.77.200.1", free_port, _echo)
    reader, writer = await asyncio.open_connection("127.77.200.1", free_port)
    await asyncio.sleep(0.05)

    async with asyncio.timeout(60):
        await connections.close()

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)
    writer.close()


async def test_a_connection_over_the_bound_is_closed_at_once(monkeypatch, free_port):
    monkeypatch.setattr(module, "MAX_CONNECTIONS", 1)
    connections = Connections()
    await connections.listen("127.77.200.1", free_port, _echo)
    _, first = await asyncio.open_connection("127.77.200.1", free_port)
    await asyncio.sleep(0.05)
    reader, second = await asyncio.open_connection("127.77.200.1", free_port)

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await reader.readexactly(1)

    first.close()
    second.close()
    await connections.close()


async def test_a_slow_client_is_cut_off(monkeypatch, free_port):
    monkeypatch.setattr(module, "LIFETIME_S", 0.05)
    connections = Connections()
    await connections.listen("127.77.200.1", free_port, _echo)
    reader, writer = await asyncio.open_connection("127.77.200.1", free_port)

    with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
        await asyncio.wait_for(reader.readexactly(1), 60)

    writer.close()
    await connections.close()


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.EADDRINUSE, "127.77.0.1 port 18080, which is taken.*port_offset"),
        (errno.EADDRNOTAVAIL, "ifconfig lo0 alias 127.77.0.1"),
        (errno.EACCES, "cannot listen on 127.77.0.1 port 18080"),
    ],
)
def test_a_refused_listener_says_what_to_do(number, advice):
    error = cannot_listen(OSError(number, "no"), "127.77.0.1", 18080)

    assert isinstance(error, ConfigurationError)
    with pytest.raises(ConfigurationError, match=advice):
        raise error


async def test_an_address_that_this_machine_lacks_is_a_configuration_error():
    # 192.0.2.0/24 is reserved for documentation, so no machine has it.
    with pytest.raises(ConfigurationError, match=r"192\.0\.2\.1"):
        await Connections().listen("192.0.2.1", 18080, _echo)
