"""The read path: records, pages, relationships, versions and differences, now or as of a moment."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.dialect import PRESENT_US, PostgresDialect, shortened, storable
from chariot.adapters.postgres.schema import SHARED_ID
from chariot.adapters.postgres.tags import bearers
from chariot.adapters.postgres.writing import organisation_id
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
from chariot.adapters.sql.seeing import counted
from chariot.errors import InvalidError
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import Direction
from chariot.modules.surface.query import Page, Query, check_limit
from chariot.modules.surface.sight import Sight
from chariot.modules.surface.states import ON_SURFACE_WORDS, micros

_DIALECT = PostgresDialect()
_PRESENT = f"valid_to = {PRESENT_US}"
_SURFACE = ", ".join(f"'{word}'" for word in ON_SURFACE_WORDS)
_KEY = "COALESCE({0}.long_key, {0}.key)"
_COLUMNS = record_columns(PostgresDialect.whole_key)
_FROM = "FROM version AS v JOIN presence AS p ON p.entity = v.entity JOIN kind AS k ON k.id = v.kind"
_RECORD = f"SELECT {_COLUMNS} {_FROM}"
# The end of its own makes the planner look each up, however many it thinks there are.
_WANTED = f"""
    unnest($1::bigint[]) AS wanted (sequence) CROSS JOIN LATERAL (
        SELECT * FROM version AS v WHERE v.sequence = wanted.sequence AND v.{_PRESENT} LIMIT 1
    ) AS v
"""
_CHANGE = f"""
    v.sequence, o.name, v.valid_from, v.op, {_KEY.format("v")}, k.name, v.revision, v.fields, v.actor, v.why
