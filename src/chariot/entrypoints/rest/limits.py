"""How much may come: token buckets by user, address and organisation, and how many requests at a time."""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import msgspec

from chariot.errors import BusyError


class Allowance(msgspec.Struct, frozen=True):
    """What a bucket answered."""

    allowed: bool
    remaining: int
    """Requests that may follow at once."""
    wait_s: float
    """Until the next one may come; 0 when it may come now."""


class TokenBuckets:
    """One bucket a caller, filled at *rate_per_s* up to *burst*; the longest unused is forgotten first.

    A forgotten bucket comes back full, so *kept* must be larger than the number of callers at a time.
    """

    def __init__(
        self,
        rate_per_s: float,
        burst: int,
        *,
        clock: Callable[[], float],
        kept: int = 10_000,
        name: str = "caller",
    ) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._clock = clock
        self._kept = kept
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.name = name
        self.policy = f'"{name}";q={burst};w={max(1, math.ceil(burst / rate_per_s))}'
        """Its part of the RateLimit-Policy header. Source: draft-ietf-httpapi-ratelimit-headers-10, section 3."""

    def take(self, caller: str) -> Allowance:
        """Take one token of *caller*'s, if there is one."""
        now = self._clock()
        tokens, at = self._buckets.pop(caller, (float(self._burst), now))
        tokens = min(self._burst, tokens + (now - at) * self._rate)
        allowed = tokens >= 1
        tokens -= allowed
        self._buckets[caller] = (tokens, now)
        if len(self._buckets) > self._kept:
            self._buckets.popitem(last=False)
        return Allowance(allowed, int(tokens), 0.0 if tokens >= 1 else (1 - tokens) / self._rate)


class Gate:
    """Lets a bounded number of requests work at a time; one too many is told at once to come again.

    What is let in is answered about as fast under overload as without, because nothing queues behind it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self.inside = 0
        """How many are at work."""
        self.refused = 0
        """How many were told to come again."""

    @contextmanager
    def passed(self) -> Iterator[None]:
        """Count one request for as long as the block runs.

        Raises:
            BusyError: as many are at work as may be.
        """
        if self.inside >= self._most:
            self.refused += 1
            raise BusyError(f"{self._most:,} requests are at work already", retry_after_s=1.0)
        self.inside += 1
        try:
            yield
        finally:
            self.inside -= 1
