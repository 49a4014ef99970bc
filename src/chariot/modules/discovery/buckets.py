"""Token buckets: how fast scans may send: all together, to each target, to each network, and by each contract.

Each bucket is one number, the moment at which it would be full again (the generic cell rate algorithm), so
nothing ticks and a bucket that is full need not be kept. Callers are served in the order in which they asked.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import lru_cache
from ipaddress import ip_address, ip_network

from chariot.errors import ConfigurationError
from chariot.modules.caching.ports import RateLimits

_TARGET_LIMIT = 100_000
"""The most buckets that are kept; the one that waited longest for use goes first."""
_LEAST_S = 0.001
_TEXTS_LIMIT = 8_192
_PREFIX = {4: 24, 6: 48}
"""What counts as one network, by the version of the address."""


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


class _Held:
    """The bucket of one name, and what was drawn for it from the common one and not used yet."""

    def __init__(self, bucket: TokenBucket) -> None:
        self.bucket = bucket
        self.drawn = 0


class Buckets:
    """One bucket for all, one for each target, each network and each contract; shared by all processes or not."""

    def __init__(
        self,
        rate_per_s: float,
        rate_per_target_per_s: float,
        *,
        rate_per_network_per_s: float = 0.0,
        shared: RateLimits | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Without *rate_per_network_per_s*, networks have no pace of their own; *shared* is what processes share."""
        self._clock = clock
        self._sleep = sleep
        self._rate = rate_per_s
        self._target_rate = rate_per_target_per_s
        self._network_rate = rate_per_network_per_s
        self._shared = shared
        self._all = _Held(self._made(rate_per_s))
        self._held: OrderedDict[str, _Held] = OrderedDict()

    async def take(self, target: str = "", *, contract: str = "", rate_per_s: float = 0.0) -> None:
        """Wait until one more thing may be sent to *target*; without one, only the common pace counts.

        *rate_per_s* is the pace of the *contract* by whose word it is sent, where that sets one.
        """
        # The target's turn comes first, so that a slow target does not hold tokens that others could use.
        if target:
            await self._wait(f"target:{target}", self._target_rate)
            if self._network_rate:
                await self._wait(f"network:{network_of(target)}", self._network_rate)
        if contract:
            await self._wait(f"contract:{contract}", rate_per_s)
        await self._turn("all", self._all, self._rate)

    def __len__(self) -> int:
        return len(self._held)

    async def _wait(self, name: str, rate_per_s: float) -> None:
        held = self._held.get(name)
        if held is None:
            held = self._held[name] = _Held(self._made(rate_per_s))
        self._held.move_to_end(name)
        self._forget()
        await self._turn(name, held, rate_per_s)

    async def _turn(self, name: str, held: _Held, rate_per_s: float) -> None:
        wait_s = held.bucket.reserve()
        if wait_s > 0:
            await self._sleep(wait_s)
        if self._shared is not None:
            await self._draw(self._shared, name, held, rate_per_s)

    async def _draw(self, shared: RateLimits, name: str, held: _Held, rate_per_s: float) -> None:
        """Take one token of what all processes share; several are drawn at once, since asking costs a round trip."""
        burst = max(1, int(rate_per_s / 10))
        while held.drawn < 1:
            cost = max(1, burst // 2)
            allowance = await shared.take(f"scan:{name}", rate_per_s=rate_per_s, burst=burst, cost=cost)
            if allowance.allowed:
                held.drawn += cost
            else:
                await self._sleep(max(_LEAST_S, allowance.retry_after_s))
        held.drawn -= 1

    def _made(self, rate_per_s: float) -> TokenBucket:
        # A tenth of a second's worth at once keeps the pace smooth and the timer's grain unnoticed.
        return TokenBucket(rate_per_s, max(1.0, rate_per_s / 10), clock=self._clock)

    def _forget(self) -> None:
        """Drop the buckets used longest ago, while they are full or there are too many."""
        while len(self._held) > 1:
            oldest = next(iter(self._held.values()))
            if not oldest.bucket.is_full and len(self._held) <= _TARGET_LIMIT:
                return
            self._held.popitem(last=False)


@lru_cache(maxsize=_TEXTS_LIMIT)
def network_of(address: str) -> str:
    """Return the /24 or /48 that *address* is in.

    >>> network_of("192.0.2.7"), network_of("2001:db8:1:2::7")
    ('192.0.2.0/24', '2001:db8:1::/48')
    """
    parsed = ip_address(address)
    return str(ip_network(f"{parsed}/{_PREFIX[parsed.version]}", strict=False))
