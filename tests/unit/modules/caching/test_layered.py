"""The layers over a shared cache that is in memory too, and can go away."""

from collections.abc import Mapping, Sequence

import pytest

from chariot.errors import UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.caching.breaker import Breaker, Circuit
from chariot.modules.caching.layered import LayeredCache, ResilientRateLimits
from chariot.modules.caching.memory import MemoryCache, MemoryRateLimits
from chariot.modules.caching.ports import Allowance, Shelf

SHELF = Shelf(Organisation("acme"), "lists")


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


class Shared:
    """A shared cache and shared buckets, there or away, that count their calls."""

    def __init__(self, clock: Clock) -> None:
        self._cache = MemoryCache(clock=clock)
        self._limits = MemoryRateLimits(clock=clock)
        self.is_away = False
        self.calls = 0

    def _call(self) -> None:
        self.calls += 1
        if self.is_away:
            raise UnavailableError("nothing listens there")

    async def version(self, shelf: Shelf) -> str:
        self._call()
        return await self._cache.version(shelf)

    async def get_many(self, shelf: Shelf, version: str, keys: Sequence[str]) -> Mapping[str, bytes]:
        self._call()
        return await self._cache.get_many(shelf, version, keys)

    async def set_many(
        self, shelf: Shelf, version: str, values: Mapping[str, bytes], *, ttl_s: float
    ) -> None:
        self._call()
        await self._cache.set_many(shelf, version, values, ttl_s=ttl_s)

    async def delete(self, shelf: Shelf, keys: Sequence[str]) -> None:
        self._call()
        await self._cache.delete(shelf, keys)

    async def bump(self, shelf: Shelf) -> str:
        self._call()
        return await self._cache.bump(shelf)

    async def take(self, key: str, *, rate_per_s: float, burst: int, cost: int = 1) -> Allowance:
        self._call()
        return await self._limits.take(key, rate_per_s=rate_per_s, burst=burst, cost=cost)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared(clock: Clock) -> Shared:
    return Shared(clock)


def process(shared: Shared, clock: Clock) -> LayeredCache:
    return LayeredCache(MemoryCache(clock=clock), shared, Breaker("Redis", clock=clock), clock=clock)


async def keep(cache: LayeredCache, value: bytes) -> None:
    await cache.set_many(SHELF, await cache.version(SHELF), {"a": value}, ttl_s=600)


async def look(cache: LayeredCache) -> bytes | None:
    return (await cache.get_many(SHELF, await cache.version(SHELF), ["a"])).get("a")


async def test_what_is_in_memory_asks_nobody(shared: Shared, clock: Clock) -> None:
    cache = process(shared, clock)
    await keep(cache, b"1")
    calls = shared.calls

    assert await look(cache) == b"1"
    assert shared.calls == calls


async def test_what_one_process_kept_another_one_finds(shared: Shared, clock: Clock) -> None:
    one, other = process(shared, clock), process(shared, clock)
    await keep(one, b"1")

    assert await look(other) == b"1"


async def test_a_bump_of_another_process_is_noticed_after_a_second(shared: Shared, clock: Clock) -> None:
    one, other = process(shared, clock), process(shared, clock)
    await keep(one, b"1")
    await other.bump(SHELF)
    clock.now += 1.0

    assert await look(one) is None


async def test_a_deletion_of_another_process_is_noticed_after_a_second(shared: Shared, clock: Clock) -> None:
    one, other = process(shared, clock), process(shared, clock)
    await keep(one, b"1")
    await other.delete(SHELF, ["a"])
    clock.now += 1.0

    assert await look(one) is None


async def test_it_goes_on_alone_when_the_shared_cache_is_away(shared: Shared, clock: Clock) -> None:
    cache = process(shared, clock)
    await keep(cache, b"1")
    shared.is_away = True
    clock.now += 2.0

    assert await look(cache) == b"1"
    await keep(cache, b"2")
    assert await look(cache) == b"2"
    assert cache.state().failures > 0


async def test_alone_it_can_start_with_nothing_known(shared: Shared, clock: Clock) -> None:
    shared.is_away = True
    cache = process(shared, clock)
    await keep(cache, b"1")

    assert await look(cache) == b"1"


async def test_alone_it_gives_out_nothing_that_is_older_than_some_seconds(
    shared: Shared, clock: Clock
) -> None:
    cache = process(shared, clock)
    await keep(cache, b"1")
    shared.is_away = True
    clock.now += 6.0

    assert await look(cache) is None


async def test_a_bump_made_alone_holds_at_once_and_after_the_return(shared: Shared, clock: Clock) -> None:
    one, other = process(shared, clock), process(shared, clock)
    await keep(one, b"old")
    shared.is_away = True
    await one.bump(SHELF)
    assert await look(one) is None

    shared.is_away = False
    clock.now += 60.0
    assert await look(one) is None
    assert await look(other) is None


async def test_the_shared_cache_is_used_again_when_it_is_back(shared: Shared, clock: Clock) -> None:
    cache = process(shared, clock)
    shared.is_away = True
    for _ in range(5):
        await keep(cache, b"1")
    assert cache.state().circuit is Circuit.OPEN

    shared.is_away = False
    clock.now += 60.0
    await keep(cache, b"2")

    assert cache.state().circuit is Circuit.CLOSED
    assert await look(process(shared, clock)) == b"2"


async def test_limits_go_on_alone_when_the_shared_ones_are_away(shared: Shared, clock: Clock) -> None:
    limits = ResilientRateLimits(shared, MemoryRateLimits(clock=clock), Breaker("Redis", clock=clock))
    shared.is_away = True

    answers = [(await limits.take("user", rate_per_s=0.01, burst=2)).allowed for _ in range(3)]

    assert answers == [True, True, False]
    assert limits.state().circuit is Circuit.OPEN
