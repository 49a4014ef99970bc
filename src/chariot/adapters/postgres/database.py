"""One PostgreSQL database: a bounded pool, transactions as one organisation, and what to do when it is away."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, TypeVar, cast

import asyncpg

from chariot.adapters.postgres.committing import Mark, mark, was_committed
from chariot.adapters.postgres.connecting import STATEMENT_TIMEOUT_MS, Connection, session
from chariot.adapters.postgres.dialect import storable
from chariot.adapters.postgres.errors import AGAIN, LOST, TROUBLE, place_of, translated
from chariot.adapters.postgres.migrations import MIGRATIONS, kind_ids, newer, stale_kinds
from chariot.adapters.postgres.schema import APP, RELAY
from chariot.errors import BusyError, ConfigurationError, InvalidError, UnavailableError
from chariot.model.keys import Organisation
from chariot.telemetry import PoolUse

if TYPE_CHECKING:
    _Pool = asyncpg.Pool[asyncpg.Record]
else:
    _Pool = asyncpg.Pool

T = TypeVar("T")
Work = Callable[[Connection], Awaitable[T]]

_PENDING_LIMIT = 4_096
_TRIES = 5
_PAUSE_S = 0.05
_CLOSE_TIMEOUT_S = 30.0
_BECOME = "SELECT set_config('role', $1, true), set_config('chariot.organisation', $2, true)"


class PostgresDatabase:
    """A PostgreSQL database shared by the adapters of one process; see `open`.

    Every statement runs in a transaction that has taken on one of the two roles of the schema and names the
    organisation, so that row-level security holds whatever the statement says.
    """

    def __init__(self, url: str, pool: _Pool, kinds: dict[str, int], *, size: int, acquire_s: float) -> None:
        self.url = url
        self.kinds = kinds
        """The numbers of the kinds by name."""
        self._place = place_of(url)
        self._pool = pool
        self._asking = 0
        self._size = size
        self._acquire_s = acquire_s
        self._turn = asyncio.Lock()
        self._writes: set[asyncio.Task[object]] = set()
        self._closed = False

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        size: int = 10,
        acquire_s: float = 5.0,
        statement_timeout_ms: int = STATEMENT_TIMEOUT_MS,
    ) -> "PostgresDatabase":
        """Connect, and return the database when its schema is the one that this program knows.

        Args:
            url: postgresql://user:password@host:port/database.
            size: The most connections this process holds.
            acquire_s: How long a caller waits for a free one before it is told to come again.
            statement_timeout_ms: The longest that one statement may take.

        Raises:
            ConfigurationError: the URL, the user, the database or the schema is wrong; the text says what to do.
            UnavailableError: the server does not answer.
        """
        place = place_of(url)
        try:
            pool: _Pool = await asyncpg.create_pool(
                url,
                # A pool that keeps some open writes tracebacks to the log while the server is away.
                min_size=0,
                max_size=size,
                command_timeout=statement_timeout_ms / 1_000 + 5,
                **session(statement_timeout_ms),
            )
            try:
                async with pool.acquire() as connection, connection.transaction():
                    await connection.execute(_BECOME, APP, "")
                    kinds = await _checked(cast("Connection", connection), place)
            except BaseException:
                pool.terminate()
                raise
        except TROUBLE as error:
            raise translated(error, place) from error
        return cls(url, pool, kinds, size=size, acquire_s=acquire_s)

    async def read(self, organisation: Organisation, work: Work[T]) -> T:
        """Run *work* as *organisation*: it sees one consistent state and cannot write.

        Raises:
            BusyError: all connections are in use.
            UnavailableError: the server does not answer.
        """
        self._check_open()
        return await self._repeated(lambda: self._read(APP, organisation, work))

    async def read_log(self, work: Work[T]) -> T:
        """Run *work* as the relay, who sees the log of all organisations and nothing else."""
        self._check_open()
        return await self._repeated(lambda: self._read(RELAY, "", work))

    async def write_log(self, work: Work[T]) -> T:
        """Run *work* as the relay; it can write checkpoints."""
        self._check_open()
        return await self._repeated(lambda: self._write(RELAY, "", work))

    async def write(self, organisation: Organisation, work: Work[T]) -> T:
        """Run *work* in a transaction as *organisation* and return its result after the commit.

        It may run again after a conflict or a lost connection, always from the start.

        Raises:
            InvalidError: no database can hold the name of the organisation.
            BusyError: too many writes wait already, or another process holds the log.
            UnavailableError: the server does not answer, or cannot write now.
        """
        self._check_open()
        if not storable((organisation,)):
            raise InvalidError("is no name that a database can hold", place="organisation")
        if len(self._writes) >= _PENDING_LIMIT:
            raise BusyError(f"{_PENDING_LIMIT:,} writes wait for the database already")
        task: asyncio.Task[T] = asyncio.create_task(self._in_turn(organisation, work))
        self._writes.add(task)
        task.add_done_callback(self._written)
        # A write that was accepted runs to its end even if the caller is cancelled: it is all or nothing.
        return await asyncio.shield(task)

    def _written(self, task: "asyncio.Task[object]") -> None:
        self._writes.discard(task)
        if not task.cancelled():
            # The caller may be gone; then nobody else asks what became of it.
            task.exception()

    async def _in_turn(self, organisation: Organisation, work: Work[T]) -> T:
        # The log has one end: waiting for it here leaves the connections to the readers.
        async with self._turn:
            return await self._repeated(lambda: self._write(APP, organisation, work))

    async def _repeated(self, attempt: Callable[[], Awaitable[T]]) -> T:
        for number in range(1, _TRIES + 1):
            try:
                return await attempt()
            except AGAIN as error:
                if isinstance(error, LOST):
                    # When one connection is gone the others most likely are, too.
                    await self._pool.expire_connections()
                if number == _TRIES or isinstance(error, asyncpg.ClientConfigurationError):
                    raise translated(error, self._place) from error
            except asyncpg.PostgresError as error:
                raise translated(error, self._place) from error
            # Whoever failed together should not come back together.
            await asyncio.sleep(_PAUSE_S * 2**number * random.uniform(0.5, 1))  # noqa: S311 - no secret
        raise AssertionError("the last try returns or raises")

    async def _read(self, role: str, organisation: str, work: Work[T]) -> T:
        async with (
            self._connection() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            # A name that no database can hold is nobody's.
            await connection.execute(_BECOME, role, organisation if storable((organisation,)) else "")
            return await work(connection)

    async def _write(self, role: str, organisation: str, work: Work[T]) -> T:
        async with self._connection() as connection:
            transaction = connection.transaction()
            await transaction.start()
            try:
                await connection.execute(_BECOME, role, organisation)
                result = await work(connection)
                marked = await mark(connection)
            except BaseException:
                if not connection.is_closed():
                    await transaction.rollback()
                raise
            try:
                await transaction.commit()
            except LOST as error:
                lost = error
            else:
                return result
        # The broken connection is given back by now. While nobody can tell, it is not done again: it may have been.
        if not await self._repeated(lambda: self._was_committed(marked)):
            raise lost
        return result

    async def _was_committed(self, marked: Mark) -> bool:
        await self._pool.expire_connections()
        async with self._connection() as connection:
            return await was_committed(connection, marked, self._place)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        self._asking += 1
        try:
            connection = await self._pool.acquire(timeout=self._acquire_s)
        except TimeoutError:
            if self._pool.get_idle_size() == 0 and self._pool.get_size() >= self._size:
                message = f"all {self._size} connections to {self._place} are in use"
                raise BusyError(message, retry_after_s=self._acquire_s) from None
            raise
        finally:
            self._asking -= 1
        try:
            # What the pool lends stands in for the connection, method for method.
            yield cast("Connection", connection)
        finally:
            await self._pool.release(connection)

    def pools(self) -> dict[str, PoolUse]:
        """Return how many connections there may be, are in use, and are waited for."""
        used = self._pool.get_size() - self._pool.get_idle_size()
        return {"connections": PoolUse(self._size, used, self._asking)}

    def _check_open(self) -> None:
        if self._closed:
            raise UnavailableError("the database is closed")

    async def close(self) -> None:
        """Finish the writes that were accepted, then close all connections; harmless when repeated."""
        if self._closed:
            return
        self._closed = True
        await asyncio.gather(*self._writes, return_exceptions=True)
        try:
            await asyncio.wait_for(self._pool.close(), _CLOSE_TIMEOUT_S)
        except TROUBLE:
            self._pool.terminate()


async def _checked(connection: Connection, place: str) -> dict[str, int]:
    """Return the numbers of the kinds when the schema is the one that this program knows."""
    steps = await connection.fetchval("SELECT steps FROM schema_version")
    if steps > len(MIGRATIONS):
        raise ConfigurationError(newer(place, steps, len(MIGRATIONS)))
    if steps < len(MIGRATIONS):
        raise ConfigurationError(
            f"{place} has schema {steps}, this program needs {len(MIGRATIONS)}; run `chariot migrate`"
        )
    stale = await stale_kinds(connection)
    if stale:
        raise ConfigurationError(
            f"{place} does not index {', '.join(stale)} as needed; run `chariot migrate`"
        )
    return await kind_ids(connection)
