"""A cache and token buckets in the memory of one process, both bounded."""

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from uuid import uuid4

import msgspec

from chariot.modules.caching.ports import VALUE_LIMIT_BYTES, Allowance, Shelf, check_take

_SIZE_BYTES = 64_000_000
_SHELVES = 10_000
_BUCKETS = 100_000
_OVERHEAD_BYTES = 400
"""What one entry costs beside its value, about."""


class _Kept(msgspec.Struct):
    value: bytes
    kept_at: float
    ends_at: float


class MemoryCache:
    """See `Cache`; what was unused for longest goes first."""

    def __init__(
        self,
        *,
        size_bytes: int = _SIZE_BYTES,
        shelves: int = _SHELVES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._size_bytes = size_bytes
        self._shelves = shelves
        self._clock = clock
        self._versions: OrderedDict[Shelf, str] = OrderedDict()
        self._kept: OrderedDict[tuple[Shelf, str, str], _Kept] = OrderedDict()
        self._used_bytes = 0

    @property
    def used_bytes(self) -> int:
        """About how much memory is in use."""
        return self._used_bytes

    async def version(self, shelf: Shelf) -> str:
        """See `Cache.version`."""
        # A version that was forgotten is replaced by one that nothing was ever kept under.
        found = self._versions.get(shelf)
        return await self.bump(shelf) if found is None else found

    async def get_many(self, shelf: Shelf, version: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        """See `Cache.get_many`."""
        return self.look(shelf, version, keys)

    def look(
        self, shelf: Shelf, version: str, keys: Sequence[str], *, age_s: float = float("inf")
    ) -> dict[str, bytes]:
        """Return what is there of *keys* and not older than *age_s*."""
        now = self._clock()
        found: dict[str, bytes] = {}
        for key in keys:
            place = (shelf, version, key)
            kept = self._kept.get(place)
            if kept is None:
                continue
            if kept.ends_at <= now:
                self._drop(place)
            elif now - kept.kept_at <= age_s:
                self._kept.move_to_end(place)
                found[key] = kept.value
        return found

    async def set_many(
        self, shelf: Shelf, version: str, values: Mapping[str, bytes], *, ttl_s: float
    ) -> None:
        """See `Cache.set_many`."""
        now = self._clock()
        for key, value in values.items():
            place = (shelf, version, key)
            self._drop(place)
            if len(value) > VALUE_LIMIT_BYTES or ttl_s <= 0:
                continue
            self._kept[place] = _Kept(value, now, now + ttl_s)
            self._used_bytes += _cost(place, value)
        while self._used_bytes > self._size_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, place: tuple[Shelf, str, str]) -> None:
        kept = self._kept.pop(place, None)
        if kept is not None:
            self._used_bytes -= _cost(place, kept.value)

    async def delete(self, shelf: Shelf, keys: Sequence[str]) -> None:
        """See `Cache.delete`."""
        version = await self.version(shelf)
        for key in keys:
            self._drop((shelf, version, key))

    async def bump(self, shelf: Shelf) -> str:
        """See `Cache.bump`."""
        version = uuid4().hex
        self._versions[shelf] = version
        self._versions.move_to_end(shelf)
        if len(self._versions) > self._shelves:
            self._versions.popitem(last=False)
        return version


def _cost(place: tuple[Shelf, str, str], value: bytes) -> int:
    return len(value) + len(place[2]) + _OVERHEAD_BYTES


class MemoryRateLimits:
    """See `RateLimits`; the bucket that was unused for longest is forgotten first, and full when it comes back."""

    def __init__(self, *, buckets: int = _BUCKETS, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = buckets
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    async def take(self, key: str, *, rate_per_s: float, burst: int, cost: int = 1) -> Allowance:
        """See `RateLimits.take`."""
        check_take(rate_per_s, burst, cost)
        now = self._clock()
        tokens, at = self._buckets.pop(key, (float(burst), now))
        tokens = min(float(burst), tokens + max(0.0, now - at) * rate_per_s)
        allowed = tokens >= cost
        if allowed:
            tokens -= cost
        self._buckets[key] = (tokens, now)
        if len(self._buckets) > self._limit:
            self._buckets.popitem(last=False)
        return Allowance(allowed, int(tokens), 0.0 if allowed else (cost - tokens) / rate_per_s)
