"""The write path: load what a batch touches, let it be decided, write versions, presences and edges in bulk."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from operator import itemgetter
from typing import Any

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.dialect import INDEXED_LIMIT, PRESENT_US, PostgresDialect, shortened, storable
from chariot.adapters.postgres.schema import SHARED_ID
from chariot.adapters.postgres.tags import write_tags
from chariot.adapters.sql.batch import Batch, NumberedVersion, alike_presences, alike_versions
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Op
from chariot.modules.surface.facts import SLOTS, Fact, slots
from chariot.modules.surface.places import place_of
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
from chariot.telemetry import traceparent

CHANNEL = "chariot_changes"
"""Where each commit that wrote changes is told: numbers of the first and the last, and the trace that they are of."""

_MANY = 64
"""From this many versions that say much the same on, they have a statement of their own."""

_FEW_GROUPS = 8

_THREAD_FROM = 500
"""From this many entities on a decision is made beside the event loop, which serves others meanwhile."""

# Locking the one row makes the order of numbers that of commits: a reader of the log never skips.
_LOCK_END = "SELECT sequence, moment FROM log_end FOR UPDATE"
_MOVE_END = f"""
    WITH moved AS (UPDATE log_end SET sequence = $1, moment = $2)
    SELECT pg_notify('{CHANNEL}', $3)
"""
# The planner would guess how many are wanted, and now and then walk a whole table for each of them; a limit inside
# makes it look each one up.
_LOAD = f"""
    SELECT v.*, p.*
    FROM unnest($2::text[]) AS wanted (key)
    CROSS JOIN LATERAL (
        SELECT COALESCE(long_key, key), entity, revision, status, doc, common, valid_from FROM version
        WHERE organisation = $1 AND key = wanted.key AND valid_to = {PRESENT_US} LIMIT 1
    ) AS v
    CROSS JOIN LATERAL (
        SELECT first_seen, visited, origins, stamps FROM presence WHERE entity = v.entity LIMIT 1
    ) AS p
"""
_LOAD_EDGES = f"""
    SELECT wanted.place, e.*, p.*
    FROM unnest($2::bigint[], $3::text[], $4::bigint[]) WITH ORDINALITY AS wanted (source, type, target, place)
    CROSS JOIN LATERAL (
        SELECT edge, op, evidence FROM edge
        WHERE organisation = $1 AND source = wanted.source AND type = wanted.type AND target = wanted.target
        AND valid_to = {PRESENT_US} LIMIT 1
    ) AS e
    CROSS JOIN LATERAL (
        SELECT first_seen, last_seen, origins, evidence_at FROM edge_presence WHERE edge = e.edge LIMIT 1
    ) AS p
"""
_END = f"""
    UPDATE version SET valid_to = $1 WHERE entity = ANY($2::bigint[]) AND valid_to = {PRESENT_US}
"""
_FACTS = ", ".join(f"fact_{slot}" for slot in range(SLOTS))
_VERSION_COLUMNS = (
    "sequence, entity, kind, revision, key, long_key, status, op, fields, actor, why, common, doc, " + _FACTS
)
_VERSION_TYPES = ("bigint", "bigint", "smallint", "integer", *("text",) * (9 + SLOTS))
_INSERT = f"""
    INSERT INTO version (organisation, valid_from, valid_to, {_VERSION_COLUMNS})
    SELECT $1, $2, {PRESENT_US}, *
    FROM unnest({", ".join(f"${place}::{form}[]" for place, form in enumerate(_VERSION_TYPES, 3))})
"""
_PUT_ARRIVED = """
    INSERT INTO presence (organisation, entity, first_seen, visited, origins, stamps)
    SELECT $1, arrived, $3, $4, $5, $6 FROM unnest($2::bigint[]) AS arrived
"""
_PUT_PRESENCE = """
    INSERT INTO presence (organisation, entity, first_seen, visited, origins, stamps)
    SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[])
    ON CONFLICT (entity) DO UPDATE SET first_seen = excluded.first_seen, visited = excluded.visited,
        origins = excluded.origins, stamps = excluded.stamps
