"""The composition root: the one file that names adapters and wires services. Nothing connects at import."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.network.names import resolver_at
from chariot.adapters.network.network import ScanNetworkFactory
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite_intel.store import SqliteIntelStore
from chariot.application import Application
from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
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
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.owners import is_dead, this_owner
from chariot.modules.work.pipeline import Pipeline
from chariot.modules.work.queues import ASSET, RISK, SCAN, STAGES
from chariot.modules.work.relay import Relay
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
        database = SqliteDatabase(_sqlite_path(settings.store_url))
        stack.push_async_callback(database.close)
        store = SqliteEntityStore(database, now=_now)
        surface = SurfaceService(store, now=_now)
        bus = LocalBus(database, now=_now)
        await bus.recover(is_dead)
        intel_store = SqliteIntelStore(home / "intel.db", now=_now)
        stack.push_async_callback(intel_store.close)
        intel = Intelligence(intel_store, Aliases.built_in())
        await intel.ensure_starter()
        classes = load_capabilities()
        registry = Registry(classes, _parameters(classes, settings))
        keeper = ScopeKeeper(store)
        stages = _stages(settings, registry, surface, keeper, bus, intel)
        planner = Planner(registry, surface, keeper, bus)
        relay = Relay(store, bus, SqliteCheckpoints(database), (*planner.routes(), *risk_routes.routes()))
        workers = _workers(bus, [planner, *stages], settings.limits, relay)
        yield Application(
            settings=settings,
            organisation=Organisation(settings.organisation),
            store=store,
            surface=surface,
            bus=bus,
            pipeline=Pipeline(store, bus, relay, workers),
            intel=intel,
            scans=ScanService(bus, store, keeper, now=_now),
            risk=RiskService(surface, now=_now),
            exchange=ImportService(surface, installed_formats(), now=_now),
            capabilities={cls.name: cls for cls in classes},
        )


def _made(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(f"cannot make the data folder {home}: {error.strerror}") from error
    return home


def _sqlite_path(url: str) -> Path:
    parts = urlsplit(url)
    if parts.scheme != "sqlite" or not parts.path.strip("/"):
        raise ConfigurationError(
            f"the store {parts.scheme or url}:… is not known; use sqlite:///path/to/file.db"
        )
    return Path(parts.path[1:] if parts.path.startswith("//") else parts.path)


def _parameters(classes: Sequence[type[AnyCapability]], settings: Settings) -> dict[str, dict[str, Any]]:
    """Give every capability that probes ports the ports of the settings."""
    return {
        cls.name: {"ports": list(settings.ports)}
        for cls in classes
        if any(field.name == "ports" for field in msgspec.structs.fields(cls.parameters_type))
    }


def _stages(
    settings: Settings,
    registry: Registry,
    surface: SurfaceService,
    keeper: ScopeKeeper,
    bus: LocalBus,
    intel: Intelligence,
) -> list[Stage]:
    limits = settings.limits
    networks = ScanNetworkFactory(
        resolver_at(settings.resolver),
        Buckets(limits.packets_per_s, limits.packets_per_target_per_s),
        CountingJournal(),
        now=_now,
    )
    runners = [Runner(queue, registry, surface, keeper, networks, now=_now) for queue in QUEUES.values()]
    correlator = Correlator(surface, intel, now=_now)
    assessor = Assessor(surface, now=_now)
    return [*runners, CorrelateStage(surface, correlator, bus), AssessStage(surface, assessor, bus)]


def _workers(bus: LocalBus, stages: Sequence[Stage], limits: Limits, relay: Relay) -> list[Worker]:
    owner = this_owner()
    return [
        Worker(bus, stage, _limited(STAGES[stage.queue], limits), owner=owner, now=_now, after=relay.nudge)
        for stage in stages
    ]


def _limited(stage: StageSettings, limits: Limits) -> StageSettings:
    workers = {ASSET: limits.asset_workers, RISK: limits.risk_workers, SCAN: limits.scan_workers}
    return msgspec.structs.replace(stage, concurrency=workers.get(stage.queue, stage.concurrency))
