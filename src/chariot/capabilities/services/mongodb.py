"""MongoDB: version, role, and whether it lists its databases to anybody."""

import struct
from collections.abc import Iterator

from chariot.capabilities.services.contract import Door, Probe, Seen, say
from chariot.capabilities.support.findings import Flaw, Product
from chariot.capability import Stream
from chariot.model.states import Severity

_OP_MSG = 2013
LIMIT_BYTES = 65_536
_FIXED = {0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x0A: 0, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}
"""Bytes of each BSON element whose size is fixed. Source: the BSON specification, version 1.1."""
Value = str | int | bytes | None


async def ask(door: Door) -> Seen | None:
    """Ask for the build, and whether databases may be listed; no document is read."""
    async with door.open() as stream:
        build = await _command(stream, "buildInfo")
        version = build.get("version")
        if "ok" not in build and not isinstance(version, str):
            return None
        listed = await _command(stream, "listDatabases")
        hello = await _command(stream, "isMaster")
    is_open = "databases" in listed
    role = hello.get("setName")
    return Seen(
        service="mongodb",
        products=(
            Product(
                cpe="a:mongodb:mongodb", name="MongoDB", version=version if isinstance(version, str) else ""
            ),
        ),
        facts=(
            ("authentication", "none" if is_open else "required"),
            ("mongodb-replica-set", role if isinstance(role, str) else ""),
        ),
        flaws=(OPEN,) if is_open else (),
    )


async def _command(stream: Stream, name: str) -> dict[str, Value]:
    """Send `{name: 1, $db: "admin"}` and return the top level of the answer; empty where it is none."""
    document = (
        b"\x10" + name.encode() + b"\x00" + struct.pack("<i", 1) + b"\x02$db\x00\x06\x00\x00\x00admin\x00"
    )
    body = struct.pack("<I", 0) + b"\x00" + struct.pack("<i", len(document) + 5) + document + b"\x00"
    head = struct.pack("<iiii", 16 + len(body), 1, 0, _OP_MSG)
    data = await say(stream, head + body, done=_is_whole, limit=LIMIT_BYTES)
    if len(data) < 26 or struct.unpack("<i", data[12:16])[0] != _OP_MSG or data[20] != 0:
        return {}
    return dict(elements(data[21:]))


def _is_whole(data: bytes) -> bool:
    return len(data) >= 4 and len(data) >= struct.unpack("<I", data[:4])[0]


def elements(document: bytes) -> Iterator[tuple[str, Value]]:
    """Yield names and values of a BSON document's first level; it ends where the bytes make no sense."""
    at = 4
    while at < len(document) and (kind := document[at]):
        end = document.find(b"\x00", at + 1)
        if end < 0:
            return
        name = document[at + 1 : end].decode("utf-8", "replace")
        at = end + 1
        size = _size(kind, document[at : at + 4])
        if size < 0 or at + size > len(document):
            # A cut answer still names what it began with.
            yield name, None
            return
        yield name, _value(kind, document[at : at + size])
        at += size


def _size(kind: int, beginning: bytes) -> int:
    """Return how many bytes the value takes; -1 for a kind that answers to these commands do not have."""
    if kind in _FIXED:
        return _FIXED[kind]
    if len(beginning) < 4:
        return -1
    (length,) = struct.unpack("<i", beginning)
    if kind in (0x02, 0x0D, 0x0E):
        return 4 + int(length) if length > 0 else -1
    if kind in (0x03, 0x04):
        return int(length) if length > 4 else -1
    return 5 + int(length) if kind == 0x05 and length >= 0 else -1


def _value(kind: int, data: bytes) -> Value:
    if kind == 0x02:
        return data[4:-1].decode("utf-8", "replace")
    if kind == 0x10:
        return int(struct.unpack("<i", data)[0])
    return data


OPEN = Flaw(
    weakness="mongodb-without-password",
    title="MongoDB lists its databases to anybody",
    severity=Severity.CRITICAL,
    cwe="CWE-306",
    proof="listDatabases is answered without a login",
    remediation="Turn authorisation on, create users, and bind it to an inner address.",
)
PROBE = Probe(service="mongodb", ask=ask, ports=(27017, 27018, 27019))
