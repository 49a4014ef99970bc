"""Counting: by kind and status, by values and age, and over time. What is counted stands in one index."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum
from typing import Any

import apsw

from chariot.adapters.sql.groups import gathering
from chariot.adapters.sql.seeing import counted, seen
from chariot.adapters.sql.series import bounds, bucket, summed
from chariot.adapters.sql.tallies import counted_fields, counting
from chariot.adapters.sqlite.dialect import SqliteDialect
from chariot.adapters.sqlite.migrations import kind_ids
from chariot.adapters.sqlite.places import keeps_places
from chariot.adapters.sqlite.reading import dialect_for
from chariot.adapters.sqlite.writing import organisation_id
from chariot.model.keys import Organisation
from chariot.model.registry import spec_of
from chariot.modules.surface.facts import slots, words
from chariot.modules.surface.ports import Groups, Span, Tally
from chariot.modules.surface.query import Filter, Query, compared_fields
from chariot.modules.surface.sight import Sight
from chariot.modules.surface.states import ON_SURFACE_WORDS

_SURFACE = ", ".join(f"'{word}'" for word in ON_SURFACE_WORDS)
# It holds status, severity, state and decision too: whatever is counted by them needs no look at the rows.
_PRESENT = "version AS v INDEXED BY version_recent"
_ENDED = "version AS v INDEXED BY version_ended"


def counts(
    connection: apsw.Connection, organisation: Organisation, sight: Sight | None
) -> Mapping[str, Mapping[str, int]]:
    """Do `EntityReader.counts`."""
    number = organisation_id(connection, organisation)
    statement = """
        SELECT k.name, c.status, c.entities FROM counter AS c JOIN kind AS k ON k.id = c.kind
        WHERE c.organisation = ? AND c.entities > 0 ORDER BY k.id, c.status
    """
    values: list[Any] = [number]
    if sight is not None:
        dialect = SqliteDialect(keeps_places=keeps_places(connection))
        statement, values = counted(sight, number, kind_ids(connection), dialect)
    found: dict[str, dict[str, int]] = {}
    for kind, status, entities in connection.execute(statement, values):
        found.setdefault(kind, {})[status] = entities
    return found


def tally(
    connection: apsw.Connection,
    organisation: Organisation,
    query: Query,
    fields: Sequence[str],
    moments: Sequence[datetime],
) -> Sequence[Tally]:
    """Do `Tallies.tally`."""
    kind, _ = counted_fields(query, fields)
    number = organisation_id(connection, organisation)
    if number is None:
        return ()
    kinds = kind_ids(connection)
    is_plain = query.as_of is None and query.sight is None
    if is_plain and all(field == "status" or words(kind, field) for field in compared_fields(query.where)):
        dialect = SqliteDialect(source=_PRESENT)
    else:
        dialect = dialect_for(connection, number, query, kinds)
    found = counting(query, fields, moments, number, kinds, dialect)
    return found.read(
        row for statement in found.statements for row in connection.execute(statement, found.values)
    )


def group(
    connection: apsw.Connection,
    organisation: Organisation,
    query: Query,
    field: str,
    conditions: Sequence[Filter],
) -> Groups:
    """Do `Tallies.group`."""
    number = organisation_id(connection, organisation)
    kinds = kind_ids(connection)
    dialect = dialect_for(connection, number or 0, query, kinds)
    found = gathering(query, field, conditions, number or 0, kinds, dialect)
    return found.read(connection.execute(found.statement, found.values))


def series(
    connection: apsw.Connection,
    organisation: Organisation,
    kind: str,
    field: str,
    span: Span,
    sight: Sight | None,
) -> Mapping[str | None, Sequence[int]]:
    """Do `History.series`: what holds now, and what has ended since the first moment."""
    kinds = kind_ids(connection)
    if kind not in kinds:
        return {}
    first, step, last = bounds(span)
    known = words(kind, field)
    values = [organisation_id(connection, organisation), kinds[kind], first, f"$.{field}", step, last]
    chosen = f"v.organisation = ?1 AND v.kind = ?2 AND ?4 IS NOT NULL AND v.status IN ({_SURFACE})"
    present = _PRESENT
    if sight is not None:
        dialect = SqliteDialect(keeps_places=keeps_places(connection))
        chosen += f" AND {seen(sight, kind, kinds, dialect, values)}"
        present = dialect.source
    value = _value(kind, field)
    started, ended = bucket("v.valid_from", "?3", "?5"), bucket("v.valid_to", "?3", "?5")
    since = f"{chosen} AND v.valid_to IS NOT NULL AND v.valid_to > ?3 AND v.valid_from <= ?6"
    rows = connection.execute(
        f"""
        SELECT {value}, {started}, count(*) FROM {present}
        WHERE {chosen} AND v.valid_to IS NULL AND v.valid_from <= ?6 GROUP BY 1, 2
        UNION ALL SELECT {value}, {started}, count(*) FROM {_ENDED} WHERE {since} GROUP BY 1, 2
        UNION ALL SELECT {value}, {ended}, -count(*) FROM {_ENDED} WHERE {since} AND v.valid_to <= ?6 GROUP BY 1, 2
        """,
        values,
    )
    return summed(((_word(known, value), int(n), int(d)) for value, n, d in rows), span)


def _value(kind: str, field: str) -> str:
    """Return the SQL of what an entity states of *field*: nothing where it has the default."""
    known = words(kind, field)
    if not known:
        return "v.doc ->> ?4" if field else "NULL"
    column, default = f"v.fact_{slots(kind).index(field)}", spec_of(kind)[field].default
    return f"nullif({column}, {known.index(default.value)})" if isinstance(default, Enum) else column


def _word(known: Sequence[str], value: Any) -> str | None:
    if value is None:
        return None
    return known[value] if known else str(value)