"""
_CONFIRM = "UPDATE presence SET visited = $1 WHERE entity = ANY($2::bigint[])"
_CONFIRM_EDGES = "UPDATE edge_presence SET last_seen = $1 WHERE edge = ANY($2::bigint[])"
_END_EDGE = f"""
    UPDATE edge SET valid_to = $1
    WHERE organisation = $2 AND source = $3 AND type = $4 AND target = $5 AND valid_to = {PRESENT_US}
"""
_INSERT_EDGES = f"""
    INSERT INTO edge (organisation, valid_from, valid_to, sequence, edge, source, target, type, op, actor, why,
                      evidence)
    SELECT $1, $2, {PRESENT_US}, *
    FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[],
                $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])
"""
_PUT_EDGE_PRESENCE = """
    INSERT INTO edge_presence (organisation, edge, first_seen, last_seen, evidence_at, origins)
    SELECT $1, * FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
    ON CONFLICT (edge) DO UPDATE SET first_seen = excluded.first_seen, last_seen = excluded.last_seen,
        evidence_at = excluded.evidence_at, origins = excluded.origins
"""
_COUNT = """
    INSERT INTO counter (organisation, kind, status, entities)
    SELECT $1, * FROM unnest($2::smallint[], $3::text[], $4::bigint[])
    ON CONFLICT (organisation, kind, status) DO UPDATE SET entities = counter.entities + excluded.entities
"""

_fact_value = PostgresDialect().fact_value


@cache
def _insert_alike(*columns: str) -> str:
    """Return the statement for versions that say the same but for *columns*; without `entity` each is a new one."""
    said = ", ".join(f"${place}" for place in range(1, 11))
    forms = ("bigint" if name in ("sequence", "entity") else "text" for name in columns)
    arrays = ", ".join(f"${place}::{form}[]" for place, form in enumerate(forms, 11))
    names = columns if "entity" in columns else ("entity", *columns)
    values = ", ".join(f"one.{name}" if name in columns else "one.sequence" for name in names)
    return f"""
        INSERT INTO version (valid_to, organisation, valid_from, kind, revision, status, op, fields, actor, why, common,
                             {", ".join(names)})
        SELECT {PRESENT_US}, {said}, {values} FROM unnest({arrays}) AS one ({", ".join(columns)})
    """


async def organisation_id(connection: Connection, name: Organisation) -> int | None:
    """Return the number of an organisation, None when it never wrote."""
    if not storable((name,)):
        return None
    number = await connection.fetchval("SELECT id FROM organisation WHERE name = $1", name)
    return None if number is None else int(number)


async def _organisation(connection: Connection, name: Organisation) -> int:
    number = await organisation_id(connection, name)
    if number is not None:
        return number
    columns, values = ("id, name", f"{SHARED_ID}, $1") if name == SHARED else ("name", "$1")
    return int(
        await connection.fetchval(
            f"INSERT INTO organisation ({columns}) VALUES ({values}) RETURNING id", name
        )
    )


async def apply(
    connection: Connection,
    organisation: Organisation,
    keys: Sequence[Key],
    edges: Sequence[EdgeId],
    decide: Decide,
    now_us: int,
    kinds: Mapping[str, int],
) -> Applied:
    """Do `EntityWriter.apply` inside the caller's transaction."""
    sequence, moment = await connection.fetchrow(_LOCK_END) or (0, 0)
    number = await _organisation(connection, organisation)
    transaction = _Transaction(connection, number, Batch(sequence, kinds), max(now_us, moment + 1), kinds)
    stored = await transaction.load(keys, edges, organisation)
    held = await transaction.load_edges(edges)
    if len(keys) + len(edges) >= _THREAD_FROM:
        writes = await asyncio.to_thread(transaction.decide, decide, stored, held)
    else:
        writes = transaction.decide(decide, stored, held)
    await transaction.write()
    return summary(transaction.batch.sequence, writes)


