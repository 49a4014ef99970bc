"""The surface of one organisation as a graph, kept as it changes: links as they are stored, and moves made of them.

Entity number e has the places 2e (reached) and 2e + 1 (held). Number 0 is the internet. An *opening* stands
between the places of a target for all weaknesses there that one fix mends: any of them is enough to get in.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import Final

import numpy as np
from numpy.typing import NDArray

from chariot.model.keys import Key, escape, kind_of
from chariot.model.relationships import RelationshipType
from chariot.modules.graph.adjacency import Adjacency, EdgeList, Edges
from chariot.modules.graph.facts import GONE, Facts
from chariot.modules.graph.likelihood import together, way_in
from chariot.modules.graph.path_model import (
    INTERNET,
    LINK_RULES,
    MOVE_COSTS,
    MOVE_NUMBER,
    LinkRule,
    State,
    cost_of,
)
from chariot.modules.graph.shortest import UNREACHED, Search, distances

TYPES: Final = tuple(RelationshipType)
TYPE_NUMBER: Final = {one: number for number, one in enumerate(TYPES)}
START: Final = 1
"""The place where every path begins: the internet, held."""

_EXPOSED: Final = MOVE_NUMBER["exposed"]
_EXPLOIT: Final = MOVE_NUMBER["exploit"]
_TAKE_OVER: Final = MOVE_NUMBER["take over"]
_RULES: Final[dict[RelationshipType, tuple[LinkRule, ...]]] = {
    one: tuple(rule for rule in LINK_RULES if rule.type is one) for one in RelationshipType
}
_LOWERED_LIMIT: Final = 5_000
"""When a change brings more places nearer, all distances are computed anew."""
_LOOSE_LIMIT: Final = 1_000
"""After so many changes that may have taken places further away, too."""


class SurfaceGraph:
    """See the module. Not safe for threads: one uses it at a time."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.facts: list[Facts] = []
        self.links = Adjacency()
        self.moves = Adjacency()
        self._number: dict[str, int] = {}
        self._kinds: list[str] = []
        self._alive = bytearray()
        self._opening_of: dict[int, int] = {}
        self._members: dict[int, set[int]] = {}
        self._openings_at: dict[int, set[int]] = defaultdict(set)
        self._by_weakness: dict[str, set[int]] = defaultdict(set)
        self._bounds: list[int] | None = None
        self._loose = 0
        self.number(INTERNET)
        self._put_facts(0, Facts(INTERNET))

    def __len__(self) -> int:
        """Return how many entities have been named, the internet and openings among them."""
        return len(self.keys)

    def number(self, key: str) -> int:
        """Return the number of *key*, a new one where it has none."""
        number = self._number.get(key)
        if number is None:
            number = self._number[key] = len(self.keys)
            self.keys.append(Key(key))
            self.facts.append(GONE)
            self._kinds.append(kind_of(key))
            self._alive.append(0)
            self.links.grow(number + 1)
            self.moves.grow(2 * number + 2)
        return number

    def find(self, key: str) -> int | None:
        """Return the number of the entity with *key* when it is on the surface."""
        number = self._number.get(key)
        return number if number is not None and self._alive[number] else None

    def kind(self, number: int) -> str:
        """Return the kind of an entity; nothing for the internet and for openings."""
        return self._kinds[number]

    def is_alive(self, number: int) -> bool:
        """Tell whether an entity is on the surface."""
        return bool(self._alive[number])

    def is_usable(self, place: int) -> bool:
        """Tell whether the entity of a place is on the surface."""
        return bool(self._alive[place >> 1])

    def alive(self) -> NDArray[np.bool_]:
        """Return for each entity whether it is on the surface."""
        return np.frombuffer(bytes(self._alive), np.uint8).astype(bool)

    def members(self, opening: int) -> list[int]:
        """Return the risks of an opening that give a way in, the most likely first."""
        found = [(self._way_in(risk), risk) for risk in self._members.get(opening, ())]
        return [
            risk
            for likelihood, risk in sorted(found, key=lambda one: (-one[0], self.keys[one[1]]))
            if likelihood
        ]

    def opening_target(self, opening: int) -> int | None:
        """Return at which entity an opening is, None when it is no opening."""
        members = self._members.get(opening)
        risk = next(iter(members)) if members else None
        weak = self.facts[risk].weak if risk is not None else None
        return self._number[weak.target] if weak is not None else None

    # Filling it: everything is put in first, then `derive` makes the moves of all of it at once.

    def load(self, facts: Iterable[tuple[Key, Facts]]) -> None:
        """Take facts without making moves of them yet."""
        for key, one in facts:
            number = self.number(key)
            if self.facts[number].weak is not None:
                self._leave(number)
            self._put_facts(number, one)
            if one.weak is not None:
                self._join(number)

    def derive(self, links: EdgeList) -> None:
        """Take all links, and make the moves of everything."""
        count = len(self.keys)
        self.links = Adjacency(count, links.edges())
        moves = EdgeList()
        for number, facts in enumerate(self.facts):
            if facts.exposed and facts.alive:
                moves.add(START, 2 * number, _EXPOSED, MOVE_COSTS[_EXPOSED])
        for opening, members in self._members.items():
            for source, target, label, cost in self._opening_moves(opening, members):
                moves.add(source, target, label, cost)
        made = [moves.edges(), *self._link_moves(self.links.edges())]
        edges = Edges(*(np.concatenate(columns) for columns in zip(*made, strict=True)))
        self.moves = Adjacency(2 * len(self.keys), edges)
        self._bounds = None

    def _link_moves(self, links: Edges) -> Iterator[Edges]:
        kinds = {kind: number for number, kind in enumerate(dict.fromkeys(self._kinds))}
        kind = np.array([kinds[one] for one in self._kinds], np.int16)
        exposed = np.array([one.exposed for one in self.facts], bool)
        for rule in LINK_RULES:
            chosen = links.label == TYPE_NUMBER[rule.type]
            if rule.inside:
                chosen &= ~exposed[links.source]
            for end, wanted in ((links.source, rule.sources), (links.target, rule.targets)):
                if wanted:
                    chosen &= np.isin(kind[end], [kinds[one] for one in wanted if one in kinds])
            source, target = links.source[chosen], links.target[chosen]
            if rule.against:
                source, target = target, source
            number = MOVE_NUMBER[rule.move]
            yield Edges(
                2 * source + np.int32(rule.start),
                2 * target + np.int32(rule.end),
                np.full(len(source), number, np.uint8),
                np.full(len(source), MOVE_COSTS[number], np.int32),
            )

    # Changing it, one thing at a time.

    def put(self, key: Key, facts: Facts) -> None:
        """Let the entity with *key* have *facts* from now on; the same again changes nothing."""
        number = self.number(key)
        before = self.facts[number]
        if before == facts:
            return
        if before.weak is not None:
            self._leave(number)
        self._put_facts(number, facts)
        if facts.exposed and facts.alive:
            self._add(START, 2 * number, _EXPOSED, MOVE_COSTS[_EXPOSED])
        else:
            self._remove(START, 2 * number, _EXPOSED)
        for opening in self._touched(key, number, before, facts):
            self._refresh(opening)
        if before.exposed != facts.exposed:
            self._link_again(number)
        if before.alive != facts.alive:
            self._wake(number)

    def _touched(self, key: Key, number: int, before: Facts, after: Facts) -> Iterator[int]:
        """Yield the openings whose cost stands on what changed."""
        if after.weak is not None:
            yield self._join(number)
        if before.known != after.known:
            for risk in self._by_weakness.get(_weakness(key), ()):
                yield self._opening_of[risk]
        if before.log_in != after.log_in:
            yield from self._openings_at.get(number, ())

    def link(self, source: Key, type_: RelationshipType, target: Key) -> None:
        """Add a relationship."""
        one, other = self.number(source), self.number(target)
        self.links.add(one, other, TYPE_NUMBER[type_])
        for move in self._moves_of(one, type_, other):
            self._add(*move)

    def unlink(self, source: Key, type_: RelationshipType, target: Key) -> None:
        """Take a relationship away."""
        one, other = self.number(source), self.number(target)
        if self.links.remove(one, other, TYPE_NUMBER[type_]):
            for start, end, label, _ in self._moves_of(one, type_, other):
                self._remove(start, end, label)

    def fold(self) -> None:
        """Fold changes into the arrays when there are many."""
        if self.links.is_full:
            self.links.fold()
        if self.moves.is_full:
            self.moves.fold()

    # Distances.

    def search(self) -> Search:
        """Return a search for paths from the internet, over the graph as it is now."""
        if self._bounds is None or self._loose > _LOOSE_LIMIT:
            self.measure()
        assert self._bounds is not None
        return Search(self.moves, START, self._bounds, self.is_usable)

    def measure(self) -> list[int]:
        """Return the exact distance of each place from the internet."""
        if self._bounds is None or self._loose:
            edges = self.moves.edges()
            found = distances(edges, self.moves.nodes, START, self.usable())
            self._bounds, self._loose = found.tolist(), 0
        # Entities that were only named since then have no way to them yet.
        self._bounds.extend([UNREACHED] * (self.moves.nodes - len(self._bounds)))
        return self._bounds

    def usable(self) -> NDArray[np.bool_]:
        """Return for each place whether its entity is on the surface."""
        return np.repeat(self.alive(), 2)

    # Inside.

    def _put_facts(self, number: int, facts: Facts) -> None:
        self.facts[number] = facts
        self._alive[number] = facts.alive

    def _join(self, risk: int) -> int:
        """Put a risk into the opening that it belongs to; return that."""
        weak = self.facts[risk].weak
        assert weak is not None
        opening = self.number(f"{weak.mends} at {weak.target}")
        self._put_facts(opening, Facts("opening"))
        self._members.setdefault(opening, set()).add(risk)
        self._opening_of[risk] = opening
        self._openings_at[self.number(weak.target)].add(opening)
        self._by_weakness[escape(weak.weakness)].add(risk)
        return opening

    def _leave(self, risk: int) -> None:
        weak = self.facts[risk].weak
        assert weak is not None
        opening = self._opening_of.pop(risk)
        self._members[opening].discard(risk)
        self._by_weakness[escape(weak.weakness)].discard(risk)
        self._refresh(opening)

    def _way_in(self, risk: int) -> float:
        facts = self.facts[risk]
        if facts.weak is None or not facts.alive:
            return 0.0
        vulnerability = self._number.get(f"#vulnerability#{escape(facts.weak.weakness)}")
        known = self.facts[vulnerability].known if vulnerability is not None else None
        target = self.facts[self._number[facts.weak.target]]
        return way_in(facts.weak, known, log_in=target.log_in)

    def _opening_moves(self, opening: int, members: Iterable[int]) -> list[tuple[int, int, int, int]]:
        """Return the moves into and out of an opening; it costs DEAREST while none of its risks is a way in."""
        target = self.opening_target(opening)
        likelihood = together([self._way_in(risk) for risk in members])
        if target is None or likelihood <= 0:
            return []
        return [
            (2 * target, 2 * opening + 1, _EXPLOIT, cost_of(likelihood)),
            (2 * opening + 1, 2 * target + 1, _TAKE_OVER, MOVE_COSTS[_TAKE_OVER]),
        ]

    def _refresh(self, opening: int) -> None:
        moves = self._opening_moves(opening, self._members[opening])
        for move in moves:
            self._add(*move)
        if moves:
            return
        place = 2 * opening + State.HELD
        for source, label, _ in self.moves.into(place):
            self._remove(source, place, label)
        for target, label, _ in self.moves.out(place):
            self._remove(place, target, label)

    def _moves_of(
        self, source: int, type_: RelationshipType, target: int
    ) -> Iterator[tuple[int, int, int, int]]:
        for rule in _RULES[type_]:
            if rule.sources and self._kinds[source] not in rule.sources:
                continue
            if rule.targets and self._kinds[target] not in rule.targets:
                continue
            if rule.inside and self.facts[source].exposed:
                continue
            start, end = (target, source) if rule.against else (source, target)
            number = MOVE_NUMBER[rule.move]
            yield 2 * start + rule.start, 2 * end + rule.end, number, MOVE_COSTS[number]

    def _link_again(self, number: int) -> None:
        """Make the moves of the links anew that depend on whether their source is exposed."""
        inside = {TYPE_NUMBER[rule.type]: rule for rule in LINK_RULES if rule.inside}
        for target, label, _ in self.links.out(number):
            rule = inside.get(label)
            if rule is None:
                continue
            move = MOVE_NUMBER[rule.move]
            start, end = 2 * number + rule.start, 2 * target + rule.end
            if self.facts[number].exposed:
                self._remove(start, end, move)
            else:
                self._add(start, end, move, MOVE_COSTS[move])

    def _wake(self, number: int) -> None:
        """Take note that an entity came to the surface or left it."""
        if not self._alive[number]:
            self._loose += 1
            return
        for place in (2 * number, 2 * number + State.HELD):
            for source, _, cost in self.moves.into(place):
                self._lower(source, place, cost)

    def _add(self, source: int, target: int, label: int, cost: int) -> None:
        self.moves.add(source, target, label, cost)
        # A cost that rose leaves the bounds what they are: lower bounds.
        self._loose += 1
        self._lower(source, target, cost)

    def _remove(self, source: int, target: int, label: int) -> None:
        if self.moves.remove(source, target, label):
            self._loose += 1

    def _lower(self, source: int, target: int, cost: int) -> None:
        """Bring places nearer that a new move brings nearer, so that the bounds stay lower bounds."""
        bounds = self._bounds
        if bounds is None:
            return
        bounds.extend([UNREACHED] * (self.moves.nodes - len(bounds)))
        waiting = [(bounds[source] + cost, target)]
        looked = 0
        while waiting:
            distance, place = heappop(waiting)
            if distance >= bounds[place] or not self.is_usable(place):
                continue
            bounds[place] = distance
            looked += 1
            if looked > _LOWERED_LIMIT:
                self._bounds = None
                return
            for end, _, more in self.moves.out(place):
                if distance + more < bounds[end]:
                    heappush(waiting, (distance + more, end))


def _weakness(key: str) -> str:
    """Return the id in the key of a vulnerability, as it is written there."""
    return key.split("#", 2)[2]
