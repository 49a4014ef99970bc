"""Who bears which tag, in the SQLite file; see `chariot.adapters.sql.tags`."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import apsw

from chariot.adapters.sql.batch import Batch
from chariot.adapters.sql.compile import AMONG
from chariot.adapters.sql.ranks import Order, Ranks
from chariot.adapters.sql.tags import (
    FEW,
    FILLING,
    KEPT,
    PAGE,
    Bearers,
    FoundBy,
    numbers_in,
    retagged,
    wanted,
)
from chariot.adapters.sqlite.dialect import SqliteDialect
from chariot.adapters.sqlite.migrations import wanted_indexes
from chariot.model.keys import Key
from chariot.modules.surface.query import Query

_STATE = "SELECT keeps_tags FROM organisation WHERE id = ?"
_MOVE_STATE = "UPDATE organisation SET keeps_tags = ?2 WHERE id = ?1"
_TAGGED = f"""
    SELECT key, common FROM version
    WHERE organisation = ?1 AND valid_to IS NULL AND key > ?2 AND instr(common, '"tags"') ORDER BY key LIMIT {PAGE}
"""
_ADD = "INSERT OR IGNORE INTO bearer (organisation, tag, key) VALUES (?, ?, ?)"
_DROP = "DELETE FROM bearer WHERE organisation = ? AND tag = ? AND key = ?"


def _state(connection: apsw.Connection, organisation: int) -> int:
    return int(connection.execute(_STATE, (organisation,)).get)


def keep_tags(connection: apsw.Connection, organisation: int, after: str) -> str | None:
    """Enter who bears which tag, of some keys behind *after*; return the last of them, None when all are entered."""
    if _state(connection, organisation) == KEPT:
        return None
    connection.execute(_MOVE_STATE, (organisation, FILLING))
    rows = connection.execute(_TAGGED, (organisation, after)).fetchall()
    bearers = sorted((number, str(key)) for key, common in rows for number in numbers_in(str(common)))
    connection.executemany(_ADD, [(organisation, *bearer) for bearer in bearers])
    if len(rows) == PAGE:
        return str(rows[-1][0])
    connection.execute(_MOVE_STATE, (organisation, KEPT))
    return None


def write_tags(connection: apsw.Connection, organisation: int, batch: Batch) -> None:
    """Write who bears which tag after *batch*, where that is kept."""
    if not batch.versions or not _state(connection, organisation):
        return
    gone, come = retagged(batch.versions, batch.stored)
    connection.executemany(_DROP, [(organisation, *bearer) for bearer in gone])
    connection.executemany(_ADD, [(organisation, *bearer) for bearer in come])


def rename_bearer(connection: apsw.Connection, organisation: int, was: Key, now: Key) -> None:
    """Give what *was* bears to *now*: the same thing, by another key."""
    held = "SELECT common FROM version WHERE organisation = ? AND key = ? AND valid_to IS NULL"
    for (common,) in connection.execute(held, (organisation, was)).fetchall():
        for number in numbers_in(str(common)):
            connection.execute(_DROP, (organisation, number, was))
            if _state(connection, organisation):
                connection.execute(_ADD, (organisation, number, now))


def bearers(
    connection: apsw.Connection,
    organisation: int,
    query: Query,
    kinds: Mapping[str, int],
    ranks: Ranks,
    last: Callable[[apsw.Connection], int],
    *,
    keeps_places: bool,
) -> Iterator[tuple[SqliteDialect, Sequence[str] | None]] | None:
    """Return how the rows of *query* are found, perhaps piece by piece among keys; None where walking is better.

    *last* tells the last number of the log.
    """
    sought = wanted(query)
    if sought is None or _state(connection, organisation) != KEPT:
        return None
    found = Bearers(query, sought, organisation)
    source = _source(found, organisation, kinds)
    if source is None:
        return None
    dialect = SqliteDialect(source=source, keeps_places=keeps_places)
    if found.by_key:
        return _pieces(connection, found, dialect)
    return iter(((dialect, None),)) if _are_few(connection, found, ranks, last(connection)) else None


def _are_few(connection: apsw.Connection, found: Bearers, ranks: Ranks, last: int) -> bool:
    known = ranks.get(found.all, last)
    if known is None:
        count = int(connection.execute(found.count().format("?1", "?2"), found.bounds).get)
        known = Order((), is_whole=count <= FEW)
        ranks.keep(found.all, last, known)
    return known.is_whole


def _pieces(
    connection: apsw.Connection, found: Bearers, dialect: SqliteDialect
) -> Iterator[tuple[SqliteDialect, Sequence[str]]]:
    keys = _keys(connection, found)
    while keys:
        yield dialect, keys
        keys = _keys(connection, found) if found.go_on(keys) else ()


def _keys(connection: apsw.Connection, found: Bearers) -> Sequence[str]:
    rows = connection.execute(found.statement().format("?1", "?2"), found.bounds)
    return [str(key) for (key,) in rows]


def _source(found: Bearers, organisation: int, kinds: Mapping[str, int]) -> str | None:
    """Return where the present rows are that belong to bearers: to all, or to those whose keys are given."""
    wanted, key = (f"carray(?{AMONG})", "value") if found.by_key else (f"({found.all})", "key")
    ways = found.found_by(kinds, f"wanted.{key}")
    if ways is None:
        return None
    parts = [
        f"{wanted} AS wanted CROSS JOIN version AS v INDEXED BY {_index(way)}"
        f" ON v.organisation = {organisation} AND v.valid_to IS NULL AND {way.condition}"
        for way in ways
    ]
    if len(parts) == 1:
        return parts[0]
    rows = " UNION ALL ".join(f"SELECT v.sequence FROM {part}" for part in parts)
    return f"({rows}) AS near CROSS JOIN version AS v ON v.sequence = near.sequence"


def _index(way: FoundBy) -> str:
    """Return the index to look in: without figures, the engine may take one for what has no value."""
    return "version_present" if way.slot is None else next(iter(wanted_indexes([way.slot])))