class _Transaction:
    """One transaction's work for one organisation."""

    def __init__(
        self, connection: Connection, organisation: int, batch: Batch, at_us: int, kinds: Mapping[str, int]
    ) -> None:
        self.batch = batch
        self._connection = connection
        self._organisation = organisation
        self._at_us = at_us
        self._kinds = kinds
        self._first = batch.sequence

    async def load(
        self, keys: Sequence[Key], edges: Sequence[EdgeId], name: Organisation
    ) -> dict[Key, Stored]:
        wanted = {key for key in keys if storable((key,))}
        ends = {end for source, _, target in edges for end in (source, target) if storable((end,))}
        stored = self.batch.stored
        own = self.batch.own
        for row in await self._load(self._organisation, sorted(wanted | ends)):
            key = row[0]
            own[key] = row[1]
            stored[key] = Stored(*row[2:])
        missing = ends - wanted - stored.keys()
        if missing and name != SHARED:
            for row in await self._load(SHARED_ID, sorted(missing)):
                self.batch.shared[row[0]] = row[1]
                stored[row[0]] = Stored(*row[2:])
        return stored

    async def _load(self, organisation: int, keys: Sequence[Key]) -> Sequence[Any]:
        if not keys:
            return ()
        return await self._connection.fetch(_LOAD, organisation, [shortened(key) for key in keys])

    async def load_edges(self, edges: Sequence[EdgeId]) -> dict[EdgeId, StoredEdge]:
        # An end that is not there yet has no relationships either.
        known, ends = [], []
        for one in dict.fromkeys(edges):
            source, target = self.batch.number(one[0]), self.batch.number(one[2])
            if source is not None and target is not None:
                known.append(one)
                ends.append((source, one[1], target))
        stored = self.batch.stored_edges
        if not ends:
            return stored
        rows = await self._connection.fetch(_LOAD_EDGES, self._organisation, *_columns(ends, 3))
        for place, edge, op, *rest in rows:
            identity = known[place - 1]
            self.batch.edge[identity] = edge
            stored[identity] = StoredEdge(op != Op.UNLINKED.value, *rest)
        return stored

    def decide(
        self, decide: Decide, stored: Mapping[Key, Stored], held: Mapping[EdgeId, StoredEdge]
    ) -> Writes:
        writes = decide(stored, held)
        self.batch.add_entities(writes.entities)
        self.batch.add_presences(writes.presences)
        self.batch.add_edges(writes.edges)
        return writes

    async def write(self) -> None:
        batch, number = self.batch, self._organisation
        if batch.ended:
            await self._connection.execute(_END, self._at_us, batch.ended)
        await self._write_versions()
        await write_tags(self._connection, number, batch)
        arrived = alike_presences(batch.arrived)
        if len(arrived) <= _FEW_GROUPS:
            for said, entities in arrived.items():
                await self._connection.execute(_PUT_ARRIVED, number, entities, *said)
        else:
            await self._put(_PUT_PRESENCE, map(_presence_row, batch.arrived), 5, number)
        await self._put(_PUT_PRESENCE, map(_presence_row, batch.moved), 5, number)
        for seen_us, entities in batch.confirmed.items():
            await self._connection.execute(_CONFIRM, seen_us, entities)
        if batch.ended_edges:
            ended = [(self._at_us, number, *ends) for ends in batch.ended_edges]
            await self._connection.executemany(_END_EDGE, ended)
        await self._put(_INSERT_EDGES, self._edge_rows(), 9, number, self._at_us)
        edges = map(_edge_presence_row, (*batch.arrived_edges, *batch.moved_edges))
        await self._put(_PUT_EDGE_PRESENCE, edges, 5, number)
        for seen_us, confirmed in batch.confirmed_edges.items():
            await self._connection.execute(_CONFIRM_EDGES, seen_us, confirmed)
        counts = [(kind, status, n) for (kind, status), n in sorted(batch.counts.items()) if n]
        await self._put(_COUNT, counts, 3, number)
        if batch.sequence > self._first:
            told = f"{self._first + 1} {batch.sequence} {traceparent()}"
            await self._connection.execute(_MOVE_END, batch.sequence, self._at_us, told)

    async def _put(self, statement: str, rows: Iterable[Sequence[Any]], width: int, *values: Any) -> None:
        columns = _columns(rows, width)
        if columns[0]:
            await self._connection.execute(statement, *values, *columns)

    async def _write_versions(self) -> None:
        """Insert the new versions: what many of them say alike is sent once for all of those."""
        single: list[NumberedVersion] = []
        for said, versions in alike_versions(self.batch.versions).items():
            if len(versions) < _MANY:
                single += versions
                continue
            kind, revision, status, op, *rest = said
            common = (self._organisation, self._at_us, self._kinds[kind], revision, status, op.value, *rest)
            columns = _own_columns(kind, versions)
            await self._connection.execute(_insert_alike(*columns), *common, *columns.values())
        single.sort(key=itemgetter(0))
        rows = self._version_rows(single)
        await self._put(_INSERT, rows, len(_VERSION_TYPES), self._organisation, self._at_us)

    def _version_rows(self, versions: Iterable[NumberedVersion]) -> Iterable[Sequence[Any]]:
        kinds = self._kinds
        for sequence, entity, write in versions:
            key = write.key
            yield (
                sequence,
                entity,
                kinds[write.kind],
                write.revision,
                shortened(key),
                key if len(key) > INDEXED_LIMIT else None,
                write.status,
                write.op.value,
                write.fields,
                write.actor,
                write.why,
                write.common,
                write.doc,
                *map(_fact_value, _facts(write)),
            )

    def _edge_rows(self) -> Iterable[Sequence[Any]]:
        for one in self.batch.edge_versions:
            write = one.write
            assert write.op is not None
            yield (
                one.sequence,
                one.edge,
                one.source,
                one.target,
                write.id[1],
                write.op.value,
                write.actor,
                write.why,
                write.evidence,
            )


