"""The read path: records, pages, relationships, versions and differences, now or as of a moment."""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import apsw

from chariot.adapters.sql.compile import compile_query
from chariot.adapters.sql.cursors import decode_cursor, encode_cursor
from chariot.adapters.sql.differences import difference_of
from chariot.adapters.sql.nearby import FEW, nearby
from chariot.adapters.sql.ranks import Ranks, behind, found_among, order_of, pieces, ranking, shown
from chariot.adapters.sql.rows import (
    RECORD_WIDTH,
    change_from,
    edge_from,
    record_columns,
    record_from,
    version_from,
)
from chariot.adapters.sqlite.dialect import Past, SqliteDialect
from chariot.adapters.sqlite.migrations import kind_ids
from chariot.adapters.sqlite.places import keeps_places
from chariot.adapters.sqlite.rare import rare_source
from chariot.adapters.sqlite.tags import bearers
from chariot.adapters.sqlite.writing import last_sequence, organisation_id
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import Direction
from chariot.modules.surface.query import Page, Query, check_limit
from chariot.modules.surface.sight import Sight, sees_places
from chariot.modules.surface.states import ON_SURFACE_WORDS, micros

_COLUMNS = record_columns(SqliteDialect.whole_key)
_FROM = "FROM version AS v JOIN presence AS p ON p.entity = v.entity JOIN kind AS k ON k.id = v.kind"
_RECORD = f"SELECT {_COLUMNS} {_FROM}"
_ONE = f"{_RECORD} WHERE v.organisation = ?1 AND v.valid_to IS NULL AND v.key = ?2"
_ENDED = _FROM.replace("version AS v", "version AS v INDEXED BY version_past")
_WANTED = "carray(?1) AS wanted CROSS JOIN version AS v ON v.sequence = wanted.value"
_AMONG = "v.organisation = ?1 AND v.key IN (SELECT value FROM json_each(?2))"
_THEN = f"""
    {_RECORD} WHERE {_AMONG} AND v.valid_to IS NULL AND v.valid_from <= ?3
    UNION ALL
    SELECT {_COLUMNS} {_ENDED}
    WHERE {_AMONG} AND v.valid_to IS NOT NULL AND v.valid_to > ?3 AND v.valid_from <= ?3
"""
_VERSION = """
    SELECT v.sequence, o.name, v.valid_from, v.op, v.key, k.name, v.revision, v.fields, v.actor, v.why,
           v.status, v.valid_to, v.doc, v.common
"""
_VERSIONS = f"""
    {_VERSION} {_FROM} JOIN organisation AS o ON o.id = v.organisation
    WHERE v.organisation = ?1 AND v.key = ?2 AND v.valid_to IS NULL AND v.valid_from < ?3
    UNION ALL
    {_VERSION} {_ENDED} JOIN organisation AS o ON o.id = v.organisation
    WHERE v.organisation = ?1 AND v.key = ?2 AND v.valid_to IS NOT NULL AND v.valid_from < ?3
    ORDER BY 3 DESC LIMIT ?4
"""
_FEW = 10_000
"""So many versions are gone through and sorted faster than an index is walked that may hold few that are wanted."""
_CHANGES = """
    SELECT v.sequence, o.name, v.valid_from, v.op, v.key, k.name, v.revision, v.fields, v.actor, v.why, NULL, NULL
    FROM version AS v JOIN organisation AS o ON o.id = v.organisation JOIN kind AS k ON k.id = v.kind
    WHERE v.sequence > ?1 AND (?2 IS NULL OR v.organisation = ?2)
    UNION ALL
    SELECT e.sequence, o.name, e.valid_from, e.op, s.key, k.name, 0, '', e.actor, e.why, e.type, t.key
    FROM edge AS e JOIN organisation AS o ON o.id = e.organisation
    JOIN version AS s ON s.entity = e.source AND s.sequence = e.source
    JOIN version AS t ON t.entity = e.target AND t.sequence = e.target
    JOIN kind AS k ON k.id = s.kind
    WHERE e.sequence > ?1 AND (?2 IS NULL OR e.organisation = ?2)
    ORDER BY 1 LIMIT ?3
"""
# What is older than the first moment differs only if a version of it has ended since; what is newer is walked in
# the order in which it arrived. So no more is read than what a page shows, however much there is.
_DIFFERING = """
    SELECT entity, key FROM (
        SELECT DISTINCT v.entity, v.key FROM version AS v INDEXED BY version_ended
        WHERE v.organisation = ?1 AND v.valid_to IS NOT NULL AND v.valid_to > ?7 AND v.valid_to <= ?8
        AND v.entity > ?4 AND v.entity <= ?2 AND v.kind IN (SELECT value FROM json_each(?5))
        ORDER BY v.entity LIMIT ?6
    )
    UNION ALL
    SELECT entity, key FROM (
        SELECT v.entity, v.key FROM version AS v NOT INDEXED
        WHERE v.sequence > max(?2, ?4) AND v.sequence <= ?3 AND v.entity = v.sequence AND v.organisation = ?1
        AND v.kind IN (SELECT value FROM json_each(?5))
        ORDER BY v.sequence LIMIT ?6
    )
    ORDER BY 1 LIMIT ?6
"""


