"""Records of a file, cut into batches that each fit into one transaction.

What a batch holds is merged within it first, and is ready to be written: a host that stands in a thousand records
is written once, and what another process read is taken as it comes.
"""

from collections.abc import Generator, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Any, TypeVar

import msgspec

from chariot.format import Decided, Parsed, Refused
from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship
from chariot.model.states import Source
from chariot.modules.surface.decide import Link, Part, Seen, edge_id, link, prepared
from chariot.modules.surface.incoming import frame_of
from chariot.modules.surface.states import EdgeId

BATCH_ITEMS = 3_000
"""Entities and relationships of one batch, about: enough that a commit costs little beside them."""
_RECORDS = 5_000
"""The most records of one batch: repeated hosts take no room in it, but the reader shall not run far ahead."""

_TARGETS = frozenset({"domain", "address", "port", "webapplication", "file", "certificate", "technology"})
"""Kinds that findings stand at."""


T = TypeVar("T")
_by_key = attrgetter("key")


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """What is written in one transaction."""

    records: int
    """How many records of the file are whole at its end."""
    reaches: int
    """The last record that it holds something of: of a huge one there are several batches."""
    parts: list[Part]
    """One for each moment at which something was seen, ready to be traced."""
    places: dict[str, list[str]]
    """Where each of the entities, and each of the relationships, stood in the file."""
    covers: list[tuple[Key, datetime]]
    """Targets that are complete in the file, with when they were looked at."""
    decided: list[Decided] = []
    """What the file says that people decided; it is written after all that was seen."""
    findings: int = 0
    """What the tool itself reported as findings since the last batch."""
    refused: list[Refused] = []
    """What the format refused since the last batch."""

    def place(self, written: str) -> str:
        """Return where in the file the item stood that a refusal calls *written*, such as `entities[3]`."""
        name, number = _item(written)
        places = self.places.get(name, ())
        return places[number] if number < len(places) else written

    def ends(self, written: str) -> tuple[Key, ...]:
        """Return what the relationship joins that a refusal calls *written*; nothing where it is none."""
        name, number = _item(written)
        if name != "relationships":
            return (Key(""),)
        source, _, target = next(one.id for part in self.parts for one in part.links if one.place == number)
        return (source, target)

    def keys(self) -> Iterator[Key]:
        """Yield the key of each entity that it says something of."""
        for part in self.parts:
            for one in part.seen:
                yield one.key


def _item(written: str) -> tuple[str, int]:
    name, _, number = written.removesuffix("]").partition("[")
    return name, int(number) if number.isdecimal() else 2**62


def batches(
    items: Iterable[Parsed | Refused], capability: str, now: datetime, limit: int = BATCH_ITEMS
) -> Generator[Batch]:
    """Yield what *items* say, in their order; what says no time, or a later one, was seen *now*."""
    pending = _Pending(capability, now)
    records = 0
    for item in items:
        records += 1
        if isinstance(item, Refused):
            pending.refuse(item)
        else:
            pending.findings += item.findings
            for part in _parts(item, limit):
                pending.add(part)
                if pending.held >= limit and part is not item:
                    yield pending.batch(records - 1, records)
        if pending.held >= limit or pending.records >= _RECORDS:
            yield pending.batch(records, records)
    if pending.records:
        yield pending.batch(records, records)


def covering(items: Iterable[Parsed | Refused]) -> Iterator[Parsed | Refused]:
    """Yield *items*, each covering all targets that it names."""
    for item in items:
        if isinstance(item, Refused):
            yield item
            continue
        targets = [entity.key for entity in item.entities if entity.kind in _TARGETS]
        yield msgspec.structs.replace(item, covers=tuple(dict.fromkeys([*item.covers, *targets])))


def _parts(item: Parsed, limit: int) -> Iterator[Parsed]:
    """Yield *item*, in pieces where it is larger than a batch: first its entities, then what joins them."""
    if len(item.entities) + len(item.relationships) <= 2 * limit:
        yield item
        return
    for start in range(0, len(item.entities), limit):
        yield Parsed(item.place, item.entities[start : start + limit], seen_at=item.seen_at)
    for start in range(0, len(item.relationships), limit):
        yield Parsed(item.place, (), item.relationships[start : start + limit], seen_at=item.seen_at)
    yield Parsed(item.place, seen_at=item.seen_at, covers=item.covers, decided=item.decided)


