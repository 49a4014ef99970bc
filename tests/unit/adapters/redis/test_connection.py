"""Outages and wrong settings, with a real Redis that is killed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from chariot.adapters.redis.cache import RedisCache
from chariot.adapters.redis.connection import RedisConnection
from chariot.adapters.redis.limits import RedisRateLimits
from chariot.errors import ConfigurationError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.caching.breaker import Breaker, Circuit
from chariot.modules.caching.layered import LayeredCache, ResilientRateLimits
from chariot.modules.caching.memory import MemoryCache, MemoryRateLimits
from chariot.modules.caching.ports import Shelf
from support.redis_server import RedisServer

SHELF = Shelf(Organisation("acme"), "lists")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()


@pytest.mark.parametrize(
    "url", ["", "redis:", "http://h", "redis://", "redis://h:port", "redis://h:99999999"]
)
def test_a_wrong_url_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ConfigurationError, match="the URL of Redis must look like") as caught:
        RedisConnection(url)

    assert "\n" not in str(caught.value)


async def test_a_server_that_is_away_is_named_without_the_password() -> None:
    connection = RedisConnection("redis://user:secret@127.0.0.1:1/0")

    with pytest.raises(UnavailableError) as caught:
        await RedisCache(connection).version(SHELF)
    await connection.close()

    assert str(caught.value) == "Redis at 127.0.0.1:1 cannot be used: nothing listens there"


@pytest.fixture
def guarded_server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path, "--requirepass", "right").start()
    yield server
    server.kill()


async def test_a_wrong_password_is_told(guarded_server: RedisServer) -> None:
    connection = RedisConnection(guarded_server.url.replace("//", "//:wrong@"))

    with pytest.raises(UnavailableError, match="refuses the user or password of its URL"):
        await RedisCache(connection).version(SHELF)
    await connection.close()


async def test_a_value_of_another_program_is_no_surprise(server: RedisServer) -> None:
    connection = RedisConnection(server.url)
    limits = RedisRateLimits(connection)
    await limits.take("user", rate_per_s=1, burst=1)

    async def spoil(client) -> None:
        for name in await client.keys("*"):
            await client.delete(name)
            await client.set(name, "spoilt")

    await connection.run(spoil)

    with pytest.raises(UnavailableError, match=r"cannot be used: .*WRONGTYPE"):
        await limits.take("user", rate_per_s=1, burst=1)
    await connection.close()


async def test_the_product_goes_on_while_redis_is_killed_and_comes_back(server: RedisServer) -> None:
    connection = RedisConnection(server.url)
    cache_breaker, limits_breaker = (Breaker("Redis", failures=2, pause_s=0.01) for _ in range(2))
    cache = LayeredCache(MemoryCache(), RedisCache(connection), cache_breaker, fresh_s=0.0)
    limits = ResilientRateLimits(RedisRateLimits(connection), MemoryRateLimits(), limits_breaker)

    async def use(value: bytes) -> bytes:
        version = await cache.version(SHELF)
        await cache.set_many(SHELF, version, {"a": value}, ttl_s=60)
        assert (await limits.take("user", rate_per_s=1_000, burst=1_000)).allowed
        return (await cache.get_many(SHELF, version, ["a"]))["a"]

    assert await use(b"1") == b"1"
    server.kill()
    for _ in range(5):
        assert await use(b"2") == b"2"
    assert {cache.state().circuit, limits.state().circuit} == {Circuit.OPEN}
    assert "nothing listens there" in cache.state().error

    server.start()
    while {cache.state().circuit, limits.state().circuit} != {Circuit.CLOSED}:
        assert await use(b"3") == b"3"
    await connection.close()
