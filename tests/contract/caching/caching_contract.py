"""What every cache and every store of token buckets promises. Subclass, provide the fixtures `cache` or `limits`."""

import asyncio
import time

import pytest

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.caching.ports import VALUE_LIMIT_BYTES, Cache, RateLimits, Shelf

SHELF = Shelf(Organisation("acme"), "lists")
OTHER_SHELF = Shelf(Organisation("acme"), "counts")
SAME_OF_GLOBEX = Shelf(Organisation("globex"), "lists")
TTL_S = 60.0


async def keep(cache: Cache, shelf: Shelf = SHELF, ttl_s: float = TTL_S, **values: bytes) -> str:
    version = await cache.version(shelf)
    await cache.set_many(shelf, version, values, ttl_s=ttl_s)
    return version


async def look(cache: Cache, *keys: str, shelf: Shelf = SHELF) -> dict[str, bytes]:
    return dict(await cache.get_many(shelf, await cache.version(shelf), keys))


class CacheContract:
    async def test_what_is_kept_is_there(self, cache: Cache) -> None:
        await keep(cache, a=b"\x00\xff", b=b"")

        assert await look(cache, "a", "b", "c") == {"a": b"\x00\xff", "b": b""}

    async def test_nothing_asked_for_is_nothing_found(self, cache: Cache) -> None:
        await cache.set_many(SHELF, await cache.version(SHELF), {}, ttl_s=TTL_S)

        assert await look(cache) == {}

    async def test_a_value_is_replaced(self, cache: Cache) -> None:
        await keep(cache, a=b"1")
        await keep(cache, a=b"2")

        assert await look(cache, "a") == {"a": b"2"}

    async def test_a_value_is_gone_after_its_time(self, cache: Cache) -> None:
        await keep(cache, ttl_s=0.1, a=b"1")
        await asyncio.sleep(0.15)

        assert await look(cache, "a") == {}

    @pytest.mark.parametrize("ttl_s", [0.0, -1.0])
    async def test_no_time_keeps_nothing(self, cache: Cache, ttl_s: float) -> None:
        await keep(cache, ttl_s=ttl_s, a=b"1")

        assert await look(cache, "a") == {}

    async def test_a_value_that_is_too_large_is_left_out(self, cache: Cache) -> None:
        await keep(cache, large=bytes(VALUE_LIMIT_BYTES + 1), small=b"1")

        assert await look(cache, "large", "small") == {"small": b"1"}

    @pytest.mark.parametrize("key", ["", " ", "a:b", "{x}", "ü€\n\x00", "k" * 10_000, "*"])
    async def test_any_text_is_a_key(self, cache: Cache, key: str) -> None:
        version = await cache.version(SHELF)
        await cache.set_many(SHELF, version, {key: b"1"}, ttl_s=TTL_S)

        assert await look(cache, key) == {key: b"1"}

    async def test_a_deleted_key_is_gone(self, cache: Cache) -> None:
        await keep(cache, a=b"1")
        await cache.delete(SHELF, ["a", "never there"])

        assert await look(cache, "a") == {}

    async def test_deleting_nothing_does_nothing(self, cache: Cache) -> None:
        await keep(cache, a=b"1")
        await cache.delete(SHELF, [])

        assert await look(cache, "a") == {"a": b"1"}

    async def test_a_bump_forgets_the_whole_shelf(self, cache: Cache) -> None:
        before = await keep(cache, a=b"1", b=b"2")
        after = await cache.bump(SHELF)

        assert before != after
        assert await cache.version(SHELF) == after
        assert await look(cache, "a", "b") == {}

    async def test_what_was_computed_before_a_bump_is_never_found_after_it(self, cache: Cache) -> None:
        version = await cache.version(SHELF)
        await cache.bump(SHELF)
        await cache.set_many(SHELF, version, {"a": b"old"}, ttl_s=TTL_S)

        assert await look(cache, "a") == {}

    async def test_a_version_stays_until_it_is_bumped(self, cache: Cache) -> None:
        assert await cache.version(SHELF) == await cache.version(SHELF)

    async def test_a_bump_leaves_other_shelves_alone(self, cache: Cache) -> None:
        await keep(cache, OTHER_SHELF, a=b"1")
        await cache.bump(SHELF)

        assert await look(cache, "a", shelf=OTHER_SHELF) == {"a": b"1"}

    async def test_an_organisation_never_finds_the_values_of_another(self, cache: Cache) -> None:
        version = await keep(cache, a=b"acme's")

        assert await look(cache, "a", shelf=SAME_OF_GLOBEX) == {}
        # Not even with the other's version in its hands.
        assert dict(await cache.get_many(SAME_OF_GLOBEX, version, ["a"])) == {}

    async def test_an_organisation_cannot_forget_the_values_of_another(self, cache: Cache) -> None:
        await keep(cache, a=b"1")
        await cache.delete(SAME_OF_GLOBEX, ["a"])
        await cache.bump(SAME_OF_GLOBEX)

        assert await look(cache, "a") == {"a": b"1"}

    async def test_names_that_look_alike_when_joined_are_different_shelves(self, cache: Cache) -> None:
        one, other = Shelf(Organisation("a:b"), "c"), Shelf(Organisation("a"), "b:c")
        await keep(cache, one, a=b"1")

        assert await look(cache, "a", shelf=other) == {}


