"""The write path: load what a batch touches, let it be decided, write versions, presences and edges in bulk."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

import apsw

from chariot.adapters.sqlite.migrations import kind_ids
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Op
from chariot.modules.surface.facts import SLOTS
from chariot.modules.surface.states import (
    Applied,
    Decide,
    EdgeId,
    EdgeWrite,
    EntityWrite,
    Presence,
    Stored,
    StoredEdge,
    Writes,
    summary,
)

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
_INSERT = f"""
    INSERT INTO version (sequence, entity, organisation, kind, key, revision, status, valid_from,
                         op, fields, actor, why, common, doc, {", ".join(f"fact_{slot}" for slot in range(SLOTS))})
    VALUES ({", ".join("?" * (14 + SLOTS))})
"""
_INSERT_PRESENCE = "INSERT INTO presence VALUES (?, ?, ?, ?, ?)"
_MOVE_PRESENCE = (
    "UPDATE presence SET first_seen = ?2, visited = ?3, origins = ?4, stamps = ?5 WHERE entity = ?1"
)
_CLOSE_EDGE = """
    UPDATE edge SET valid_to = ?2
    WHERE organisation = ?1 AND source = ?3 AND type = ?4 AND target = ?5 AND valid_to IS NULL
"""
_INSERT_EDGE = "INSERT INTO edge VALUES (?, ?, ?, ?, ?, ?, ?, NULL, ?, ?, ?, ?)"
_INSERT_EDGE_PRESENCE = "INSERT INTO edge_presence VALUES (?, ?, ?, ?, ?)"
_MOVE_EDGE = """
    UPDATE edge_presence SET first_seen = ?2, last_seen = ?3, origins = ?4, evidence_at = ?5 WHERE edge = ?1
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


def apply(
    connection: apsw.Connection,
    organisation: Organisation,
    keys: Sequence[Key],
    edges: Sequence[EdgeId],
    decide: Decide,
    now_us: int,
) -> Applied:
    """Do `EntityWriter.apply` inside the caller's transaction."""
    batch = _Batch(connection, organisation, now_us)
    stored = batch.load(keys, edges)
    writes = decide(stored, batch.load_edges(edges))
    batch.write_entities(writes.entities)
    batch.move_presences(writes.presences)
    batch.write_edges(writes.edges)
    return batch.applied(writes)


