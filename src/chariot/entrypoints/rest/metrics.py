"""Prometheus metrics of the API, and the numbers of the platform that are read when somebody asks."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from chariot.entrypoints.rest.business import Business
from chariot.entrypoints.rest.cache import AnswerCache
from chariot.entrypoints.rest.limits import Gate
from chariot.entrypoints.rest.tallies import Answers, cumulative
from chariot.errors import UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.caching.breaker import Places
from chariot.modules.surface.ports import EntityStore
from chariot.modules.work.ports import Inspector
from chariot.telemetry import CallTimes, Pools

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Read:
    """A counter that is read where it is kept."""

    def __init__(self, name: str, description: str, read: Callable[[], float]) -> None:
        self._name = name
        self._description = description
        self._read = read

    def collect(self) -> Iterable[Metric]:
        """Yield the counter as it is now."""
        yield CounterMetricFamily(self._name, self._description, value=self._read())


class _Calls:
    """The calls of ports, as they are now."""

    def __init__(self, calls: CallTimes) -> None:
        self._calls = calls

    def collect(self) -> Iterable[Metric]:
        """Yield how long they took, and how many failed."""
        seconds = HistogramMetricFamily(
            "chariot_call_seconds", "Time that a call of a port took", labels=("port", "method")
        )
        for name, times in list(self._calls.times.items()):
            seconds.add_metric(name, cumulative(times), times[-1])
        yield seconds
        failures = CounterMetricFamily(
            "chariot_call_failures", "Calls of a port that failed", labels=("port", "method")
        )
        for name, number in list(self._calls.failures.items()):
            failures.add_metric(name, number)
        yield failures


class _PoolUse:
    """Pools as they are now, those of one name together: whose database is busy is nobody else's business."""

    def __init__(self, pools: Sequence[Pools]) -> None:
        self._pools = pools

    def collect(self) -> Iterable[Metric]:
        """Yield their sizes, what is in use, and who waits."""
        sums: defaultdict[tuple[str, str], int] = defaultdict(int)
        for read in self._pools:
            for name, use in read().items():
                for state in ("size", "used", "waiting"):
                    sums[name, state] += getattr(use, state)
        family = GaugeMetricFamily(
            "chariot_pool", "Places in a pool of the store, by what becomes of them", labels=("pool", "state")
        )
        for labels, number in sums.items():
            family.add_metric(labels, number)
        yield family


class Metrics:
    """One process's metrics. Other parts may register their own in `registry`."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self.registry = CollectorRegistry()
        self.business = Business(self.registry)
        self._answers = Answers()
        self.registry.register(self._answers)
        self.answered = self._answers.count
        """Counts one request: method, route (a template, never a path: the series stay few), status, seconds."""
        self.tally = self._answers.tally
        """Returns what counts answers of one kind; see `Answers.tally`."""
        self._problems = Counter(
            "chariot_http_problems", "Problems answered, by type", ("type",), registry=self.registry
        )
        self._entities = self._gauge("chariot_entities", "Entities, kept count", "kind", "status")
        self._queues = self._gauge("chariot_queue_messages", "Messages in a queue", "queue", "standing")
        self._oldest = self._gauge("chariot_queue_oldest_seconds", "Age of the oldest message", "queue")
        self._sequence = self._gauge("chariot_changes_sequence", "Sequence of the newest change")
        self._away = self._gauge("chariot_part_away", "Whether a part is away that is done without", "part")
        self._left = self._gauge(
            "chariot_circuits_open", "Places outside that are left alone, since they are away", "dependency"
        )
        self._gates: list[Gate] = []
        self._caches: list[AnswerCache] = []
        self._live: list[Callable[[], int]] = []
        self._gauge("chariot_live_connections", "Connections that watch what changes").set_function(
            lambda: sum(count() for count in self._live)
        )
        self._gauge("chariot_http_at_work", "Requests at work").set_function(
            lambda: sum(gate.inside for gate in self._gates)
        )
        self._gauge("chariot_cache_bytes", "Memory that kept answers use").set_function(
            lambda: sum(cache.used_bytes for cache in self._caches)
        )
        for name, description, read in (
            ("chariot_http_shed", "Requests told to come again", lambda: sum(g.refused for g in self._gates)),
            ("chariot_cache_hits", "Answers from memory", lambda: sum(c.hits for c in self._caches)),
            ("chariot_cache_misses", "Answers not in memory", lambda: sum(c.misses for c in self._caches)),
        ):
            self.registry.register(_Read(name, description, read))

    def _gauge(self, name: str, description: str, *labels: str) -> Gauge:
        return Gauge(name, description, labels, registry=self.registry)

    def watch(self, name: str, is_away: Callable[[], bool]) -> None:
        """Tell from now on whether the part *name*, which is done without while it is away, is away."""
        self._away.labels(name).set_function(lambda: float(is_away()))

    def watch_places(self, places: Places) -> None:
        """Tell from now on how many of *places* are left alone."""
        self._left.labels(places.state().name).set_function(lambda: float(places.open))

    def watch_app(self, gate: Gate, cache: AnswerCache) -> None:
        """Tell from now on how many requests are at work behind *gate*, and how *cache* serves."""
        self._gates.append(gate)
        self._caches.append(cache)

    def watch_calls(self, calls: CallTimes) -> None:
        """Tell from now on how long the calls of ports took."""
        self.registry.register(_Calls(calls))

    def watch_pools(self, pools: Sequence[Pools]) -> None:
        """Tell from now on how busy the databases are, all of them together."""
        self.registry.register(_PoolUse(pools))

    def watch_live(self, connections: Callable[[], int]) -> None:
        """Tell from now on how many *connections* watch what changes."""
        self._live.append(connections)

    def failed(self, name: str) -> None:
        """Count one answer that was the problem type *name*."""
        self._problems.labels(name).inc()

    async def text(self, organisation: Organisation, store: EntityStore, queues: Inspector) -> bytes:
        """Return all metrics in Prometheus's text format, the surface's as *organisation* sees it.

        What is kept in a part that is away is left out: the rest is most wanted then.
        """
        self._entities.clear()
        self._queues.clear()
        self._oldest.clear()
        self._away.labels("store").set(1)
        with suppress(UnavailableError):
            await self._read_store(organisation, store)
            self._away.labels("store").set(0)
        self._away.labels("bus").set(1)
        with suppress(UnavailableError):
            await self._read_queues(organisation, queues)
            self._away.labels("bus").set(0)
        return generate_latest(self.registry)

    async def _read_store(self, organisation: Organisation, store: EntityStore) -> None:
        for kind, states in (await store.counts(organisation)).items():
            for status, number in states.items():
                self._entities.labels(kind, status).set(number)
        self._sequence.set(await store.last_sequence(organisation))
        await self.business.follow(organisation, store)
        await self.business.count_risks(organisation, store, self._now())

    async def _read_queues(self, organisation: Organisation, queues: Inspector) -> None:
        for depth in await queues.depths(organisation):
            for standing in ("waiting", "leased", "delayed", "dead"):
                self._queues.labels(depth.queue, standing).set(getattr(depth, standing))
            self._oldest.labels(depth.queue).set(depth.oldest_age_s)
