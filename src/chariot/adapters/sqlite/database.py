"""One SQLite file: a writer thread that groups commits, and a bounded pool of readers.

Every write of the process goes through one thread, so SQLite's single writer lock is never fought over inside
the process; what waits together is committed together, each write in its own savepoint.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import apsw
import msgspec

from chariot.adapters.sqlite.ahead import Ahead, ahead, waiting
from chariot.adapters.sqlite.dialect import PLACE_OF
from chariot.adapters.sqlite.migrations import MIGRATIONS, migrate
from chariot.adapters.sqlite.transactions import writing
from chariot.errors import BusyError, ChariotError, ConfigurationError, UnavailableError
from chariot.modules.surface.places import place_of
from chariot.telemetry import PoolUse

T = TypeVar("T")

_GROUP_LIMIT = 64
_PENDING_LIMIT = 4_096
_BUSY_TIMEOUT_MS = 15_000
_BRIEF_TIMEOUT_MS = 0
_LOOK_S = 0.005
"""How long a commit of another process may go unnoticed by `stamp`."""
_CACHE_KIB = 65_536
_READER_CACHE_KIB = 16_384


class _Job(msgspec.Struct, frozen=True):
    work: Callable[[apsw.Connection], Any]
    loop: asyncio.AbstractEventLoop
    done: "asyncio.Future[Any]"
    durable: bool
    quiet: bool
    ahead: Ahead | None = None


class SqliteDatabase:
    """A SQLite file shared by the adapters of one process.

    Raises:
        ConfigurationError: the file is not a database, is newer than this program, or cannot be opened.
    """

    def __init__(self, path: Path | str, *, readers: int = 4) -> None:
        self.path = str(path)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._pending = 0
        self._reading = 0
        self._closed = False
        self._local = threading.local()
        self._connections: list[apsw.Connection] = []
        self._commits = 0
        self._elsewhere = 0
        self._data_version = -1
        self._number = -1
        self._looked_at = 0.0
        writer = self._open(_CACHE_KIB)
        try:
            migrate(writer, MIGRATIONS)
        except apsw.Error as error:
            writer.close()
            raise translated(error, self.path) from error
        self._places = readers
        self._readers = ThreadPoolExecutor(readers, thread_name_prefix="sqlite-read")
        self._thread = threading.Thread(
            target=self._write_loop, args=(writer,), name="sqlite-write", daemon=True
        )
        self._thread.start()

    def _open(self, cache_kib: int, *, timeout_ms: int = _BUSY_TIMEOUT_MS) -> apsw.Connection:
        try:
            connection = apsw.Connection(self.path)
            # Whoever opens or closes the file elsewhere holds it for a moment, which is waited for in any case.
            connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "full")
            connection.pragma("cache_size", -cache_kib)
            connection.pragma("temp_store", "memory")
            # A row that moves to another page leaves nothing in the one before, so that who is erased is in neither.
            connection.pragma("secure_delete", "fast")
            connection.create_scalar_function(PLACE_OF, _place, 1, deterministic=True)
            connection.set_busy_timeout(timeout_ms)
        except apsw.Error as error:
            raise translated(error, self.path) from error
        self._connections.append(connection)
        return connection

    async def write(
        self, work: Callable[[apsw.Connection], T], *, durable: bool = True, quiet: bool = False
    ) -> T:
        """Run *work* in a transaction on the writer thread and return its result after the commit.

        What is not *durable* survives the end of the process but not a power cut, which takes it together with
        all that was written after it: right for what is done again when it is lost. What is *quiet* does not move
        the `stamp`: right for what no reader of the surface is shown. Any other write carries what has to be there
        before it: see `Ahead`.

        Raises:
            BusyError: too many writes wait already.
            UnavailableError: the engine cannot write now.
        """
        if self._closed:
            raise UnavailableError("the database is closed")
        if self._pending >= _PENDING_LIMIT:
            raise BusyError(f"{_PENDING_LIMIT:,} writes wait for the database already")
        self._pending += 1
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        first = None if quiet else ahead.get()
        if first is not None and first.goes_with(self.path):
            first.carried += 1
        else:
            first = None
        self._jobs.put(_Job(work, loop, done, durable or first is not None, quiet, first))
        try:
            # A write that was accepted runs to its end even if the caller is cancelled: it is all or nothing.
            return await asyncio.shield(done)
        except apsw.Error as error:
            raise translated(error, self.path) from error
        finally:
            self._pending -= 1

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run *work* on a reader: it sees one consistent state and cannot write."""
        if self._closed:
            raise UnavailableError("the database is closed")
        self._reading += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)
        except apsw.Error as error:
            raise translated(error, self.path) from error
        finally:
            self._reading -= 1

    def pools(self) -> dict[str, PoolUse]:
        """Return how busy the readers and the one writer are."""
        reading, pending = min(self._reading, self._places), min(self._pending, 1)
        return {
            "readers": PoolUse(self._places, reading, self._reading - reading),
            "writer": PoolUse(1, pending, self._pending - pending),
        }

    async def read_briefly(self, work: Callable[[apsw.Connection], T]) -> T:
        """Run *work*, a look-up or two, where it stands: going to another thread would cost more than the work."""
        if self._closed:
            raise UnavailableError("the database is closed")
        try:
            return self._read(work, timeout_ms=_BRIEF_TIMEOUT_MS)
        except (apsw.BusyError, apsw.LockedError):
            return await self.read(work)
        except apsw.Error as error:
            raise translated(error, self.path) from error

    def stamp(self) -> int:
        """Return a number that is another one after each commit that is not quiet.

        It moves at once after ours, and soon after another process's.
        """
        now = time.monotonic()
        if now - self._looked_at >= _LOOK_S and not self._closed:
            self._looked_at = now
            try:
                self._look()
            except (apsw.BusyError, apsw.LockedError):
                self._elsewhere += 1
            except apsw.Error as error:
                raise translated(error, self.path) from error
        return self._commits + self._elsewhere

    def _look(self) -> None:
        """Notice what others committed; the engine tells of every commit, the number of those that are not quiet."""
        reader = self._reader(_BRIEF_TIMEOUT_MS)
        # Asked for so often that the way of `pragma`, which writes and prepares the statement anew, is felt.
        seen = int(str(reader.execute("PRAGMA data_version").get))
        if seen == self._data_version:
            return
        (number,) = reader.execute("SELECT number FROM commit_number").fetchone() or (-1,)
        self._data_version = seen
        if number != self._number:
            self._number = int(str(number))
            self._elsewhere += 1

    def _reader(self, timeout_ms: int) -> apsw.Connection:
        """Return this thread's own connection, which cannot write."""
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._open(_READER_CACHE_KIB, timeout_ms=timeout_ms)
            connection.pragma("query_only", 1)
        return connection

    def _read(self, work: Callable[[apsw.Connection], T], *, timeout_ms: int = _BUSY_TIMEOUT_MS) -> T:
        connection = self._reader(timeout_ms)
        connection.execute("BEGIN")
        try:
            return work(connection)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _write_loop(self, connection: apsw.Connection) -> None:
        while True:
            first = self._jobs.get()
            if first is None:
                return
            group = [first]
            stop = False
            while len(group) < _GROUP_LIMIT and not self._jobs.empty():
                job = self._jobs.get()
                if job is None:
                    stop = True
                    break
                group.append(job)
            outcomes = _run_group(connection, group)
            # Whoever waits for a write must find it read by everybody: the stamp moves before the answer.
            self._commits += not all(job.quiet for job in group)
            _tell(outcomes)
            if stop:
                return

    async def close(self) -> None:
        """Finish the writes that wait, then close all connections; harmless when repeated."""
        if self._closed:
            return
        self._closed = True
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._connections:
            connection.close()


