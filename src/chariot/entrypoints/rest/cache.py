"""Answers of reads, kept while nothing was committed that could make them another.

What is kept is found only by those who see the same of the organisation that it is about. A read takes the store's
stamp first and keeps its answer under that stamp: what was written meanwhile has moved the stamp, so that nobody is
told the older thing.
"""

import time
from collections import OrderedDict
from collections.abc import Callable

import msgspec

from chariot.entrypoints.rest.context import ID_LENGTH
from chariot.entrypoints.rest.tallies import Tally
from chariot.modules.surface.ports import Freshness

_FOREVER = float("inf")
SIZE_BYTES = 128_000_000
_OVERHEAD_BYTES = 1_200
"""What one entry costs beside its body and its name, about."""

Name = tuple[str, bytes, bytes]
"""Whose (an organisation's, or those who see the same part of it), and the path and the query as they were sent."""


class Kept(msgspec.Struct, gc=False):
    """One answer, without the id of the request that it stands in."""

    stamp: int
    read_at: float
    permission: str
    route: str
    path: str
    """As it was sent."""
    head: bytes
    """The body before the request id …"""
    tail: bytes
    """… and behind it."""
    headers: list[tuple[bytes, bytes]]
    """All but those that tell of the one request, and of how long the body is."""
    tally: Tally = msgspec.field(default_factory=Tally)
    """Counts those who get it."""
    length: tuple[bytes, bytes] = (b"content-length", b"")
    """The header with the length of a body that holds an id of ours."""

    def __post_init__(self) -> None:
        self.length = (b"content-length", b"%d" % (len(self.head) + ID_LENGTH + len(self.tail)))


class AnswerCache:
    """What was answered, by who asked what; what was unused for longest goes first."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, size_bytes: int = SIZE_BYTES) -> None:
        self._clock = clock
        self._size_bytes = size_bytes
        self._kept: OrderedDict[Name, Kept] = OrderedDict()
        self.used_bytes = 0
        """About how much memory is in use."""
        self.hits = 0
        self.misses = 0

    def look(self, name: Name, freshness: Freshness) -> Kept | None:
        """Return what is kept under *name* and still holds."""
        kept = self.peek(name, freshness.stamp(), freshness.max_age_s)
        if kept is None:
            self.misses += 1
        else:
            self.hits += 1
        return kept

    def peek(self, name: Name, stamp: int, max_age_s: float) -> Kept | None:
        """Return what is kept under *name* and holds at *stamp*, and count nothing."""
        kept = self._kept.get(name)
        if kept is None or kept.stamp != stamp:
            return None
        if max_age_s != _FOREVER and self._clock() - kept.read_at > max_age_s:
            return None
        self._kept.move_to_end(name)
        return kept

    def keep(self, name: Name, kept: Kept) -> None:
        """Keep an answer that was read after its stamp was taken; `read_at` is set here."""
        before = self._kept.pop(name, None)
        if before is not None:
            self.used_bytes -= _cost(name, before)
        kept.read_at = self._clock()
        self._kept[name] = kept
        self.used_bytes += _cost(name, kept)
        while self.used_bytes > self._size_bytes:
            self.used_bytes -= _cost(*self._kept.popitem(last=False))


def _cost(name: Name, kept: Kept) -> int:
    return len(kept.head) + len(kept.tail) + len(name[1]) + len(name[2]) + _OVERHEAD_BYTES
