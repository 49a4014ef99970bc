"""How far a scan follows what answers lead to: somebody who makes up names at each question leads to no end of them.

Each name leads from a seed over others: the seed `example.com` leads to itself, that to `www.example.com` by a word
list, that to an alias of it. The number of names on the shortest such way is the generation of a name, and of an
address that of the name which led to it. What is named by a seed itself, and what a netblock of ours holds, is of
generation 0.
"""

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from chariot.model.keys import Key, Organisation, kind_of
from chariot.model.records import Record
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import EntityReader

FREE_GENERATIONS = 1
"""What a seed itself leads to is not counted: each of its looks is bounded, and word lists and sources find most."""
_LED_TO = frozenset({"domain", "address"})
"""Kinds that are asked about. All others hang on one of these, and there are no more of them than ports."""
_WAYS_LIMIT = 50
"""The first ways to something that are considered."""
_LOOKED_LIMIT = 500
"""How many things on the ways back are looked at."""
_KNOWN_LIMIT = 200_000
_SCANS_LIMIT = 100


class Reach(msgspec.Struct, frozen=True):
    """How far answers are followed."""

    generations: int = 8
    """How many names may lead from a seed to what is looked at."""
    led_to: int = 10_000
    """How many names and addresses one scan looks at of those that come after `FREE_GENERATIONS`."""


class Horizon:
    """Tells what a scan does not look at, because it was led there by too many names, or to too many."""

    def __init__(
        self,
        store: EntityReader,
        reach: Reach,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._reach = reach
        self._now = now
        self._known: OrderedDict[tuple[Organisation, Key], int] = OrderedDict()
        self._followed: OrderedDict[tuple[Organisation, str], set[Key]] = OrderedDict()

    async def refusal(self, organisation: Organisation, record: Record, scan: str) -> str:
        """Return why *scan* does not look at *record*; empty when it does.

        Every process counts what it looked at itself.
        """
        if record.kind not in _LED_TO:
            return ""
        generation = await self.generation(organisation, record.key)
        if generation > self._reach.generations:
            # A shorter way may have been found since.
            generation = await self._shortest(organisation, record.key, trusting=False)
        if generation > self._reach.generations:
            return (
                f"not followed further: more than {self._reach.generations} names lead to it from a seed"
                " (limits.generations)"
            )
        if generation <= FREE_GENERATIONS:
            return ""
        followed = self._followed_in(organisation, scan)
        if record.key not in followed:
            if len(followed) >= self._reach.led_to:
                return (
                    f"not followed further: this scan looked at {self._reach.led_to:,} names and addresses to which"
                    " others led (limits.led_to)"
                )
            followed.add(record.key)
        return ""

    async def generation(self, organisation: Organisation, key: Key) -> int:
        """Return how many names lead from a seed to *key*; what nothing is known to lead to is a beginning itself."""
        known = self._known.get((organisation, key))
        return await self._shortest(organisation, key) if known is None else known

    async def _shortest(self, organisation: Organisation, start: Key, *, trusting: bool = True) -> int:
        """Walk the ways back from *start*, those over the fewest names first; *trusting* what is known already."""
        ahead, seen = deque([(0, start)]), set[Key]()
        best: int | None = None
        while ahead and len(seen) < _LOOKED_LIMIT:
            cost, key = ahead.popleft()
            if best is not None and cost >= best:
                break
            if key in seen:
                continue
            seen.add(key)
            known = self._known.get((organisation, key)) if trusting else None
            if known is not None:
                best = cost + known if best is None else min(best, cost + known)
                continue
            ways = await self._ways(organisation, key)
            if kind_of(key) == "seed" or not ways:
                best = cost
                break
            # A name is one step further, unless a seed names it; all else is as far as what it was found at.
            for way in ways:
                if kind_of(key) == "domain" and kind_of(way) != "seed":
                    ahead.append((cost + 1, way))
                else:
                    ahead.appendleft((cost, way))
        found = best or 0
        self._known[organisation, start] = found
        if len(self._known) > _KNOWN_LIMIT:
            self._known.popitem(last=False)
        return found

    async def _ways(self, organisation: Organisation, key: Key) -> list[Key]:
        page = await self._store.edges(
            organisation, key, direction="in", types=(RelationshipType.DISCOVERED,), limit=_WAYS_LIMIT
        )
        return [edge.source for edge in page.items]

    def _followed_in(self, organisation: Organisation, scan: str) -> set[Key]:
        # Where no scan runs, the day stands for one.
        name = (organisation, scan or self._now().date().isoformat())
        followed = self._followed.setdefault(name, set())
        self._followed.move_to_end(name)
        if len(self._followed) > _SCANS_LIMIT:
            self._followed.popitem(last=False)
        return followed
