"""All versions that a product's CVEs name on one number line, so that one version is placed in all at once.

The line has a place for each bound that occurs, and one between each two neighbours: all versions between
the same two bounds have the same answer.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

from chariot.modules.intel.prepared import PreparedCve, Stretch

WALKED: Final = 16
"""Up to so many ranges are walked: a tree over few costs more than it saves."""

Hit = tuple[int, int, int]
"""The index of a CVE, which of its parts, and which match there names the version."""


class Segments:
    """The number line of a product's CVEs, which are told apart by their index.

    Many ranges lie in a segment tree: each in a few nodes that cover it together, so that what covers a place
    is found on the way from its leaf to the root, in time that grows with what is found.
    """

    def __init__(self, listed: dict[bytes, list[Hit]], walked: list[tuple[Stretch, Hit]]) -> None:
        self._listed = listed
        self._walked = walked
        self.is_tree = len(walked) > WALKED

    @classmethod
    def of(cls, cves: Sequence[PreparedCve]) -> "Segments":
        """Return the number line of *cves*."""
        listed: dict[bytes, list[Hit]] = {}
        walked: list[tuple[Stretch, Hit]] = []
        for index, cve in enumerate(cves):
            for number, part in enumerate(cve.parts):
                for key, ordinal in part.listed:
                    listed.setdefault(key, []).append((index, number, ordinal))
                walked += [(stretch, (index, number, stretch[4])) for stretch in part.stretches]
        return cls(listed, walked)

    @cached_property
    def _bounds(self) -> list[bytes]:
        bounds = set(self._listed)
        for (low, _, high, _, _), _ in self._walked:
            bounds.update((low, high))
        bounds.discard(b"")
        return sorted(bounds)

    @cached_property
    def _leaves(self) -> int:
        return 1 << (2 * len(self._bounds) + 1).bit_length()

    @cached_property
    def _tree(self) -> dict[int, list[Hit]]:
        tree: dict[int, list[Hit]] = {}
        for (low, low_included, high, high_included, _), hit in self._walked:
            first, last = 0, 2 * len(self._bounds)
            if low:
                first = self.place(low) + (not low_included)
            if high:
                last = self.place(high) - (not high_included)
            left, right = first + self._leaves, last + self._leaves + 1
            while left < right:
                if left & 1:
                    tree.setdefault(left, []).append(hit)
                    left += 1
                if right & 1:
                    right -= 1
                    tree.setdefault(right, []).append(hit)
                left >>= 1
                right >>= 1
        return tree

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
        """Yield what names the version of *key*; a CVE may come repeatedly."""
        yield from self._listed.get(key, ())
        if self.is_tree:
            node = self.place(key) + self._leaves
            while node:
                yield from self._tree.get(node, ())
                node >>= 1
            return
        for (low, low_included, high, high_included, _), hit in self._walked:
            if (not low or low < key or (low_included and low == key)) and (
                not high or key < high or (high_included and key == high)
            ):
                yield hit
