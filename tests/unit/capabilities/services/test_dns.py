import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services.contract import Door
from chariot.capabilities.services.dns import VERSION_BIND, ask_dns
from chariot.testing.network import Conversation, FakeNetwork

from .talk import HOST, door, fact

SHOWN = b"9.18.49-1~deb12u3-Debian"


def answer(text: bytes, flags: int = 0x8500) -> bytes:
    record = b"\xc0\x0c" + struct.pack(">HHIH", 16, 3, 0, len(text) + 1) + bytes([len(text)]) + text
    message = struct.pack(">HHHHHH", 7, flags, 1, 1, 0, 0) + VERSION_BIND[12:] + record
    return struct.pack(">H", len(message)) + message


async def test_a_name_server_tells_its_version_by_tcp():
    seen = await ask_dns(door(53, b"", lambda _: answer(SHOWN)))

    assert seen is not None
    assert (seen.service, seen.text, seen.place) == ("domain", SHOWN.decode(), "version.bind")
    assert (fact(seen, "dns-version"), fact(seen, "dns-recursion")) == (SHOWN.decode(), "refused")


async def test_inside_tls_it_has_a_name_of_its_own():
    inside = Conversation(b"", lambda _: answer(SHOWN), None)
    network = FakeNetwork(banners={(HOST, 853): Conversation(b"", {}, inside)})

    seen = await ask_dns(Door(network, HOST, 853, secure=True))

    assert seen is not None
    assert seen.service == "domain-s"


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        answer(SHOWN)[:-3],
        answer(SHOWN, flags=0x0100),
        b"\xff\xff" + answer(SHOWN)[2:],
        b"\x00",
    ],
)
async def test_what_is_no_whole_answer_is_none(said):
    assert await ask_dns(door(53, b"", lambda _: said)) is None


async def test_a_server_that_keeps_its_version_is_still_a_name_server():
    refused = struct.pack(">HHHHHH", 7, 0x8505, 1, 0, 0, 0) + VERSION_BIND[12:]

    seen = await ask_dns(door(53, b"", lambda _: struct.pack(">H", len(refused)) + refused))

    assert seen is not None
    assert (seen.service, seen.text) == ("domain", "")


@given(st.binary(max_size=100))
async def test_any_answer_is_read(data):
    await ask_dns(door(53, b"", lambda _: data))
    await ask_dns(door(53, b"", lambda _: struct.pack(">H", len(data)) + data))