class RateLimitsContract:
    async def test_a_bucket_gives_its_burst_and_then_refuses(self, limits: RateLimits) -> None:
        answers = [await limits.take("user", rate_per_s=0.01, burst=3) for _ in range(4)]

        assert [answer.allowed for answer in answers] == [True, True, True, False]
        assert [answer.remaining for answer in answers] == [2, 1, 0, 0]

    async def test_a_refusal_says_when_to_come_again(self, limits: RateLimits) -> None:
        began = time.monotonic()
        await limits.take("user", rate_per_s=0.01, burst=1)
        refused = await limits.take("user", rate_per_s=0.01, burst=1)
        passed_s = time.monotonic() - began

        assert 100 - passed_s - 1 <= refused.retry_after_s <= 100

    async def test_an_allowed_take_need_not_wait(self, limits: RateLimits) -> None:
        assert (await limits.take("user", rate_per_s=1, burst=1)).retry_after_s == 0

    async def test_tokens_come_back_with_time(self, limits: RateLimits) -> None:
        # On a slow machine one may be back before the next is asked for.
        while (refused := await limits.take("user", rate_per_s=20, burst=1)).allowed:
            pass
        await asyncio.sleep(refused.retry_after_s + 0.01)

        assert (await limits.take("user", rate_per_s=20, burst=1)).allowed

    async def test_a_bucket_never_holds_more_than_its_burst(self, limits: RateLimits) -> None:
        await limits.take("user", rate_per_s=1_000, burst=2)
        await asyncio.sleep(0.05)

        assert (await limits.take("user", rate_per_s=1_000, burst=2)).remaining == 1

    async def test_a_cost_takes_as_many_tokens(self, limits: RateLimits) -> None:
        assert (await limits.take("user", rate_per_s=0.01, burst=10, cost=7)).remaining == 3

    async def test_a_refused_cost_takes_nothing(self, limits: RateLimits) -> None:
        await limits.take("user", rate_per_s=0.01, burst=10, cost=7)
        refused = await limits.take("user", rate_per_s=0.01, burst=10, cost=7)

        assert not refused.allowed
        assert (await limits.take("user", rate_per_s=0.01, burst=10, cost=3)).allowed

    async def test_each_key_has_its_own_bucket(self, limits: RateLimits) -> None:
        await limits.take("one", rate_per_s=0.01, burst=1)

        assert (await limits.take("other", rate_per_s=0.01, burst=1)).allowed

    async def test_many_at_once_get_no_more_than_the_burst(self, limits: RateLimits) -> None:
        answers = await asyncio.gather(*(limits.take("user", rate_per_s=0.01, burst=10) for _ in range(50)))

        assert sum(answer.allowed for answer in answers) == 10

    @pytest.mark.parametrize(
        ("rate_per_s", "burst", "cost"),
        [(0, 1, 1), (-1, 1, 1), (float("inf"), 1, 1), (float("nan"), 1, 1), (1, 1, 0), (1, 1, -1), (1, 1, 2)],
    )
    async def test_an_impossible_take_is_refused(self, limits: RateLimits, rate_per_s, burst, cost) -> None:
        with pytest.raises(InvalidError):
            await limits.take("user", rate_per_s=rate_per_s, burst=burst, cost=cost)
