"""All versions that a product's CVEs name on one number line, so that one version is placed in all at once.

The line has a place for each bound that occurs, and one between each two neighbours: all versions between
the same two bounds have the same answer.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from chariot.modules.intel.prepared import PreparedCve, Stretch
from chariot.modules.intel.spans import Spans, after, span

FEW: Final = 16
"""Up to so many ranges are asked each time: finding the place costs more than it saves."""

Hit = tuple[int, int, int]
"""The index of a CVE, which of its parts, and which match there names the version."""


class Segments:
    """The number line of a product's CVEs, which are told apart by their index."""

    def __init__(self, listed: dict[bytes, list[Hit]], ranges: Sequence[tuple[Stretch, Hit]]) -> None:
        ordered = sorted((*span(*stretch[:4]), number) for number, (stretch, _) in enumerate(ranges))
        self._listed = listed
        self._hits = [hit for _, hit in ranges]
        self._numbers = [number for _, _, number in ordered]
        self._spans = Spans([start for start, _, _ in ordered], [end for _, end, _ in ordered])
        self.is_long = len(ranges) > FEW
        """Whether it is worth asking for the place before the hits."""

    @classmethod
    def of(cls, cves: Sequence[PreparedCve]) -> "Segments":
        """Return the number line of *cves*."""
        listed: dict[bytes, list[Hit]] = {}
        ranges: list[tuple[Stretch, Hit]] = []
        for index, cve in enumerate(cves):
            for number, part in enumerate(cve.parts):
                for key, ordinal in part.listed:
                    listed.setdefault(key, []).append((index, number, ordinal))
                ranges += [(stretch, (index, number, stretch[4])) for stretch in part.stretches]
        return cls(listed, ranges)

    @cached_property
    def _bounds(self) -> list[bytes]:
        return sorted({*self._spans.bounds, *self._listed, *map(after, self._listed)})

    def place(self, key: bytes) -> int:
        """Return where the version of *key* lies: the same number for all between the same bounds."""
        return bisect_right(self._bounds, key)

    def representatives(self, first: bytes, last: bytes) -> list[bytes]:
        """Return keys from *first* to before *last* that stand for all versions there: one for each place."""
        bounds = self._bounds
        return [first, *bounds[bisect_right(bounds, first) : bisect_left(bounds, last)]]

    def hits(self, key: bytes) -> Iterator[Hit]:
        """Yield what names the version of *key*; a CVE may come repeatedly."""
        yield from self._listed.get(key, ())
        for number in sorted([self._numbers[place] for place in self._spans.holding(key)]):
            yield self._hits[number]
