"""DNS messages as octets: the questions that are asked most, written and read without a general parser.

Reading gives up (None) on whatever is not plain; the caller then takes the general parser.
Source: RFC 1035, section 4; RFC 6891 for the size that is offered.
"""

import struct
from ipaddress import ip_address

from chariot.capability import DnsAnswer
from chariot.model import checks

PAYLOAD_BYTES = 1232
"""Largest datagram we ask for, as is good practice against fragments."""
ALIAS_LIMIT = 16
"""The longest chain of aliases that is followed within an answer."""

_HEADER = struct.Struct("!HHHHHH")
_RECORD = struct.Struct("!HHIH")
_RECURSE = 0x0100
_CHECKING_DISABLED = 0x0010
_DNSSEC_OK = 0x8000
_CNAME = 5
_QUICK = {1: 4, 28: 16}
"""Record types that are read here, with the length of their data."""
_STATUS = {0: "NOERROR", 3: "NXDOMAIN", 5: "REFUSED"}
HEADER_BYTES = 12
_STEPS = 64
"""The most pointers and labels of one name; what has more goes in circles."""
_RECORDS = 200


def question_of(labels: bytes, kind: int) -> bytes:
    """Return the question section for a name in wire form."""
    return labels + struct.pack("!HH", kind, 1)


def query_of(number: int, question: bytes, *, dnssec: bool = False) -> bytes:
    """Return a query that asks for recursion; with *dnssec*, for signatures too, unchecked by the server."""
    flags = _RECURSE | (_CHECKING_DISABLED if dnssec else 0)
    option = b"\0" + struct.pack("!HHIH", 41, PAYLOAD_BYTES, _DNSSEC_OK if dnssec else 0, 0)
    return _HEADER.pack(number, flags, 1, 0, 0, 1) + question + option


def number_of(wire: bytes) -> int:
    """Return the number of a message that has at least a header."""
    return wire[0] << 8 | wire[1]


def answers(wire: bytes, question: bytes) -> bool:
    """Tell whether *wire* is a response to exactly *question*."""
    return (
        len(wire) >= 12 + len(question)
        and wire[2] & 0x80 != 0
        and wire[4:6] == b"\0\1"
        and wire[12 : 12 + len(question)].lower() == question.lower()
    )


def is_truncated(wire: bytes) -> bool:
    """Tell whether the rest of the answer has to be fetched by TCP."""
    return wire[2] & 0x02 != 0


def read_quickly(wire: bytes, question: bytes) -> DnsAnswer | None:
    """Return what a response to *question* says, or None where it takes the general parser to tell."""
    kind = question[-4] << 8 | question[-3]
    size = _QUICK.get(kind)
    count = wire[6] << 8 | wire[7]
    status = _STATUS.get(wire[3] & 0x0F, "SERVFAIL")
    if count == 0:
        return DnsAnswer(status)
    if size is None or count > _RECORDS:
        return None
    try:
        return _read(wire, 12 + len(question), count, kind, size, status)
    except (IndexError, struct.error, ValueError):
        return None


def _read(wire: bytes, start: int, count: int, kind: int, size: int, status: str) -> DnsAnswer | None:
    owned: dict[bytes, list[str]] = {}
    leads: dict[bytes, bytes] = {}
    place = start
    for _ in range(count):
        owner, place = _name(wire, place)
        found, _, _, length = _RECORD.unpack_from(wire, place)
        place += _RECORD.size
        data = wire[place : place + length]
        if len(data) != length:
            return None
        if found == kind:
            if length != size:
                return None
            owned.setdefault(owner, []).append(str(ip_address(data)))
        elif found == _CNAME:
            leads[owner], _ = _name(wire, place)
        place += length
    asked, _ = _name(wire, 12)
    return _followed(asked, owned, leads, status)


def _followed(
    name: bytes, owned: dict[bytes, list[str]], leads: dict[bytes, bytes], status: str
) -> DnsAnswer | None:
    aliases: list[str] = []
    while name not in owned and name in leads:
        name = leads[name]
        alias = name.decode("ascii")
        if alias in aliases or len(aliases) >= ALIAS_LIMIT:
            return DnsAnswer("SERVFAIL", (), tuple(aliases))
        aliases.append(alias)
    return DnsAnswer(status, tuple(sorted(set(owned.get(name, ())))), tuple(aliases))


def _name(wire: bytes, place: int) -> tuple[bytes, int]:
    """Return a name in lower case, with the place behind it.

    Raises:
        ValueError: it goes in circles, or holds what needs escapes to be written.
    """
    labels: list[bytes] = []
    after = -1
    for _ in range(_STEPS):
        length = wire[place]
        if length == 0:
            return b".".join(labels), after if after >= 0 else place + 1
        if length >= 0xC0:
            if after < 0:
                after = place + 2
            pointed = (length & 0x3F) << 8 | wire[place + 1]
            # A pointer leads back; one that does not is a circle or nonsense.
            if pointed >= place:
                raise ValueError("a pointer leads forward")
            place = pointed
            continue
        label = wire[place + 1 : place + 1 + length].lower()
        if length > 63 or not label.translate(None, _PLAIN) == b"" or len(label) != length:
            raise ValueError("a label is not plain")
        labels.append(label)
        place += 1 + length
    raise ValueError("a name has too many parts")


_PLAIN = b"abcdefghijklmnopqrstuvwxyz0123456789-_"


def plain_labels(name: str) -> bytes | None:
    """Return an ordinary name in wire form; None where it takes the general parser to write it."""
    try:
        host = checks.host_name(name)
    except ValueError:
        return None
    return b"".join(bytes((len(part),)) + part.encode() for part in host.split(".")) + b"\0"
