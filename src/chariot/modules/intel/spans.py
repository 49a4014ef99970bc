"""Spans of versions in the order of where they begin, so that those which hold one version are found quickly.

A span is half open: the key that it begins with, and the first key after it.
"""

from bisect import bisect_right
from collections.abc import Sequence
from functools import cached_property
from typing import Final

AFTER_ALL: Final = b"\xff"
"""A key after those of all versions."""
BLOCK: Final = 64
"""Spans that are passed over together where none of them reaches far enough."""


def after(key: bytes) -> bytes:
    """Return the first key after *key*: no version has one between a key and itself with a byte more."""
    return key + b"\x00"


def span(low: bytes, low_included: bool, high: bytes, high_included: bool) -> tuple[bytes, bytes]:
    """Return the span from *low* to *high*; an empty key is no bound."""
    start = after(low) if low and not low_included else low
    if not high:
        return start, AFTER_ALL
    return start, after(high) if high_included else high


class Spans:
    """Spans by their *starts*, which lie in order, and their *ends*."""

    def __init__(self, starts: Sequence[bytes], ends: Sequence[bytes]) -> None:
        self._starts = starts
        self._ends = ends

    @cached_property
    def bounds(self) -> list[bytes]:
        """Every key at which the answer may change, in order."""
        return sorted({*self._starts, *self._ends})

    @cached_property
    def _reach(self) -> list[bytes]:
        """The last end of each block."""
        return [max(self._ends[start : start + BLOCK]) for start in range(0, len(self._ends), BLOCK)]

    def holding(self, key: bytes) -> list[int]:
        """Return which spans hold *key*, counted in their order."""
        ends, begun = self._ends, bisect_right(self._starts, key)
        if begun <= BLOCK:
            return [number for number, end in enumerate(ends[:begun]) if key < end]
        return [
            number
            for block, reach in enumerate(self._reach[: -(-begun // BLOCK)])
            if key < reach
            for number in range(block * BLOCK, min(begun, (block + 1) * BLOCK))
            if key < ends[number]
        ]
