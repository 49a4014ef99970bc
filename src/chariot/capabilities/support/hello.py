"""TLS hellos by hand: what a server accepts, also what no library of today would offer.

Only the first message is sent and its answer read; no key is agreed upon. Source: RFC 8446, RFC 5246, RFC 6101.
"""

import struct
from collections.abc import Iterable
from typing import Final

import msgspec

SSL2: Final = 0x0002
SSL3: Final = 0x0300
TLS10: Final = 0x0301
TLS11: Final = 0x0302
TLS12: Final = 0x0303
TLS13: Final = 0x0304
NAMES: Final = {
    SSL2: "SSLv2",
    SSL3: "SSLv3",
    TLS10: "TLSv1.0",
    TLS11: "TLSv1.1",
    TLS12: "TLSv1.2",
    TLS13: "TLSv1.3",
}
ANSWER_LIMIT_BYTES: Final = 20_000
"""A server hello stands in the first record, which is not longer. Source: RFC 8446, section 5.1."""

_HANDSHAKE, _ALERT = 22, 21
_SERVER_HELLO = 2
_EXT_NAME, _EXT_GROUPS, _EXT_POINTS, _EXT_SIGNATURES, _EXT_VERSIONS, _EXT_SHARES = 0, 10, 11, 13, 43, 51
_EXT_RENEGOTIATION = 0xFF01
_GROUPS = (0x001D, 0x0017, 0x0018, 0x0019, 0x0100)
_SIGNATURES = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0203, 0x0201, 0x0402,
    0x0202, 0x0101,
)  # fmt: skip
_SSL2_CIPHERS = (0x010080, 0x020080, 0x030080, 0x040080, 0x050080, 0x060040, 0x0700C0)
_FIXED_RANDOM = b"chariot looks, and agrees on no."
"""32 bytes: a hello that is the same each time is easy to know again in a log."""


class ServerHello(msgspec.Struct, frozen=True):
    """What a server chose."""

    version: int
    cipher: int
    compresses: bool = False
    renegotiates_safely: bool = False


def client_hello(
    versions: Iterable[int], ciphers: Iterable[int], *, server_name: str = "", compressions: bytes = b"\x00"
) -> bytes:
    """Return a hello that offers *versions* (SSL 3 to TLS 1.3) and *ciphers*."""
    offered = sorted(versions, reverse=True)
    highest = min(offered[0], TLS12)
    listed = b"".join(struct.pack(">H", number) for number in ciphers)
    extensions = b"" if highest == SSL3 else _extensions(offered, server_name)
    body = (
        struct.pack(">H", highest)
        + _FIXED_RANDOM
        + b"\x00"
        + struct.pack(">H", len(listed))
        + listed
        + bytes([len(compressions)])
        + compressions
        + (struct.pack(">H", len(extensions)) + extensions if extensions else b"")
    )
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    # Old servers refuse a record that says more than TLS 1.0. Source: RFC 8446, appendix D.
    return struct.pack(">BHH", _HANDSHAKE, min(highest, TLS10), len(message)) + message


def _extensions(versions: list[int], server_name: str) -> bytes:
    found = b""
    if server_name:
        name = server_name.encode("ascii", "ignore")
        found += _extension(_EXT_NAME, struct.pack(">HBH", len(name) + 3, 0, len(name)) + name)
    groups = b"".join(struct.pack(">H", number) for number in _GROUPS)
    signatures = b"".join(struct.pack(">H", number) for number in _SIGNATURES)
    found += _extension(_EXT_GROUPS, struct.pack(">H", len(groups)) + groups)
    found += _extension(_EXT_POINTS, b"\x01\x00")
    found += _extension(_EXT_SIGNATURES, struct.pack(">H", len(signatures)) + signatures)
    found += _extension(_EXT_RENEGOTIATION, b"\x00")
    if versions[0] >= TLS13:
        listed = b"".join(struct.pack(">H", number) for number in versions)
        found += _extension(_EXT_VERSIONS, bytes([len(listed)]) + listed)
        # Without a share of ours the server asks for one, and names in that the cipher that it chose.
        found += _extension(_EXT_SHARES, b"\x00\x00")
    return found


def _extension(number: int, data: bytes) -> bytes:
    return struct.pack(">HH", number, len(data)) + data


def old_hello() -> bytes:
    """Return a hello of SSL 2. Source: the SSL 2.0 specification of 1995, section 5.5.1."""
    ciphers = b"".join(number.to_bytes(3, "big") for number in _SSL2_CIPHERS)
    challenge = _FIXED_RANDOM[:16]
    body = struct.pack(">BHHHH", 1, SSL2, len(ciphers), 0, len(challenge)) + ciphers + challenge
    return struct.pack(">H", 0x8000 | len(body)) + body


def is_old_answer(data: bytes) -> bool:
    """Tell whether *data* is a server hello of SSL 2 that leaves a cipher to choose."""
    return (
        len(data) >= 11
        and bool(data[0] & 0x80)
        and data[2] == 4
        and data[5:7] == b"\x00\x02"
        and data[9:11] != b"\0\0"
    )


def is_complete(data: bytes) -> bool:
    """Tell whether the first record is there, or something that is no record."""
    if len(data) < 5:
        return False
    return data[0] not in (_HANDSHAKE, _ALERT) or len(data) >= 5 + struct.unpack(">H", data[3:5])[0]


def speaks_tls(data: bytes) -> bool:
    """Tell whether *data* begins as a record of TLS, be it a refusal."""
    return len(data) >= 5 and data[0] in (_HANDSHAKE, _ALERT) and data[1] == 3


def server_hello(data: bytes) -> ServerHello | None:
    """Return what the server chose; None for a refusal and for anything else."""
    if not speaks_tls(data) or data[0] != _HANDSHAKE or len(data) < 5 + 4 + 38 or data[5] != _SERVER_HELLO:
        return None
    (size,) = struct.unpack(">H", data[3:5])
    message = data[9 : 5 + size]
    (version,) = struct.unpack(">H", message[:2])
    at = 35 + message[34] if len(message) > 34 else len(message)
    if len(message) < at + 3:
        return None
    cipher, compression = struct.unpack(">HB", message[at : at + 3])
    safely = False
    for number, content in _read_extensions(message[at + 3 :]):
        if number == _EXT_VERSIONS and len(content) == 2:
            (version,) = struct.unpack(">H", content)
        safely = safely or number == _EXT_RENEGOTIATION
    return ServerHello(version, cipher, compression != 0, safely) if version in NAMES else None


def _read_extensions(data: bytes) -> Iterable[tuple[int, bytes]]:
    at = 2
    while at + 4 <= len(data):
        number, size = struct.unpack(">HH", data[at : at + 4])
        yield number, data[at + 4 : at + 4 + size]
        at += 4 + size
