"""The cache and the limits on a real Redis, alone and behind the memory of a process."""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from caching_contract import CacheContract, RateLimitsContract

from chariot.adapters.redis.cache import RedisCache
from chariot.adapters.redis.connection import RedisConnection
from chariot.adapters.redis.limits import RedisRateLimits
from chariot.modules.caching.breaker import Breaker
from chariot.modules.caching.layered import LayeredCache, ResilientRateLimits
from chariot.modules.caching.memory import MemoryCache, MemoryRateLimits
from support.redis_server import ENVIRONMENT_URL, RedisServer


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if ENVIRONMENT_URL:
        yield ENVIRONMENT_URL
        return
    server = RedisServer(tmp_path_factory.mktemp("redis")).start()
    yield server.url
    server.kill()


@pytest.fixture
async def connection(redis_url: str) -> AsyncIterator[RedisConnection]:
    connection = RedisConnection(redis_url, answer_s=60)
    yield connection
    await connection.close()


class TestRedisCache(CacheContract):
    @pytest.fixture
    def cache(self, connection: RedisConnection) -> RedisCache:
        return RedisCache(connection, name=uuid4().hex)


class TestLayeredCache(CacheContract):
    @pytest.fixture
    def cache(self, connection: RedisConnection) -> LayeredCache:
        return LayeredCache(MemoryCache(), RedisCache(connection, name=uuid4().hex), Breaker("Redis"))


class TestRedisRateLimits(RateLimitsContract):
    @pytest.fixture
    def limits(self, connection: RedisConnection) -> RedisRateLimits:
        return RedisRateLimits(connection, name=uuid4().hex)


class TestResilientRateLimits(RateLimitsContract):
    @pytest.fixture
    def limits(self, connection: RedisConnection) -> ResilientRateLimits:
        return ResilientRateLimits(
            RedisRateLimits(connection, name=uuid4().hex), MemoryRateLimits(), Breaker("Redis")
        )
