import asyncio
import datetime as dt
import socket

import pytest

from chariot.lab import neighbour as module
from chariot.lab.neighbour import Contact, Neighbour, read_contacts
from chariot.lab.server import Lab, LabSettings
from chariot.lab.world import Ports

NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


async def test_a_lab_that_nobody_scanned_has_no_contacts(lab):
    assert (lab.neighbour.contacts, lab.neighbour.contact_count) == ((), 0)


@pytest.mark.parametrize("address", ["127.77.1.20", "127.77.0.16"])
async def test_a_connection_to_a_neighbour_is_remembered(port_offset, tmp_path, address):
    port = Ports.shifted(port_offset).http
    settings = LabSettings(port_offset=port_offset, directory=tmp_path)
    async with Lab(settings, now=lambda: NOON) as lab:
        reader, writer = await asyncio.open_connection(address, port)
        answer = await reader.read()
        writer.close()

        assert lab.neighbour.contacts == (Contact("tcp", address, port, "127.0.0.1", NOON),)

    assert answer == b""


async def test_a_datagram_to_a_neighbour_is_remembered(port_offset, tmp_path):
    contacted = asyncio.Event()

    def now() -> dt.datetime:
        contacted.set()
        return NOON

    port = Ports.shifted(port_offset).dns
    async with Lab(LabSettings(port_offset=port_offset, directory=tmp_path), now=now) as lab:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"?", ("127.77.1.20", port))
            await asyncio.wait_for(contacted.wait(), 60)
            await asyncio.sleep(0)
        contact = lab.neighbour.contacts[0]

    assert (contact.transport, contact.address, contact.port) == ("udp", "127.77.1.20", port)


def test_contacts_beyond_the_bound_are_counted_only(monkeypatch):
    monkeypatch.setattr(module, "MAX_CONTACTS", 2)
    neighbour = Neighbour(now=lambda: NOON)
    protocol = neighbour.datagrams("127.77.1.20", 1)

    for _ in range(5):
        protocol.datagram_received(b"", ("127.0.0.1", 9))

    assert (len(neighbour.contacts), neighbour.contact_count) == (2, 5)


def test_what_the_neighbours_heard_is_written_down(tmp_path):
    neighbour = Neighbour(now=lambda: NOON)
    neighbour.datagrams("127.77.1.20", 1).datagram_received(b"", ("127.0.0.1", 9))
    path = tmp_path / "neighbours.json"

    neighbour.write_contacts(path)

    assert read_contacts(path) == 1


@pytest.mark.parametrize("content", [None, b"", b"[]", b'{"count": "many"}'])
def test_where_nothing_is_written_down_nothing_is_claimed(tmp_path, content):
    path = tmp_path / "neighbours.json"
    if content is not None:
        path.write_bytes(content)

    assert read_contacts(path) is None