def _place(*key: Any) -> str | None:
    return place_of(*key)


_Outcome = tuple[_Job, Any, BaseException | None]


def _run_group(connection: apsw.Connection, group: Sequence[_Job]) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    try:
        connection.pragma("synchronous", "full" if any(job.durable for job in group) else "normal")
        with writing(connection):
            first = waiting([job.ahead for job in group])
            missing = _put_ahead(connection, first) if first else {}
            outcomes.extend((job, *_run_job(connection, job, missing)) for job in group)
            if not all(job.quiet for job in group):
                connection.execute("UPDATE commit_number SET number = number + 1")
    except apsw.Error as error:
        return [(job, None, error) for job in group]
    for together, some in first.items():
        for one in some:
            one.stored = together not in missing
    return outcomes


def _put_ahead(
    connection: apsw.Connection, first: Mapping[Hashable, Sequence[Ahead]]
) -> dict[Hashable, BaseException]:
    """Put what has to be there before the works of a group; return why some of it could not be put."""
    missing: dict[Hashable, BaseException] = {}
    for together, some in first.items():
        _, failure = _run_one(connection, partial(some[0].put, some))
        if failure is not None:
            missing[together] = failure
    return missing


def _run_job(
    connection: apsw.Connection, job: _Job, missing: Mapping[Hashable, BaseException]
) -> tuple[Any, BaseException | None]:
    if job.ahead is not None and job.ahead.together in missing:
        return None, missing[job.ahead.together]
    return _run_one(connection, job.work)


