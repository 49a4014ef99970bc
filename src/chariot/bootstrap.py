"""The composition root: the one file that names adapters and wires services. Nothing connects at import."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from chariot.adapters.keyfile.keys import FileKeys
from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.network.names import resolver_at
from chariot.adapters.network.network import ScanNetworkFactory
from chariot.adapters.sqlite.backup import File, SqliteSource, SqliteTarget, in_use
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.leases import SqliteLeases
from chariot.adapters.sqlite.migrations import MIGRATIONS
from chariot.adapters.sqlite.schema import Schema, move_schema, schema_of
from chariot.adapters.sqlite_intel import schema as intel_schema
from chariot.adapters.sqlite_intel.store import SqliteIntelStore
from chariot.application import Application
from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.alerts.ports import Alert, Channel, Channels
from chariot.modules.alerts.service import AlertService
from chariot.modules.alerts.stage import NotifyStage
from chariot.modules.alerts.stage import routes as alert_routes
from chariot.modules.backup.ports import Source, Target
from chariot.modules.caching.breaker import Breaker
from chariot.modules.caching.layered import ResilientRateLimits
from chariot.modules.caching.memory import MemoryRateLimits
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.journal import CountingJournal
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.planner import Planner
from chariot.modules.discovery.registry import QUEUES, AnyCapability, Registry, load_capabilities
from chariot.modules.discovery.runner import Runner
from chariot.modules.discovery.scans import ScanService
from chariot.modules.exchange.imports import ImportService, installed_formats
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.service import Intelligence
from chariot.modules.risk import routes as risk_routes
from chariot.modules.risk.assess import Assessor, AssessStage
from chariot.modules.risk.correlate import CorrelateStage, Correlator
from chariot.modules.risk.follow import IntelFollower
from chariot.modules.risk.service import RiskService
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work import scheduler as schedule
from chariot.modules.work.leases import Leases
from chariot.modules.work.owners import is_dead, this_owner
from chariot.modules.work.pipeline import Pipeline
from chariot.modules.work.ports import Bus, Checkpoints
from chariot.modules.work.queues import ASSET, RISK, SCAN, STAGES
from chariot.modules.work.relay import Relay
from chariot.modules.work.scheduler import Scheduler
from chariot.modules.work.stages import Stage, StageSettings
from chariot.modules.work.worker import Worker
from chariot.settings import Limits, Settings


def _now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncIterator[Application]:
    """Wire everything that *settings* ask for, and let go of it at the end.

    Raises:
        ConfigurationError: a setting is wrong, or something it names cannot be opened; the text says which.
    """
    home = _made(settings.home_path)
    async with AsyncExitStack() as stack:
        engines = await _engines(settings, stack)
        intel_store = SqliteIntelStore(_private(home / "intel.db"), now=_now)
        stack.push_async_callback(intel_store.close)
        intel = Intelligence(intel_store, Aliases.built_in())
        await intel.ensure_starter()
        vault = Vault(FileKeys(home / "master.key"))
        surface = SurfaceService(engines.store, now=_now, seal=vault.seal)
        keeper = ScopeKeeper(engines.store)
        capabilities = load_capabilities()
        correlator = Correlator(surface, intel, now=_now)
        follower = IntelFollower(surface, intel, correlator, engines.bus, engines.checkpoints, now=_now)
        if settings.is_embedded:
            # A feed that was loaded since the last start reaches what is on the surface before anything else.
            await follower.follow()
        scans = ScanService(engines.bus, engines.store, keeper, now=_now)
        risk = RiskService(surface, now=_now)
        channels = _channels(settings, stack)
        notify = NotifyStage(surface, channels, reveal=vault.open, now=_now)
        yield Application(
            settings=settings,
            organisation=Organisation(settings.organisation),
            store=engines.store,
            surface=surface,
            bus=engines.bus,
            pipeline=_pipeline(settings, engines, surface, keeper, correlator, capabilities, notify),
            leases=engines.leases,
            rate_limits=_rate_limits(settings, stack),
            scheduler=_scheduler(engines, surface, follower, scans, risk),
            intel=intel,
            scans=scans,
            risk=risk,
            alerts=AlertService(surface, channels, reveal=vault.open, now=_now),
            exchange=ImportService(surface, installed_formats(), now=_now),
            capabilities={cls.name: cls for cls in capabilities},
        )


class _Engines(msgspec.Struct, frozen=True):
    """The adapters that the settings chose."""

    store: EntityStore
    bus: Bus
    checkpoints: Checkpoints
    leases: Leases


async def _engines(settings: Settings, stack: AsyncExitStack) -> _Engines:
    match _scheme(settings.store_url):
        case "sqlite":
            path = _sqlite_path(settings.store_url)
            stack.enter_context(in_use(path))
            database = SqliteDatabase(_private(path))
            stack.push_async_callback(database.close)
            return _Engines(
                SqliteEntityStore(database, now=_now),
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


async def _postgres(settings: Settings, stack: AsyncExitStack) -> _Engines:
    database = await _adapter("postgres", "database").PostgresDatabase.open(settings.store_url)
    stack.push_async_callback(database.close)
    return _Engines(
        _adapter("postgres", "entity_store").PostgresEntityStore(database, now=_now),
        await _bus(settings, stack, None),
        _adapter("postgres", "checkpoints").PostgresCheckpoints(database),
        _adapter("postgres", "leases").PostgresLeases(database),
    )


async def _bus(settings: Settings, stack: AsyncExitStack, database: SqliteDatabase | None) -> Bus:
    match _scheme(settings.bus):
        case "" if database is not None:
            local = LocalBus(database, now=_now)
            await local.recover(is_dead)
            return local
        case "":
            raise ConfigurationError('only SQLite holds the queues itself; set bus = "nats://host:4222"')
        case "nats" | "tls":
            distant = _adapter("nats", "bus").NatsBus(settings.bus, process=this_owner(), now=_now)
            stack.push_async_callback(distant.close)
            await distant.recover(is_dead)
            found: Bus = distant
            return found
        case other:
            raise ConfigurationError(f"the bus {other!r} is not known; use nats://host:4222")


def _rate_limits(settings: Settings, stack: AsyncExitStack) -> ResilientRateLimits | None:
    match _scheme(settings.cache):
        case "":
            return None
        case "redis" | "rediss":
            connection = _adapter("redis", "connection").RedisConnection(settings.cache)
            stack.push_async_callback(connection.close)
            shared = _adapter("redis", "limits").RedisRateLimits(connection)
            return ResilientRateLimits(shared, MemoryRateLimits(), Breaker("the shared cache"))
        case other:
            raise ConfigurationError(f"the cache {other!r} is not known; use redis://host:6379/0")


def _scheme(url: str) -> str:
    # What stands before the colon is shown in errors; it may not be a password that was put there by mistake.
    scheme, colon, _ = url.partition("://")
    if url and not colon:
        raise ConfigurationError("a URL of the settings has no '://'; write scheme://…")
    return "postgresql" if scheme == "postgres" else scheme


def _adapter(package: str, module: str) -> Any:
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


async def check_schema(settings: Settings) -> Schema:
    """Return which schema the store has and which this program knows.

    Raises:
        ConfigurationError: the store cannot be read, or (PostgreSQL) its schema is not the one that is known.
    """
    if settings.is_embedded:
        return await asyncio.to_thread(schema_of, _sqlite_path(settings.store_url))
    known = len(_adapter("postgres", "migrations").MIGRATIONS)
    database = await _adapter("postgres", "database").PostgresDatabase.open(settings.store_url, size=1)
    await database.close()
    return Schema(known, known)


async def migrate_store(settings: Settings, to: int | None = None) -> int:
    """Bring the store's schema to step *to*, by default the newest; return it.

    Raises:
        ConfigurationError: there is no such step, or the schema is newer than this program.
    """
    if settings.is_embedded:
        path = _sqlite_path(settings.store_url)
        _made(path.parent)
        return await asyncio.to_thread(move_schema, _private(path), to)
    reached: int = await _adapter("postgres", "migrations").migrate(settings.store_url, to)
    return reached


def backup_source(settings: Settings) -> Source:
    """Return what `chariot backup` copies.

    Raises:
        ConfigurationError: the store's engine cannot be backed up by this program.
    """
    if settings.is_embedded:
        return SqliteSource(_backup_files(settings))
    source: Source = _adapter("postgres", "backup").PostgresSource(settings.store_url)
    return source


def restore_target(settings: Settings) -> Target:
    """Return what `chariot restore` writes to."""
    if settings.is_embedded:
        return SqliteTarget(_backup_files(settings))
    target: Target = _adapter("postgres", "backup").PostgresTarget(settings.store_url)
    return target


def _backup_files(settings: Settings) -> tuple[File, ...]:
    # The store remembers which knowledge it has taken in: a copy of that knowledge may be newer, never older.
    return (
        File("chariot.db", _sqlite_path(settings.store_url), len(MIGRATIONS)),
        File("intel.db", settings.home_path / "intel.db", intel_schema.VERSION),
    )


def _scheduler(
    engines: _Engines,
    surface: SurfaceService,
    follower: IntelFollower,
    scans: ScanService,
    risk: RiskService,
) -> Scheduler:
    actions: dict[str, schedule.Action] = {
        schedule.FOLLOW_FEEDS: lambda _: follower.follow(),
        schedule.EXPIRE: surface.expire,
        schedule.END_ACCEPTANCES: risk.end_acceptances,
        schedule.RECHECK: follower.recheck,
        # What is known is looked at again; a capability whose period has not passed leaves its target alone.
        schedule.RESCAN: lambda organisation: scans.start(organisation, (), requested_by="schedule"),
    }
    return Scheduler(engines.store, engines.checkpoints, actions, now=_now)


def _pipeline(
    settings: Settings,
    engines: _Engines,
    surface: SurfaceService,
    keeper: ScopeKeeper,
    correlator: Correlator,
    capabilities: Sequence[type[AnyCapability]],
    notify: NotifyStage,
) -> Pipeline:
    bus = engines.bus
    registry = Registry(capabilities, _parameters(capabilities, settings))
    planner = Planner(registry, surface, keeper, bus)
    stages: list[Stage] = [
        planner,
        *_runners(settings, registry, surface, keeper),
        CorrelateStage(surface, correlator, bus),
        AssessStage(surface, Assessor(surface, now=_now), bus),
        notify,
    ]
    routes = (*planner.routes(), *risk_routes.routes(), *alert_routes())
    relay = Relay(engines.store, bus, engines.checkpoints, routes)
    owner = this_owner()
    workers = [
        Worker(bus, stage, _limited(stage, settings.limits), owner=owner, now=_now, after=relay.nudge)
        for stage in stages
    ]
    return Pipeline(engines.store, bus, relay, workers)


def _made(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(f"cannot make the data folder {home}: {error.strerror}") from error
    return home


def _private(path: Path) -> Path:
    """Return *path*, made readable by its owner only where it is new; the engine keeps the mode."""
    try:
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"cannot open {path}: {error.strerror}") from error
    return path


def _sqlite_path(url: str) -> Path:
    """Return the file of a URL: three slashes begin a relative path, four an absolute one."""
    path = url.removeprefix("sqlite:///")
    if path in (url, ""):
        raise ConfigurationError("the store's URL names no file; use sqlite:///path/to/file.db")
    return Path(path)


def _parameters(classes: Sequence[type[AnyCapability]], settings: Settings) -> dict[str, dict[str, Any]]:
    """Give every capability that probes ports the ports of the settings."""
    return {
        cls.name: {"ports": list(settings.ports)}
        for cls in classes
        if any(field.name == "ports" for field in msgspec.structs.fields(cls.parameters_type))
    }


def _runners(
    settings: Settings, registry: Registry, surface: SurfaceService, keeper: ScopeKeeper
) -> list[Runner]:
    limits = settings.limits
    networks = ScanNetworkFactory(
        resolver_at(settings.resolver),
        Buckets(limits.packets_per_s, limits.packets_per_target_per_s),
        CountingJournal(),
        now=_now,
    )
    return [Runner(queue, registry, surface, keeper, networks, now=_now) for queue in QUEUES.values()]


class _LateChannel:
    """A channel that is made when the first alert needs it: its library takes longer to load than all the rest."""

    def __init__(self, make: Callable[[], Channel]) -> None:
        self._make = make
        self._channel: Channel | None = None

    async def send(self, address: str, alert: Alert, *, signing_key: str) -> None:
        """See `Channel.send`."""
        if self._channel is None:
            self._channel = await asyncio.to_thread(self._make)
        await self._channel.send(address, alert, signing_key=signing_key)


def _channels(settings: Settings, stack: AsyncExitStack) -> Channels:
    def webhook() -> Channel:
        guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(settings.webhook_networks)
        made: Channel = importlib.import_module("chariot.adapters.webhook.channel").WebhookChannel(
            guard, now=_now
        )
        return made

    def services() -> Channel:
        guard = importlib.import_module("chariot.adapters.webhook.guard").Guard(settings.webhook_networks)
        made = importlib.import_module("chariot.adapters.apprise_channel.channel").AppriseChannel(guard)
        stack.callback(made.close)
        channel: Channel = made
        return channel

    return Channels(_LateChannel(webhook), _LateChannel(services))


def _limited(stage: Stage, limits: Limits) -> StageSettings:
    usual = STAGES[stage.queue]
    workers = {ASSET: limits.asset_workers, RISK: limits.risk_workers, SCAN: limits.scan_workers}
    return msgspec.structs.replace(usual, concurrency=workers.get(stage.queue, usual.concurrency))