def get(
    connection: apsw.Connection, organisation: Organisation, keys: Sequence[Key], as_of: datetime | None
) -> Mapping[Key, Record]:
    """Do `EntityReader.get`; what the organisation does not have may be shared by all."""
    found: dict[Key, Record] = {}
    for name in dict.fromkeys((organisation, SHARED)):
        missing = [key for key in keys if key not in found]
        number = organisation_id(connection, name) if missing else None
        if number is None:
            continue
        rows: Iterable[tuple[object, ...]]
        if as_of is None and len(missing) == 1 and missing[0].isascii():
            rows = connection.execute(_ONE, (number, missing[0]))
        elif as_of is None:
            rows = connection.execute(
                f"{_RECORD} WHERE v.organisation = ?1 AND v.valid_to IS NULL"
                " AND v.key IN (SELECT value FROM json_each(?2))",
                (number, json.dumps(missing)),
            )
        else:
            rows = connection.execute(_THEN, (number, json.dumps(missing), micros(as_of)))
        for row in rows:
            record = record_from(row, name, as_of)
            found[record.key] = record
    return found


def find(connection: apsw.Connection, organisation: Organisation, query: Query, ranks: Ranks) -> Page[Record]:
    """Do `EntityReader.find`: one index walk from where the cursor stands, or a part of an order that is kept."""
    number = organisation_id(connection, organisation)
    if number is None:
        return Page(())
    kinds = kind_ids(connection)
    rows: list[tuple[Any, ...]] = []
    for dialect, among in _ways(connection, number, query, kinds, ranks):
        part = _part(connection, ranks, query, number, kinds, dialect) if among is None else None
        if part is not None:
            rows += part
            break
        keys = apsw.carray(tuple(among), flags=apsw.SQLITE_CARRAY_TEXT) if among is not None else None
        compiled = compile_query(query, number, kinds, dialect, among=keys)
        for leg in compiled.legs:
            if len(rows) <= query.limit:
                statement = compiled.statement(leg, _COLUMNS, RECORD_WIDTH, query.limit + 1 - len(rows))
                rows += connection.execute(statement, compiled.values[: leg.values]).fetchall()
        if len(rows) > query.limit:
            break
    page = tuple(record_from(row, organisation, query.as_of) for row in rows[: query.limit])
    if len(rows) <= query.limit:
        return Page(page)
    return Page(page, encode_cursor(query.sort, *rows[query.limit - 1][RECORD_WIDTH:]))