class _Moment:
    """What was seen at one moment: the same thing twice is kept once, and its later words beside it."""

    def __init__(self) -> None:
        self.entities: dict[Key, list[tuple[Entity, str]]] = {}
        self.links: dict[EdgeId, list[tuple[Relationship, str]]] = {}
        self.latest: dict[int, Entity | Relationship] = {}
        """By its number each object that is the latest word about its key. Readers give the same object again for
        what repeats, and to know it by its number takes a fraction of writing its key."""


class _Pending:
    """A batch that is still being filled."""

    def __init__(self, capability: str, now: datetime) -> None:
        self._capability = capability
        self._now = now
        self._clear()

    def _clear(self) -> None:
        self.held = self.records = self.findings = 0
        self.refused: list[Refused] = []
        self._moments: dict[datetime, _Moment] = {}
        self._covers: list[tuple[Key, datetime]] = []
        self._decided: list[Decided] = []

    def add(self, item: Parsed) -> None:
        """Add what a record says."""
        # Clocks differ, and some tools write their local time: nothing in a file was seen after now.
        at = item.seen_at
        if at is None or at > self._now:
            at = self._now
        moment = self._moments.get(at)
        if moment is None:
            moment = self._moments[at] = _Moment()
        place, latest = item.place, moment.latest
        entities, links = moment.entities, moment.links
        # What is new, nearly all of it, is put there without a call.
        for entity in item.entities:
            if latest.get(id(entity)) is not entity:
                key = entity.key
                if key in entities:
                    self.held += _put(entities[key], entity, place, latest)
                else:
                    entities[key] = [(entity, place)]
                    latest[id(entity)] = entity
                    self.held += 1
        for relationship in item.relationships:
            if latest.get(id(relationship)) is not relationship:
                edge = edge_id(relationship)
                if edge in links:
                    self.held += _put(links[edge], relationship, place, latest)
                else:
                    links[edge] = [(relationship, place)]
                    latest[id(relationship)] = relationship
                    self.held += 1
        self._covers += [(key, at) for key in item.covers]
        self.held += len(item.covers)
        self._decided += item.decided
        self.records += 1

    def refuse(self, item: Refused) -> None:
        """Add what the format refused."""
        self.refused.append(item)
        self.records += 1

    def batch(self, records: int, reaches: int) -> Batch:
        """Return what was added, and begin again."""
        places: dict[str, list[str]] = {"entities": [], "relationships": []}
        parts = [
            self._part(at, moment, places)
            for at, moment in sorted(self._moments.items(), key=lambda one: one[0])
        ]
        made = Batch(
            records, reaches, parts, places, self._covers, self._decided, self.findings, self.refused
        )
        self._clear()
        return made

    def _part(self, at: datetime, moment: _Moment, places: dict[str, list[str]]) -> Part:
        frame = Observations(capability=self._capability, seen_at=at, source=Source.ACCOUNT)
        seen: list[Seen] = []
        links: list[Link] = []
        at_entities, at_links = places["entities"], places["relationships"]
        for key, words in moment.entities.items():
            for entity, place in words:
                seen.append(prepared(len(at_entities), key, entity))
                at_entities.append(place)
        for identity, statements in moment.links.items():
            for relationship, place in statements:
                links.append(link(len(at_links), relationship, identity))
                at_links.append(place)
        # Sorted keys turn random look-ups in the store into one walk along its index.
        seen.sort(key=_by_key)
        return Part(seen, links, frame_of(frame))


def _put(words: list[tuple[T, str]], said: T, place: str, latest: dict[int, Any]) -> int:
    """Add what is *said* again of one thing to its *words*; return 1, or 0 where the same was said just before."""
    before = words[-1][0]
    if before == said:
        return 0
    words.append((said, place))
    latest.pop(id(before), None)
    latest[id(said)] = said
    return 1
