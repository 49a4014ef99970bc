"""What one transaction writes: versions and relationships with their numbers, in the order of the log."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import msgspec

from chariot.model.keys import Key
from chariot.modules.surface.states import EdgeId, EdgeWrite, EntityWrite, Presence, Stored, StoredEdge

NumberedVersion = tuple[int, int, EntityWrite]
"""Sequence, entity and what is written."""

_said = attrgetter("kind", "revision", "status", "op", "fields", "actor", "why", "common")
_seen = attrgetter("first_seen_us", "visited_us", "origins", "stamps")
_kind_and_status = attrgetter("kind", "status")


class EdgeVersion(msgspec.Struct, frozen=True, gc=False):
    """One version of a relationship, ready to be written."""

    sequence: int
    edge: int
    source: int
    target: int
    write: EdgeWrite


class Batch:
    """Numbers the writes of one transaction: `sequence` grows by one a change, an entity is its first sequence.

    A store tells what it loaded (`own`, `shared`, `stored`, `edge`, `stored_edges`), adds the writes, and reads off
    its rows.
    """

    def __init__(self, sequence: int, kinds: Mapping[str, int]) -> None:
        self.sequence = sequence
        self._kinds = kinds
        self.own: dict[Key, int] = {}
        """The numbers of the organisation's own entities."""
        self.shared: dict[Key, int] = {}
        """The numbers of entities that all organisations share; they may be ends, nothing else."""
        self.stored: dict[Key, Stored] = {}
        self.edge: dict[EdgeId, int] = {}
        self.stored_edges: dict[EdgeId, StoredEdge] = {}
        self.ended: list[int] = []
        """Entities whose present version ends."""
        self.versions: list[NumberedVersion] = []
        self.arrived: list[tuple[int, Presence]] = []
        self.moved: list[tuple[int, Presence]] = []
        self.confirmed: dict[int, list[int]] = {}
        """By the moment at which they were seen, entities of which nothing else is new."""
        self.ended_edges: list[tuple[int, str, int]] = []
        """Source, type and target of relationships whose present version ends."""
        self.edge_versions: list[EdgeVersion] = []
        self.arrived_edges: list[tuple[int, EdgeWrite]] = []
        self.moved_edges: list[tuple[int, EdgeWrite]] = []
        self.confirmed_edges: dict[int, list[int]] = {}
        """By the moment at which they were seen, relationships of which nothing else is new."""
        self.counts: Counter[tuple[int, str]] = Counter()
        """How many entities more there are, by number of the kind and status."""

    def add_entities(self, writes: Sequence[EntityWrite]) -> None:
        """Number new versions.

        Raises:
            LookupError: one is of an entity that is not the organisation's own.
        """
        # Each loop runs for every item of a batch, so what is looked up often is a name of the function's own.
        own, shared, sequence = self.own, self.shared, self.sequence
        for write in writes:
            key = write.key
            if shared and key in shared:
                raise LookupError(f"{key} is shared by all: an organisation cannot write it")
            sequence += 1
            entity = own.get(key)
            if entity is None:
                own[key] = entity = sequence
                self.arrived.append((entity, write.presence))
            else:
                self.ended.append(entity)
                self.moved.append((entity, write.presence))
                if key in self.stored:
                    self.counts[self._kinds[write.kind], self.stored[key].status] -= 1
            self.versions.append((sequence, entity, write))
        self.sequence = sequence
        # They come by key, so those of one kind stand together: a run of them is counted at once.
        for (name, status), run in groupby(writes, _kind_and_status):
            self.counts[self._kinds[name], status] += sum(1 for _ in run)

    def add_presences(self, presences: Iterable[Presence]) -> None:
        """Add entities that were seen again, in the order of their numbers: a large batch walks the table once.

        Raises:
            LookupError: one is not the organisation's own.
        """
        own, stored = self.own, self.stored
        for seen in presences:
            number, held = own[seen.key], stored[seen.key]
            if (
                seen.origins != held.origins
                or seen.stamps != held.stamps
                or seen.first_seen_us != held.first_seen_us
            ):
                self.moved.append((number, seen))
            elif seen.visited_us != held.visited_us:
                self.confirmed.setdefault(seen.visited_us, []).append(number)
        self.moved.sort(key=_number)
        for numbers in self.confirmed.values():
            numbers.sort()

    def add_edges(self, writes: Iterable[EdgeWrite]) -> None:
        """Number new versions of relationships, and add those that were seen again."""
        for write in writes:
            edge = self.edge.get(write.id)
            if write.op is not None:
                self.sequence += 1
                source, target = self._end(write.id[0]), self._end(write.id[2])
                if edge is not None:
                    self.ended_edges.append((source, write.id[1], target))
                number = self.sequence if edge is None else edge
                self.edge_versions.append(EdgeVersion(self.sequence, number, source, target, write))
            if edge is None:
                self.arrived_edges.append((self.sequence, write))
            else:
                self._move_edge(edge, write, self.stored_edges[write.id])

    def _move_edge(self, edge: int, seen: EdgeWrite, held: StoredEdge) -> None:
        if (
            seen.origins != held.origins
            or seen.first_seen_us != held.first_seen_us
            or seen.evidence_us != held.evidence_us
        ):
            self.moved_edges.append((edge, seen))
        elif seen.last_seen_us != held.last_seen_us:
            self.confirmed_edges.setdefault(seen.last_seen_us, []).append(edge)

    def number(self, key: Key) -> int | None:
        """Return the number of an entity that may be an end, None when there is none."""
        own = self.own.get(key)
        return own if own is not None else self.shared.get(key)

    def _end(self, key: Key) -> int:
        number = self.number(key)
        if number is None:
            raise LookupError(f"no entity has the key {key}")
        return number


def alike_versions(versions: Iterable[NumberedVersion]) -> dict[tuple[Any, ...], list[NumberedVersion]]:
    """Return *versions* by kind, revision, status, op, fields, actor, why and common."""
    groups: dict[tuple[Any, ...], list[NumberedVersion]] = {}
    last: tuple[Any, ...] = ()
    group: list[NumberedVersion] = []
    for version in versions:
        said = _said(version[2])
        # They come by key, so those of one kind stand together, and mostly say the same.
        if said != last:
            last = said
            group = groups.setdefault(said, [])
        group.append(version)
    return groups


def alike_presences(presences: Iterable[tuple[int, Presence]]) -> dict[tuple[Any, ...], list[int]]:
    """Return the entities of *presences* by first and last sighting, origins and stamps."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    last: tuple[Any, ...] = ()
    entities: list[int] = []
    for entity, seen in presences:
        said = _seen(seen)
        if said != last:
            last = said
            entities = groups.setdefault(said, [])
        entities.append(entity)
    return groups


def _number(row: tuple[int, Presence]) -> int:
    return row[0]
