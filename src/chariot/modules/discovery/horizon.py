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

from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation, kind_of
from chariot.model.records import Record
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import EntityReader

FREE_GENERATIONS = 1
"""What a seed itself leads to is not counted: each of its looks is bounded, and word lists and sources find most."""
FREE_ADDRESSES = 50
"""Nor are so many addresses of each name that a seed leads to."""
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
    led_to: int = 5_000
    """How many names and addresses one scan takes in of those that come after `FREE_GENERATIONS`."""

    @property
    def is_too_far(self) -> str:
        """Why something is not looked at to which more names lead."""
        return (
            f"not followed further: more than {self.generations} names lead to it from a seed"
            " (limits.generations)"
        )

    @property
    def is_too_much(self) -> str:
        """Why something is not taken in after so many others."""
        return (
            f"not followed further: this scan came upon {self.led_to:,} names and addresses to which others led"
            " (limits.led_to)"
        )


class Lead:
    """What one look may lead to."""

    def __init__(
        self, generation: int, too_much: str, take: Callable[[Key], bool], known: Callable[[Key], int | None]
    ) -> None:
        """Begin a look at something of *generation*; *too_much* is why it may lead to no more.

        *take* counts something, and tells whether there is room for it; *known* is the generation of what has one.
        """
        self._generation = generation
        self._too_much = too_much
        self._take = take
        self._known = known
        self._addresses = 0
        self.beyond = ""
        """Why it is not looked at; empty when it is."""
        self.left_out: set[Key] = set()
        """What is not kept, because there is too much of it."""

    def keeps(self, found: Entity) -> bool:
        """Tell whether *found* is kept."""
        if found.kind not in _LED_TO or self._is_free(found) or self._take(found.key):
            return True
        self.left_out.add(found.key)
        return False

    @property
    def refusal(self) -> str:
        """Why not all is kept; empty when it is."""
        return self._too_much if self.left_out else ""

    def _is_free(self, found: Entity) -> bool:
        known = self._known(found.key)
        if known is not None and known <= FREE_GENERATIONS:
            return True
        if found.kind == "domain":
            return self._generation < FREE_GENERATIONS
        self._addresses += 1
        return self._generation == 0 or (
            self._generation <= FREE_GENERATIONS and self._addresses <= FREE_ADDRESSES
        )


class Horizon:
    """Tells what a scan does not look at, because it was led there by too many names, or to too many.

    Every process counts what it came upon itself.
    """

    def __init__(
        self,
        store: EntityReader,
        reach: Reach | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self.reach = reach or Reach()
        self._now = now
        self._known: OrderedDict[tuple[Organisation, Key], int] = OrderedDict()
        self._followed: OrderedDict[tuple[Organisation, str], set[Key]] = OrderedDict()

    async def lead(self, organisation: Organisation, record: Record, scan: str) -> Lead:
        """Return whether *scan* looks at *record*, and what that may lead to."""
        generation = await self.generation(organisation, record.key)
        if generation > self.reach.generations:
            # A shorter way may have been found since.
            generation = await self._shortest(organisation, record.key, trusting=False)
        lead = Lead(
            generation,
            self.reach.is_too_much,
            lambda key: self._takes(organisation, scan, key),
            lambda key: self._known.get((organisation, key)),
        )
        if record.kind in _LED_TO:
            if generation > self.reach.generations:
                lead.beyond = self.reach.is_too_far
            elif generation > FREE_GENERATIONS and not self._takes(organisation, scan, record.key):
                lead.beyond = self.reach.is_too_much
        return lead

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

    def _takes(self, organisation: Organisation, scan: str, key: Key) -> bool:
        """Count *key* among what *scan* came upon; tell whether it has room."""
        # Where no scan runs, the day stands for one.
        name = (organisation, scan or self._now().date().isoformat())
        followed = self._followed.setdefault(name, set())
        self._followed.move_to_end(name)
        if len(self._followed) > _SCANS_LIMIT:
            self._followed.popitem(last=False)
        if key not in followed and len(followed) >= self.reach.led_to:
            return False
        followed.add(key)
        return True
