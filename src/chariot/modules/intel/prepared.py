"""What decides one CVE for one product, cut at load time so that matching needs no more than looking up keys.

Most CVEs list versions and ranges and nothing else: for those the sort keys below are all there is, and the
conditions themselves stay packed. For the others the keys say which versions cannot be affected, and only
what is left is unpacked and judged.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, groupby
from operator import itemgetter
from typing import Final

import msgspec

from chariot.modules.intel.criteria import compiled, is_version_or_update, plain_version
from chariot.modules.intel.judging import Judged, judged_alone
from chariot.modules.intel.records import Candidate, CpeMatch, Node, ProductKey, name_start, product_of
from chariot.modules.intel.versions import order_for

FORM: Final = 10
"""Counted up when this form or the order of versions changes: what is stored is then prepared anew."""

Listed = tuple[bytes, int]
"""Sort key of one version, and which match of the first condition names it."""
Stretch = tuple[bytes, bool, bytes, bool, int]
"""Low key and whether it belongs, high key and whether it belongs (empty: no bound), and which match says so."""

_ENCODER: Final = msgspec.msgpack.Encoder()
_NODES: Final = msgspec.msgpack.Decoder(tuple[Node, ...])


class Prepared(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The conditions of one CVE for one product, and the versions that they can be about."""

    simple: bool
    """Whether `listed` and `stretches` decide every known version, where `host` does not stand against it."""
    always: bool
    """Whether the conditions must be judged for every version."""
    patterned: bool
    """Whether how a version is written matters, and not only where it stands in the order."""
    host: str
    """The host system (`target_sw`) that every one of its criteria names, or nothing."""
    is_choice: bool
    """Whether no other product matters to them."""
    listed: tuple[Listed, ...]
    stretches: tuple[Stretch, ...]
    judged: tuple[Judged, ...]
    """What they say of versions alone, where that is more than `listed` and `stretches` tell and not `always`.

    It holds where plug-ins of `host` run in nothing else.
    """
    packed: msgspec.Raw

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The conditions, unpacked."""
        return _NODES.decode(self.packed)


class PreparedCve(msgspec.Struct, frozen=True, gc=False):
    """A CVE with all that is prepared about it for the names of one product."""

    cve: str
    parts: tuple[Prepared, ...]

    @property
    def candidate(self) -> Candidate:
        """All of its conditions, each once."""
        return self.unpacked()[0]

    def unpacked(self, asked: bytes = b"") -> tuple[Candidate, dict[str, tuple[bytes, ...]]]:
        """Return all of its conditions, each once, and the sort keys of the single versions in them, by name.

        *asked* is the sort key of the only version that is asked about: most of what it does not meet is left out.
        """
        keys: dict[str, tuple[bytes, ...]] = {}
        every: list[tuple[Node, ...]] = []
        for part in self.parts:
            nodes, listed = part.nodes, part.listed
            matches = list(matches_in(nodes)) if listed else []
            if asked and not part.always:
                listed = tuple([one for one in listed if one[0] == asked])
                nodes = _without(nodes, {one[1] for one in part.listed} - {one[1] for one in listed})
            for ordinal, some in groupby(listed, key=itemgetter(1)):
                keys[matches[ordinal].cpe] = tuple([key for key, _ in some])
            every.append(nodes)
        if len(every) == 1:
            return Candidate(self.cve, every[0]), keys
        return Candidate(self.cve, tuple(dict.fromkeys(node for nodes in every for node in nodes))), keys


def _without(nodes: tuple[Node, ...], ordinals: set[int]) -> tuple[Node, ...]:
    """Return *nodes* without the matches of these *ordinals*, but for one in each node.

    What names more than a version and its update stays, as it tells what the CVE tells apart.
    """
    if not ordinals:
        return nodes
    numbers = count()
    return tuple([_node_without(node, ordinals, numbers) for node in nodes])


def _node_without(node: Node, ordinals: set[int], numbers: Iterator[int]) -> Node:
    matches: list[CpeMatch] = []
    is_first = True
    for match, number in zip(node.matches, numbers, strict=False):
        if number not in ordinals or is_first or not is_version_or_update(match):
            matches.append(match)
            is_first = is_first and number not in ordinals
    children = tuple([_node_without(child, ordinals, numbers) for child in node.children])
    return Node(node.operator, tuple(matches), children, node.negate)


class _Reading:
    """What `prepare` finds out, match by match."""

    def __init__(self, product: ProductKey) -> None:
        self._order = order_for(product.part, product.product)
        self._start = name_start(product)
        self.listed: list[Listed] = []
        self.stretches: list[Stretch] = []
        self.simple = True
        self.always = False
        self.patterned = False
        self.hosts: set[str | None] = set()

    def take(self, match: CpeMatch, ordinal: int) -> None:
        # Its own names begin so and no others do: most matches of a feed end here, without being compiled.
        if not match.vulnerable or not match.cpe.startswith(self._start):
            return
        version = plain_version(match)
        if version is None:
            self._take_other(match, ordinal)
        else:
            self.listed.append((self._order(version), ordinal))
            self.hosts.add("")

    def _take_other(self, match: CpeMatch, ordinal: int) -> None:
        criterion = compiled(match)
        self.hosts.add(criterion.host)
        spans = criterion.is_range or criterion.unbounded
        self.simple = self.simple and not match.unclear and (spans or criterion.names_no_version)
        if spans:
            low, high = criterion.low, criterion.high
            stretch = (low, criterion.low_included, high, criterion.high_included, ordinal)
            self.stretches.append(stretch)
        elif criterion.version_pattern is not None:
            self.always = self.patterned = True
        elif not criterion.names_no_version:
            self.listed += [(key, ordinal) for key in {criterion.base, criterion.full}]

    @property
    def bounds(self) -> Iterable[bytes]:
        """The keys that every answer changes at."""
        yield from (key for key, _ in self.listed)
        for low, _, high, _, _ in self.stretches:
            yield low
            yield high

    @property
    def host(self) -> str | None:
        """The one host of all criteria; None where some name other attributes, or different hosts."""
        return next(iter(self.hosts)) if len(self.hosts) == 1 else None


def prepare(product: ProductKey, nodes: Sequence[Node]) -> Prepared:
    """Return *nodes*, what a CVE says of *product* (see `by_product`), in the form made for matching."""
    read, matches = _Reading(product), list(matches_in(nodes))
    for ordinal, match in enumerate(matches):
        read.take(match, ordinal)
    always = read.always or any(node.negate for root in nodes for node in root.walk())
    alone = len(nodes) == 1 and (_is_choice(nodes[0]) or _is_device(product, nodes[0]))
    simple = alone and read.simple and not always and read.host is not None
    host = ""
    judged: tuple[Judged, ...] = ()
    if not always and not (simple and not read.host):
        host, judged = judged_alone(product, nodes, read.bounds, matches)
        simple = simple and host == read.host
    return Prepared(
        simple=simple,
        always=always,
        patterned=read.patterned,
        host=host,
        is_choice=all(map(_is_choice, nodes)),
        listed=tuple(read.listed),
        stretches=tuple(read.stretches),
        judged=judged,
        packed=msgspec.Raw(_ENCODER.encode(nodes)),
    )


def _is_choice(node: Node) -> bool:
    return node.operator == "OR" and not node.children and not node.negate


def _is_device(product: ProductKey, node: Node) -> bool:
    """Tell whether *node* is firmware and the device that it runs on: where it runs, the device is."""
    if node.operator != "AND" or node.negate or node.matches or len(node.children) != 2:
        return False
    firmware, device = node.children
    return (
        all(map(_is_choice, node.children))
        and any(match.vulnerable and product_of(match.cpe) == product for match in firmware.matches)
        and not any(match.vulnerable for match in device.matches)
        and any(_carries(product_of(match.cpe), product) for match in device.matches)
    )


def _carries(device: ProductKey, product: ProductKey) -> bool:
    return device.part == "h" and f"{device.product}_firmware" == product.product


def matches_in(nodes: Iterable[Node]) -> Iterator[CpeMatch]:
    """Yield every match of *nodes*, in the order that `Prepared` counts them in."""
    for root in nodes:
        for node in root.walk():
            yield from node.matches


def gathered(rows: Iterable[tuple[str, Prepared]]) -> list[PreparedCve]:
    """Return *rows* by CVE, those of one CVE that were found under several names of a product as one."""
    parts: dict[str, tuple[Prepared, ...]] = {}
    for cve, prepared in rows:
        parts[cve] = (*parts.get(cve, ()), prepared)
    return [PreparedCve(cve, found) for cve, found in parts.items()]


def rows_of(candidates: Iterable[Candidate], names: Iterable[ProductKey]) -> Iterator[tuple[str, Prepared]]:
    """Yield *candidates* prepared for a product that is known under *names*."""
    every = tuple(names)
    for candidate in candidates:
        for name in every:
            yield candidate.cve, prepare(name, candidate.configurations)
