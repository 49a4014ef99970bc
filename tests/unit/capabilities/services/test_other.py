import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import other

from .talk import door, fact, weaknesses


@pytest.mark.parametrize(
    ("listing", "modules", "expected"),
    [
        (
            b"backup         \tnightly\nwww            \t\n@RSYNCD: EXIT\n",
            "backup, www",
            ["rsync-modules-listed"],
        ),
        (b"@RSYNCD: EXIT\n", "", []),
    ],
)
async def test_rsync_lists_its_modules(listing, modules, expected):
    seen = await other.ask_rsync(door(873, b"@RSYNCD: 31.0 sha512\n", lambda _: listing))

    assert (fact(seen, "rsync-modules"), weaknesses(seen)) == (modules, expected)


@pytest.mark.parametrize(
    ("ask", "answer", "expected"),
    [
        (other.ask_x11, b"\x01\x00\x0b\x00\x00\x00\x10\x00", ["x11-without-authentication"]),
        (other.ask_x11, b"\x00\x16\x0b\x00\x00\x00\x06\x00", []),
        (other.ask_jdwp, b"JDWP-Handshake", ["jdwp-exposed"]),
        (other.ask_ajp, b"AB\x00\x01\x09", ["ajp-exposed"]),
    ],
)
async def test_what_should_not_be_reachable_is_a_flaw(ask, answer, expected):
    assert weaknesses(await ask(door(1, b"", lambda _: answer))) == expected


@pytest.mark.parametrize(
    ("ask", "answer", "label"),
    [
        (other.ask_rtsp, b"RTSP/1.0 200 OK\r\nServer: Hik\r\n\r\n", "rtsp-server"),
        (other.ask_sip, b"SIP/2.0 200 OK\r\nServer: Hik\r\n\r\n", "sip-server"),
    ],
)
async def test_media_servers_name_themselves(ask, answer, label):
    assert fact(await ask(door(1, b"", lambda _: answer)), label) == "Hik"


ASKS = (other.ask_rsync, other.ask_x11, other.ask_jdwp, other.ask_ajp, other.ask_rtsp, other.ask_sip)


@pytest.mark.parametrize("ask", ASKS)
async def test_another_protocol_is_not_taken_for_these(ask):
    assert await ask(door(80, b"", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")) is None


@given(st.sampled_from(ASKS), st.binary(max_size=100))
async def test_any_answer_is_read(ask, data):
    await ask(door(1, b"@RSYNCD: 31.0\n", lambda _: data))
    await ask(door(1, data, lambda _: b"RTSP/1." + data))
