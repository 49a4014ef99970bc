"""Backup and restore of PostgreSQL: every table by COPY, out of one snapshot and into one transaction.

Row-level security holds for the owner of the tables, too. Who backs up needs a user that it does not hold for
(a superuser, or BYPASSRLS): with `row_security = off` the server refuses anybody else instead of leaving rows out.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from chariot.adapters.postgres.connecting import Connection, connect
from chariot.adapters.postgres.errors import TROUBLE, place_of, translated
from chariot.adapters.postgres.migrations import MIGRATIONS, newer
from chariot.errors import ConfigurationError, ConflictError, InvalidError
from chariot.modules.backup.ports import Manifest, Part, Sink

ENGINE: Final = "postgresql"
_TABLES: Final = (
    "kind",
    "slot",
    "organisation",
    "log_end",
    "version",
    "presence",
    "edge",
    "edge_presence",
    "counter",
    "checkpoint",
)
_LATER: Final = (
    (4, ("intel_pack", "intel_piece")),
    (6, ("data_key", "mending")),
    (8, ("audit_head", "audit_entry", "audit_checkpoint")),
    (9, ("journal_head", "journal_line", "journal_day")),
    (10, ("audit_alias",)),
    (12, ("bearer",)),
)
"""Tables that came later, by the schema that has them."""
_PASSING: Final = ((2, "lease"), (3, "receipt"))
"""What is not kept, by the schema that has it: whoever held a lease is gone, and what was answered may be undone."""
_WAITING: Final = 8
"""Pieces that wait for the server at most."""
_SETTINGS: Final = "SET LOCAL row_security = off; SET LOCAL statement_timeout = 0;"
_LONG: Final = "SET LOCAL idle_in_transaction_session_timeout = 0"


def _kept(schema: int) -> tuple[str, ...]:
    """Return what is kept, in the order in which it comes back."""
    return (*_TABLES, *(table for since, tables in _LATER if schema >= since for table in tables))


class PostgresSource:
    """See `Source`. Who writes meanwhile is not held up."""

    engine = ENGINE

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = place_of(url)

    async def copy(self, sink: Sink) -> None:
        """See `Source.copy`."""
        try:
            connection = await connect(self._url)
            try:
                async with connection.transaction(isolation="repeatable_read", readonly=True):
                    await connection.execute(_SETTINGS + _LONG)
                    schema = await _schema(connection, self._place)
                    for table in _kept(schema):
                        await _copy_out(connection, table, schema, sink)
            finally:
                await connection.close()
        except TROUBLE as error:
            raise translated(error, self._place) from error


async def _schema(connection: Connection, place: str) -> int:
    steps = int(await connection.fetchval("SELECT steps FROM schema_version"))
    if steps > len(MIGRATIONS):
        raise ConfigurationError(newer(place, steps, len(MIGRATIONS)))
    if steps < len(MIGRATIONS):
        raise ConfigurationError(f"{place} has schema {steps}; run `chariot migrate` first")
    return steps


async def _copy_out(connection: Connection, table: str, schema: int, sink: Sink) -> None:
    async def write(data: bytes) -> None:
        # Compressing a piece takes long enough for the server to send the next one.
        await asyncio.to_thread(sink.write, bytes(data))

    sink.begin(table)
    said = await connection.copy_from_query(f"SELECT * FROM {table}", output=write, format="binary")
    sink.end(schema=schema, counts={table: _rows(said)})


def _rows(said: str) -> int:
    """Return the count in what the server says about a COPY, such as `COPY 12`."""
    return int(said.rpartition(" ")[2])


class PostgresTarget:
    """See `Target`: a database that `chariot migrate` has prepared."""

    engine = ENGINE

    def __init__(self, url: str) -> None:
        self._url = url
        self._place = place_of(url)

    @asynccontextmanager
    async def staging(self, *, force: bool) -> AsyncIterator["_PostgresStaging"]:
        """See `Target.staging`."""
        try:
            connection = await connect(self._url)
            try:
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute(_SETTINGS + _LONG)
                schema = await _schema(connection, self._place)
                if not force and await connection.fetchval("SELECT EXISTS (SELECT FROM organisation)"):
                    raise ConflictError(f"there is data already in {self._place}; say --force to replace it")
                # Whoever uses the database waits here, and then finds everything replaced.
                passing = (table for since, table in _PASSING if schema >= since)
                await connection.execute(f"TRUNCATE {', '.join((*_kept(schema), *passing))}")
                staging = _PostgresStaging(connection, transaction.commit, schema)
                try:
                    yield staging
                finally:
                    await staging.close()
            finally:
                # What was not committed is rolled back by the server.
                await connection.close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
            raise translated(error, self._place) from error


class _PostgresStaging:
    """See `Staging`: one transaction; each part is one COPY."""

    def __init__(self, connection: Connection, commit: Callable[[], Awaitable[None]], schema: int) -> None:
        self._connection = connection
        self._commit = commit
        self._schema = schema
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(_WAITING)
        self._copying: asyncio.Task[str] | None = None
        self._seen: set[str] = set()

    async def begin(self, name: str) -> None:
        """See `Staging.begin`."""
        if name not in _kept(self._schema) or name in self._seen:
            raise InvalidError(f"no part can be called {name[:80]!r}", place="the backup")
        self._seen.add(name)
        self._pieces = asyncio.Queue(_WAITING)
        self._copying = asyncio.create_task(
            self._connection.copy_to_table(
                name, source=_until_none(self._pieces), format="binary", timeout=None
            )
        )

    async def write(self, data: bytes) -> None:
        """See `Staging.write`."""
        await self._put(data)

    async def _put(self, data: bytes | None) -> None:
        assert self._copying is not None  # Data stands in a part, as the reader has checked.
        putting = asyncio.create_task(self._pieces.put(data))
        await asyncio.wait({putting, self._copying}, return_when=asyncio.FIRST_COMPLETED)
        if not putting.done():
            putting.cancel()
            # It ended before it had everything, so this raises what went wrong.
            await self._copying

    async def end(self, part: Part) -> None:
        """See `Staging.end`."""
        if part.schema != self._schema:
            raise ConfigurationError(
                f"the backup has schema {part.schema}, the database {self._schema}:"
                f" run `chariot migrate --to {part.schema}` first, and `chariot migrate` afterwards"
            )
        await self._put(None)
        assert self._copying is not None
        said, self._copying = await self._copying, None
        if part.counts != {part.name: _rows(said)}:
            raise InvalidError(
                f"its part {part.name} does not hold what its manifest says", place="the backup"
            )

    async def commit(self, manifest: Manifest) -> None:
        """See `Staging.commit`."""
        missing = [table for table in _kept(self._schema) if table not in self._seen]
        if missing:
            raise InvalidError(f"there is no {missing[0]} in it", place="the backup")
        assert len(manifest.parts) == len(self._seen)
        numbered = (("organisation", "id"), ("kind", "id"), ("mending", "number"))
        for table, column in numbered:
            if table not in self._seen:
                continue
            await self._connection.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', '{column}'),"
                f" coalesce(max({column}), 0) + 1, false) FROM {table}"
            )
        await self._commit()

    async def close(self) -> None:
        """Stop a copy that runs."""
        if self._copying is not None:
            self._copying.cancel()
            await asyncio.gather(self._copying, return_exceptions=True)


async def _until_none(pieces: "asyncio.Queue[bytes | None]") -> AsyncIterator[bytes]:
    while (piece := await pieces.get()) is not None:
        yield piece
