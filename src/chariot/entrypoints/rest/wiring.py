"""From the application to what the API needs."""

from collections.abc import Callable
from urllib.parse import urlsplit

from chariot.application import Application
from chariot.bootstrap.complying import make_compliance
from chariot.entrypoints.graphql.persisted import PersistedQueries, allowed_in
from chariot.entrypoints.live.hub import Hub
from chariot.entrypoints.rest.admission import Admission
from chariot.entrypoints.rest.caller import Proven, SingleToken
from chariot.entrypoints.rest.exchanging import ExchangeServices
from chariot.entrypoints.rest.metrics import Metrics
from chariot.entrypoints.rest.proxies import proxy_networks
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.tokens import ensure_token
from chariot.modules.caching.breaker import BreakerState, Circuit
from chariot.modules.identity.compact import issuer_named
from chariot.modules.identity.provers import Provers
from chariot.modules.work.clock import wrong_clock


def rest_services(application: Application) -> RestServices:
    """Return the services of a server on this machine, with the token of its data folder (made at first start)."""
    metrics = Metrics()
    metrics.watch_calls(application.calls)
    metrics.watch_pools(application.pools)
    shared = application.rate_limits
    if shared is not None:
        metrics.watch("cache", lambda: shared.state().circuit is not Circuit.CLOSED)
    admission = Admission(application.access)
    token = ensure_token(application.settings.home_path)
    single = SingleToken(token, application.organisation)
    return RestServices(
        store=application.pages,
        surface=application.surface,
        tokens=Proven(_prover(application, single), admission.admit),
        access=application.access,
        administration=application.administration,
        admission=admission,
        identity=application.identity,
        identity_events=application.identity.events,
        hosts=_hosts(application),
        proxies=proxy_networks(application.settings.trusted_proxies),
        queues=application.bus,
        scans=application.scans,
        risks=application.risk,
        graph=application.graph,
        intel=application.intel,
        alerts=application.alerts,
        keys=application.keys,
        audit=application.audit,
        compliance=make_compliance(application),
        privacy=application.privacy,
        secrets=application.secrets,
        incidents=application.incidents,
        receipts=application.receipts,
        breakers=_breakers(application, metrics),
        capabilities=tuple(application.capabilities.values()),
        cadence=application.cadence,
        left_out=application.left_out,
        contracts=application.contracts,
        contract_keys=application.contract_keys,
        journal=application.journal,
        plans=application.plans,
        checks={"clock": lambda: _clock(application), "writing": application.writes.reason},
        lesser_checks={"pipeline": application.pipeline.standstill},
        exchange=ExchangeServices(
            imports=application.exchange,
            exports=application.exports,
            files=application.files,
            jobs=application.import_jobs,
            integrations=application.integrations,
            hooks=application.hooks,
        ),
        queries_known=PersistedQueries(allowed_in(application.settings.home_path / "graphql")),
        live=Hub(hints=application.hints),
        rate_limits=shared,
        tracing=application.tracing,
        metrics=metrics,
        now=application.now,
    )


async def _clock(application: Application) -> str:
    """Return what is wrong with this machine's clock; tokens and certificates are judged by it."""
    return wrong_clock(application.skew_s())


def _breakers(application: Application, metrics: Metrics) -> tuple[Callable[[], BreakerState], ...]:
    """Return how each part stands that is left alone while it is away; *metrics* tell of those outside."""
    outside = application.breakers.all()
    for one in outside:
        metrics.watch_places(one)
    shared = application.rate_limits
    return (*((shared.state,) if shared is not None else ()), *(one.state for one in outside))


def _prover(application: Application, single: SingleToken) -> Provers:
    identity = application.identity
    return Provers(
        keys=application.keys,
        sessions=identity.sessions,
        issuers=identity.issuers,
        issuer_of=issuer_named,
        own=single.prove,
    )


def _hosts(application: Application) -> frozenset[str]:
    """Return the names that the Host header may carry: loopback, and the host that browsers open."""
    host = urlsplit(application.identity.public_url).hostname or ""
    return frozenset({"127.0.0.1", "localhost", "[::1]", f"[{host}]" if ":" in host else host} - {""})
