"""All simple criteria of a product on one number line, so that one version is placed in all of them at once.

The line has a place for each bound that occurs, and one between each two neighbours: all versions between
the same two bounds have the same answer.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from chariot.modules.intel.conditions import CompiledCve
from chariot.modules.intel.criteria import Criterion
from chariot.modules.intel.records import CpeMatch

Hit = tuple[int, CpeMatch]
"""The index of a CVE, and the match that names the version."""


class Segments:
    """The number line of a product's CVEs, which are told apart by their index.

    Ranges lie in a segment tree: each in a few nodes that cover it together, so that what covers a place
    is found on the way from its leaf to the root, in time that grows with what is found.
    """

    def __init__(self, cves: Sequence[CompiledCve]) -> None:
        self._bounds = sorted(set[bytes]().union(*(cve.keys for cve in cves)))
        self._last = 2 * len(self._bounds)
        self._leaves = 1 << (self._last + 1).bit_length()
        self._listed: dict[bytes, list[Hit]] = {}
        self._tree: dict[int, list[Hit]] = {}
        for index, cve in enumerate(cves):
            if cve.is_simple:
                for key, match in cve.listed.items():
                    self._listed.setdefault(key, []).append((index, match))
                for criterion in cve.ranges:
                    self._cover(criterion, (index, criterion.match))

    def _cover(self, criterion: Criterion, hit: Hit) -> None:
        first, last = 0, self._last
        if criterion.low:
            first = self.place(criterion.low) + (not criterion.low_included)
        if criterion.high:
            last = self.place(criterion.high) - (not criterion.high_included)
        left, right = first + self._leaves, last + self._leaves + 1
        while left < right:
            if left & 1:
                self._tree.setdefault(left, []).append(hit)
                left += 1
            if right & 1:
                right -= 1
                self._tree.setdefault(right, []).append(hit)
            left >>= 1
            right >>= 1

    def place(self, key: bytes) -> int:
        """Return where the version of *key* lies: odd on a bound, even between two."""
        index = bisect_left(self._bounds, key)
        return 2 * index + (index < len(self._bounds) and self._bounds[index] == key)

    def representatives(self, first: bytes, last: bytes) -> list[bytes]:
        """Return keys from *first* to before *last* that stand for all versions there: one for each place."""
        inside = self._bounds[bisect_left(self._bounds, first) : bisect_left(self._bounds, last)]
        # No version has a key between a key and itself with a byte more: it stands for what follows the bound.
        return [first, *(key for bound in inside for key in (bound, bound + b"\x00"))]

    def hits(self, key: bytes) -> Iterator[Hit]:
        """Yield the simple CVEs that name the version of *key*, with the match that does; some repeatedly."""
        yield from self._listed.get(key, ())
        node = self.place(key) + self._leaves
        while node:
            yield from self._tree.get(node, ())
            node >>= 1
