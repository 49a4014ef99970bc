"""The schema and the backups of what the settings name."""

import asyncio

from chariot.adapters.sqlite.backup import File, SqliteSource, SqliteTarget
from chariot.adapters.sqlite.migrations import MIGRATIONS
from chariot.adapters.sqlite.schema import Schema, move_schema, schema_of
from chariot.adapters.sqlite_intel import schema as intel_schema
from chariot.bootstrap.homes import adapter
from chariot.bootstrap.places import made, private, sqlite_path
from chariot.modules.backup.ports import Source, Target
from chariot.settings import Settings


async def check_schema(settings: Settings) -> Schema:
    """Return which schema the store has and which this program knows.

    Raises:
        ConfigurationError: the store cannot be read, or (PostgreSQL) its schema is not the one that is known.
    """
    if settings.is_embedded:
        return await asyncio.to_thread(schema_of, sqlite_path(settings.store_url))
    known = len(adapter("postgres", "migrations").MIGRATIONS)
    database = await adapter("postgres", "database").PostgresDatabase.open(settings.store_url, size=1)
    await database.close()
    return Schema(known, known)


async def migrate_store(settings: Settings, to: int | None = None) -> int:
    """Bring the store's schema to step *to*, by default the newest; return it.

    Raises:
        ConfigurationError: there is no such step, or the schema is newer than this program.
    """
    if settings.is_embedded:
        path = sqlite_path(settings.store_url)
        made(path.parent)
        return await asyncio.to_thread(move_schema, private(path), to)
    reached: int = await adapter("postgres", "migrations").migrate(settings.store_url, to)
    return reached


def backup_source(settings: Settings) -> Source:
    """Return what `chariot backup` copies.

    Raises:
        ConfigurationError: the store's engine cannot be backed up by this program.
    """
    if settings.is_embedded:
        return SqliteSource(_backup_files(settings))
    source: Source = adapter("postgres", "backup").PostgresSource(settings.store_url)
    return source


def restore_target(settings: Settings) -> Target:
    """Return what `chariot restore` writes to."""
    if settings.is_embedded:
        return SqliteTarget(_backup_files(settings))
    target: Target = adapter("postgres", "backup").PostgresTarget(settings.store_url)
    return target


def _backup_files(settings: Settings) -> tuple[File, ...]:
    # The store remembers which knowledge it has taken in: a copy of that knowledge may be newer, never older.
    return (
        File("chariot.db", sqlite_path(settings.store_url), len(MIGRATIONS)),
        File("intel.db", settings.home_path / "intel.db", intel_schema.VERSION),
    )
