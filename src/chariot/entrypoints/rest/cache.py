"""Encoded answers of reads, kept while nothing was committed that could make them another.

What is kept is found only under the organisation that asked for it. A read takes the store's stamp first and keeps
its answer under that stamp: what was written meanwhile has moved the stamp, so that nobody is told the older thing.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.surface.ports import Freshness

SIZE_BYTES = 128_000_000
_OVERHEAD_BYTES = 400
"""What one entry costs beside its value, about."""

V = TypeVar("V")
Name = tuple[Organisation, str, str]
"""Whose, of which operation, and what of it was asked."""


class _Kept(msgspec.Struct, Generic[V]):
    stamp: int
    read_at: float
    value: V
    size_bytes: int


class AnswerCache(Generic[V]):
    """What was answered, by who asked what; what was unused for longest goes first."""

    def __init__(
        self, *, clock: Callable[[], float] = time.monotonic, size_bytes: int = SIZE_BYTES
    ) -> None:
        self._clock = clock
        self._size_bytes = size_bytes
        self._kept: OrderedDict[Name, _Kept[V]] = OrderedDict()
        self.used_bytes = 0
        """About how much memory is in use."""
        self.hits = 0
        self.misses = 0

    def look(self, name: Name, freshness: Freshness) -> V | None:
        """Return what is kept under *name* and still holds."""
        kept = self._kept.get(name)
        if (
            kept is not None
            and kept.stamp == freshness.stamp()
            and self._clock() - kept.read_at <= freshness.max_age_s
        ):
            self.hits += 1
            self._kept.move_to_end(name)
            return kept.value
        self.misses += 1
        return None

    def keep(self, name: Name, stamp: int, value: V, size_bytes: int) -> None:
        """Keep *value*, which was read after *stamp* was taken."""
        before = self._kept.pop(name, None)
        if before is not None:
            self.used_bytes -= before.size_bytes
        cost = size_bytes + len(name[2]) + _OVERHEAD_BYTES
        self._kept[name] = _Kept(stamp, self._clock(), value, cost)
        self.used_bytes += cost
        while self.used_bytes > self._size_bytes:
            self.used_bytes -= self._kept.popitem(last=False)[1].size_bytes
