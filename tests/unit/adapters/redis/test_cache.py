"""What others find in Redis when they look."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chariot.adapters.redis.cache import RedisCache
from chariot.adapters.redis.connection import RedisConnection
from chariot.model.keys import Organisation
from chariot.modules.caching.ports import Shelf
from support.redis_server import RedisServer

SHELF = Shelf(Organisation("acme"), "lists")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()


async def test_everything_in_redis_ends_by_itself(server: RedisServer) -> None:
    connection = RedisConnection(server.url)
    cache = RedisCache(connection)
    await cache.set_many(SHELF, await cache.version(SHELF), {"a": b"1", "b": b"2"}, ttl_s=60)

    async def times(client: Any) -> list[int]:
        return [await client.ttl(name) for name in await client.keys("*")]

    left_s = await connection.run(times)
    await connection.close()

    assert len(left_s) == 3
    assert min(left_s) > 0


async def test_two_installations_share_a_server(server: RedisServer) -> None:
    connection = RedisConnection(server.url)
    one, other = RedisCache(connection, name="one"), RedisCache(connection, name="other")
    version = await one.version(SHELF)
    await one.set_many(SHELF, version, {"a": b"1"}, ttl_s=60)

    found = await other.get_many(SHELF, version, ["a"])
    await connection.close()

    assert found == {}


async def test_a_lost_version_finds_nothing_that_was_kept_before(server: RedisServer) -> None:
    connection = RedisConnection(server.url)
    cache = RedisCache(connection)
    before = await cache.version(SHELF)
    await cache.set_many(SHELF, before, {"a": b"1"}, ttl_s=60)

    async def evict(client: Any) -> None:
        shortest = min(await client.keys("*"), key=len)
        await client.delete(shortest)

    await connection.run(evict)
    after = await cache.version(SHELF)
    found = await cache.get_many(SHELF, after, ["a"])
    await connection.close()

    assert before != after
    assert found == {}
