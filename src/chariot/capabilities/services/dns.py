"""Name servers: the version that they show, by UDP, by TCP and inside TLS."""

import struct

from chariot.capabilities.services.contract import Door, Probe, Seen, text_of

LIMIT_BYTES = 4_096
VERSION_BIND = (
    struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + b"\x07version\x04bind\x00" + struct.pack(">HH", 16, 3)
)
_LENGTH = struct.Struct(">H")


async def ask_dns(door: Door) -> Seen | None:
    """Ask for the version; no name is looked up. Source: RFC 1035, section 4.2.2; RFC 7858."""
    question = _LENGTH.pack(len(VERSION_BIND)) + VERSION_BIND
    answer = await door.ask(question, done=_is_whole, limit=LIMIT_BYTES)
    if not _is_whole(answer):
        return None
    return read_version(answer[_LENGTH.size :], "domain-s" if door.is_secure else "domain")


def read_version(answer: bytes, service: str = "domain") -> Seen | None:
    """Return what the answer to `VERSION_BIND` tells. Source: RFC 1035, section 4.1; RFC 4892."""
    if len(answer) < 12 or answer[:2] != VERSION_BIND[:2] or not answer[2] & 0x80:
        return None
    recursion = bool(answer[3] & 0x80)
    text = ""
    if struct.unpack(">H", answer[6:8])[0] and (at := answer.find(b"\x00\x10\x00\x03", 30)) >= 0:
        size = answer[at + 10] if len(answer) > at + 10 else 0
        text = text_of(answer[at + 11 : at + 11 + size])
    return Seen(
        service=service,
        text=text,
        place="version.bind",
        facts=(("dns-version", text), ("dns-recursion", "available" if recursion else "refused")),
    )


def _is_whole(data: bytes) -> bool:
    return len(data) >= _LENGTH.size and len(data) - _LENGTH.size >= _LENGTH.unpack_from(data)[0]


PROBE = Probe(service="domain", ask=ask_dns, ports=(53,), secure_ports=(853,))
