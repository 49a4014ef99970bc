"""Records of a file, cut into batches that each fit into one transaction."""

from collections.abc import Generator, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec

from chariot.format import Decided, Parsed, Refused
from chariot.model.keys import Key
from chariot.model.observations import Observations
from chariot.model.states import Source

BATCH_ITEMS = 6_000
"""Entities and relationships of one batch, about: enough that a commit costs little beside them."""

_TARGETS = frozenset({"domain", "address", "port", "webapplication", "file", "certificate", "technology"})
"""Kinds that findings stand at."""


class Batch(msgspec.Struct, frozen=True):
    """What is written in one transaction."""

    records: int
    """How many records of the file are whole at its end."""
    reaches: int
    """The last record that it holds something of: of a huge one there are several batches."""
    observations: tuple[Observations, ...]
    """One for each moment at which something was seen."""
    places: Mapping[str, tuple[str, ...]]
    """Where each of the entities, and each of the relationships, stood in the file."""
    covers: tuple[tuple[Key, datetime], ...]
    """Targets that are complete in the file, with when they were looked at."""
    decided: tuple[Decided, ...] = ()
    """What the file says that people decided; it is written after all that was seen."""

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
        one = next(islice((one for part in self.observations for one in part.relationships), number, None))
        return (one.source, one.target)


def _item(written: str) -> tuple[str, int]:
    name, _, number = written.removesuffix("]").partition("[")
    return name, int(number) if number.isdecimal() else 2**62


def batches(
    items: Iterable[Parsed | Refused], capability: str, now: datetime, limit: int = BATCH_ITEMS
) -> Generator[Batch]:
    """Yield what *items* say, in their order; what says no time, or a later one, was seen *now*."""
    pending: list[Parsed] = []
    held = records = 0
    for item in items:
        records += 1
        if isinstance(item, Refused):
            continue
        for part in _parts(item, limit):
            pending.append(part)
            held += len(part.entities) + len(part.relationships) + len(part.covers)
            if held >= limit and part is not item:
                yield _batch(pending, records - 1, records, capability, now)
                pending, held = [], 0
        if held >= limit:
            yield _batch(pending, records, records, capability, now)
            pending, held = [], 0
    if pending:
        yield _batch(pending, records, records, capability, now)


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


def _batch(items: list[Parsed], records: int, reaches: int, capability: str, now: datetime) -> Batch:
    moments: dict[datetime, list[Parsed]] = {}
    for item in items:
        # Clocks differ, and some tools write their local time: nothing in a file was seen after now.
        moments.setdefault(min(item.seen_at or now, now), []).append(item)
    ordered = [(at, moments[at]) for at in sorted(moments)]
    return Batch(
        records,
        reaches,
        tuple(_observations(some, at, capability) for at, some in ordered),
        {
            "entities": tuple(item.place for _, some in ordered for item in some for _ in item.entities),
            "relationships": tuple(
                item.place for _, some in ordered for item in some for _ in item.relationships
            ),
        },
        tuple((key, at) for at, some in ordered for item in some for key in item.covers),
        tuple(one for item in items for one in item.decided),
    )


def _observations(items: list[Parsed], at: datetime, capability: str) -> Observations:
    entities: tuple[Any, ...] = tuple(entity for item in items for entity in item.entities)
    return Observations(
        capability=capability,
        seen_at=at,
        entities=entities,
        relationships=tuple(one for item in items for one in item.relationships),
        source=Source.ACCOUNT,
    )