"""
_CHANGE_PARTS = (
    f"""
    SELECT {_CHANGE}, NULL, NULL
    FROM version AS v JOIN organisation AS o ON o.id = v.organisation JOIN kind AS k ON k.id = v.kind
    WHERE v.sequence > $1 {{own}} ORDER BY v.sequence LIMIT $2
    """,
    # The ends are named by their present versions: the first ones may be older than history is kept.
    f"""
    SELECT v.sequence, o.name, v.valid_from, v.op, {_KEY.format("s")}, k.name, 0, '', v.actor, v.why, v.type,
           {_KEY.format("t")}
    FROM edge AS v JOIN organisation AS o ON o.id = v.organisation
    JOIN version AS s ON s.entity = v.source AND s.{_PRESENT}
    JOIN version AS t ON t.entity = v.target AND t.{_PRESENT}
    JOIN kind AS k ON k.id = s.kind
    WHERE v.sequence > $1 {{own}} ORDER BY v.sequence LIMIT $2
    """,
)


async def get(
    connection: Connection, organisation: Organisation, keys: Sequence[Key], as_of: datetime | None
) -> Mapping[Key, Record]:
    """Do `EntityReader.get`; what the organisation does not have may be shared by all."""
    found: dict[Key, Record] = {}
    wanted = [key for key in dict.fromkeys(keys) if storable((key,))]
    condition = f"v.organisation = $1 AND v.key = ANY($2::text[]) AND {_moment('v', as_of, '$3')}"
    for name in dict.fromkeys((organisation, SHARED)):
        missing = [shortened(key) for key in wanted if key not in found]
        number = SHARED_ID if name == SHARED else await organisation_id(connection, name)
        if number is None or not missing:
            continue
        values = (number, missing) if as_of is None else (number, missing, micros(as_of))
        for row in await connection.fetch(f"{_RECORD} WHERE {condition}", *values):
            record = record_from(row, name, as_of)
            found[record.key] = record
    return found


def _moment(table: str, as_of: datetime | None, place: str) -> str:
    if as_of is None:
        return f"{table}.{_PRESENT}"
    return f"{table}.valid_from <= {place} AND {table}.valid_to > {place}"


async def find(
    connection: Connection,
    organisation: Organisation,
    query: Query,
    kinds: Mapping[str, int],
    ranks: Ranks,
    *,
    places: bool,
) -> Page[Record]:
    """Do `EntityReader.find`: one index walk from where the cursor stands, or a part of an order that is kept.

    *places* have an index or not.
    """
    number = await organisation_id(connection, organisation)
    if not storable(compile_query(query, number or 0, kinds, _DIALECT).values):
        raise InvalidError("compares with what no entity can hold", place="filter")
    if number is None:
        return Page(())
    rows: list[Any] = []
    async for dialect, among in _ways(connection, number, query, kinds, ranks, places=places):
        part = await _part(connection, ranks, query, number, kinds, dialect) if among is None else None
        if part is not None:
            rows += part
            break
        compiled = compile_query(query, number, kinds, dialect, among=among)
        for leg in compiled.legs:
            if len(rows) <= query.limit:
                statement = compiled.statement(leg, _COLUMNS, RECORD_WIDTH, query.limit + 1 - len(rows))
                rows += await connection.fetch(statement, *compiled.values[: leg.values])
        if len(rows) > query.limit:
            break
    page = tuple(record_from(row, organisation, query.as_of) for row in rows[: query.limit])
    if len(rows) <= query.limit:
        return Page(page)
    return Page(page, encode_cursor(query.sort, *rows[query.limit - 1][RECORD_WIDTH:]))


async def _part(
    connection: Connection,
    ranks: Ranks,
    query: Query,
    organisation: int,
    kinds: Mapping[str, int],
    dialect: PostgresDialect,
) -> list[tuple[Any, ...]] | None:
    """Return the rows of a page from the order that is kept; None where it is none that is, or ends too early."""
    sought = ranking(query, organisation, kinds, dialect)
    if sought is None:
        return None
    last = await last_sequence(connection)
    order = ranks.get(sought.name, last)
    if order is None:
        legs = [await connection.fetch(one, *sought.values) for one in sought.statements]
        order = order_of([tuple(row) for row in leg] for leg in legs)
        ranks.keep(sought.name, last, order)
    found: list[tuple[Any, ...]] = []
    for some in pieces(behind(query, order.rows), query.limit):
        sequences = [row[0] for row in some]
        statement, values = shown(query, kinds, dialect, sequences, _COLUMNS, _WANTED)
        records = await connection.fetch(statement, *values)
        found += found_among(some, map(tuple, records))
        if len(found) > query.limit:
            return found[: query.limit + 1]
    return found if order.is_whole else None


async def _ways(
    connection: Connection,
    organisation: int,
    query: Query,
    kinds: Mapping[str, int],
    ranks: Ranks,
    *,
    places: bool,
) -> AsyncIterator[tuple[PostgresDialect, Sequence[str] | None]]:
    """Yield how rows are found, and among which keys where these are known: one way behind the other."""
    near = None
    if places and query.sight is not None and query.as_of is None:
        near = await _nearby(connection, organisation, query.kinds, query.sight, kinds)
    found = (
        await bearers(connection, organisation, query, kinds, ranks, last_sequence) if near is None else None
    )
    if found is None:
        yield PostgresDialect(source=near or ""), None
        return
    async for way in found:
        yield way


async def _nearby(
    connection: Connection,
    organisation: int,
    kinds: Sequence[str],
    sight: Sight,
    numbers: Mapping[str, int],
) -> str | None:
    """Return the source of the present rows in the places of *sight*, where these are few."""
    near = nearby(organisation, kinds, sight, numbers, _DIALECT.present)
    if near is None or await connection.fetchval(near.count) > FEW:
        return None
    rows = " UNION ALL ".join(f"SELECT v.* {part}" for part in near.parts)
    # The offset keeps the planner from looking inside, where it would rather walk all keys in their order.
    return f"(SELECT * FROM ({rows}) AS near OFFSET 0) AS v"


async def edges(
    connection: Connection,
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
    pages = await edges_of_many(connection, organisation, (key,), direction, types, as_of, limit, after)
    return pages[key]


async def edges_of_many(
    connection: Connection,
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
    number = await organisation_id(connection, organisation)
    entities = await _entities(connection, number, keys)
    if number is None or not entities:
        return dict.fromkeys(keys, Page(()))
    near, far = ("source", "target") if direction == "out" else ("target", "source")
    values: list[Any] = [number, list(entities.values()), *after]
    chosen = ""
    if types:
        values.append([one.value for one in types])
        chosen = "AND e.type = ANY($5::text[])"
    if as_of is not None:
        values.append(micros(as_of))
    rows = await connection.fetch(
        f"""
        SELECT page.*, wanted.entity FROM unnest($2::bigint[]) AS wanted(entity) CROSS JOIN LATERAL (
            SELECT e.type, {_KEY.format("s")}, {_KEY.format("t")}, p.first_seen, p.last_seen, p.origins, e.evidence,
                   e.{far} AS far
            FROM edge AS e JOIN edge_presence AS p ON p.edge = e.edge
            JOIN version AS s ON s.entity = e.source AND s.{_PRESENT}
            JOIN version AS t ON t.entity = e.target AND t.{_PRESENT}
            WHERE e.organisation = $1 AND e.{near} = wanted.entity AND (e.type, e.{far}) > ($3::text, $4::bigint)
            AND e.op <> 'unlinked' AND {_moment("e", as_of, f"${len(values)}")} {chosen}
            ORDER BY e.type, e.{far} LIMIT {limit + 1}
        ) AS page ORDER BY page.type, page.far
        """,
        *values,
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[8], []).append(row)
    return {key: _edge_page(found.get(entities.get(key, 0), []), direction, limit) for key in keys}


def _edge_page(rows: Sequence[Any], direction: Direction, limit: int) -> Page[Edge]:
    page = tuple(edge_from(row) for row in rows[:limit])
    if len(rows) <= limit:
        return Page(page)
    last = rows[limit - 1]
    return Page(page, encode_cursor(f"edges-{direction}", last[0], last[7]))


async def _entity(connection: Connection, organisation: int | None, key: Key) -> int | None:
    """Return the number of an entity of the organisation, or of all, whatever its status."""
    return (await _entities(connection, organisation, (key,))).get(key)


async def _entities(
    connection: Connection, organisation: int | None, keys: Sequence[Key]
) -> Mapping[Key, int]:
    """Return the numbers of those entities that are the organisation's, or all's, whatever their status."""
    names = {shortened(key): key for key in keys if storable((key,))}
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT ON (key) key, entity FROM version
        WHERE organisation IN ($1, {SHARED_ID}) AND key = ANY($2::text[]) AND {_PRESENT}
        ORDER BY key, organisation DESC
        """,
        SHARED_ID if organisation is None else organisation,
        list(names),
    )
    return {names[row[0]]: int(row[1]) for row in rows}


