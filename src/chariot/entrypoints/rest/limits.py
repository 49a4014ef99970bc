"""Token buckets: how often each caller may ask."""

import math
from collections import OrderedDict
from collections.abc import Callable

import msgspec


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
        self, rate_per_s: float, burst: int, *, clock: Callable[[], float], kept: int = 10_000
    ) -> None:
        self._rate = rate_per_s
        self._burst = burst
        self._clock = clock
        self._kept = kept
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.policy = f'"caller";q={burst};w={max(1, math.ceil(burst / rate_per_s))}'
        """The RateLimit-Policy header. Source: draft-ietf-httpapi-ratelimit-headers-10, section 3."""

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
