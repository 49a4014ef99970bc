"""A small cache in memory before a shared one, and limits that go on alone when the shared store is away."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from uuid import uuid4

from chariot.errors import UnavailableError
from chariot.modules.caching.breaker import Breaker, BreakerState
from chariot.modules.caching.memory import MemoryCache
from chariot.modules.caching.ports import Allowance, Cache, RateLimits, Shelf, check_take

_FRESH_S = 1.0
_ALONE_S = 5.0
_FIRST_TTL_S = 60.0
_SHELVES = 10_000


class LayeredCache:
    """See `Cache`.

    What another process bumps is noticed within *fresh_s*, what this one bumps at once. While the shared cache is
    away, nothing older than *alone_s* is given out, since nobody can tell of bumps; those of this process are
    made up for when it is back, before anything is read from it.
    """

    def __init__(
        self,
        first: MemoryCache,
        second: Cache,
        breaker: Breaker,
        *,
        fresh_s: float = _FRESH_S,
        alone_s: float = _ALONE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._first = first
        self._second = second
        self._breaker = breaker
        self._fresh_s = fresh_s
        self._alone_s = alone_s
        self._clock = clock
        self._known: OrderedDict[Shelf, tuple[str, float]] = OrderedDict()
        self._owed: dict[Shelf, None] = {}
        """Shelves that were bumped while the shared cache was away: one entry for each shelf at most."""

    def state(self) -> BreakerState:
        """Return how the shared cache stands, for health and metrics."""
        return self._breaker.state()

    async def version(self, shelf: Shelf) -> str:
        """See `Cache.version`."""
        version, known_at = self._known.get(shelf, ("", 0.0))
        if version and self._clock() - known_at < self._fresh_s:
            return version
        try:
            version = await self._breaker.call(partial(self._shared_version, shelf))
        except UnavailableError:
            version = version or uuid4().hex
        self._know(shelf, version)
        return version

    async def _shared_version(self, shelf: Shelf) -> str:
        if shelf in self._owed:
            version = await self._second.bump(shelf)
            self._owed.pop(shelf, None)
            return version
        return await self._second.version(shelf)

    def _know(self, shelf: Shelf, version: str) -> None:
        self._known[shelf] = (version, self._clock())
        self._known.move_to_end(shelf)
        if len(self._known) > _SHELVES:
            self._known.popitem(last=False)

    @property
    def _is_alone(self) -> bool:
        return self._breaker.state().failures > 0

    async def get_many(self, shelf: Shelf, version: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See `Cache.get_many`."""
        age_s = self._alone_s if self._is_alone else float("inf")
        found = self._first.look(shelf, version, keys, age_s=age_s)
        missing = [key for key in keys if key not in found]
        if not missing or shelf in self._owed:
            return found
        try:
            shared = await self._breaker.call(partial(self._second.get_many, shelf, version, missing))
        except UnavailableError:
            return found
        # How long it may live is known to the shared cache alone, so here it lives shortly.
        await self._first.set_many(shelf, version, shared, ttl_s=self._fresh_s)
        return found | dict(shared)

    async def set_many(
        self, shelf: Shelf, version: str, values: Mapping[str, bytes], *, ttl_s: float
    ) -> None:
        """See `Cache.set_many`."""
        await self._first.set_many(shelf, version, values, ttl_s=min(ttl_s, _FIRST_TTL_S))
        if shelf not in self._owed:
            with suppress(UnavailableError):
                await self._breaker.call(partial(self._second.set_many, shelf, version, values, ttl_s=ttl_s))

    async def delete(self, shelf: Shelf, keys: Sequence[str]) -> None:
        """See `Cache.delete`; the whole shelf goes, since other processes keep values in their memory as well."""
        if keys:
            await self.bump(shelf)

    async def bump(self, shelf: Shelf) -> str:
        """See `Cache.bump`."""
        try:
            version = await self._breaker.call(partial(self._second.bump, shelf))
            self._owed.pop(shelf, None)
        except UnavailableError:
            self._owed[shelf] = None
            version = uuid4().hex
        self._know(shelf, version)
        return version


class ResilientRateLimits:
    """See `RateLimits`: the shared buckets, or those of this process while the shared ones are away."""

    def __init__(self, shared: RateLimits, local: RateLimits, breaker: Breaker) -> None:
        self._shared = shared
        self._local = local
        self._breaker = breaker

    def state(self) -> BreakerState:
        """Return how the shared buckets stand, for health and metrics."""
        return self._breaker.state()

    async def take(self, key: str, *, rate_per_s: float, burst: int, cost: int = 1) -> Allowance:
        """See `RateLimits.take`."""
        check_take(rate_per_s, burst, cost)
        try:
            return await self._breaker.call(
                partial(self._shared.take, key, rate_per_s=rate_per_s, burst=burst, cost=cost)
            )
        except UnavailableError:
            return await self._local.take(key, rate_per_s=rate_per_s, burst=burst, cost=cost)
