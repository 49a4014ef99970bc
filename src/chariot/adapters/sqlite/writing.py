"""The write path: load what a batch touches, let it be decided, write versions, presences and edges in bulk."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import apsw
import msgspec

from chariot.adapters.sql.batch import Batch, EdgeVersion, alike_presences
from chariot.adapters.sqlite.inserting import insert_versions
from chariot.adapters.sqlite.migrations import kind_ids
from chariot.adapters.sqlite.places import keeps_places
from chariot.adapters.sqlite.tags import write_tags
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Op
from chariot.modules.surface.states import (
    Applied,
    Decide,
    EdgeId,
    EdgeWrite,
    Presence,
    Stored,
    StoredEdge,
    Writes,
    summary,
)

_UNLINKED = Op.UNLINKED.value

# One statement with a list is several times faster than one statement a key.
_LOAD = """
    SELECT v.key, v.entity, v.revision, v.status, v.doc, v.common, v.valid_from,
           p.first_seen, p.visited, p.origins, p.stamps
    FROM carray(?2) AS wanted
    CROSS JOIN version AS v INDEXED BY version_present
        ON v.organisation = ?1 AND v.key = wanted.value AND v.valid_to IS NULL
    CROSS JOIN presence AS p ON p.entity = v.entity
"""
_LOAD_EDGES = """
    SELECT wanted.key, e.edge, e.op, e.evidence, p.first_seen, p.last_seen, p.origins, p.evidence_at
    FROM json_each(?1) AS wanted
    CROSS JOIN edge AS e INDEXED BY edge_out
        ON e.source = wanted.value ->> 0 AND e.type = wanted.value ->> 1 AND e.target = wanted.value ->> 2
        AND e.valid_to IS NULL AND e.organisation = ?2
    CROSS JOIN edge_presence AS p ON p.edge = e.edge
"""
_CLOSE = "UPDATE version SET valid_to = ? WHERE organisation = ? AND key = ? AND valid_to IS NULL"
# Most of what one batch brings, or confirms, says the same of when and by whom: one step for all of it.
_INSERT_PRESENCES = "INSERT INTO presence SELECT value, ?2, ?3, ?4, ?5 FROM carray(?1)"
_CONFIRM = "UPDATE presence SET visited = ?1 WHERE entity IN carray(?2)"
_MOVE_PRESENCE = (
    "UPDATE presence SET first_seen = ?2, visited = ?3, origins = ?4, stamps = ?5 WHERE entity = ?1"
)
_CLOSE_EDGE = """
    UPDATE edge SET valid_to = ?2
    WHERE organisation = ?1 AND source = ?3 AND type = ?4 AND target = ?5 AND valid_to IS NULL
"""
_INSERT_EDGE = "INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)"
_INSERT_EDGE_PRESENCES = "INSERT INTO edge_presence SELECT value, ?2, ?3, ?4, ?5 FROM carray(?1)"
_CONFIRM_EDGES = "UPDATE edge_presence SET last_seen = ?1 WHERE edge IN carray(?2)"
_MOVE_EDGE = """
    UPDATE edge_presence SET first_seen = ?2, last_seen = ?3, origins = ?4, evidence_at = ?5 WHERE edge = ?1
"""
_NEWEST = """
    SELECT ifnull(max(sequence), 0), ifnull(max(valid_from), 0) FROM (
        SELECT * FROM (SELECT sequence, valid_from FROM version ORDER BY sequence DESC LIMIT 1)
        UNION ALL
        SELECT * FROM (SELECT sequence, valid_from FROM edge ORDER BY sequence DESC LIMIT 1)
    )
"""
_COUNT = """
    INSERT INTO counter VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT DO UPDATE SET entities = entities + ?4
"""


def last_sequence(connection: apsw.Connection) -> int:
    """Return the newest sequence of the log; versions and edges share one numbering."""
    row = connection.execute(
        "SELECT max(ifnull((SELECT max(sequence) FROM version), 0), ifnull((SELECT max(sequence) FROM edge), 0))"
    ).get
    return int(row)


def organisation_id(connection: apsw.Connection, name: Organisation) -> int | None:
    """Return the number of an organisation, None when it never wrote."""
    row = connection.execute("SELECT id FROM organisation WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else None


def _own_organisation_id(connection: apsw.Connection, name: Organisation) -> int:
    """Return the number of an organisation that writes, which has one from then on."""
    found = organisation_id(connection, name)
    if found is None:
        connection.execute("INSERT INTO organisation (name) VALUES (?)", (name,))
        found = connection.last_insert_rowid()
    return found


def apply(
    connection: apsw.Connection,
    organisation: Organisation,
    keys: Sequence[Key],
    edges: Sequence[EdgeId],
    decide: Decide,
    now_us: int,
) -> Applied:
    """Do `EntityWriter.apply` inside the caller's transaction."""
    transaction = _Transaction(connection, organisation, now_us)
    stored = transaction.load(keys, edges)
    writes = decide(stored, transaction.load_edges(edges))
    transaction.write(writes)
    return summary(transaction.batch.sequence, writes)