def _part(
    connection: apsw.Connection,
    ranks: Ranks,
    query: Query,
    organisation: int,
    kinds: Mapping[str, int],
    dialect: SqliteDialect,
) -> list[tuple[Any, ...]] | None:
    """Return the rows of a page from the order that is kept; None where it is none that is, or ends too early."""
    sought = ranking(query, organisation, kinds, dialect)
    if sought is None:
        return None
    last = last_sequence(connection)
    order = ranks.get(sought.name, last)
    if order is None:
        order = order_of(connection.execute(one, sought.values).fetchall() for one in sought.statements)
        ranks.keep(sought.name, last, order)
    found: list[tuple[Any, ...]] = []
    for some in pieces(behind(query, order.rows), query.limit):
        sequences = apsw.carray(array("q", [row[0] for row in some]), flags=apsw.SQLITE_CARRAY_INT64)
        statement, values = shown(query, kinds, dialect, sequences, _COLUMNS, _WANTED)
        found += found_among(some, connection.execute(statement, values))
        if len(found) > query.limit:
            return found[: query.limit + 1]
    return found if order.is_whole else None


def _ways(
    connection: apsw.Connection, organisation: int, query: Query, numbers: Mapping[str, int], ranks: Ranks
) -> Iterable[tuple[SqliteDialect, Sequence[str] | None]]:
    """Return how rows are found, and among which keys where these are known: one way behind the other."""
    dialect = dialect_for(connection, organisation, query, numbers)
    if dialect.source == SqliteDialect.walked:
        keeps = dialect.keeps_places
        found = bearers(connection, organisation, query, numbers, ranks, last_sequence, keeps_places=keeps)
        if found is not None:
            return found
    return ((dialect, None),)


def dialect_for(
    connection: apsw.Connection, organisation: int, query: Query, numbers: Mapping[str, int]
) -> SqliteDialect:
    """Return how the rows of *query* are found best."""
    keeps = sees_places(query.sight) and keeps_places(connection)
    if query.as_of is not None:
        past = _past(connection, organisation, query.sort, micros(query.as_of))
        return SqliteDialect(past, keeps_places=keeps)
    if query.sight is not None and keeps:
        near = _nearby(connection, organisation, query.kinds, query.sight, numbers)
        if near is not None:
            return SqliteDialect(source=near, keeps_places=True)
    rare = rare_source(connection, organisation, query, numbers)
    if rare is not None:
        return SqliteDialect(source=rare, keeps_places=keeps)
    return SqliteDialect(keeps_places=keeps)


def _nearby(
    connection: apsw.Connection,
    organisation: int,
    kinds: Sequence[str],
    sight: Sight,
    numbers: Mapping[str, int],
) -> str | None:
    """Return the source of the present rows in the places of *sight*, where these are few."""
    near = nearby(organisation, kinds, sight, numbers, SqliteDialect.present)
    if near is None or int(str(connection.execute(near.count).get)) > FEW:
        return None
    rows = " UNION ALL ".join(f"SELECT v.sequence {part}" for part in near.parts)
    return f"({rows}) AS near CROSS JOIN version AS v ON v.sequence = near.sequence"


def _past(connection: apsw.Connection, organisation: int, sort: str, at_us: int) -> Past:
    """Return how to find what held at a moment."""
    last = _sequence_at(connection, at_us)
    if last <= _FEW:
        return Past("version_ended", last)
    ended = connection.execute(
        "SELECT count(*) FROM (SELECT 1 FROM version INDEXED BY version_ended"
        " WHERE organisation = ? AND valid_to IS NOT NULL AND valid_to > ? LIMIT ?)",
        (organisation, at_us, _FEW + 1),
    ).get
    return Past("version_past" if int(ended) > _FEW and sort.endswith("key") else "version_ended")


def edges(
    connection: apsw.Connection,
    organisation: Organisation,
    key: Key,
    direction: Direction,
    types: Sequence[RelationshipType],
    as_of: datetime | None,
    limit: int,
    cursor: str,
) -> Page[Edge]:
    """Do `EntityReader.edges`."""
    after = decode_cursor(cursor, f"edges-{direction}", (str, int)) if cursor else ("", 0)
    pages = edges_of_many(connection, organisation, (key,), direction, types, as_of, limit, after)
    return pages[key]


