"""What the buckets leave in Redis."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chariot.adapters.redis.connection import RedisConnection
from chariot.adapters.redis.limits import RedisRateLimits
from support.redis_server import RedisServer


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()


async def test_a_bucket_is_forgotten_when_it_would_be_full_again(server: RedisServer) -> None:
    connection = RedisConnection(server.url)
    await RedisRateLimits(connection).take("user", rate_per_s=10, burst=100, cost=50)

    async def left(client: Any) -> list[int]:
        return [await client.pttl(name) for name in await client.keys("*")]

    (left_ms,) = await connection.run(left)
    await connection.close()

    assert 5_000 < left_ms <= 6_000


async def test_two_processes_share_a_bucket(server: RedisServer) -> None:
    connections = [RedisConnection(server.url) for _ in range(2)]
    one, other = (RedisRateLimits(connection) for connection in connections)
    await one.take("user", rate_per_s=0.01, burst=2)
    await other.take("user", rate_per_s=0.01, burst=2)

    answer = await one.take("user", rate_per_s=0.01, burst=2)
    for connection in connections:
        await connection.close()

    assert not answer.allowed
