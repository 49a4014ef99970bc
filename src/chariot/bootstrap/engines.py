"""The adapters that the settings choose: where entities, queues and shared limits are kept."""

import importlib
from contextlib import AsyncExitStack
from typing import Any

import msgspec

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.backup import in_use
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.leases import SqliteLeases
from chariot.bootstrap.places import now, private, sqlite_path
from chariot.errors import ConfigurationError
from chariot.modules.caching.breaker import Breaker
from chariot.modules.caching.layered import ResilientRateLimits
from chariot.modules.caching.memory import MemoryRateLimits
from chariot.modules.surface.ports import EntityStore
from chariot.modules.work.leases import Leases
from chariot.modules.work.owners import is_dead, this_owner
from chariot.modules.work.ports import Bus, Checkpoints
from chariot.settings import Settings


class Engines(msgspec.Struct, frozen=True):
    """The adapters that the settings chose."""

    store: EntityStore
    bus: Bus
    checkpoints: Checkpoints
    leases: Leases


async def open_engines(settings: Settings, stack: AsyncExitStack) -> Engines:
    """Open what the URLs of *settings* name; *stack* closes it.

    Raises:
        ConfigurationError: a URL names nothing that is known, its driver is missing, or it cannot be opened.
    """
    match scheme(settings.store_url):
        case "sqlite":
            path = sqlite_path(settings.store_url)
            stack.enter_context(in_use(path))
            database = SqliteDatabase(private(path))
            stack.push_async_callback(database.close)
            return Engines(
                SqliteEntityStore(database, now=now),
                await _bus(settings, stack, database),
                SqliteCheckpoints(database),
                SqliteLeases(database),
            )
        case "postgresql":
            return await _postgres(settings, stack)
        case other:
            raise ConfigurationError(
                f"the store {other!r} is not known; use sqlite:///path/to/file.db or postgresql://user@host/database"
            )


async def _postgres(settings: Settings, stack: AsyncExitStack) -> Engines:
    database = await adapter("postgres", "database").PostgresDatabase.open(settings.store_url)
    stack.push_async_callback(database.close)
    return Engines(
        adapter("postgres", "entity_store").PostgresEntityStore(database, now=now),
        await _bus(settings, stack, None),
        adapter("postgres", "checkpoints").PostgresCheckpoints(database),
        adapter("postgres", "leases").PostgresLeases(database),
    )


async def _bus(settings: Settings, stack: AsyncExitStack, database: SqliteDatabase | None) -> Bus:
    match scheme(settings.bus):
        case "" if database is not None:
            local = LocalBus(database, now=now)
            await local.recover(is_dead)
            return local
        case "":
            raise ConfigurationError('only SQLite holds the queues itself; set bus = "nats://host:4222"')
        case "nats" | "tls":
            distant = adapter("nats", "bus").NatsBus(settings.bus, process=this_owner(), now=now)
            stack.push_async_callback(distant.close)
            await distant.recover(is_dead)
            found: Bus = distant
            return found
        case other:
            raise ConfigurationError(f"the bus {other!r} is not known; use nats://host:4222")


def rate_limits(settings: Settings, stack: AsyncExitStack) -> ResilientRateLimits | None:
    """Return the limits that several servers share, or None where each has only its own."""
    match scheme(settings.cache):
        case "":
            return None
        case "redis" | "rediss":
            connection = adapter("redis", "connection").RedisConnection(settings.cache)
            stack.push_async_callback(connection.close)
            shared = adapter("redis", "limits").RedisRateLimits(connection)
            return ResilientRateLimits(shared, MemoryRateLimits(), Breaker("the shared cache"))
        case other:
            raise ConfigurationError(f"the cache {other!r} is not known; use redis://host:6379/0")


def scheme(url: str) -> str:
    """Return what stands before `://`, or nothing of an empty URL."""
    # It is shown in errors, so it may not be a password that was put there by mistake.
    name, colon, _ = url.partition("://")
    if url and not colon:
        raise ConfigurationError("a URL of the settings has no '://'; write scheme://…")
    return "postgresql" if name == "postgres" else name


def adapter(package: str, module: str) -> Any:
    """Import an adapter only when it was chosen: its driver is not part of every installation.

    Raises:
        ConfigurationError: the driver is not installed.
    """
    try:
        return importlib.import_module(f"chariot.adapters.{package}.{module}")
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("chariot."):
            raise
        raise ConfigurationError(
            f"{package} needs {error.name}, which is not installed: pip install 'chariot-asm[{package}]'"
        ) from error
