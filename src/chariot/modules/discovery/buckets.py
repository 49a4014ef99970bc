"""Token buckets: how fast scans may send, all targets together and each target alone.

Each bucket is one number, the moment at which it would be full again (the generic cell rate algorithm), so
nothing ticks and a bucket that is full need not be kept. Callers are served in the order in which they asked.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from chariot.errors import ConfigurationError

_TARGET_LIMIT = 100_000
"""The most targets whose buckets are kept; the one that waited longest for use goes first."""


class TokenBucket:
    """Lets *burst* things through at once, and *rate_per_s* after that."""

    def __init__(
        self, rate_per_s: float, burst: float, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if rate_per_s <= 0 or burst < 1:
            raise ConfigurationError(
                f"a pace is above 0 per second, not {rate_per_s:g}, and a burst at least 1"
            )
        self._interval_s = 1 / rate_per_s
        self._slack_s = (burst - 1) * self._interval_s
        self._clock = clock
        self._full_at = 0.0

    def reserve(self) -> float:
        """Take one token, now or in advance, and return how long to wait until it is there, in seconds."""
        now = self._clock()
        start = max(now, self._full_at)
        self._full_at = start + self._interval_s
        return max(0.0, start - self._slack_s - now)

    @property
    def is_full(self) -> bool:
        """True when nothing was taken that has not come back."""
        return self._full_at <= self._clock()


class Buckets:
    """One bucket for all, and one for each target."""

    def __init__(
        self,
        rate_per_s: float,
        rate_per_target_per_s: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        # A tenth of a second's worth at once keeps the pace smooth and the timer's grain unnoticed.
        self._all = TokenBucket(rate_per_s, max(1.0, rate_per_s / 10), clock=clock)
        self._target_rate = rate_per_target_per_s
        self._targets: OrderedDict[str, TokenBucket] = OrderedDict()

    async def take(self, target: str = "") -> None:
        """Wait until one more thing may be sent to *target*; without one, only the common pace counts."""
        # The target's turn comes first, so that a slow target does not hold tokens that others could use.
        if target:
            wait_s = self._bucket(target).reserve()
            if wait_s > 0:
                await self._sleep(wait_s)
        wait_s = self._all.reserve()
        if wait_s > 0:
            await self._sleep(wait_s)

    def __len__(self) -> int:
        return len(self._targets)

    def _bucket(self, target: str) -> TokenBucket:
        bucket = self._targets.get(target)
        if bucket is None:
            bucket = TokenBucket(self._target_rate, max(1.0, self._target_rate / 10), clock=self._clock)
            self._targets[target] = bucket
        self._targets.move_to_end(target)
        self._forget()
        return bucket

    def _forget(self) -> None:
        """Drop the targets used longest ago, while their buckets are full or there are too many."""
        while len(self._targets) > 1:
            oldest = next(iter(self._targets.values()))
            if not oldest.is_full and len(self._targets) <= _TARGET_LIMIT:
                return
            self._targets.popitem(last=False)
