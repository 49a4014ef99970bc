import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import desktop
from chariot.testing.network import Conversation

from .talk import by_pattern, door, fact, weaknesses


def confirmed(kind: int, value: int) -> bytes:
    return struct.pack(">BBHBBHHB", 3, 0, 19, 14, 0xD0, 0, 0, 0) + struct.pack("<BBHI", kind, 0, 8, value)


def rdp(*, with_nla: bytes, without: bytes):
    return by_pattern((b"\x01\x00\x08\x00\x01\x00\x00\x00$", without), (b"\x01\x00\x08\x00.", with_nla))


@pytest.mark.parametrize(
    ("types", "shown", "expected"),
    [
        (b"\x01\x02", "vnc password", []),
        (b"\x02\x01\x10", "none, tight", ["vnc-without-password"]),
        (b"\x00", "", []),
    ],
)
async def test_vnc_tells_whether_it_wants_a_password(types, shown, expected):
    seen = await desktop.ask_vnc(door(5900, b"RFB 003.008\n", {b"RFB 003.008\n": types}))

    assert (fact(seen, "vnc-security"), weaknesses(seen)) == (shown, expected)


async def test_an_old_vnc_server_chooses_for_itself():
    seen = await desktop.ask_vnc(door(5900, b"RFB 003.003\n", {b"RFB 003.003\n": b"\x00\x00\x00\x01"}))

    assert weaknesses(seen) == ["vnc-without-password"]


async def test_rdp_that_insists_on_nla_has_no_flaw():
    replies = rdp(with_nla=confirmed(2, 2), without=confirmed(3, 5))

    seen = await desktop.ask_rdp(door(3389, b"", replies, Conversation()))

    assert (fact(seen, "rdp-security"), fact(seen, "rdp-nla"), weaknesses(seen)) == ("NLA", "required", [])


@pytest.mark.parametrize("without", [confirmed(2, 1), b"\x03\x00\x00\x0b\x06\xd0\x00\x00\x12\x34\x00"])
async def test_rdp_that_does_without_nla_has_a_flaw(without):
    seen = await desktop.ask_rdp(
        door(3389, b"", rdp(with_nla=confirmed(2, 2), without=without), Conversation())
    )

    assert weaknesses(seen) == ["rdp-without-nla"]


async def test_telnet_is_known_by_its_options_and_is_a_flaw():
    seen = await desktop.ask_telnet(door(2323, b"\xff\xfd\x18\xff\xfb\x01\r\nrouter login: "))

    assert (seen.service, seen.text, weaknesses(seen)) == ("telnet", "router login:", ["telnet-clear-text"])


@pytest.mark.parametrize("ask", [desktop.ask_vnc, desktop.ask_rdp, desktop.ask_telnet])
async def test_another_protocol_is_not_taken_for_these(ask):
    assert (
        await ask(door(8080, b"HTTP/1.1 400 Bad Request\r\n\r\n", lambda _: b"HTTP/1.1 400 Bad\r\n")) is None
    )


@given(st.sampled_from([desktop.ask_vnc, desktop.ask_rdp, desktop.ask_telnet]), st.binary(max_size=60))
async def test_any_answer_is_read(ask, answer):
    await ask(door(23, b"RFB 003.008\n", lambda _: answer))
    await ask(door(23, answer, lambda _: b"\x03\x00\x00\x13" + answer))