def _tell(outcomes: Sequence[_Outcome]) -> None:
    """Hand the outcomes to those who wait: each loop is woken once for all of its own."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome[0].loop, []).append(outcome)
    for loop, own in by_loop.items():
        # Nobody waits in a loop that was closed; what it asked for is written all the same.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, own)


def _settle(outcomes: Sequence[_Outcome]) -> None:
    for job, result, failure in outcomes:
        if job.ahead is not None:
            job.ahead.carried -= 1
        if job.done.cancelled():
            continue
        if failure is None:
            job.done.set_result(result)
        else:
            job.done.set_exception(failure)
            # Whoever waited may have given up meanwhile; then its failure is nobody's news.
            job.done.exception()


def _run_one(
    connection: apsw.Connection, work: Callable[[apsw.Connection], Any]
) -> tuple[Any, BaseException | None]:
    connection.execute("SAVEPOINT one")
    try:
        result = work(connection)
    except apsw.Error as error:
        if not connection.in_transaction:
            # The engine gave the whole transaction up (disk full, I/O error): all of the group failed.
            raise
        connection.execute("ROLLBACK TO one")
        return None, error
    # The writer thread is a supervisor: whatever one caller's work raises belongs to that caller alone.
    except Exception as error:  # noqa: BLE001
        connection.execute("ROLLBACK TO one")
        return None, error
    else:
        return result, None
    finally:
        if connection.in_transaction:
            connection.execute("RELEASE one")


_ADVICE: tuple[tuple[type[apsw.Error], type[ChariotError], str], ...] = (
    (apsw.BusyError, UnavailableError, "{path} is locked by another process; try again"),
    (apsw.LockedError, UnavailableError, "{path} is locked by another process; try again"),
    (
        apsw.FullError,
        UnavailableError,
        "no space is left for {path}; free some and try again: what was stored is safe",
    ),
    (apsw.ReadOnlyError, UnavailableError, "{path} cannot be written; check its owner and permissions"),
    (apsw.NotADBError, ConfigurationError, "{path} is not a Chariot database; name another file"),
    (apsw.CorruptError, ConfigurationError, "{path} is damaged; restore a backup"),
    (
        apsw.CantOpenError,
        ConfigurationError,
        "cannot open {path}; check that its folder exists and is writable",
    ),
    (apsw.IOError, UnavailableError, "the disk under {path} failed or is full; what was stored is safe"),
)


def translated(error: apsw.Error, path: str) -> ChariotError:
    """Return *error* of the engine as one of ours; *path* names the file."""
    for engine_error, ours, advice in _ADVICE:
        if isinstance(error, engine_error):
            return ours(advice.format(path=path))
    return UnavailableError(f"{path}: {error}")