def _own_columns(kind: str, versions: Sequence[NumberedVersion]) -> dict[str, Sequence[Any]]:
    """Return what *versions* of *kind* say each for itself, by column; what none of them says is left out.

    The driver looks at each value of an array more than once, so that a column less is time saved.
    """
    sequences, entities, writes = zip(*versions, strict=True)
    facts = zip(*map(_facts, writes), strict=True)
    columns: dict[str, Sequence[Any]] = {
        "sequence": sequences,
        "entity": entities if entities != sequences else (),
        "key": [shortened(write.key) for write in writes],
        "doc": [write.doc for write in writes],
    }
    if max(len(write.key) for write in writes) > INDEXED_LIMIT:
        columns["long_key"] = [write.key if len(write.key) > INDEXED_LIMIT else None for write in writes]
    for place, (column, _) in enumerate(zip(facts, slots(kind), strict=False)):
        if column.count(None) < len(column):
            columns[f"fact_{place}"] = [*map(_fact_value, column)]
    return {name: column for name, column in columns.items() if column}


def _facts(write: EntityWrite) -> tuple[Fact, ...]:
    return (place_of(write.key), *write.facts)


def _columns(rows: Iterable[Sequence[Any]], width: int) -> tuple[Sequence[Any], ...]:
    """Return *rows* as one array a column, which is how one statement takes many rows."""
    return tuple(zip(*rows, strict=True)) or ((),) * width


def _presence_row(row: tuple[int, Presence]) -> tuple[Any, ...]:
    entity, seen = row
    return entity, seen.first_seen_us, seen.visited_us, seen.origins, seen.stamps


def _edge_presence_row(row: tuple[int, EdgeWrite]) -> tuple[Any, ...]:
    edge, seen = row
    return edge, seen.first_seen_us, seen.last_seen_us, seen.evidence_us, seen.origins
