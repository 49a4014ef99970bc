"""Backup and restore of SQLite files: a snapshot through the online backup API, and an exchange that is all or nothing.

While a process has the files open it holds a shared lock on `<store>.lock`; a restore needs the lock for itself.
A restore writes each file beside its place, then one journal that names what takes whose place, and only then
renames. Killed before the journal is there, nothing happened; killed after it, the next opening finishes the rest.
"""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import BinaryIO

import apsw
import msgspec

from chariot.adapters.sqlite.database import translated
from chariot.errors import ConfigurationError, ConflictError, InvalidError
from chariot.modules.backup.ports import Manifest, Part, Sink
from chariot.modules.backup.service import sync_folder

ENGINE = "sqlite"
_PAGES = 4_096
_READ_BYTES = 1_048_576
_BUSY_TIMEOUT_MS = 15_000


class File(msgspec.Struct, frozen=True):
    """A database file that belongs to a backup."""

    name: str
    """Its name in the backup."""
    path: Path
    known: int
    """The newest schema that this program can use."""


class _Move(msgspec.Struct, frozen=True):
    staged: str
    place: str


@contextmanager
def in_use(store: Path) -> Iterator[None]:
    """Say that this process uses *store*; first finish a restore that was killed.

    Raises:
        ConflictError: a restore is running.
        ConfigurationError: the lock cannot be had because the folder cannot be written.
    """
    with _lock_file(store) as lock:
        if _journal(store).exists() and _locked(lock, fcntl.LOCK_EX):
            _finish(store)
        if not _locked(lock, fcntl.LOCK_SH):
            raise ConflictError(f"a restore of {store} is running; start again when it is done")
        yield


@contextmanager
def _alone(store: Path) -> Iterator[None]:
    with _lock_file(store) as lock:
        if not _locked(lock, fcntl.LOCK_EX):
            raise ConflictError(f"processes use {store}: stop them, then restore")
        if _journal(store).exists():
            _finish(store)
        yield


@contextmanager
def _lock_file(store: Path) -> Iterator[BinaryIO]:
    path = store.with_name(f"{store.name}.lock")
    try:
        file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    except OSError as error:
        raise ConfigurationError(
            f"cannot open {path}: {error.strerror}; all in its folder must be writable"
        ) from error
    # The lock ends with the file, however the process ends.
    with file:
        yield file


