"""Homes: each database that the settings name, with what is kept in it."""

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.aliases import SqliteAliases
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.backup import in_use
from chariot.adapters.sqlite.data_keys import SqliteDataKeys
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.adapters.sqlite.leases import SqliteLeases
from chariot.adapters.sqlite.mending import SqliteMender
from chariot.adapters.sqlite.receipts import SqliteReceipts
from chariot.bootstrap.places import Clock, now, private, sqlite_path
from chariot.errors import ConfigurationError
from chariot.model.keys import SHARED, Organisation
from chariot.modules.audit.aliases import Aliases
from chariot.modules.audit.ports import AuditLog
from chariot.modules.discovery.journal import JournalStore
from chariot.modules.receipts.ports import Receipts
from chariot.modules.secrets.ports import DataKeys
from chariot.modules.surface.mending import Mender
from chariot.modules.surface.ports import EntityStore
from chariot.modules.work.leases import Leases
from chariot.modules.work.owners import is_dead
from chariot.modules.work.ports import Bus, Checkpoints
from chariot.modules.work.relay import Hints
from chariot.modules.work.traces import ToldTraces
from chariot.settings import Settings
from chariot.telemetry import Pools


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """One database, and what is kept in it."""

    store: EntityStore
    checkpoints: Checkpoints
    leases: Leases
    receipts: Receipts
    audit: AuditLog
    aliases: Aliases
    journal: JournalStore
    data_keys: DataKeys
    mender: Mender
    bus: Bus | None = None
    """The queues, where the database can hold them."""
    hints: Hints | None = None
    """Tells of commits, where the database can …"""
    told: ToldTraces = msgspec.field(default_factory=ToldTraces)
    """… and of the traces in which they were made."""
    upkeep: Callable[[int], Awaitable[object]] | None = None
    """Does the database's daily upkeep, where it needs one; takes how many days of history are kept."""
    pools: Pools = dict
    """Tells how busy the database is."""
    database: Any = None
    """The PostgreSQL database, for what else is kept in it."""
    clock: Clock = now
    """Tells the time for all processes that share the database."""
    skew_s: Callable[[], float] = float
    """Tells by how much this machine's clock stands ahead of that."""


async def open_home(url: str, stack: AsyncExitStack) -> Home:
    """Open the database at *url*; *stack* closes it.

    Raises:
        ConfigurationError: the URL names nothing that is known, its driver is missing, or it cannot be opened.
    """
    if is_sqlite(url):
        return await _sqlite(sqlite_path(url), stack)
    return await _postgres(url, stack)


def is_sqlite(url: str) -> bool:
    """Return whether the store at *url* is a file, else it is a PostgreSQL database.

    Raises:
        ConfigurationError: it is neither.
    """
    match scheme(url):
        case "sqlite":
            return True
        case "postgresql":
            return False
        case other:
            raise ConfigurationError(
                f"the store {other!r} is not known; use sqlite:///path/to/file.db or postgresql://user@host/database"
            )


async def _sqlite(path: Path, stack: AsyncExitStack) -> Home:
    stack.enter_context(in_use(path))
    database = SqliteDatabase(private(path))
    stack.push_async_callback(database.close)
    bus = LocalBus(database, now=now)
    await bus.recover(is_dead)
    return Home(
        store=SqliteEntityStore(database, now=now),
        checkpoints=SqliteCheckpoints(database),
        leases=SqliteLeases(database),
        receipts=SqliteReceipts(database, now=now),
        audit=SqliteAuditLog(database),
        aliases=SqliteAliases(database),
        journal=SqliteJournalStore(database),
        data_keys=SqliteDataKeys(database),
        mender=SqliteMender(database, now=now),
        bus=bus,
        pools=database.pools,
    )


async def _postgres(url: str, stack: AsyncExitStack) -> Home:
    database = await adapter("postgres", "database").PostgresDatabase.open(url)
    stack.push_async_callback(database.close)
    clock = adapter("postgres", "clock").PostgresClock(database)
    await clock.look()
    following = asyncio.create_task(clock.follow())
    stack.push_async_callback(_ended, following)
    told = ToldTraces()
    watch, partitions = adapter("postgres", "notices").watch, adapter("postgres", "partitions")
    return Home(
        store=adapter("postgres", "entity_store").PostgresEntityStore(database, now=clock.now),
        checkpoints=adapter("postgres", "checkpoints").PostgresCheckpoints(database),
        leases=adapter("postgres", "leases").PostgresLeases(database),
        receipts=adapter("postgres", "receipts").PostgresReceipts(database),
        audit=adapter("postgres", "audit").PostgresAuditLog(database),
        aliases=adapter("postgres", "aliases").PostgresAliases(database),
        journal=adapter("postgres", "journal").PostgresJournalStore(database),
        data_keys=adapter("postgres", "data_keys").PostgresDataKeys(database),
        mender=adapter("postgres", "mending").PostgresMender(database),
        hints=lambda: watch(url, told.tell),
        told=told,
        upkeep=lambda days: partitions.upkeep(database, days),
        pools=database.pools,
        database=database,
        clock=clock.now,
        skew_s=clock.skew_s,
    )


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def routes(settings: Settings) -> dict[Organisation, str]:
    """Return the URLs of the organisations that stand apart.

    Raises:
        ConfigurationError: one cannot stand apart, or its database is the one of all.
    """
    found: dict[Organisation, str] = {}
    shared = place(settings.store_url)
    for name, own in settings.organisations.items():
        if not name or name == SHARED:
            raise ConfigurationError(f"organisations.{name}: this is no organisation that can stand apart")
        if place(own.store) == shared:
            raise ConfigurationError(
                f"organisations.{name}.store names the database of all: give it one of its own"
            )
        found[Organisation(name)] = own.store
    return found


def place(url: str) -> str:
    """Return where *url* leads, as a person may read it: the same for the same database, without a password.

    Raises:
        ConfigurationError: it leads nowhere that is known.
    """
    if is_sqlite(url):
        return str(sqlite_path(url).absolute())
    return str(adapter("postgres", "errors").place_of(url))


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
