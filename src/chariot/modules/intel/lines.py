"""All that a product's CVEs say of a plain version, in one piece that is made when a feed is loaded.

Most questions are about a version and nothing else. For those the answers lie here, ready to be told, whatever the
conditions of a CVE look like. What needs more (other products beside it, a build of a distribution) is left to
`chariot.modules.intel.matching`.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Sequence
from functools import cached_property
from typing import Final

import msgspec

from chariot.modules.intel.answers import Ground, Match, affected
from chariot.modules.intel.answers import told as answered
from chariot.modules.intel.cpe import ANY, NA
from chariot.modules.intel.criteria import NO_ATTRIBUTES, compiled, words_of
from chariot.modules.intel.judging import NO_MATCH
from chariot.modules.intel.precision import known_versions, shortest_usual
from chariot.modules.intel.prepared import Prepared, Stretch, matches_in
from chariot.modules.intel.records import CpeMatch, ProductKey, name_start
from chariot.modules.intel.segments import FEW
from chariot.modules.intel.spans import Spans, span

_CACHED_ANSWERS: Final = 4_096


class Said(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the conditions of a CVE say, where it is more than that a version or a range is listed."""

    ground: Ground
    match: CpeMatch | None


class Range(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a CVE says of a range of versions."""

    cve: int
    """The index of the CVE."""
    words: str
    """The bounds in words; nothing when there are none, `-` when a device of no version is named."""
    said: Said | None = None
    """Told instead of `words`."""


class Sayings(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a line says of the versions that it names: read only when one of them is asked about."""

    cves: tuple[str, ...]
    """By year and number; the others count in them."""
    named_by: tuple[int, ...]
    """Which CVE names the version at the same place of `Line.keys`."""
    versions: tuple[str, ...]
    """How it writes that version."""
    said: dict[int, Said]
    """Told instead of `versions`, by the place in `Line.keys`."""
    ranges: tuple[Range, ...]
    """By CVE."""
    hosts: dict[int, str]
    """CVEs about plug-ins of a host system: which. What is said of them holds where they run in nothing else."""
    left: frozenset[int]
    """CVEs whose conditions must be judged where one of their versions comes."""
    guarded: frozenset[int]
    """CVEs whose answers rest on what other products are there."""


class Line(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The versions that the CVEs of one product name, sorted."""

    judged_always: bool
    """Whether some CVE must be judged for every version."""
    shortest: int
    """How many numbers a whole version of the product has at least; see `shortest_usual`."""
    keys: tuple[bytes, ...]
    """Sort keys of the versions that are named one by one, in order; a key may come repeatedly."""
    starts: tuple[bytes, ...]
    """Where ranges begin, in order; see `chariot.modules.intel.spans`."""
    ends: tuple[bytes, ...]
    """The first key after each of them."""
    ranges: tuple[int, ...]
    """Which of `Sayings.ranges` each of them is."""
    packed: msgspec.Raw

    def sayings(self) -> Sayings:
        """Return what it says of them, unpacked."""
        return _SAYINGS.decode(self.packed)


_ENCODER: Final = msgspec.msgpack.Encoder()
_SAYINGS: Final = msgspec.msgpack.Decoder(Sayings)


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
        self._any_name = f"{name_start(product)}{ANY}{NO_ATTRIBUTES}"
        self._no_name = f"{name_start(product)}{NA}{NO_ATTRIBUTES}"
        self._cves: list[str] = []
        self._known: set[str] = set()
        self._named: list[tuple[bytes, int, str, Said | None]] = []
        self._ranges: list[Range] = []
        self._spans: list[tuple[bytes, bytes, int]] = []
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
                self._take_range(span(low, low_included, high, high_included), Range(index, "", said))

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
            self._take_range(span(*stretch[:4]), _range(stretch, index, match))

    def _take_range(self, held: tuple[bytes, bytes], one: Range) -> None:
        self._spans.append((*held, len(self._ranges)))
        self._ranges.append(one)

    def _is_written_plainly(self, match: CpeMatch) -> bool:
        low = match.start_including is not None and match.start_excluding is not None
        high = match.end_including is not None and match.end_excluding is not None
        if match.cpe == self._no_name:
            return not words_of(match)
        return match.cpe == self._any_name and not low and not high

    def finished(self) -> Line:
        named = sorted(self._named, key=lambda one: one[:3])
        spans = sorted(self._spans)
        sayings = Sayings(
            cves=tuple(self._cves),
            named_by=tuple([index for _, index, _, _ in named]),
            versions=tuple([version for _, _, version, _ in named]),
            said={place: one for place, (_, _, _, one) in enumerate(named) if one is not None},
            ranges=tuple(self._ranges),
            hosts=self._hosts,
            left=frozenset(self._left),
            guarded=frozenset(self._guarded),
        )
        return Line(
            judged_always=self._always,
            shortest=shortest_usual(self._known),
            keys=tuple([key for key, _, _, _ in named]),
            starts=tuple([start for start, _, _ in spans]),
            ends=tuple([end for _, end, _ in spans]),
            ranges=tuple([number for _, _, number in spans]),
            packed=msgspec.Raw(_ENCODER.encode(sayings)),
        )


def _range(stretch: Stretch, cve: int, match: CpeMatch) -> Range:
    of_none = not stretch[0] and not stretch[2] and match.cpe.split(":", 6)[5] == NA
    return Range(cve, NA if of_none else words_of(match))


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
        self._hosts = hosts
        self._start = name_start(product)
        self._spans = Spans(line.starts, line.ends)
        self._by_key: dict[bytes, Told] = {}
        self._by_place: dict[int, Told] = {}
        self._matches: dict[int, Match] = {}

    @cached_property
    def _sayings(self) -> Sayings:
        return self._line.sayings()

    @cached_property
    def _left(self) -> frozenset[int]:
        said = self._sayings
        return said.left | {cve for cve, host in said.hosts.items() if host not in self._hosts}

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
        if alone or not told.found or self._sayings.guarded.isdisjoint(told.found):
            return told
        guarded = self._sayings.guarded & told.found.keys()
        left = told.open | dict.fromkeys(guarded, ())
        return Told({i: m for i, m in told.found.items() if i not in guarded}, left)

    @property
    def cves(self) -> tuple[str, ...]:
        """The CVEs that `Told` counts."""
        return self._sayings.cves

    def _told(self, key: bytes) -> Told:
        keys = self._line.keys
        first = bisect_left(keys, key)
        last = bisect_right(keys, key, first)
        told = self._told_by_ranges(key)
        if first == last:
            return told
        named_by = self._sayings.named_by
        # What names the version itself speaks before what names a range.
        return self._made([(named_by[place], place) for place in range(first, last)], told)

    def _told_by_ranges(self, key: bytes) -> Told:
        if len(self._line.starts) <= FEW:
            return self._told_by_spans(self._spans.holding(key))
        place = bisect_right(self._spans.bounds, key)
        told = self._by_place.get(place)
        if told is None:
            told = self._by_place[place] = self._told_by_spans(self._spans.holding(key))
        return told

    def _told_by_spans(self, held: Sequence[int]) -> Told:
        if not held:
            return _NOTHING
        said, listed, numbers = self._sayings.ranges, len(self._line.keys), self._line.ranges
        return self._made(
            [(said[number].cve, listed + number) for number in sorted([numbers[h] for h in held])]
        )

    def _made(self, places: list[tuple[int, int]], beside: Told = _NOTHING) -> Told:
        """Return what the versions and ranges at *places* say of their CVEs, and *beside* it of others."""
        found: dict[int, Match] = {}
        left, still_open = self._left, beside.open
        for cve, place in places:
            if cve in left:
                still_open = still_open | {cve: (*still_open.get(cve, ()), place)}
            elif cve not in found:
                found[cve] = self._match(place, cve)
        if beside.found:
            found = beside.found | found
        if len(found) > 1:
            found = dict(sorted(found.items()))
        return Told(found, still_open, tuple(found.values()))

    def _match(self, place: int, cve: int) -> Match:
        """Return the answer that the version or range at *place* gives; ranges count after versions."""
        answer = self._matches.get(place)
        if answer is None:
            answer = self._matches[place] = self._answer(place, self._sayings.cves[cve])
        return answer

    def _answer(self, place: int, cve: str) -> Match:
        sayings, listed = self._sayings, len(self._line.keys)
        one = sayings.ranges[place - listed] if place >= listed else None
        said = one.said if one else sayings.said.get(place)
        if said is not None:
            return answered(cve, said.ground, compiled(said.match) if said.match else None)
        if one is None:
            version = sayings.versions[place]
            return affected(cve, f"{self._start}{version}{NO_ATTRIBUTES}", version=version)
        if one.words == NA:
            return affected(cve, f"{self._start}{NA}{NO_ATTRIBUTES}")
        return affected(cve, f"{self._start}{ANY}{NO_ATTRIBUTES}", bounds=one.words)