def _locked(file: BinaryIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class SqliteSource:
    """See `Source`: the files as they were at one moment, while everything goes on."""

    engine = ENGINE

    def __init__(self, files: Sequence[File]) -> None:
        """The store comes first: what stands behind it may be newer than it knows, never older."""
        self._files = tuple(files)

    async def copy(self, sink: Sink) -> None:
        """See `Source.copy`."""
        await asyncio.to_thread(self._copy, sink)

    def _copy(self, sink: Sink) -> None:
        with ExitStack() as stack:
            pinned = [
                (file, stack.enter_context(_pinned(file.path))) for file in self._files if file.path.exists()
            ]
            if not pinned:
                raise ConfigurationError(f"there is nothing to back up: {self._files[0].path} is not there")
            for file, connection in pinned:
                _copy_one(file, connection, sink)


@contextmanager
def _pinned(path: Path) -> Iterator[apsw.Connection]:
    """Give a connection that sees *path* as it is now, whatever is written meanwhile."""
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
        try:
            connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            connection.pragma("query_only", 1)
            connection.execute("BEGIN")
            # The first read is what pins the snapshot.
            connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
            yield connection
        finally:
            connection.close()
    except apsw.Error as error:
        raise translated(error, str(path)) from error


def _copy_one(file: File, connection: apsw.Connection, sink: Sink) -> None:
    snapshot = file.path.with_name(f".{file.path.name}.snapshot")
    sink.begin(file.name)
    try:
        # Made by us first, so that it is readable by its owner alone from its first byte on.
        snapshot.unlink(missing_ok=True)
        os.close(os.open(snapshot, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _take_snapshot(connection, snapshot)
        with snapshot.open("rb") as copied:
            while data := copied.read(_READ_BYTES):
                sink.write(data)
        sink.end(schema=_schema(connection), counts=_counts(connection))
    finally:
        snapshot.unlink(missing_ok=True)


def _take_snapshot(connection: apsw.Connection, snapshot: Path) -> None:
    into = apsw.Connection(str(snapshot))
    try:
        # A snapshot that a crash leaves half is thrown away, so nothing is done to keep it.
        into.pragma("journal_mode", "off")
        into.pragma("synchronous", "off")
        with into.backup("main", connection, "main") as backup:
            while not backup.done:
                backup.step(_PAGES)
    finally:
        into.close()


def _schema(connection: apsw.Connection) -> int:
    return int(connection.pragma("user_version"))


def _counts(connection: apsw.Connection) -> dict[str, int]:
    names = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY name"
    ).fetchall()
    return {str(name): int(connection.execute(f'SELECT count(*) FROM "{name}"').get) for (name,) in names}


class SqliteTarget:
    """See `Target`."""

    engine = ENGINE

    def __init__(self, files: Sequence[File]) -> None:
        """The first one is the store."""
        self._files = {file.name: file for file in files}
        self._store = files[0].path

    @asynccontextmanager
    async def staging(self, *, force: bool) -> AsyncIterator["_SqliteStaging"]:
        """See `Target.staging`."""
        self._store.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with _alone(self._store):
            if not force and self._store.exists() and self._store.stat().st_size > 0:
                raise ConflictError(f"there is data already in {self._store}; say --force to replace it")
            staging = _SqliteStaging(self._store, self._files)
            try:
                yield staging
            finally:
                staging.close()


class _SqliteStaging:
    """See `Staging`: each part is a file beside its place."""

    def __init__(self, store: Path, files: Mapping[str, File]) -> None:
        self._store = store
        self._files = files
        self._staged: dict[str, Path] = {}
        self._out: BinaryIO | None = None

    async def begin(self, name: str) -> None:
        """See `Staging.begin`."""
        if name not in self._files or name in self._staged:
            raise InvalidError(f"no part can be called {name[:80]!r}", place="the backup")
        path = self._files[name].path
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        staged = path.with_name(f".{path.name}.restoring")
        staged.unlink(missing_ok=True)
        self._staged[name] = staged
        self._out = os.fdopen(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    async def write(self, data: bytes) -> None:
        """See `Staging.write`."""
        assert self._out is not None  # Data stands in a part, as the reader has checked.
        await asyncio.to_thread(self._out.write, data)

    async def end(self, part: Part) -> None:
        """See `Staging.end`."""
        file = self._files[part.name]
        if part.schema > file.known:
            raise ConfigurationError(
                f"the backup has schema {part.schema}, this program knows {file.known}: use a newer Chariot"
            )
        assert self._out is not None
        await asyncio.to_thread(_settle, self._out)
        self._out = None
        await asyncio.to_thread(_compare, self._staged[part.name], part)

    async def commit(self, manifest: Manifest) -> None:
        """See `Staging.commit`."""
        missing = [name for name in self._files if name not in self._staged]
        if next(iter(self._files)) in missing:
            raise InvalidError("the store is not in it", place="the backup")
        assert len(manifest.parts) == len(self._staged)
        await asyncio.to_thread(self._exchange)

    def _exchange(self) -> None:
        moves = [_Move(str(staged), str(self._files[name].path)) for name, staged in self._staged.items()]
        journal = _journal(self._store)
        draft = journal.with_name(f"{journal.name}.draft")
        with draft.open("wb") as file:
            file.write(msgspec.json.encode(moves))
            _settle(file)
        for staged in self._staged.values():
            sync_folder(staged.parent)
        draft.replace(journal)
        sync_folder(journal.parent)
        # From here on it cannot be undone, and what is left to do is done by whoever comes next.
        self._staged.clear()
        _finish(self._store)

    def close(self) -> None:
        """Remove what was not committed."""
        if self._out is not None:
            self._out.close()
        for staged in self._staged.values():
            staged.unlink(missing_ok=True)


def _settle(file: BinaryIO) -> None:
    file.flush()
    os.fsync(file.fileno())
    file.close()


def _compare(staged: Path, part: Part) -> None:
    """Raise InvalidError unless the file is a sound database with the schema and the rows that *part* tells."""
    try:
        # Nobody else writes there: without locks and without a log beside it.
        connection = apsw.Connection(
            f"{staged.absolute().as_uri()}?immutable=1",
            flags=apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI,
        )
        try:
            found = (_schema(connection), _counts(connection))
            sound = str(connection.execute("PRAGMA quick_check(1)").get)
        finally:
            connection.close()
    except apsw.Error as error:
        raise InvalidError(f"its part {part.name} is no sound database: {error}") from error
    if found != (part.schema, part.counts) or sound != "ok":
        raise InvalidError(f"its part {part.name} does not hold what its manifest says", place="the backup")


def _journal(store: Path) -> Path:
    return store.with_name(f"{store.name}.restore")


def _finish(store: Path) -> None:
    """Do what the journal of *store* says, as often as needed, and forget it."""
    journal = _journal(store)
    try:
        moves = msgspec.json.decode(journal.read_bytes(), type=list[_Move])
        for move in moves:
            staged, place = Path(move.staged), Path(move.place)
            if staged.exists():
                # What the old file had not yet taken in would be taken in by the new one.
                for rest in ("-wal", "-shm"):
                    place.with_name(f"{place.name}{rest}").unlink(missing_ok=True)
                staged.replace(place)
            sync_folder(place.parent)
        journal.unlink()
        sync_folder(journal.parent)
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigurationError(
            f"a restore of {store} was interrupted and cannot be finished ({error}); mend that and start again"
        ) from error
