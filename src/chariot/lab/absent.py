"""Names that are not there, answered octet by octet: most of what a scan asks is whether its guesses exist.

Whatever is not plain is left to the general parser. Source: RFC 1035, section 4; RFC 2308, section 3.
"""

import io
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import dns.name
import dns.rrset

_HEADER_BYTES: Final = 12
_PLAIN: Final = (b"\0\1\0\0\0\0\0\0", b"\0\1\0\0\0\0\0\1")
"""Counts of a query: one question, and perhaps the size of answers that the client takes."""
_SIZED: Final = b"\0\0\x29"
_SIZED_BYTES: Final = 11
_OUR_SIZE: Final = _SIZED + b"\x20\0\0\0\0\0\0\0"
"""The size that we take, without any option. Source: RFC 6891, section 6.1.2."""
_ASKED, _NO_OPERATION = 0x80, 0x78
"""In the third octet: what is set in a response, and in anything but a look-up."""
_RECURSE: Final = 0x01
_AUTHORITY: Final = 0x84
_NAME_ERROR: Final = 3
_LABEL_LIMIT: Final = 63
_TYPES: Final = frozenset({1, 2, 5, 6, 12, 15, 16, 28, 33, 64, 65, 257})
"""A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, SVCB, HTTPS and CAA."""
_STAR: Final = b"\1*"


class AbsentNames:
    """Answers for names that are in a zone's hands, and neither there nor made up by a wildcard."""

    def __init__(
        self,
        nodes: Iterable[dns.name.Name],
        starts: Mapping[dns.name.Name, dns.rrset.RRset],
        lame: Collection[dns.name.Name],
    ) -> None:
        """*nodes* are all names that are there, *starts* the beginnings of zones; the *lame* ones do not answer."""
        self._nodes = frozenset(name.to_digestable() for name in nodes)
        self._starts = {
            name.to_digestable(): b"" if name in lame else _octets(start) for name, start in starts.items()
        }

    def answer(self, wire: bytes) -> bytes | None:
        """Return the answer to the query *wire*; None where the name may be there, or the query is not plain."""
        if len(wire) < _HEADER_BYTES + 5 or wire[2] & (_ASKED | _NO_OPERATION) or wire[4:12] not in _PLAIN:
            return None
        places, end = _labels(wire)
        question, rest = wire[_HEADER_BYTES : end + 4], wire[end + 4 :]
        is_sized = len(rest) == _SIZED_BYTES and rest.startswith(_SIZED) and rest[9:] == b"\0\0"
        if bool(wire[11]) is not is_sized or (rest and not is_sized) or not _is_plain(wire[end : end + 4]):
            return None
        start = self._start(wire[_HEADER_BYTES:end].lower(), [place - _HEADER_BYTES for place in places])
        if not start:
            return None
        flags = bytes((_AUTHORITY | wire[2] & _RECURSE, _NAME_ERROR))
        counts = b"\0\1\0\0\0\1" + wire[10:12]
        return wire[:2] + flags + counts + question + start + (_OUR_SIZE if is_sized else b"")

    def _start(self, name: bytes, places: list[int]) -> bytes:
        """Return the start of the zone that knows that *name* is not there; nothing where none knows."""
        for nearest, place in enumerate(places):
            if name[place:] in self._nodes:
                if nearest == 0 or _STAR + name[place:] in self._nodes:
                    return b""
                return next(
                    (self._starts[name[one:]] for one in places[nearest:] if name[one:] in self._starts), b""
                )
        return b""


def _labels(wire: bytes) -> tuple[list[int], int]:
    """Return where each label of the question begins, and where its name ends; no labels for what is no plain name."""
    places, place = [], _HEADER_BYTES
    while place < len(wire) and 0 < wire[place] <= _LABEL_LIMIT:
        places.append(place)
        place += 1 + wire[place]
    is_whole = place < len(wire) and not wire[place]
    return (places if is_whole else []), place + 1


def _is_plain(ending: bytes) -> bool:
    """Tell whether the question's type and class are those of a usual look-up."""
    return len(ending) == 4 and ending[2:] == b"\0\1" and int.from_bytes(ending[:2]) in _TYPES


def _octets(start: dns.rrset.RRset) -> bytes:
    written = io.BytesIO()
    start.to_wire(written)
    return written.getvalue()
