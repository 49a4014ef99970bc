"""Mending history in the database, through the gate that `schema_secrets` makes. See `Mender`."""

from collections.abc import Sequence
from heapq import merge
from operator import attrgetter

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.dialect import PRESENT_US, PostgresDialect, shortened
from chariot.adapters.postgres.tags import rename_bearer
from chariot.adapters.postgres.writing import organisation_id
from chariot.model.keys import Key, Organisation
from chariot.model.registry import entity_decoder
from chariot.modules.surface.facts import facts_of
from chariot.modules.surface.mending import Line, Mend, Mended, renamed
from chariot.modules.surface.places import place_of

_WINDOW = 200_000
"""The most rows that one walk looks at, whosoever they are."""

_NUMBER = "(SELECT id FROM organisation WHERE name = $3)"
_VERSIONS = f"""
SELECT v.sequence, COALESCE(v.long_key, v.key), k.name, v.actor, v.why, v.doc,
    CASE WHEN v.valid_to < {PRESENT_US} THEN v.valid_to WHEN v.status = 'gone' THEN v.valid_from END AS over
FROM version AS v JOIN kind AS k ON k.id = v.kind
WHERE v.sequence > $1 AND v.sequence <= $2 AND v.organisation = {_NUMBER}
AND ($4::text[] IS NULL OR k.name = ANY($4)) ORDER BY v.sequence LIMIT $5
"""
_EDGES = f"""
SELECT e.sequence, '' AS key, '' AS name, e.actor, e.why, e.evidence,
    CASE WHEN e.valid_to < {PRESENT_US} THEN e.valid_to WHEN e.op = 'unlinked' THEN e.valid_from END AS over
FROM edge AS e
WHERE e.sequence > $1 AND e.sequence <= $2 AND e.organisation = {_NUMBER} ORDER BY e.sequence LIMIT $4
"""
_LOCK = "SELECT sequence FROM log_end FOR UPDATE"
"""As every write does: whoever writes on from a row has read it before it is mended, or afterwards."""
_END = "SELECT sequence FROM log_end"
_MEND_VERSION = "SELECT chariot_mend_version($1, $2, $3, $4, $5, $6, $7, $8)"
_MEND_EDGE = "SELECT chariot_mend_edge($1, $2, $3, $4, $5)"
_ORIGINS = """
SELECT origins FROM presence WHERE organisation = (SELECT id FROM organisation WHERE name = $1)
AND $2 = ANY(string_to_array(origins, ','))
UNION SELECT origins FROM edge_presence WHERE organisation = (SELECT id FROM organisation WHERE name = $1)
AND $2 = ANY(string_to_array(origins, ','))
"""
_RENAME = "SELECT chariot_mend_origins($1, $2, $3)"

_fact_value = PostgresDialect().fact_value


class PostgresMender:
    """See `Mender`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

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

        async def read(connection: Connection) -> tuple[list[Line], int, bool]:
            return await _lines(connection, organisation, kinds, after, limit)

        lines, last, finished = await self._database.read(organisation, read)
        if all(mend(line) == line for line in lines):
            return Mended(last, 0, finished)

        async def write(connection: Connection) -> Mended:
            # Others may have mended them since: what is written is made of what they say now, and they wait.
            await connection.execute(_LOCK)
            lines, last, finished = await read(connection)
            changed = [(line, new) for line in lines if (new := mend(line)) != line]
            number = await organisation_id(connection, organisation)
            for was, line in changed:
                if line.key != was.key and number is not None:
                    await rename_bearer(connection, number, was.key, line.key)
                await _write(connection, line, why)
            return Mended(last, len(changed), finished)

        return await self._database.write(organisation, write)

    async def rename_origin(self, organisation: Organisation, was: str, name: str, *, why: str) -> int:
        """See `Mender.rename_origin`."""

        async def write(connection: Connection) -> int:
            found = [row["origins"] for row in await connection.fetch(_ORIGINS, organisation, was)]
            return sum(
                [
                    await connection.fetchval(_RENAME, origins, renamed(origins, was, name), why)
                    for origins in found
                ]
            )

        return await self._database.write(organisation, write)

    async def mendings(self, organisation: Organisation) -> int:
        """See `Mender.mendings`."""

        async def read(connection: Connection) -> int:
            return int(
                await connection.fetchval(
                    "SELECT count(*) FROM mending WHERE organisation = $1", organisation
                )
            )

        return await self._database.read(organisation, read)

    async def settle(self) -> None:
        """See `Mender.settle`: rows that were replaced go when the server vacuums, which it does by itself."""


async def _lines(
    connection: Connection, organisation: Organisation, kinds: Sequence[str] | None, after: int, limit: int
) -> tuple[list[Line], int, bool]:
    end = int(await connection.fetchval(_END))
    until = min(after + _WINDOW, end)
    wanted = list(kinds) if kinds is not None else None
    rows = await connection.fetch(_VERSIONS, after, until, organisation, wanted, limit)
    found = [Line(row[0], Key(row[1]), *row[2:]) for row in rows]
    if kinds is None:
        edges = await connection.fetch(_EDGES, after, until, organisation, limit)
        found = list(
            merge(found, [Line(row[0], Key(row[1]), *row[2:]) for row in edges], key=attrgetter("sequence"))
        )
    page = found[:limit]
    last = page[-1].sequence if len(found) >= limit else until
    return page, last, last >= end


async def _write(connection: Connection, line: Line, why: str) -> None:
    if not line.kind:
        await connection.execute(_MEND_EDGE, line.sequence, line.said, line.actor, line.why, why)
        return
    said = (place_of(line.key), *facts_of(entity_decoder.decode(line.said)))
    facts = [_fact_value(fact) for fact in said]
    short = shortened(line.key)
    name = (short, line.key if short != line.key else None)
    await connection.execute(_MEND_VERSION, line.sequence, *name, line.said, line.actor, line.why, facts, why)
