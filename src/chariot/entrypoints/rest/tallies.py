"""How many requests were answered and how long they took, in plain numbers of one event loop.

The library's own counters lock and look labels up, which costs more than all else that the edge does.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from itertools import accumulate

import msgspec
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

from chariot.telemetry import BUCKETS_S


def _no_times() -> list[float]:
    # The last but one holds what was slower than all bounds, the last the sum.
    return [0.0] * (len(BUCKETS_S) + 2)


class Tally(msgspec.Struct, gc=False):
    """Requests of one method and route that were answered with one status."""

    number: int = 0
    times: list[float] = msgspec.field(default_factory=_no_times)
    """How long those of the route took, whatever their method and status."""

    def count(self, seconds: float) -> None:
        """Count one request."""
        self.number += 1
        times = self.times
        times[bisect_left(BUCKETS_S, seconds)] += 1
        times[-1] += seconds


class Answers:
    """The tallies of all that is answered."""

    def __init__(self) -> None:
        self._tallies: dict[tuple[str, str, int], Tally] = {}
        self._times: dict[str, list[float]] = {}

    def tally(self, method: str, route: str, status: int) -> Tally:
        """Return what counts such answers; *route* is a template, never a path: the series stay few."""
        name = (method, route, status)
        found = self._tallies.get(name)
        if found is None:
            times = self._times.setdefault(route, _no_times())
            found = self._tallies[name] = Tally(0, times)
        return found

    def count(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.tally(method, route, status).count(seconds)

    def collect(self) -> Iterable[Metric]:
        """Yield the numbers as they are now."""
        requests = CounterMetricFamily(
            "chariot_http_requests", "Requests answered", labels=("method", "route", "status")
        )
        for (method, route, status), tally in list(self._tallies.items()):
            # One that was only looked up, to be counted in later, has answered nothing yet.
            if tally.number:
                requests.add_metric((method, route, str(status)), tally.number)
        yield requests
        seconds = HistogramMetricFamily("chariot_http_request_seconds", "Time to answer", labels=("route",))
        for route, times in list(self._times.items()):
            seconds.add_metric((route,), cumulative(times), times[-1])
        yield seconds


def cumulative(times: Sequence[float]) -> list[tuple[str, float]]:
    """Return how many took up to each bound, as a histogram tells it."""
    return list(zip((*map(str, BUCKETS_S), "+Inf"), accumulate(times[:-1]), strict=True))
