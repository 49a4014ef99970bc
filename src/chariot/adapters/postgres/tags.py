"""Who bears which tag, in the database; see `chariot.adapters.sql.tags`."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.dialect import PRESENT_US, PostgresDialect, shortened
from chariot.adapters.sql.batch import Batch
from chariot.adapters.sql.compile import AMONG
from chariot.adapters.sql.ranks import Order, Ranks
from chariot.adapters.sql.tags import (
    FEW,
    FILLING,
    KEPT,
    PAGE,
    BearerRow,
    Bearers,
    numbers_in,
    retagged,
    wanted,
)
from chariot.model.keys import Key
from chariot.modules.surface.query import Query

_STATE = "SELECT keeps_tags FROM organisation WHERE id = $1"
_MOVE_STATE = "UPDATE organisation SET keeps_tags = $2 WHERE id = $1"
_LOCK = "SELECT sequence FROM log_end FOR UPDATE"
"""As every write does: nobody takes a tag away between the look at it and its row."""
_TAGGED = f"""
    SELECT key, common FROM version
    WHERE organisation = $1 AND valid_to = {PRESENT_US} AND key > $2 AND strpos(common, '"tags"') > 0
    ORDER BY key LIMIT {PAGE}
"""
_ADD = """
    INSERT INTO bearer (organisation, tag, key) SELECT $1, * FROM unnest($2::bigint[], $3::text[])
    ON CONFLICT DO NOTHING
"""
_DROP = """
    DELETE FROM bearer USING unnest($2::bigint[], $3::text[]) AS gone (tag, key)
    WHERE bearer.organisation = $1 AND bearer.tag = gone.tag AND bearer.key = gone.key
"""


async def _state(connection: Connection, organisation: int) -> int:
    return int(await connection.fetchval(_STATE, organisation) or 0)


async def _run(connection: Connection, statement: str, organisation: int, rows: Sequence[BearerRow]) -> None:
    if rows:
        numbers, keys = [number for number, _ in rows], [shortened(key) for _, key in rows]
        await connection.execute(statement, organisation, numbers, keys)


async def keep_tags(connection: Connection, organisation: int, after: str) -> str | None:
    """Enter who bears which tag, of some keys behind *after*; return the last of them, None when all are entered."""
    await connection.execute(_LOCK)
    if await _state(connection, organisation) == KEPT:
        return None
    await connection.execute(_MOVE_STATE, organisation, FILLING)
    rows = await connection.fetch(_TAGGED, organisation, after)
    bearers = sorted((number, Key(row[0])) for row in rows for number in numbers_in(row[1]))
    await _run(connection, _ADD, organisation, bearers)
    if len(rows) == PAGE:
        return str(rows[-1][0])
    await connection.execute(_MOVE_STATE, organisation, KEPT)
    return None


async def write_tags(connection: Connection, organisation: int, batch: Batch) -> None:
    """Write who bears which tag after *batch*, where that is kept."""
    gone, come = retagged(batch.versions, batch.stored)
    if (gone or come) and await _state(connection, organisation):
        await _run(connection, _DROP, organisation, gone)
        await _run(connection, _ADD, organisation, come)


async def rename_bearer(connection: Connection, organisation: int, was: Key, now: Key) -> None:
    """Give what *was* bears to *now*: the same thing, by another key."""
    common = await connection.fetchval(
        f"SELECT common FROM version WHERE organisation = $1 AND key = $2 AND valid_to = {PRESENT_US}",
        *(organisation, shortened(was)),
    )
    numbers = sorted(numbers_in(common or ""))
    await _run(connection, _DROP, organisation, [(number, was) for number in numbers])
    if await _state(connection, organisation):
        await _run(connection, _ADD, organisation, [(number, now) for number in numbers])


async def bearers(
    connection: Connection,
    organisation: int,
    query: Query,
    kinds: Mapping[str, int],
    ranks: Ranks,
    last: Callable[[Connection], Awaitable[int]],
) -> AsyncIterator[tuple[PostgresDialect, Sequence[str] | None]] | None:
    """Return how the rows of *query* are found, perhaps piece by piece among keys; None where walking is better.

    *last* tells the last number of the log.
    """
    sought = wanted(query)
    if sought is None or await _state(connection, organisation) != KEPT:
        return None
    found = Bearers(query, sought, organisation)
    source = _source(found, organisation, kinds)
    if source is None:
        return None
    if found.by_key:
        return _pieces(connection, found, PostgresDialect(source=source))
    return _all(source) if await _are_few(connection, found, ranks, await last(connection)) else None


async def _are_few(connection: Connection, found: Bearers, ranks: Ranks, last: int) -> bool:
    known = ranks.get(found.all, last)
    if known is None:
        count = int(await connection.fetchval(found.count().format("$1", "$2"), *found.bounds))
        known = Order((), is_whole=count <= FEW)
        ranks.keep(found.all, last, known)
    return known.is_whole


async def _all(source: str) -> AsyncIterator[tuple[PostgresDialect, None]]:
    yield PostgresDialect(source=source), None


async def _pieces(
    connection: Connection, found: Bearers, dialect: PostgresDialect
) -> AsyncIterator[tuple[PostgresDialect, Sequence[str]]]:
    keys = await _keys(connection, found)
    while keys:
        yield dialect, keys
        keys = await _keys(connection, found) if found.go_on(keys) else []


async def _keys(connection: Connection, found: Bearers) -> list[str]:
    return [row[0] for row in await connection.fetch(found.statement().format("$1", "$2"), *found.bounds)]


def _source(found: Bearers, organisation: int, kinds: Mapping[str, int]) -> str | None:
    """Return where the present rows are that belong to bearers: to all, or to those whose keys are given."""
    ways = found.found_by(kinds, "wanted.key")
    if ways is None:
        return None
    wanted = f"unnest(${AMONG}::text[])" if found.by_key else f"({found.all})"
    # An end of its own makes the planner look each key up, however many it thinks there are.
    end = "LIMIT 1" if len(ways) == 1 else "OFFSET 0"
    rows = " UNION ALL ".join(
        f"SELECT v.* FROM {wanted} AS wanted (key) CROSS JOIN LATERAL (SELECT * FROM version AS v"
        f" WHERE v.organisation = {organisation} AND v.valid_to = {PRESENT_US} AND {way.condition} {end}) AS v"
        for way in ways
    )
    return f"({rows} OFFSET 0) AS v"
