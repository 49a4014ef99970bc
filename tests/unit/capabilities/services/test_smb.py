import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services import smb

from .talk import by_pattern, door, fact, versions, weaknesses


def framed(body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + body


def negotiated(mode: int, dialect: int = 0x0302) -> bytes:
    return framed(b"\xfeSMB" + bytes(60) + struct.pack("<HHHH", 65, mode, dialect, 0) + bytes(60))


def challenged(build: tuple[int, int, int], **names: str) -> bytes:
    fields = b""
    for kind, name in ((3, names.get("host", "")), (4, names.get("domain", ""))):
        text = name.encode("utf-16-le")
        fields += struct.pack("<HH", kind, len(text)) + text
    fields += bytes(4)
    head = b"NTLMSSP\x00" + struct.pack("<IHHIIQQ", 2, 0, 0, 56, 0, 0, 0)
    head += struct.pack("<HHI", len(fields), len(fields), 56) + struct.pack("<BBH4s", *build, b"\0\0\0\x0f")
    return framed(b"\xfeSMB" + bytes(60) + head + fields)


OLD = framed(b"\xffSMB\x72" + bytes(27) + b"\x11" + b"\x00\x00" + bytes(30))
OLD_REFUSED = framed(b"\xffSMB\x72" + bytes(27) + b"\x01" + b"\xff\xff" + bytes(2))
WINDOWS = challenged((10, 0, 20348), host="Files.corp.example", domain="corp.example")


def server(*, mode: int, old: bytes = b"", told: bytes = WINDOWS):
    return by_pattern((b"\xffSMB", old), (b"NTLMSSP", told), (b"\xfeSMB", negotiated(mode)))


@pytest.mark.parametrize(
    ("mode", "old", "expected"),
    [
        (3, b"", []),
        (3, OLD_REFUSED, []),
        (1, b"", ["smb-signing-not-required"]),
        (1, OLD, ["smb-version-1", "smb-signing-not-required"]),
    ],
)
async def test_signing_and_old_dialects_are_told(mode, old, expected):
    seen = await smb.ask(door(445, b"", server(mode=mode, old=old)))

    assert weaknesses(seen) == expected


async def test_windows_tells_names_and_build_before_a_login():
    seen = await smb.ask(door(445, b"", server(mode=3)))

    assert (fact(seen, "smb-host"), fact(seen, "smb-domain")) == ("Files.corp.example", "corp.example")
    assert versions(seen) == [("o:microsoft:windows", "10.0.20348")]
    assert seen.names == ("files.corp.example",)


async def test_samba_is_not_taken_for_windows():
    seen = await smb.ask(door(445, b"", server(mode=3, told=challenged((6, 1, 0)))))

    assert versions(seen) == [("a:samba:samba", "")]


def session(native: bytes, words: int = 3) -> bytes:
    texts = b"Unix\x00" + native + b"\x00CORP\x00"
    return framed(b"\xffSMB\x73" + bytes(27) + bytes([words]) + bytes(2 * words) + b"\x20\x00" + texts)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (session(b"Samba 4.17.12-Debian"), "Samba 4.17.12-Debian"),
        (session(b"Samba 4.17.12-Debian", words=0), ""),
        (framed(b"\xffSMB\x73"), ""),
        (b"", ""),
    ],
)
async def test_who_takes_nameless_sessions_of_smb_1_tells_its_program(told, expected):
    replies = by_pattern((b"\xffSMB\x73", told), (b"\xffSMB", OLD))

    seen = await smb.ask(door(445, b"", replies))

    assert (seen.text, fact(seen, "smb-native")) == (expected, expected)


async def test_another_protocol_is_not_taken_for_smb():
    assert await smb.ask(door(80, b"", lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")) is None


@given(st.binary(max_size=200), st.binary(max_size=200))
async def test_any_answer_is_read(first, second):
    await smb.ask(door(445, b"", lambda _: first))
    told = framed(b"NTLMSSP\x00\x02\x00\x00\x00" + second)
    await smb.ask(door(445, b"", server(mode=1, old=first, told=told)))
    session_told = framed(b"\xffSMB\x73" + second)
    await smb.ask(door(445, b"", by_pattern((b"\xffSMB\x73", session_told), (b"\xffSMB", OLD))))
