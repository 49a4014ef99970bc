"""The application: the services that entry points translate to, wired by `chariot.bootstrap`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from chariot.capability import Capability
from chariot.model.keys import Organisation
from chariot.modules.access.administration import Administration
from chariot.modules.access.service import AccessService
from chariot.modules.alerts.service import AlertService
from chariot.modules.audit.service import AuditService
from chariot.modules.caching.breaker import Breakers
from chariot.modules.caching.layered import ResilientRateLimits
from chariot.modules.detection.incidents import Incidents
from chariot.modules.discovery.cadence import Cadence
from chariot.modules.discovery.contracting import ContractService, TrustedKeys
from chariot.modules.discovery.journal import JournalStore
from chariot.modules.discovery.ownership import OwnershipService
from chariot.modules.discovery.plan import ScanPlans
from chariot.modules.discovery.scans import ScanService
from chariot.modules.exchange.exports.service import ExportService
from chariot.modules.exchange.imports import ImportService
from chariot.modules.files.service import FileService
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.identity.services import IdentityServices
from chariot.modules.integrations.hooks import Hooks
from chariot.modules.integrations.jobs import ImportJobs
from chariot.modules.integrations.service import IntegrationService
from chariot.modules.intel.service import Intelligence
from chariot.modules.intel.stock import Stock
from chariot.modules.privacy.service import PrivacyService
from chariot.modules.receipts.ports import Receipts
from chariot.modules.risk.service import RiskService
from chariot.modules.secrets.service import KeyService
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.leases import Leases
from chariot.modules.work.pipeline import Pipeline
from chariot.modules.work.ports import Bus
from chariot.modules.work.relay import Hints
from chariot.modules.work.scheduler import Scheduler
from chariot.modules.work.writing import WriteProbe
from chariot.settings import Settings
from chariot.telemetry import CallTimes, Pools, Tracing

if TYPE_CHECKING:
    from chariot.modules.graph.service import GraphService


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """One process's worth of Chariot. Entry points translate to these and decide nothing."""

    settings: Settings
    organisation: Organisation
    """The organisation that the command line works for."""
    store: EntityStore
    pages: EntityStore
    """The same as `store`; pages may come from the cache that all processes share, when the settings name one."""
    surface: SurfaceService
    access: AccessService
    administration: Administration
    bus: Bus
    pipeline: Pipeline
    leases: Leases
    hints: Sequence[Hints]
    """Each tells of commits, where a database can."""
    rate_limits: ResilientRateLimits | None
    """Shared by all processes, when the settings name a cache."""
    scheduler: Scheduler
    """Runs in one process at a time: under a lease."""
    intel: Intelligence
    stock: Stock
    """Loads feeds and packs into intelligence."""
    follow_feeds: Callable[[], Awaitable[int]]
    """Tells what feeds changed to the technologies and risks that it is about."""
    recheck: Callable[[Organisation], Awaitable[int]]
    """Opens again the remediated risks that were seen since."""
    audit: AuditService
    incidents: Incidents
    detect: Callable[[], Awaitable[int]]
    """Looks through what is new in the audit log."""
    secrets: KeyService
    privacy: PrivacyService
    scans: ScanService
    ownership: OwnershipService
    """Candidates: what may be ours."""
    contracts: ContractService
    contract_keys: TrustedKeys
    """The key that signs contracts, and those that are trusted."""
    journal: JournalStore
    """What was sent."""
    plans: ScanPlans
    cadence: Cadence
    left_out: frozenset[str]
    """Capabilities that the settings do not let run."""
    risk: RiskService
    graph: "Callable[[], Awaitable[GraphService]]"
    """Made when it is first asked for."""
    alerts: AlertService
    keys: ApiKeys
    identity: IdentityServices
    """Accounts, sessions and issuers."""
    receipts: Receipts
    """What was asked with an idempotency key."""
    exchange: ImportService
    exports: ExportService
    files: FileService
    import_jobs: ImportJobs
    integrations: IntegrationService
    hooks: Hooks
    now: Callable[[], datetime]
    """Tells the time for all processes of the installation."""
    skew_s: Callable[[], float]
    """Tells by how much this machine's clock stands ahead of that, in seconds."""
    writes: WriteProbe
    """Tells whether the store keeps what it is given."""
    calls: CallTimes = msgspec.field(default_factory=CallTimes)
    pools: Sequence[Pools] = ()
    """Tell how busy each database is."""
    breakers: Breakers = msgspec.field(default_factory=Breakers)
    """Leave alone for a while what is away outside."""
    """How long the calls of the store and of the bus took."""
    tracing: Tracing | None = None
    """Keeps spans of requests, when the settings want some."""
    capabilities: Mapping[str, type[Capability[Any]]]
    """Installed scanners, by name."""
