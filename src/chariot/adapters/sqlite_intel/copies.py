"""Copies of the file while it is in use: taking one, and putting one in its place as a single write."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from chariot.adapters.sqlite.database import translated
from chariot.adapters.sqlite.transactions import writing
from chariot.adapters.sqlite_intel.records import prepare_again
from chariot.adapters.sqlite_intel.schema import is_prepared, open_writer

_PAGES: Final = 2_048
_BUSY_TIMEOUT_MS: Final = 60_000


def identity_of(path: Path) -> int:
    """Return the number that `mark` wrote into the file, 0 when none was."""
    with _opened(path) as connection:
        return int(connection.pragma("application_id"))


def mark(path: Path, identity: int) -> int:
    """Write *identity* into the file, which nobody uses; return the version of its tables."""
    with _opened(path) as connection:
        connection.pragma("application_id", identity)
        # What lies in the log beside the file belongs into it before it is read as a file.
        connection.pragma("journal_mode", "delete")
        return int(connection.pragma("user_version"))


def take(path: Path, copy: Path) -> None:
    """Write the present state of *path* to the new file *copy*, page by page as it is."""
    with _opened(path) as source, _opened(copy) as target:
        _copied(source, target)


def replace(path: Path, copy: Path) -> None:
    """Give *path* the contents of *copy* in one write: who reads it sees the old or the new, never between.

    Raises:
        ConfigurationError: *copy* is no such file, or of a later version of this program.
    """
    # A file of another version of this program gets the form that this one reads first.
    writer = open_writer(str(copy))
    try:
        if not is_prepared(writer):
            with writing(writer):
                prepare_again(writer)
    finally:
        writer.close()
    with _opened(copy) as source, _opened(path) as target:
        _copied(source, target)


def _copied(source: apsw.Connection, target: apsw.Connection) -> None:
    with target.backup("main", source, "main") as backup:
        while not backup.done:
            backup.step(_PAGES)


@contextmanager
def _opened(path: Path) -> Iterator[apsw.Connection]:
    try:
        connection = apsw.Connection(str(path))
        try:
            connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            yield connection
        finally:
            connection.close()
    except apsw.Error as error:
        raise translated(error, str(path)) from error
