"""Counting: by values and age, and over time."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.dialect import PostgresDialect, storable
from chariot.adapters.postgres.writing import organisation_id
from chariot.adapters.sql.groups import gathering
from chariot.adapters.sql.seeing import seen
from chariot.adapters.sql.series import bounds, bucket, summed
from chariot.adapters.sql.tallies import counting
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.surface.ports import Groups, Span, Tally
from chariot.modules.surface.query import Filter, Query
from chariot.modules.surface.sight import Sight
from chariot.modules.surface.states import ON_SURFACE_WORDS

_DIALECT = PostgresDialect()
_SURFACE = ", ".join(f"'{word}'" for word in ON_SURFACE_WORDS)


async def tally(
    connection: Connection,
    organisation: Organisation,
    query: Query,
    fields: Sequence[str],
    moments: Sequence[datetime],
    kinds: Mapping[str, int],
) -> Sequence[Tally]:
    """Do `Tallies.tally`."""
    number = await organisation_id(connection, organisation)
    found = counting(query, fields, moments, number or 0, kinds, _DIALECT)
    if not storable(found.values):
        raise InvalidError("compares with what no entity can hold", place="filter")
    if number is None:
        return ()
    rows: list[Any] = []
    for statement in found.statements:
        rows += await connection.fetch(statement, *found.values)
    return found.read(rows)


async def group(
    connection: Connection,
    organisation: Organisation,
    query: Query,
    field: str,
    conditions: Sequence[Filter],
    kinds: Mapping[str, int],
) -> Groups:
    """Do `Tallies.group`."""
    number = await organisation_id(connection, organisation)
    found = gathering(query, field, conditions, number or 0, kinds, _DIALECT)
    if not storable(found.values):
        raise InvalidError("compares with what no entity can hold", place="filter")
    return found.read(await connection.fetch(found.statement, *found.values))


async def series(
    connection: Connection,
    organisation: Organisation,
    kind: str,
    field: str,
    span: Span,
    kinds: Mapping[str, int],
    sight: Sight | None,
) -> Mapping[str | None, Sequence[int]]:
    """Do `History.series`."""
    number = await organisation_id(connection, organisation)
    first, step, last = bounds(span)
    value = "v.doc::jsonb ->> $4::text" if field else "CASE WHEN $4::text = '' THEN NULL END"
    chosen = f"v.organisation = $1 AND v.kind = $2 AND v.status IN ({_SURFACE})"
    values = [number, kinds[kind], first, field, step, last]
    if sight is not None:
        chosen += f" AND {seen(sight, kind, kinds, _DIALECT, values)}"
    starts, ends = (bucket(column, "$3::bigint", "$5::bigint") for column in ("v.valid_from", "v.valid_to"))
    rows = await connection.fetch(
        f"""
        SELECT {value}, {starts}, count(*) FROM version AS v
        WHERE {chosen} AND v.valid_from <= $6::bigint GROUP BY 1, 2
        UNION ALL SELECT {value}, {ends}, -count(*) FROM version AS v
        WHERE {chosen} AND v.valid_to <= $6::bigint GROUP BY 1, 2
        """,
        *values,
    )
    return summed(((row[0], int(row[1]), int(row[2])) for row in rows), span)