def edges_of_many(
    connection: apsw.Connection,
    organisation: Organisation,
    keys: Sequence[Key],
    direction: Direction,
    types: Sequence[RelationshipType],
    as_of: datetime | None,
    limit: int,
    after: Sequence[Any] = ("", 0),
) -> Mapping[Key, Page[Edge]]:
    """Do `EntityReader.edges_of_many`, all in one statement, from behind the type and the end *after* on."""
    check_limit(limit)
    number = organisation_id(connection, organisation)
    entities = _entities(connection, organisation, keys)
    if number is None or not entities:
        return dict.fromkeys(keys, Page(()))
    near, far = ("source", "target") if direction == "out" else ("target", "source")
    at_us = micros(as_of) if as_of else None
    moment = (
        # Naming the parameter here too keeps the number of values the same for both forms.
        "e.valid_to IS NULL AND ?6 IS NULL"
        if at_us is None
        else "e.valid_from <= ?6 AND ifnull(e.valid_to, ?6 + 1) > ?6"
    )
    chosen = "" if not types else "AND e.type IN (SELECT value FROM json_each(?5))"
    wanted = json.dumps([entity for _, entity in entities.values()])
    # What is asked of each entity by itself has its own limit: one with a million relationships costs no more.
    rows = connection.execute(
        f"""
        SELECT f.type, s.key, t.key, p.first_seen, p.last_seen, p.origins, f.evidence, f.{far}, wanted.value
        FROM json_each(?1) AS wanted CROSS JOIN edge AS f JOIN edge_presence AS p ON p.edge = f.edge
        JOIN version AS s ON s.sequence = f.source JOIN version AS t ON t.sequence = f.target
        WHERE f.sequence IN (
            SELECT e.sequence FROM edge AS e
            WHERE e.{near} = wanted.value AND (e.type, e.{far}) > (?2, ?3) AND e.organisation = ?4
            AND e.op != 'unlinked' AND {moment} {chosen}
            ORDER BY e.type, e.{far} LIMIT {limit + 1}
        )
        ORDER BY f.type, f.{far}
        """,
        (wanted, *after, number, json.dumps([one.value for one in types]), at_us),
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[8], []).append(row)
    return {
        key: _edge_page(found.get(entities[key][1], []) if key in entities else [], direction, limit)
        for key in keys
    }


