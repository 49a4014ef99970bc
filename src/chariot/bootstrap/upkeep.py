"""The schema and the backups of each database that the settings name."""

import asyncio
from datetime import UTC, datetime

from chariot.adapters.sqlite.backup import File, SqliteSource, SqliteTarget
from chariot.adapters.sqlite.migrations import MIGRATIONS
from chariot.adapters.sqlite.schema import Schema, move_schema, schema_of
from chariot.adapters.sqlite_intel import schema as intel_schema
from chariot.bootstrap.homes import adapter, is_sqlite, place, routes
from chariot.bootstrap.places import made, private, sqlite_path
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.backup.ports import Source, Target
from chariot.settings import Settings


def stores(settings: Settings) -> dict[str, str]:
    """Return where each database is, by the organisation that lives there alone; that of all is named "".

    Raises:
        ConfigurationError: a URL leads nowhere that is known.
    """
    return {"": place(settings.store_url), **{name: place(url) for name, url in routes(settings).items()}}


def _url(settings: Settings, of: str) -> str:
    """Return the URL of the database of all, or of the one in which *of* lives alone.

    Raises:
        InvalidError: *of* has none of its own.
    """
    if not of:
        return settings.store_url
    own = routes(settings)
    if of not in own:
        raise InvalidError(f"{of[:80]!r} has no database of its own in the settings", place="--of")
    return own[Organisation(of)]


async def check_schema(settings: Settings, of: str = "") -> Schema:
    """Return which schema the database of all (or of *of*) has and which this program knows.

    Raises:
        ConfigurationError: the store cannot be read, or (PostgreSQL) its schema is not the one that is known.
    """
    url = _url(settings, of)
    if is_sqlite(url):
        return await asyncio.to_thread(schema_of, sqlite_path(url))
    known = len(adapter("postgres", "migrations").MIGRATIONS)
    database = await adapter("postgres", "database").PostgresDatabase.open(url, size=1)
    await database.close()
    return Schema(known, known)


async def try_writing(settings: Settings, of: str = "") -> None:
    """Keep a moment in the database of all (or of *of*); nothing happens where it is SQLite's file.

    Raises:
        UnavailableError: it is away, read-only or full.
    """
    url = _url(settings, of)
    if is_sqlite(url):
        return
    database = await adapter("postgres", "database").PostgresDatabase.open(url, size=1)
    try:
        checkpoints = adapter("postgres", "checkpoints").PostgresCheckpoints(database)
        await checkpoints.put("writing", int(datetime.now(UTC).timestamp()))
    finally:
        await database.close()


async def clock_skew_s(settings: Settings) -> float:
    """Return by how much this machine's clock stands ahead of the one of the database of all, in seconds.

    Raises:
        ConfigurationError: the database cannot be read.
        UnavailableError: it is away.
    """
    if is_sqlite(settings.store_url):
        return 0.0
    database = await adapter("postgres", "database").PostgresDatabase.open(settings.store_url, size=1)
    try:
        clock = adapter("postgres", "clock").PostgresClock(database)
        await clock.look()
        skew_s: float = clock.skew_s()
        return skew_s
    finally:
        await database.close()


async def reach_bus(settings: Settings) -> str:
    """Return where the queues are, when their server answers; nothing is made there.

    Raises:
        ConfigurationError: the URL is wrong, or the driver is missing.
        UnavailableError: the server is away, or refuses.
    """
    link = adapter("nats", "link").Link(settings.bus)
    try:
        version = (await link.client()).connected_server_version
        return f"NATS {version.major}.{version.minor}.{version.patch} answers"
    finally:
        await link.close()


async def reach_cache(settings: Settings) -> str:
    """Return where the shared cache is, when its server answers; raises as `reach_bus` does."""
    connection = adapter("redis", "connection").RedisConnection(settings.cache)
    try:
        await connection.run(lambda client: client.ping())
        return "Redis answers"
    finally:
        await connection.close()


async def migrate_store(settings: Settings, to: int | None = None, of: str = "") -> int:
    """Bring the schema of the database of all (or of *of*) to step *to*, by default the newest; return it.

    Raises:
        ConfigurationError: there is no such step, or the schema is newer than this program.
    """
    url = _url(settings, of)
    if is_sqlite(url):
        path = sqlite_path(url)
        made(path.parent)
        return await asyncio.to_thread(move_schema, private(path), to)
    reached: int = await adapter("postgres", "migrations").migrate(url, to)
    return reached


def backup_source(settings: Settings, of: str = "") -> Source:
    """Return what `chariot backup` copies.

    Raises:
        ConfigurationError: the store's engine cannot be backed up by this program.
    """
    url = _url(settings, of)
    if is_sqlite(url):
        return SqliteSource(_backup_files(settings, of))
    source: Source = adapter("postgres", "backup").PostgresSource(url)
    return source


def restore_target(settings: Settings, of: str = "") -> Target:
    """Return what `chariot restore` writes to."""
    url = _url(settings, of)
    if is_sqlite(url):
        return SqliteTarget(_backup_files(settings, of))
    target: Target = adapter("postgres", "backup").PostgresTarget(url)
    return target


def _backup_files(settings: Settings, of: str) -> tuple[File, ...]:
    store = File("chariot.db", sqlite_path(_url(settings, of)), len(MIGRATIONS))
    if of:
        return (store,)
    # The store remembers which knowledge it has taken in: a copy of that knowledge may be newer, never older.
    return (store, File("intel.db", settings.home_path / "intel.db", intel_schema.VERSION))
