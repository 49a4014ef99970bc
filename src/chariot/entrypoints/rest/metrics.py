"""Prometheus metrics of the API, and the numbers of the platform that are read when somebody asks."""

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from chariot.model.keys import Organisation
from chariot.modules.surface.ports import EntityStore
from chariot.modules.work.ports import Inspector

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Metrics:
    """One process's metrics. Other parts may register their own in `registry`."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "chariot_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "chariot_http_request_seconds",
            "Time to answer",
            ("route",),
            registry=self.registry,
            buckets=_BUCKETS,
        )
        self._entities = Gauge(
            "chariot_entities", "Entities, kept count", ("kind", "status"), registry=self.registry
        )
        self._queues = Gauge(
            "chariot_queue_messages", "Messages in a queue", ("queue", "standing"), registry=self.registry
        )
        self._oldest = Gauge(
            "chariot_queue_oldest_seconds", "Age of the oldest message", ("queue",), registry=self.registry
        )
        self._sequence = Gauge(
            "chariot_changes_sequence", "Sequence of the newest change", registry=self.registry
        )
        self._away = Gauge(
            "chariot_part_away",
            "Whether a part is away that is done without",
            ("part",),
            registry=self.registry,
        )
        # Looking a child up by its labels costs more than counting; both are kept by what they are asked for.
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[str, Histogram] = {}

    def watch(self, name: str, is_away: Callable[[], bool]) -> None:
        """Tell from now on whether the part *name*, which is done without while it is away, is away."""
        self._away.labels(name).set_function(lambda: float(is_away()))

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request. *route* is a template, never a path: the series stay few."""
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._requests.labels(method, route, str(status))
            self._counters[method, route, status] = counter
        counter.inc()
        histogram = self._histograms.get(route)
        if histogram is None:
            histogram = self._histograms[route] = self._seconds.labels(route)
        histogram.observe(seconds)

    async def text(self, organisation: Organisation, store: EntityStore, queues: Inspector) -> bytes:
        """Return all metrics in Prometheus's text format, the surface's as *organisation* sees it."""
        self._entities.clear()
        for kind, states in (await store.counts(organisation)).items():
            for status, number in states.items():
                self._entities.labels(kind, status).set(number)
        self._sequence.set(await store.last_sequence(organisation))
        for depth in await queues.depths(organisation):
            for standing in ("waiting", "leased", "delayed", "dead"):
                self._queues.labels(depth.queue, standing).set(getattr(depth, standing))
            self._oldest.labels(depth.queue).set(depth.oldest_age_s)
        return generate_latest(self.registry)
