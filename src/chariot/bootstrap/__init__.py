"""The composition root: the one package that names adapters and wires services. Nothing connects at import."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from chariot.adapters.keyfile.keys import FileKeys
from chariot.adapters.sqlite_intel.store import SqliteIntelStore
from chariot.application import Application
from chariot.bootstrap.channels import make_channels
from chariot.bootstrap.engines import open_engines, rate_limits
from chariot.bootstrap.pipeline import make_pipeline, make_scheduler
from chariot.bootstrap.places import made, now, private
from chariot.model.keys import Organisation
from chariot.modules.alerts.service import AlertService
from chariot.modules.alerts.stage import NotifyStage
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.registry import load_capabilities
from chariot.modules.discovery.scans import ScanService
from chariot.modules.exchange.imports import ImportService, installed_formats
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.service import Intelligence
from chariot.modules.risk.correlate import Correlator
from chariot.modules.risk.follow import IntelFollower
from chariot.modules.risk.service import RiskService
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.service import SurfaceService
from chariot.settings import Settings


@asynccontextmanager
async def open_application(settings: Settings) -> AsyncIterator[Application]:
    """Wire everything that *settings* ask for, and let go of it at the end.

    Raises:
        ConfigurationError: a setting is wrong, or something it names cannot be opened; the text says which.
    """
    home = made(settings.home_path)
    async with AsyncExitStack() as stack:
        engines = await open_engines(settings, stack)
        intel_store = SqliteIntelStore(private(home / "intel.db"), now=now)
        stack.push_async_callback(intel_store.close)
        intel = Intelligence(intel_store, Aliases.built_in())
        await intel.ensure_starter()
        vault = Vault(FileKeys(home / "master.key"))
        surface = SurfaceService(engines.store, now=now, seal=vault.seal)
        keeper = ScopeKeeper(engines.store)
        capabilities = load_capabilities()
        correlator = Correlator(surface, intel, now=now)
        follower = IntelFollower(surface, intel, correlator, engines.bus, engines.checkpoints, now=now)
        if settings.is_embedded:
            # A feed that was loaded since the last start reaches what is on the surface before anything else.
            await follower.follow()
        scans = ScanService(engines.bus, engines.store, keeper, now=now)
        risk = RiskService(surface, now=now)
        channels = make_channels(settings, stack)
        notify = NotifyStage(surface, channels, reveal=vault.open, now=now)
        yield Application(
            settings=settings,
            organisation=Organisation(settings.organisation),
            store=engines.store,
            surface=surface,
            bus=engines.bus,
            pipeline=make_pipeline(settings, engines, surface, keeper, correlator, capabilities, notify),
            leases=engines.leases,
            rate_limits=rate_limits(settings, stack),
            scheduler=make_scheduler(engines, surface, follower, scans, risk),
            intel=intel,
            scans=scans,
            risk=risk,
            alerts=AlertService(surface, channels, reveal=vault.open, now=now),
            keys=ApiKeys(surface, reveal=vault.open, now=now),
            receipts=engines.receipts,
            exchange=ImportService(surface, installed_formats(), now=now),
            capabilities={cls.name: cls for cls in capabilities},
        )
