"""From the application to what the API needs."""

from chariot.application import Application
from chariot.entrypoints.graphql.persisted import PersistedQueries, allowed_in
from chariot.entrypoints.live.hub import Hub
from chariot.entrypoints.rest.caller import KeysAndToken, SingleToken
from chariot.entrypoints.rest.exchanging import ExchangeServices
from chariot.entrypoints.rest.metrics import Metrics
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.tokens import ensure_token
from chariot.modules.caching.breaker import Circuit


def rest_services(application: Application) -> RestServices:
    """Return the services of a server on this machine, with the token of its data folder (made at first start)."""
    metrics = Metrics()
    metrics.watch_calls(application.calls)
    shared = application.rate_limits
    if shared is not None:
        metrics.watch("cache", lambda: shared.state().circuit is not Circuit.CLOSED)
    token = ensure_token(application.settings.home_path)
    single = SingleToken(token, application.organisation)
    return RestServices(
        store=application.pages,
        surface=application.surface,
        tokens=KeysAndToken(application.keys, single),
        queues=application.bus,
        scans=application.scans,
        risks=application.risk,
        graph=application.graph,
        intel=application.intel,
        alerts=application.alerts,
        keys=application.keys,
        receipts=application.receipts,
        breakers=(shared.state,) if shared is not None else (),
        capabilities=tuple(application.capabilities.values()),
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
    )
