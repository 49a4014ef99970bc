"""The composition root: the one package that names adapters and wires services. Nothing connects at import."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from chariot.adapters.keyfile.keys import FileKeys
from chariot.application import Application
from chariot.bootstrap.auditing import Detection, did, make_audit, make_detection
from chariot.bootstrap.channels import make_channels
from chariot.bootstrap.discovering import Discovery, make_discovery
from chariot.bootstrap.engines import Engines, open_engines
from chariot.bootstrap.exchanging import Exchange, make_exchange
from chariot.bootstrap.identity import make_identity
from chariot.bootstrap.keeping import check_residency, make_keep, make_key_service, make_privacy
from chariot.bootstrap.knowledge import make_stock, open_intelligence
from chariot.bootstrap.pipeline import make_pipeline, make_plans, make_scheduler
from chariot.bootstrap.places import Clock, made
from chariot.bootstrap.scoring import Scoring, make_scoring
from chariot.bootstrap.shared import Shared, open_shared
from chariot.bootstrap.watching import open_tracing, watch_engines
from chariot.model.keys import Organisation
from chariot.modules.access.administration import Administration
from chariot.modules.access.directory import StoreDirectory
from chariot.modules.access.service import AccessService
from chariot.modules.access.standing import Standing
from chariot.modules.access.widening import Widening
from chariot.modules.alerts.service import AlertService
from chariot.modules.alerts.stage import NotifyStage
from chariot.modules.audit.edits import EditAudit
from chariot.modules.audit.service import AuditService
from chariot.modules.caching.store import CachedStore, TellingStore
from chariot.modules.discovery.ownership import OwnershipService
from chariot.modules.exchange.imports import ImportService, installed_formats
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.intel.service import Intelligence
from chariot.modules.privacy.service import PrivacyService
from chariot.modules.risk.correlate import Correlator
from chariot.modules.risk.follow import IntelFollower
from chariot.modules.risk.service import RiskService
from chariot.modules.secrets.keyring import KeyRing
from chariot.modules.secrets.service import KeyService
from chariot.modules.secrets.store import OpeningStore
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.telling import Tell
from chariot.modules.work.scheduler import INTEGRATE, KEEP, Action
from chariot.modules.work.writing import WriteProbe
from chariot.settings import Settings
from chariot.telemetry import CallTimes


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncIterator[Application]:
    """Wire everything that *settings* ask for, and let go of it at the end.

    Raises:
        ConfigurationError: a setting is wrong, or something it names cannot be opened; the text says which.
    """
    check_residency(settings)
    home = made(settings.home_path)
    async with AsyncExitStack() as stack:
        calls, tracing = CallTimes(), open_tracing(settings, stack)
        engines = watch_engines(await open_engines(settings, stack), calls, tracing)
        engines, pages, shared = _cached(settings, engines, stack)
        masters, vault = _vault(home, engines)
        audit = make_audit(home, engines, vault, stack)
        intel = await open_intelligence(home, engines, stack)
        store, pages = OpeningStore(engines.store, vault), OpeningStore(pages, vault)
        access, tell = _standing(store, audit, engines.now)
        surface = SurfaceService(store, now=engines.now, seal=vault.seal, ready=vault.ready, tell=tell)
        discovery = make_discovery(settings, home, engines, surface, shared, stack)
        ownership = OwnershipService(surface, now=engines.now)
        correlator, follower = await _following(settings, engines, surface, intel)
        scoring = make_scoring(settings, engines, surface, stack)
        channels = make_channels(settings, stack, engines)
        imports = ImportService(surface, installed_formats(), now=engines.now)
        exchange = _exchange(settings, surface, engines, scoring.risk, imports, vault, discovery)
        keys = ApiKeys(surface, reveal=vault.open, now=engines.now)
        stages = (NotifyStage(surface, channels, reveal=vault.open, now=engines.now), *exchange.stages)
        detection = make_detection(settings, home, engines, audit, surface)
        secrets, privacy, keep = _kept(settings, store, engines, vault, masters, audit)
        by_clock = {**scoring.actions, **detection.actions, **_by_clock_of(exchange, keep)}
        parts = (settings, engines, surface, discovery, correlator, scoring.assessor, ownership)
        yield Application(
            settings=settings,
            organisation=Organisation(settings.organisation),
            store=store,
            pages=pages,
            surface=surface,
            access=access,
            administration=Administration(surface, access),
            **_of_engines(engines, shared, calls),
            pipeline=make_pipeline(*parts, exchange.files, stages),
            scheduler=make_scheduler(settings, engines, surface, follower, discovery.scans, by_clock),
            stock=make_stock(settings, home, intel),
            **_of_knowledge(intel, follower),
            audit=audit,
            secrets=secrets,
            privacy=privacy,
            **_of_detection(detection),
            ownership=ownership,
            **_of_discovery(settings, engines, surface, discovery),
            **_of_scoring(scoring),
            alerts=AlertService(surface, channels, reveal=vault.open, now=engines.now),
            keys=keys,
            identity=make_identity(settings, surface, vault, keys, engines, audit),
            exchange=imports,
            **_of_exchange(exchange),
        )


def _standing(store: EntityStore, audit: AuditService, now: Clock) -> tuple[AccessService, Tell]:
    """Return what knows who may do what, and what is told of each edit that may change it."""
    directory = StoreDirectory(store)
    # To weigh an edit takes roles as they are now, whatever anybody remembers.
    weigh = Widening(store, AccessService(directory, stamp=store.stamp), did(audit, now))
    standing = Standing(EditAudit(audit, weigh))
    return AccessService(directory, stamp=standing.stamp), standing


def _vault(home: Path, engines: Engines) -> tuple[FileKeys, Vault]:
    masters = FileKeys(home / "master.key")
    return masters, Vault(KeyRing(masters, engines.data_keys, now=engines.now), masters)


def _kept(
    settings: Settings,
    store: EntityStore,
    engines: Engines,
    vault: Vault,
    masters: FileKeys,
    audit: AuditService,
) -> tuple[KeyService, PrivacyService, Action]:
    """Return what keeps keys and what keeps promises to people, and what both do each day."""
    secrets = make_key_service(masters, engines, vault, audit)
    privacy = make_privacy(store, engines, vault, audit)
    return secrets, privacy, make_keep(settings, secrets, privacy)


def _by_clock_of(exchange: Exchange, keep: Action) -> dict[str, Action]:
    """Return what the exchange does by the clock, with all that is kept up once a day."""

    async def kept(organisation: Organisation) -> None:
        await keep(organisation)
        await exchange.keep(organisation)

    return {INTEGRATE: exchange.tick, KEEP: kept}


def _of_detection(detection: Detection) -> dict[str, Any]:
    return {"incidents": detection.incidents, "detect": detection.look}


def _of_knowledge(intel: Intelligence, follower: IntelFollower) -> dict[str, Any]:
    return {"intel": intel, "follow_feeds": follower.follow, "recheck": follower.recheck}


def _of_scoring(scoring: Scoring) -> dict[str, Any]:
    return {"risk": scoring.risk, "graph": scoring.graph}


def _exchange(
    settings: Settings,
    surface: SurfaceService,
    engines: Engines,
    risks: RiskService,
    imports: ImportService,
    vault: Vault,
    discovery: Discovery,
) -> Exchange:
    return make_exchange(settings, surface, engines, risks, imports, vault.open, discovery.scans.start)


def _of_discovery(
    settings: Settings, engines: Engines, surface: SurfaceService, discovery: Discovery
) -> dict[str, Any]:
    scanners = discovery.scanners
    return {
        "plans": make_plans(settings, engines, surface, discovery),
        "scans": discovery.scans,
        "contracts": discovery.contracts,
        "contract_keys": discovery.contract_keys,
        "journal": discovery.journal,
        "cadence": scanners.cadence,
        "left_out": scanners.left_out,
        "capabilities": {cls.name: cls for cls in scanners.classes},
    }


def _of_engines(engines: Engines, shared: Shared | None, calls: CallTimes) -> dict[str, Any]:
    return {
        "calls": calls,
        "tracing": engines.tracing,
        "now": engines.now,
        "skew_s": engines.skew_s,
        "writes": WriteProbe(engines.checkpoints, now=engines.now),
        "pools": [home.pools for home in engines.homes.values()],
        "bus": engines.bus,
        "breakers": engines.breakers,
        "leases": engines.leases,
        "hints": [home.hints for home in engines.homes.values() if home.hints is not None],
        "rate_limits": shared.rate_limits if shared is not None else None,
        "receipts": engines.receipts,
    }


def _of_exchange(exchange: Exchange) -> dict[str, Any]:
    return {
        "exports": exchange.exports,
        "files": exchange.files,
        "import_jobs": exchange.jobs,
        "integrations": exchange.integrations,
        "hooks": exchange.hooks,
    }


def _cached(
    settings: Settings, engines: Engines, stack: AsyncExitStack
) -> tuple[Engines, EntityStore, Shared | None]:
    """Return the engines, which tell the shared cache of what they write, what pages are read from, and the cache."""
    shared = open_shared(settings, stack)
    if shared is None:
        return engines, engines.store, None
    telling = TellingStore(engines.store, shared.cache)
    pages = CachedStore(engines.store, shared.cache)
    return msgspec.structs.replace(engines, store=telling), pages, shared


async def _following(
    settings: Settings, engines: Engines, surface: SurfaceService, intel: Intelligence
) -> tuple[Correlator, IntelFollower]:
    """Return what knows what is wrong at a target, and what takes in news of the feeds."""
    correlator = Correlator(surface, intel, now=engines.now)
    follower = IntelFollower(surface, intel, correlator, engines.bus, engines.checkpoints, now=engines.now)
    if settings.is_embedded:
        # A feed that was loaded since the last start reaches what is on the surface before anything else.
        await follower.follow()
    return correlator, follower