async def counts(
    connection: Connection, organisation: Organisation, kinds: Mapping[str, int], sight: Sight | None
) -> Mapping[str, Mapping[str, int]]:
    """Do `EntityReader.counts`."""
    number = await organisation_id(connection, organisation)
    statement = """
        SELECT k.name, c.status, c.entities FROM counter AS c JOIN kind AS k ON k.id = c.kind
        WHERE c.organisation = $1 AND c.entities > 0 ORDER BY c.kind, c.status
    """
    values: list[Any] = [number]
    if sight is not None:
        statement, values = counted(sight, number, kinds, _DIALECT)
    found: dict[str, dict[str, int]] = {}
    for kind, status, entities in await connection.fetch(statement, *values):
        found.setdefault(kind, {})[status] = entities
    return found


async def versions(
    connection: Connection, organisation: Organisation, key: Key, limit: int, cursor: str
) -> Page[Version]:
    """Do `History.versions`."""
    check_limit(limit)
    (before,) = decode_cursor(cursor, "versions", (int,)) if cursor else (PRESENT_US,)
    entity = await _entity(connection, await organisation_id(connection, organisation), key)
    if entity is None:
        return Page(())
    rows = await connection.fetch(
        f"""
        SELECT {_CHANGE}, v.status, NULLIF(v.valid_to, {PRESENT_US}), v.doc, v.common
        FROM version AS v JOIN organisation AS o ON o.id = v.organisation JOIN kind AS k ON k.id = v.kind
        WHERE v.entity = $1 AND v.valid_from < $2 ORDER BY v.valid_from DESC LIMIT $3
        """,
        *(entity, before, limit + 1),
    )
    page = tuple(version_from(row) for row in rows[:limit])
    return Page(page, encode_cursor("versions", rows[limit - 1][2]) if len(rows) > limit else "")


