"""Looking at the schema of a SQLite file, and moving it, without opening the product on it."""

from pathlib import Path

import apsw
import msgspec

from chariot.adapters.sqlite.database import translated
from chariot.adapters.sqlite.migrations import MIGRATIONS, migrate, version_of
from chariot.errors import ConfigurationError

_BUSY_TIMEOUT_MS = 15_000


class Schema(msgspec.Struct, frozen=True):
    """How many steps a store has, and how many this program knows."""

    have: int
    known: int


def schema_of(path: Path) -> Schema:
    """Return the schema of the file *path*, which is not changed; a file that is not there has none.

    Raises:
        ConfigurationError: it is no database.
    """
    if not path.exists():
        return Schema(0, len(MIGRATIONS))
    try:
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            return Schema(version_of(connection), len(MIGRATIONS))
        finally:
            connection.close()
    except apsw.Error as error:
        raise translated(error, str(path)) from error


def move_schema(path: Path, to: int | None = None) -> int:
    """Bring the schema of the file *path* to step *to*, by default the newest, up or down; return it.

    Raises:
        ConfigurationError: there is no such step, or the file was written by a newer program.
        UnavailableError: another process works on the file.
    """
    wanted = len(MIGRATIONS) if to is None else to
    if not 0 <= wanted <= len(MIGRATIONS):
        raise ConfigurationError(f"there is no schema {wanted}; this program knows 0 to {len(MIGRATIONS)}")
    try:
        connection = apsw.Connection(str(path))
        try:
            connection.set_busy_timeout(_BUSY_TIMEOUT_MS)
            connection.pragma("journal_mode", "wal")
            migrate(connection, MIGRATIONS, to=wanted)
        finally:
            connection.close()
    except apsw.Error as error:
        raise translated(error, str(path)) from error
    return wanted
