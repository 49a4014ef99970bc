"""Mending history in the SQLite file. See `Mender`."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from heapq import merge
from operator import attrgetter

import apsw

from chariot.adapters.sqlite.database import SqliteDatabase, translated
from chariot.adapters.sqlite.tags import rename_bearer
from chariot.adapters.sqlite.writing import last_sequence, organisation_id
from chariot.model.keys import Key, Organisation
from chariot.model.registry import entity_decoder
from chariot.modules.surface.facts import SLOTS, facts_of
from chariot.modules.surface.mending import Line, Mend, Mended, renamed
from chariot.modules.surface.places import place_of
from chariot.modules.surface.states import micros

_WINDOW = 200_000
"""The most rows that one walk looks at, whosoever they are."""
_SETTLE_TIMEOUT_MS = 15_000

_VERSIONS = """
    SELECT v.sequence, v.key, k.name, v.actor, v.why, v.doc,
        ifnull(v.valid_to, CASE v.status WHEN 'gone' THEN v.valid_from END)
    FROM version AS v JOIN kind AS k ON k.id = v.kind
    WHERE v.sequence > ?1 AND v.sequence <= ?2 AND v.organisation = ?3
    AND (?4 OR k.name IN (SELECT value FROM carray(?5))) ORDER BY v.sequence LIMIT ?6
"""
_EDGES = """
    SELECT e.sequence, e.actor, e.why, e.evidence, ifnull(e.valid_to, CASE e.op WHEN 'unlinked' THEN e.valid_from END)
    FROM edge AS e
    WHERE e.sequence > ? AND e.sequence <= ? AND e.organisation = ? ORDER BY e.sequence LIMIT ?
"""
_FACTS = ", ".join(f"fact_{place} = ?{place + 6}" for place in range(SLOTS))
_MEND_VERSION = f"UPDATE version SET doc = ?2, actor = ?3, why = ?4, key = ?5, {_FACTS} WHERE sequence = ?1"
_MEND_EDGE = "UPDATE edge SET evidence = ?2, actor = ?3, why = ?4 WHERE sequence = ?1"
_TELL = "INSERT INTO mending (organisation, at, what, why) VALUES (?, ?, ?, ?)"


class SqliteMender:
    """See `Mender`."""

    def __init__(
        self, database: SqliteDatabase, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._now = now

    async def mend(
        self,
        organisation: Organisation,
        mend: Mend,
        *,
        why: str,
        kinds: Sequence[str] | None = None,
        after: int = 0,
        limit: int = 500,
    ) -> Mended:
        """See `Mender.mend`. Most rows stay as they are: they are read where nobody waits for it."""

        def read(connection: apsw.Connection) -> tuple[list[Line], int, bool]:
            return _lines(connection, organisation, kinds, after, limit)

        lines, last, finished = await self._database.read(read)
        if all(mend(line) == line for line in lines):
            return Mended(last, 0, finished)
        at_us = micros(self._now())

        def write(connection: apsw.Connection) -> Mended:
            # Others may have mended them since: what is written is made of what they say now.
            lines, last, finished = read(connection)
            changed = [(line, new) for line in lines if (new := mend(line)) != line]
            _write(connection, organisation, changed, at_us, why)
            return Mended(last, len(changed), finished)

        return await self._database.write(write)

    async def rename_origin(self, organisation: Organisation, was: str, name: str, *, why: str) -> int:
        """See `Mender.rename_origin`."""
        at_us = micros(self._now())
        return await self._database.write(
            lambda connection: _rename(connection, organisation, was, name, at_us, why)
        )

    async def mendings(self, organisation: Organisation) -> int:
        """See `Mender.mendings`."""
        return await self._database.read(
            lambda connection: int(
                connection.execute("SELECT count(*) FROM mending WHERE organisation = ?", (organisation,)).get
            )
        )

    async def settle(self) -> None:
        """See `Mender.settle`: the journal is emptied; free pages were, when their rows were mended."""
        await asyncio.to_thread(self._empty_journal)

    def _empty_journal(self) -> None:
        try:
            connection = apsw.Connection(self._database.path)
            try:
                connection.set_busy_timeout(_SETTLE_TIMEOUT_MS)
                # A connection that has read nothing yet does not know that there is a journal.
                connection.pragma("user_version")
                connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
            finally:
                connection.close()
        except apsw.Error as error:
            raise translated(error, self._database.path) from error


def _lines(
    connection: apsw.Connection,
    organisation: Organisation,
    kinds: Sequence[str] | None,
    after: int,
    limit: int,
) -> tuple[list[Line], int, bool]:
    end = last_sequence(connection)
    until = min(after + _WINDOW, end)
    number = organisation_id(connection, organisation)
    wanted = tuple(kinds or ()) or ("",)
    rows = connection.execute(
        _VERSIONS,
        (after, until, number, kinds is None, apsw.carray(wanted, flags=apsw.SQLITE_CARRAY_TEXT), limit),
    )
    found = [Line(seq, Key(key), *rest) for seq, key, *rest in rows]
    if kinds is None:
        edges = connection.execute(_EDGES, (after, until, number, limit))
        more = [Line(seq, Key(""), "", *rest) for seq, *rest in edges]
        found = list(merge(found, more, key=attrgetter("sequence")))
    page = found[:limit]
    last = page[-1].sequence if len(found) >= limit else until
    return page, last, last >= end


def _write(
    connection: apsw.Connection,
    organisation: Organisation,
    lines: Sequence[tuple[Line, Line]],
    at_us: int,
    why: str,
) -> None:
    # What a row said before is not to be found in the free part of its page.
    connection.pragma("secure_delete", 1)
    number = organisation_id(connection, organisation)
    for was, line in lines:
        if line.key != was.key and number is not None:
            rename_bearer(connection, number, was.key, line.key)
        said = (line.sequence, line.said, line.actor, line.why)
        if line.kind:
            facts = (place_of(line.key), *facts_of(entity_decoder.decode(line.said)))
            connection.execute(_MEND_VERSION, (*said, line.key, *facts))
        else:
            connection.execute(_MEND_EDGE, said)
        what = f"{'version' if line.kind else 'edge'} {line.sequence}"
        connection.execute(_TELL, (organisation, at_us, what, why))


def _rename(
    connection: apsw.Connection, organisation: Organisation, was: str, name: str, at_us: int, why: str
) -> int:
    connection.pragma("secure_delete", 1)
    number = organisation_id(connection, organisation)
    total = 0
    for table, one, of in (("presence", "entity", "version"), ("edge_presence", "edge", "edge")):
        mine = f"{one} IN (SELECT {one} FROM {of} WHERE organisation = ?1)"
        rows = connection.execute(
            f"SELECT DISTINCT origins FROM {table} WHERE instr(',' || origins || ',', ',' || ?2 || ',') AND {mine}",
            (number, was),
        ).fetchall()
        for (origins,) in rows:
            connection.execute(
                f"UPDATE {table} SET origins = ?3 WHERE origins = ?2 AND {mine}",
                (number, origins, renamed(str(origins), was, name)),
            )
            total += connection.changes()
    if total:
        connection.execute(_TELL, (organisation, at_us, f"origins of {total}", why))
    return total
