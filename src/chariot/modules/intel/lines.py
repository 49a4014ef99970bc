"""All that a product's CVEs say of a plain version, in one piece that is made when a feed is loaded.

Most questions are about a version and nothing else. For those the answers lie here, ready to be told, whatever the
conditions of a CVE look like. What needs more (other products beside it, a build of a distribution) is left to
`chariot.modules.intel.matching`.
"""

from bisect import bisect_left
from collections.abc import Container, Iterable
from typing import Final

import msgspec

from chariot.modules.intel.answers import Ground, Match, affected
from chariot.modules.intel.answers import told as answered
from chariot.modules.intel.cpe import ANY, NA
from chariot.modules.intel.criteria import NO_ATTRIBUTES, compiled, words_of
from chariot.modules.intel.judging import NO_MATCH
from chariot.modules.intel.precision import known_versions, shortest_usual
from chariot.modules.intel.prepared import Prepared, Stretch, matches_in
from chariot.modules.intel.records import CpeMatch, ProductKey
from chariot.modules.intel.segments import WALKED, Hit, Segments

PATIENCE: Final = 6
"""Questions about a product with many ranges that are answered by walking, before a tree is made of them."""
_CACHED_ANSWERS: Final = 4_096


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the conditions of a CVE say, where it is more than that a version or a range is listed."""

    ground: Ground
    match: CpeMatch | None


class Range(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The versions from one key to another, which a CVE is about."""

    low: bytes
    low_included: bool
    high: bytes
    high_included: bool
    cve: int
    """The index of the CVE."""
    words: str
    """The bounds in words; nothing when there are none, `-` when a device of no version is named."""
    said: Said | None = None
    """Told instead of `words`."""

    def holds(self, key: bytes) -> bool:
        """Tell whether the version of *key* is among them."""
        low, high = self.low, self.high
        return (not low or low < key or (self.low_included and low == key)) and (
            not high or key < high or (self.high_included and key == high)
        )


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The versions that the CVEs of one product name, sorted."""

    cves: tuple[str, ...]
    """By year and number; the others count in them."""
    keys: tuple[bytes, ...]
    """Sort keys of the versions that are named one by one, in order; a key may come repeatedly."""
    named_by: tuple[int, ...]
    """Which CVE names the version at the same place of `keys`."""
    versions: tuple[str, ...]
    """How it writes that version."""
    ranges: tuple[Range, ...]
    said: dict[int, Said]
    """Told instead of `versions`, by the place in `keys`."""
    hosts: dict[int, str]
    """CVEs about plug-ins of a host system: which. What is said of them holds where they run in nothing else."""
    left: frozenset[int]
    """CVEs whose conditions must be judged where one of their versions comes."""
    guarded: frozenset[int]
    """CVEs whose answers rest on what other products are there."""
    judged_always: bool
    """Whether some CVE must be judged for every version."""
    shortest: int
    """How many numbers a whole version of the product has at least; see `shortest_usual`."""


def line_of(product: ProductKey, rows: Iterable[tuple[str, Prepared]]) -> Line:
    """Return the line of *product* from what is prepared of its CVEs, which come in their order."""
    drawing = _Drawing(product)
    for cve, part in rows:
        drawing.take(cve, part)
    return drawing.finished()


class _Drawing:
    """A line while it is made."""

    def __init__(self, product: ProductKey) -> None:
        self._product = product
        self._any_name = f"cpe:2.3:{':'.join(product)}:{ANY}{NO_ATTRIBUTES}"
        self._no_name = f"cpe:2.3:{':'.join(product)}:{NA}{NO_ATTRIBUTES}"
        self._cves: list[str] = []
        self._known: set[str] = set()
        self._named: list[tuple[bytes, int, str, Said | None]] = []
        self._ranges: list[Range] = []
        self._hosts: dict[int, str] = {}
        self._left: set[int] = set()
        self._guarded: set[int] = set()
        self._always = False

    def take(self, cve: str, part: Prepared) -> None:
        index, nodes = len(self._cves), part.nodes
        matches = list(matches_in(nodes))
        self._cves.append(cve)
        self._always = self._always or part.always
        if part.simple and not part.host:
            self._take_listed(index, part, matches)
            return
        self._known.update(known_versions(nodes, (self._product,)))
        if part.host:
            self._hosts[index] = part.host
        if not part.is_choice:
            self._guarded.add(index)
        for low, low_included, high, high_included, ground, ordinal in part.judged:
            said = Said(ground, matches[ordinal] if ordinal != NO_MATCH else None)
            if low and low == high:
                self._named.append((low, index, "", said))
            else:
                self._ranges.append(Range(low, low_included, high, high_included, index, "", said))

    def _take_listed(self, index: int, part: Prepared, matches: list[CpeMatch]) -> None:
        for key, ordinal in part.listed:
            # What is quoted is not decided here, so how it is written is not asked for.
            version = matches[ordinal].cpe.split(":", 6)[5]
            self._known.add(version)
            self._named.append((key, index, version, None))
        for stretch in part.stretches:
            match = matches[stretch[4]]
            self._known.update(_bounds(match))
            if not self._is_written_plainly(match):
                self._left.add(index)
            self._ranges.append(_range(stretch, index, match))

    def _is_written_plainly(self, match: CpeMatch) -> bool:
        low = match.start_including is not None and match.start_excluding is not None
        high = match.end_including is not None and match.end_excluding is not None
        if match.cpe == self._no_name:
            return not words_of(match)
        return match.cpe == self._any_name and not low and not high

    def finished(self) -> Line:
        named = sorted(self._named, key=lambda one: one[:3])
        return Line(
            cves=tuple(self._cves),
            keys=tuple([key for key, _, _, _ in named]),
            named_by=tuple([index for _, index, _, _ in named]),
            versions=tuple([version for _, _, version, _ in named]),
            ranges=tuple(self._ranges),
            said={place: one for place, (_, _, _, one) in enumerate(named) if one is not None},
            hosts=self._hosts,
            left=frozenset(self._left),
            guarded=frozenset(self._guarded),
            judged_always=self._always,
            shortest=shortest_usual(self._known),
        )


def _range(stretch: Stretch, cve: int, match: CpeMatch) -> Range:
    low, low_included, high, high_included, _ = stretch
    of_none = not low and not high and match.cpe.split(":", 6)[5] == NA
    return Range(low, low_included, high, high_included, cve, NA if of_none else words_of(match))


def _bounds(match: CpeMatch) -> Iterable[str]:
    every = (match.start_including, match.start_excluding, match.end_including, match.end_excluding)
    return filter(None, every)


class Told(msgspec.Struct, frozen=True, gc=False):
    """What a line says of one version."""

    found: dict[int, Match]
    """Answers by the index of their CVE."""
    open: dict[int, tuple[int, ...]] = {}
    """CVEs that may affect it, whose conditions must be judged: which versions and ranges of theirs it meets.

    A version that stands at the same places is answered alike, unless other products are beside it.
    """
    answer: tuple[Match, ...] = ()
    """`found` in order."""


_NOTHING: Final = Told({})


class LineMatcher:
    """Answers from a line; keeps the answers."""

    def __init__(self, product: ProductKey, line: Line, hosts: Container[str] = ()) -> None:
        """*hosts* are the host systems whose plug-ins run in nothing else."""
        self._line = line
        self._left = line.left | {cve for cve, host in line.hosts.items() if host not in hosts}
        self._start = f"cpe:2.3:{':'.join(product)}:"
        self._by_key: dict[bytes, Told] = {}
        self._by_place: dict[int, Told] = {}
        self._matches: dict[int, Match] = {}
        self._asked = 0
        self._tree: Segments | None = None

    def match(self, key: bytes, numbers: int, *, alone: bool) -> Told | None:
        """Return what the line says of the version of *key*; None when all conditions must be judged.

        *numbers* is of how many numbers a version is that may be cut short, otherwise any large number. Not
        *alone* is a version that has other products beside it, or is known by other names.
        """
        line = self._line
        if line.judged_always or numbers < line.shortest:
            return None
        told = self._by_key.get(key)
        if told is None:
            if len(self._by_key) >= _CACHED_ANSWERS:
                self._by_key.clear()
            told = self._by_key[key] = self._told(key)
        if alone or line.guarded.isdisjoint(told.found):
            return told
        guarded = line.guarded & told.found.keys()
        left = told.open | dict.fromkeys(guarded, ())
        return Told({i: m for i, m in told.found.items() if i not in guarded}, left)

    @property
    def cves(self) -> tuple[str, ...]:
        """The CVEs that `Told` counts."""
        return self._line.cves

    def _told(self, key: bytes) -> Told:
        keys, first = self._line.keys, bisect_left(self._line.keys, key)
        at = first
        while at < len(keys) and keys[at] == key:
            at += 1
        told = self._told_by_ranges(key)
        if at == first:
            return told
        # What names the version itself speaks before what names a range.
        return self._made([(self._line.named_by[place], place) for place in range(first, at)], told)

    def _told_by_ranges(self, key: bytes) -> Told:
        ranges, listed = self._line.ranges, len(self._line.keys)
        self._asked += 1
        if len(ranges) <= WALKED or self._asked <= PATIENCE:
            return self._made([(o.cve, listed + n) for n, o in enumerate(ranges) if o.holds(key)])
        if self._tree is None:
            self._tree = Segments({}, [_stretch(one, number) for number, one in enumerate(ranges)])
        place = self._tree.place(key)
        told = self._by_place.get(place)
        if told is None:
            hits = sorted([(cve, listed + number) for cve, _, number in self._tree.hits(key)])
            told = self._by_place[place] = self._made(hits)
        return told

    def _made(self, places: list[tuple[int, int]], beside: Told = _NOTHING) -> Told:
        """Return what the versions and ranges at *places* say of their CVEs, and *beside* it of others."""
        if not places:
            return beside
        found: dict[int, Match] = {}
        left, still_open = self._left, beside.open.copy()
        for cve, place in places:
            if cve in left:
                still_open[cve] = (*still_open.get(cve, ()), place)
            elif cve not in found:
                found[cve] = self._match(place, cve)
        found = beside.found | found
        if len(found) > 1:
            found = dict(sorted(found.items()))
        return Told(found, still_open, tuple(found.values()))

    def _match(self, place: int, cve: int) -> Match:
        """Return the answer that the version or range at *place* gives; ranges count after versions."""
        answer = self._matches.get(place)
        if answer is None:
            answer = self._matches[place] = self._answer(place, self._line.cves[cve])
        return answer

    def _answer(self, place: int, cve: str) -> Match:
        line, listed = self._line, len(self._line.keys)
        stretch = line.ranges[place - listed] if place >= listed else None
        said = stretch.said if stretch else line.said.get(place)
        if said is not None:
            return answered(cve, said.ground, compiled(said.match) if said.match else None)
        if stretch is None:
            version = line.versions[place]
            return affected(cve, f"{self._start}{version}{NO_ATTRIBUTES}", version=version)
        if stretch.words == NA:
            return affected(cve, f"{self._start}{NA}{NO_ATTRIBUTES}")
        return affected(cve, f"{self._start}{ANY}{NO_ATTRIBUTES}", bounds=stretch.words)


def _stretch(one: Range, number: int) -> tuple[Stretch, Hit]:
    return (one.low, one.low_included, one.high, one.high_included, number), (one.cve, 0, number)