async def differences(
    connection: Connection,
    organisation: Organisation,
    since: datetime,
    until: datetime,
    kinds: Sequence[int],
    limit: int,
    cursor: str,
) -> Page[Difference]:
    """Do `History.differences`: walks only the versions that began between the two moments."""
    check_limit(limit)
    (after,) = decode_cursor(cursor, "differences", (int,)) if cursor else (0,)
    number = await organisation_id(connection, organisation)
    found: list[Difference] = []
    while number is not None:
        rows = await connection.fetch(
            """
            SELECT DISTINCT entity FROM version
            WHERE organisation = $1 AND kind = ANY($2::smallint[]) AND valid_from > $3 AND valid_from <= $4
            AND entity > $5 ORDER BY entity LIMIT $6
            """,
            *(number, kinds, micros(since), micros(until), after, limit + 1),
        )
        entities = [row[0] for row in rows]
        if not entities:
            break
        before = await _on_surface(connection, organisation, entities, since)
        now = await _on_surface(connection, organisation, entities, until)
        for entity in entities:
            difference = difference_of(before.get(entity), now.get(entity))
            if difference is not None:
                found.append(difference)
            if len(found) == limit:
                return Page(tuple(found), encode_cursor("differences", entity))
        after = entities[-1]
    return Page(tuple(found))


async def _on_surface(
    connection: Connection, organisation: Organisation, entities: Sequence[int], at: datetime
) -> dict[int, Record]:
    rows = await connection.fetch(
        f"SELECT {_COLUMNS}, v.entity {_FROM} WHERE v.entity = ANY($1::bigint[]) AND v.valid_from <= $2"
        f" AND v.valid_to > $2 AND v.status IN ({_SURFACE})",
        *(entities, micros(at)),
    )
    return {row[RECORD_WIDTH]: record_from(row, organisation, at) for row in rows}


async def changes(
    connection: Connection, after: int, limit: int, organisation: Organisation | None
) -> Sequence[Change]:
    """Do `History.changes`: two index walks, merged by sequence."""
    values: tuple[Any, ...] = (after, limit)
    own = ""
    if organisation is not None:
        number = await organisation_id(connection, organisation)
        if number is None:
            return []
        values, own = (after, limit, number), "AND v.organisation = $3"
    found = [
        change_from(row)
        for part in _CHANGE_PARTS
        for row in await connection.fetch(part.format(own=own), *values)
    ]
    found.sort(key=lambda change: change.sequence)
    return found[:limit]


async def last_sequence(connection: Connection) -> int:
    """Do `History.last_sequence`."""
    return int(await connection.fetchval("SELECT sequence FROM log_end"))


async def silent(
    connection: Connection,
    organisation: Organisation,
    kind: str,
    before_us: int,
    limit: int,
    after: Key | None,
) -> Sequence[Key]:
    """Do `History.silent`: the keys of one kind stand together in the index."""
    rows = await connection.fetch(
        f"""
        SELECT {_KEY.format("v")} FROM version AS v JOIN presence AS p ON p.entity = v.entity
        WHERE v.organisation = $1 AND v.key > $2 AND v.key < $3 AND v.{_PRESENT}
        AND v.status IN ('active', 'pending', 'stale') AND p.visited < $4 ORDER BY v.key LIMIT $5
        """,
        await organisation_id(connection, organisation),
        shortened(after) if after else f"#{kind}#",
        f"#{kind}$",
        before_us,
        limit,
    )
    return [Key(row[0]) for row in rows]


async def organisations(connection: Connection) -> Sequence[Organisation]:
    """Do `History.organisations`."""
    return [
        Organisation(row[0]) for row in await connection.fetch("SELECT name FROM organisation ORDER BY name")
    ]