class _Batch:
    """One transaction's work: the numbers of what it touches, and the counters it moves."""

    def __init__(self, connection: apsw.Connection, organisation: Organisation, now_us: int) -> None:
        self._connection = connection
        connection.execute("INSERT OR IGNORE INTO organisation (name) VALUES (?)", (organisation,))
        self._name = organisation
        self._organisation = organisation_id(connection, organisation) or 0
        self._kinds = kind_ids(connection)
        self._sequence = last_sequence(connection)
        self._at_us = max(now_us, self._newest_moment() + 1)
        self._entity: dict[Key, int] = {}
        self._shared: dict[Key, int] = {}
        self._edge: dict[EdgeId, int] = {}
        self._status: dict[Key, str] = {}
        self._counts: Counter[tuple[int, str]] = Counter()

    def _newest_moment(self) -> int:
        row = self._connection.execute(
            "SELECT max(ifnull((SELECT valid_from FROM version ORDER BY sequence DESC LIMIT 1), 0),"
            " ifnull((SELECT valid_from FROM edge ORDER BY sequence DESC LIMIT 1), 0))"
        ).get
        return int(row)

    def load(self, keys: Sequence[Key], edges: Sequence[EdgeId]) -> dict[Key, Stored]:
        wanted = list(keys)
        if edges:
            wanted = sorted({*keys, *(end for source, _, target in edges for end in (source, target))})
        stored = self._load(self._organisation, wanted, self._entity)
        self._status = {key: held.status for key, held in stored.items()}
        if edges and self._name != SHARED and len(stored) < len(wanted):
            self._load_shared_ends(stored, wanted, set(keys))
        return stored

    def _load(self, organisation: int, wanted: Sequence[Key], entity: dict[Key, int]) -> dict[Key, Stored]:
        stored: dict[Key, Stored] = {}
        if not wanted:
            return stored
        for row in self._connection.execute(_LOAD, (organisation, apsw.carray(tuple(wanted)))):
            key = row[0]
            entity[key] = row[1]
            stored[key] = Stored(*row[2:])
        return stored

    def _load_shared_ends(self, stored: dict[Key, Stored], wanted: Iterable[Key], own: set[Key]) -> None:
        shared = organisation_id(self._connection, SHARED)
        missing = [key for key in wanted if key not in stored and key not in own]
        if shared is not None and missing:
            stored.update(self._load(shared, missing, self._shared))

    def load_edges(self, edges: Sequence[EdgeId]) -> dict[EdgeId, StoredEdge]:
        # An end that is not there yet has no relationships either.
        numbers = {**self._shared, **self._entity}
        known = [one for one in edges if one[0] in numbers and one[2] in numbers]
        ends = [(numbers[source], kind, numbers[target]) for source, kind, target in known]
        stored: dict[EdgeId, StoredEdge] = {}
        for place, edge, op, *rest in self._connection.execute(
            _LOAD_EDGES, (json.dumps(ends), self._organisation)
        ):
            identity = known[place]
            self._edge[identity] = edge
            stored[identity] = StoredEdge(op != Op.UNLINKED.value, *rest)
        return stored

    def write_entities(self, writes: Sequence[EntityWrite]) -> None:
        if not self._shared.keys().isdisjoint(write.key for write in writes):
            raise LookupError("what is shared by all is read by an organisation, never written")
        fresh = [write for write in writes if write.key not in self._entity]
        known = [write for write in writes if write.key in self._entity]
        at_us, organisation = self._at_us, self._organisation
        self._connection.executemany(_CLOSE, [(at_us, organisation, write.key) for write in known])
        rows, presences = [], []
        for write in writes:
            self._sequence += 1
            entity = self._entity.setdefault(write.key, self._sequence)
            rows.append(self._row(entity, write))
            seen = write.presence
            presences.append((entity, seen.first_seen_us, seen.visited_us, seen.origins, seen.stamps))
            kind = self._kinds[write.kind]
            self._counts[kind, write.status] += 1
            if write.key in self._status:
                self._counts[kind, self._status[write.key]] -= 1
        self._connection.executemany(_INSERT, rows)
        if not known:
            self._connection.executemany(_INSERT_PRESENCE, presences)
            return
        new = {self._entity[write.key] for write in fresh}
        self._connection.executemany(_INSERT_PRESENCE, [row for row in presences if row[0] in new])
        self._connection.executemany(_MOVE_PRESENCE, [row for row in presences if row[0] not in new])

    def _row(self, entity: int, write: EntityWrite) -> tuple[object, ...]:
        return (
            self._sequence,
            entity,
            self._organisation,
            self._kinds[write.kind],
            write.key,
            write.revision,
            write.status,
            self._at_us,
            write.op.value,
            write.fields,
            write.actor,
            write.why,
            write.common,
            write.doc,
            *write.facts,
        )

    def move_presences(self, presences: Sequence[Presence]) -> None:
        entity = self._entity
        rows = [(entity[p.key], p.first_seen_us, p.visited_us, p.origins, p.stamps) for p in presences]
        # In the order of the table, so that a large batch walks it once.
        rows.sort()
        self._connection.executemany(_MOVE_PRESENCE, rows)

    def write_edges(self, writes: Sequence[EdgeWrite]) -> None:
        versions, closed, fresh, moved = [], [], [], []
        numbers = {**self._shared, **self._entity} if writes else {}
        for write in writes:
            source, kind, target = write.id
            ends = (numbers[source], kind, numbers[target])
            edge = self._edge.get(write.id)
            if write.op is not None:
                self._sequence += 1
                if edge is not None:
                    closed.append((self._organisation, self._at_us, *ends))
                number = self._sequence if edge is None else edge
                versions.append(
                    (
                        self._sequence,
                        number,
                        self._organisation,
                        *ends,
                        self._at_us,
                        write.op.value,
                        write.actor,
                        write.why,
                        write.evidence,
                    )
                )
            presence = (write.first_seen_us, write.last_seen_us, write.origins, write.evidence_us)
            if edge is None:
                fresh.append((self._sequence, *presence))
            else:
                moved.append((edge, *presence))
        self._connection.executemany(_CLOSE_EDGE, closed)
        self._connection.executemany(_INSERT_EDGE, versions)
        self._connection.executemany(_INSERT_EDGE_PRESENCE, fresh)
        self._connection.executemany(_MOVE_EDGE, moved)

    def applied(self, writes: Writes) -> Applied:
        self._connection.executemany(
            _COUNT,
            [(self._organisation, kind, status, n) for (kind, status), n in self._counts.items() if n],
        )
        return summary(self._sequence, writes)
