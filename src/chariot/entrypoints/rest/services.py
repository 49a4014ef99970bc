"""What the API needs from the application: services that decide, so that handlers only translate."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec

from chariot.capability import Capability
from chariot.entrypoints.rest.caller import TokenVerifier
from chariot.entrypoints.rest.metrics import Metrics
from chariot.modules.caching.ports import RateLimits
from chariot.modules.discovery.scans import ScanService
from chariot.modules.intel.service import Status
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.ports import Inspector


class IntelStatus(Protocol):
    """Tells what intelligence is loaded."""

    async def status(self) -> Status:
        """Return the feeds that are loaded."""
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
    body_timeout_s: float = 30.0
    """How long a body may take to arrive."""
    requests_per_s: float = 500.0
    """How fast each caller's bucket of tokens fills; each request takes one."""
    burst: int = 2_000
    """How many tokens the bucket holds."""


class RestServices(msgspec.Struct, frozen=True, kw_only=True):
    """All that the API is given."""

    store: EntityStore
    surface: SurfaceService
    tokens: TokenVerifier
    queues: Inspector
    scans: ScanService
    risks: RiskService
    intel: IntelStatus
    capabilities: Sequence[type[Capability[Any]]] = ()
    checks: Mapping[str, Check] = {}
    """What `/health/ready` asks besides the store, by name (`pipeline`, …)."""
    hosts: frozenset[str] = frozenset({"127.0.0.1", "localhost", "[::1]"})
    """Names that the Host header may carry, in lower case, without a port.

    A page in a browser can point a name of its own at a loopback address; it cannot choose this header.
    """
    limits: RestLimits = RestLimits()
    rate_limits: RateLimits | None = None
    """Buckets that all servers of the installation share; without them each server has its own."""
    metrics: Metrics = msgspec.field(default_factory=Metrics)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
