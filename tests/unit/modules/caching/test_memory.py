import pytest

from chariot.model.keys import Organisation
from chariot.modules.caching.memory import MemoryCache, MemoryRateLimits
from chariot.modules.caching.ports import Shelf

SHELF = Shelf(Organisation("acme"), "lists")


async def test_what_was_unused_for_longest_goes_first() -> None:
    cache = MemoryCache(size_bytes=3_000)
    version = await cache.version(SHELF)
    await cache.set_many(SHELF, version, {"a": bytes(900), "b": bytes(900)}, ttl_s=60)
    await cache.get_many(SHELF, version, ["a"])

    await cache.set_many(SHELF, version, {"c": bytes(900)}, ttl_s=60)

    assert set(await cache.get_many(SHELF, version, ["a", "b", "c"])) == {"a", "c"}


async def test_memory_in_use_stays_below_its_bound() -> None:
    cache = MemoryCache(size_bytes=10_000)
    version = await cache.version(SHELF)
    await cache.set_many(SHELF, version, {str(n): bytes(n) for n in range(1_000)}, ttl_s=60)

    assert 0 < cache.used_bytes <= 10_000


async def test_what_is_gone_uses_no_memory() -> None:
    now = 0.0
    cache = MemoryCache(clock=lambda: now)
    version = await cache.version(SHELF)
    await cache.set_many(SHELF, version, {"a": b"1", "b": b"2"}, ttl_s=1)
    await cache.delete(SHELF, ["a"])
    now = 2.0

    await cache.get_many(SHELF, version, ["b"])

    assert cache.used_bytes == 0


async def test_a_forgotten_version_never_comes_back() -> None:
    cache = MemoryCache(shelves=1)
    before = await cache.version(SHELF)
    await cache.version(Shelf(Organisation("acme"), "counts"))

    assert await cache.version(SHELF) != before


async def test_the_bucket_unused_for_longest_is_forgotten_first() -> None:
    limits = MemoryRateLimits(buckets=2)
    for key in ("a", "b", "a", "c"):
        await limits.take(key, rate_per_s=0.01, burst=2)

    assert len(limits) == 2
    assert (await limits.take("a", rate_per_s=0.01, burst=2)).allowed is False


@pytest.mark.parametrize("back_s", [1.0, 1e6])
async def test_a_clock_that_goes_back_gives_no_tokens(back_s: float) -> None:
    now = 1e7
    limits = MemoryRateLimits(clock=lambda: now)
    await limits.take("a", rate_per_s=1, burst=1)
    now -= back_s

    assert (await limits.take("a", rate_per_s=1, burst=1)).allowed is False