def _edge_page(rows: Sequence[Any], direction: Direction, limit: int) -> Page[Edge]:
    page = tuple(edge_from(row) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(page)
    last = rows[limit - 1]
    return Page(page, encode_cursor(f"edges-{direction}", last[0], last[7]))


def _entities(
    connection: apsw.Connection, organisation: Organisation, keys: Sequence[Key]
) -> Mapping[Key, tuple[int, int]]:
    """Return the numbers of those entities that the organisation, or all, have, and before each that of whose it is."""
    found: dict[Key, tuple[int, int]] = {}
    for name in dict.fromkeys((organisation, SHARED)):
        missing = [key for key in keys if key not in found]
        number = organisation_id(connection, name) if missing else None
        if number is None:
            continue
        rows = connection.execute(
            "SELECT v.key, v.entity FROM version AS v WHERE v.organisation = ?1 AND v.valid_to IS NULL"
            " AND v.key IN (SELECT value FROM json_each(?2))",
            (number, json.dumps(missing)),
        )
        found.update((Key(str(key)), (number, int(str(entity)))) for key, entity in rows)
    return found


def versions(
    connection: apsw.Connection, organisation: Organisation, key: Key, limit: int, cursor: str
) -> Page[Version]:
    """Do `History.versions`."""
    check_limit(limit)
    entity = _entities(connection, organisation, (key,)).get(key)
    if entity is None:
        return Page(())
    (before,) = decode_cursor(cursor, "versions", (int,)) if cursor else (2**62,)
    rows = connection.execute(_VERSIONS, (entity[0], key, before, limit + 1)).fetchall()
    page = tuple(version_from(row) for row in rows[:limit])
    return Page(page, encode_cursor("versions", rows[limit - 1][2]) if len(rows) > limit else "")


def differences(
    connection: apsw.Connection,
    organisation: Organisation,
    since: datetime,
    until: datetime,
    kinds: Sequence[str],
    limit: int,
    cursor: str,
) -> Page[Difference]:
    """Do `History.differences`: walks only the part of the log between the two moments."""
    check_limit(limit)
    number = organisation_id(connection, organisation)
    if number is None:
        return Page(())
    (after,) = decode_cursor(cursor, "differences", (int,)) if cursor else (0,)
    first, last = _sequence_at(connection, micros(since)), _sequence_at(connection, micros(until))
    names = json.dumps(
        [number for kind, number in kind_ids(connection).items() if not kinds or kind in kinds]
    )
    found: list[Difference] = []
    while len(found) <= limit:
        entities = connection.execute(
            _DIFFERING,
            (number, first, last, after, names, limit + 1, micros(since), micros(until)),
        ).fetchall()
        if not entities:
            return Page(tuple(found))
        keys = [Key(str(key)) for _, key in entities]
        before = _on_surface(connection, organisation, number, keys, since)
        now = _on_surface(connection, organisation, number, keys, until)
        for (entity, _), key in zip(entities, keys, strict=True):
            after = int(str(entity))
            difference = difference_of(before.get(key), now.get(key))
            if difference is not None:
                found.append(difference)
            if len(found) == limit:
                return Page(tuple(found), encode_cursor("differences", after))
    return Page(tuple(found))


def _sequence_at(connection: apsw.Connection, at_us: int) -> int:
    """Return the last sequence written at or before a moment: both grow together, so halving finds it."""
    low, high = 0, int(connection.execute("SELECT ifnull(max(sequence), 0) FROM version").get)
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(
            "SELECT sequence, valid_from FROM version WHERE sequence <= ? ORDER BY sequence DESC LIMIT 1",
            (middle,),
        ).fetchone()
        if row is None or row[1] <= at_us:
            low = middle
        else:
            high = row[0] - 1
    return low


def _on_surface(
    connection: apsw.Connection, organisation: Organisation, number: int, keys: Sequence[Key], at: datetime
) -> dict[Key, Record]:
    rows = connection.execute(_THEN, (number, json.dumps(keys), micros(at)))
    records = [record_from(row, organisation, at) for row in rows]
    return {record.key: record for record in records if record.status.value in ON_SURFACE_WORDS}


def changes(
    connection: apsw.Connection, after: int, limit: int, organisation: Organisation | None
) -> Sequence[Change]:
    """Do `History.changes`: two walks, of which the engine reads no more than their merger needs."""
    number = organisation_id(connection, organisation) if organisation is not None else None
    if organisation is not None and number is None:
        return []
    return [change_from(row) for row in connection.execute(_CHANGES, (after, number, limit))]


def silent(
    connection: apsw.Connection,
    organisation: Organisation,
    kind: str,
    before_us: int,
    limit: int,
    after: Key | None,
) -> Sequence[Key]:
    """Do `History.silent`: the keys of one kind stand together in the index."""
    rows = connection.execute(
        """
        SELECT v.key FROM version AS v JOIN presence AS p ON p.entity = v.entity
        WHERE v.organisation = ?1 AND v.key > ?2 AND v.key < ?3 AND v.valid_to IS NULL
        AND v.status IN ('active', 'pending', 'stale') AND p.visited < ?4 ORDER BY v.key LIMIT ?5
        """,
        (organisation_id(connection, organisation), after or f"#{kind}#", f"#{kind}$", before_us, limit),
    )
    return [Key(row[0]) for row in rows]


def organisations(connection: apsw.Connection) -> Sequence[Organisation]:
    """Do `History.organisations`."""
    return [
        Organisation(name) for (name,) in connection.execute("SELECT name FROM organisation ORDER BY name")
    ]
