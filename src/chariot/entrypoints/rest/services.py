"""What the API needs from the application: services that decide, so that handlers only translate."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from chariot.capability import Capability
from chariot.entrypoints.graphql.persisted import PersistedQueries
from chariot.entrypoints.live.hub import Hub
from chariot.entrypoints.rest.admission import Admission
from chariot.entrypoints.rest.cache import AnswerCache
from chariot.entrypoints.rest.caller import TokenVerifier
from chariot.entrypoints.rest.exchanging import ExchangeServices
from chariot.entrypoints.rest.metrics import Metrics
from chariot.entrypoints.rest.proxies import Network
from chariot.modules.access.administration import Administration
from chariot.modules.access.service import AccessService
from chariot.modules.alerts.service import AlertService
from chariot.modules.audit.service import AuditService
from chariot.modules.caching.breaker import BreakerState
from chariot.modules.caching.ports import RateLimits
from chariot.modules.compliance.service import ComplianceService
from chariot.modules.detection.incidents import Incidents
from chariot.modules.discovery.cadence import Cadence
from chariot.modules.discovery.contracting import ContractService, TrustedKeys
from chariot.modules.discovery.journal import JournalStore
from chariot.modules.discovery.plan import ScanPlans
from chariot.modules.discovery.scans import ScanService
from chariot.modules.identity.events import Events
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.identity.services import IdentityServices
from chariot.modules.intel.answers import Match
from chariot.modules.intel.packages import PackageMatch
from chariot.modules.intel.service import Status
from chariot.modules.privacy.service import PrivacyService
from chariot.modules.receipts.memory import MemoryReceipts
from chariot.modules.receipts.ports import Receipts
from chariot.modules.risk.service import RiskService
from chariot.modules.secrets.service import KeyService
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.ports import Inspector
from chariot.telemetry import Tracing

if TYPE_CHECKING:
    from chariot.modules.graph.service import GraphService


class Intel(Protocol):
    """What is known about vulnerabilities."""

    async def status(self) -> Status:
        """Return the feeds that are loaded."""
        ...

    async def match(self, technologies: Collection[str]) -> Mapping[str, tuple[Match, ...]]:
        """See `Intelligence.match`."""
        ...

    async def match_packages(self, purls: Collection[str]) -> Mapping[str, tuple[PackageMatch, ...]]:
        """See `Intelligence.match_packages`."""
        ...


Check = Callable[[], Awaitable[str]]
"""Returns why a part is not ready, or an empty string."""


class RestLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much one request may ask of the server."""

    batch_bytes: int = 16_000_000
    """The largest batch of observations."""
    upload_bytes: int = 2_000_000_000
    """The largest file."""
    body_bytes: int = 1_000_000
    """The largest of all other bodies."""
    url_bytes: int = 16_384
    """The longest path with its query."""
    header_bytes: int = 32_768
    """The most that all headers together may hold."""
    body_timeout_s: float = 30.0
    """How long a body may take to arrive."""
    answer_timeout_s: float = 30.0
    """How long an answer may take to be found."""
    at_work: int = 64
    """How many requests may be at work at a time; one more is told to come again."""
    requests_per_s: float = 500.0
    """How fast each caller's bucket of tokens fills; each request takes one."""
    burst: int = 2_000
    """How many tokens the bucket holds."""
    address_requests_per_s: float = 1_000.0
    """As `requests_per_s`, for all callers at one address together."""
    address_burst: int = 4_000
    organisation_requests_per_s: float = 2_000.0
    """As `requests_per_s`, for all callers of one organisation together."""
    organisation_burst: int = 8_000


class RestServices(msgspec.Struct, frozen=True, kw_only=True):
    """All that the API is given."""

    store: EntityStore
    surface: SurfaceService
    tokens: TokenVerifier
    queues: Inspector
    scans: ScanService
    risks: RiskService
    intel: Intel
    alerts: AlertService
    keys: ApiKeys
    access: AccessService | None = None
    administration: Administration | None = None
    admission: Admission | None = None
    """Says who may ask for another organisation; without it, only a token that roams."""
    identity: IdentityServices | None = None
    """Accounts, sessions and issuers; a server without them knows keys and its own token alone."""
    identity_events: Events = msgspec.field(default_factory=Events)
    """Tells the audit log who could not prove who they are."""
    incidents: Incidents | None = None
    audit: AuditService | None = None
    """What was done; without it, as in tests of single routes, nothing is told."""
    compliance: ComplianceService | None = None
    privacy: PrivacyService | None = None
    secrets: KeyService | None = None
    receipts: Receipts = msgspec.field(default_factory=MemoryReceipts)
    """What was asked with an Idempotency-Key."""
    cache: AnswerCache = msgspec.field(default_factory=AnswerCache)
    queries_known: PersistedQueries = msgspec.field(default_factory=PersistedQueries)
    """Queries in GraphQL that are named by their digests."""
    live: Hub = msgspec.field(default_factory=Hub)
    """Everybody who watches what changes."""
    breakers: Sequence[Callable[[], BreakerState]] = ()
    """How the parts stand that are done without while they are away."""
    capabilities: Sequence[type[Capability[Any]]] = ()
    cadence: Cadence = msgspec.field(default_factory=Cadence)
    left_out: frozenset[str] = frozenset()
    """Capabilities that the settings do not let run."""
    contracts: ContractService | None = None
    """Who authorised what; a server without them, as in tests of single routes, signs none."""
    contract_keys: TrustedKeys | None = None
    journal: JournalStore | None = None
    """What was sent."""
    plans: ScanPlans | None = None
    checks: Mapping[str, Check] = {}
    """What `/health/ready` asks besides the store, by name."""
    lesser_checks: Mapping[str, Check] = {}
    """As `checks`, for what is done without while it is away: reads go on without the queues (`pipeline`)."""
    proxies: Sequence[Network] = ()
    """Networks of proxies before the server that are believed when they say who asked."""
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "[::1]"})
    """Names that the Host header may carry, in lower case, without a port.

    A page in a browser can point a name of its own at a loopback address; it cannot choose this header.
    """
    graph: "Callable[[], Awaitable[GraphService]] | None" = None
    """Attack paths; made when it is first asked for. A server without it says so."""
    exchange: ExchangeServices | None = None
    """Files, imports, exports and integrations; a server without them says so."""
    limits: RestLimits = RestLimits()
    rate_limits: RateLimits | None = None
    """Buckets that all servers of the installation share; without them each server has its own."""
    tracing: Tracing | None = None
    """Keeps spans of requests; None while nothing is traced."""
    metrics: Metrics = msgspec.field(default_factory=Metrics)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