class _Transaction:
    """One transaction's work for one organisation."""

    def __init__(self, connection: apsw.Connection, organisation: Organisation, now_us: int) -> None:
        self._connection = connection
        self._name = organisation
        self._organisation = _own_organisation_id(connection, organisation)
        self._kinds = kind_ids(connection)
        sequence, newest_us = connection.execute(_NEWEST).get
        self.batch = Batch(sequence, self._kinds)
        self._at_us = max(now_us, newest_us + 1)

    def load(self, keys: Sequence[Key], edges: Sequence[EdgeId]) -> dict[Key, Stored]:
        wanted = list(keys)
        if edges:
            wanted = sorted({*keys, *(end for source, _, target in edges for end in (source, target))})
        self._load(self._organisation, wanted, self.batch.own)
        if edges and self._name != SHARED and len(self.batch.stored) < len(wanted):
            self._load_shared_ends(wanted, set(keys))
        return self.batch.stored

    def _load(self, organisation: int, wanted: Sequence[Key], numbers: dict[Key, int]) -> None:
        if not wanted:
            return
        stored = self.batch.stored
        for row in self._connection.execute(_LOAD, (organisation, apsw.carray(tuple(wanted)))):
            key = row[0]
            numbers[key] = row[1]
            stored[key] = Stored(*row[2:])

    def _load_shared_ends(self, wanted: Iterable[Key], own: set[Key]) -> None:
        shared = organisation_id(self._connection, SHARED)
        missing = [key for key in wanted if key not in self.batch.stored and key not in own]
        if shared is not None:
            self._load(shared, missing, self.batch.shared)

    def load_edges(self, edges: Sequence[EdgeId]) -> dict[EdgeId, StoredEdge]:
        # An end that is not there yet has no relationships either.
        number = self.batch.number
        known = [one for one in edges if number(one[0]) is not None and number(one[2]) is not None]
        numbers, stored = self.batch.edge, self.batch.stored_edges
        if not known:
            return stored
        ends = [(number(source), kind, number(target)) for source, kind, target in known]
        rows = self._connection.execute(_LOAD_EDGES, (msgspec.json.encode(ends).decode(), self._organisation))
        for place, edge, op, *held in rows:
            identity = known[place]
            numbers[identity] = edge
            stored[identity] = StoredEdge(op != _UNLINKED, *held)
        return stored

    def write(self, writes: Writes) -> None:
        batch = self.batch
        batch.add_entities(writes.entities)
        batch.add_presences(writes.presences)
        batch.add_edges(writes.edges)
        self._write_entities()
        self._write_edges()
        counts = [(self._organisation, kind, status, n) for (kind, status), n in batch.counts.items() if n]
        self._execute(_COUNT, counts)

    def _execute(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        # Most of a batch's lists are empty, and a statement that runs for nothing costs as much as a row.
        if rows:
            self._connection.executemany(statement, rows)

    def _write_entities(self) -> None:
        batch, at_us, organisation, kinds = self.batch, self._at_us, self._organisation, self._kinds
        execute = self._execute
        ended = [
            (at_us, organisation, write.key) for number, entity, write in batch.versions if number != entity
        ]
        execute(_CLOSE, ended)
        places = keeps_places(self._connection)
        insert_versions(self._connection, batch.versions, organisation, kinds, at_us, places=places)
        write_tags(self._connection, organisation, batch)
        arrived = alike_presences(batch.arrived)
        execute(_INSERT_PRESENCES, [(_numbers(entities), *said) for said, entities in arrived.items()])
        execute(_MOVE_PRESENCE, list(map(_presence_row, batch.moved)))
        execute(_CONFIRM, _numbered(batch.confirmed))

    def _write_edges(self) -> None:
        batch, at_us, organisation = self.batch, self._at_us, self._organisation
        execute = self._execute
        execute(_CLOSE_EDGE, [(organisation, at_us, *ends) for ends in batch.ended_edges])
        execute(_INSERT_EDGE, [_edge_row(one, organisation, at_us) for one in batch.edge_versions])
        execute(_INSERT_EDGE_PRESENCES, _alike(map(_edge_presence_row, batch.arrived_edges)))
        execute(_MOVE_EDGE, list(map(_edge_presence_row, batch.moved_edges)))
        execute(_CONFIRM_EDGES, _numbered(batch.confirmed_edges))


def _presence_row(row: tuple[int, Presence]) -> tuple[Any, ...]:
    number, seen = row
    return number, seen.first_seen_us, seen.visited_us, seen.origins, seen.stamps


def _edge_row(one: EdgeVersion, organisation: int, at_us: int) -> tuple[Any, ...]:
    write = one.write
    assert write.op is not None
    kind, op = write.id[1], write.op.value
    ends = (one.source, kind, one.target)
    return (one.sequence, one.edge, organisation, *ends, at_us, op, write.actor, write.why, write.evidence)


def _edge_presence_row(row: tuple[int, EdgeWrite]) -> tuple[Any, ...]:
    edge, seen = row
    return edge, seen.first_seen_us, seen.last_seen_us, seen.origins, seen.evidence_us


def _alike(rows: Iterable[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return *rows*, each a number and what is said of it, as one row for all numbers of which the same is said."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    last: tuple[Any, ...] = ()
    numbers: list[int] = []
    for row in rows:
        said = row[1:]
        if said != last:
            last = said
            numbers = groups.setdefault(said, [])
        numbers.append(row[0])
    return [(_numbers(numbers), *said) for said, numbers in groups.items()]


def _numbered(groups: Mapping[int, list[int]]) -> list[tuple[Any, ...]]:
    return [(seen_us, _numbers(numbers)) for seen_us, numbers in groups.items()]


def _numbers(values: list[int]) -> Any:
    """Return *values* as one value to bind."""
    return apsw.carray(array("q", values))
