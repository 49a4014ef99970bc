"""A server whose Redis is killed goes on, says so, and uses it again when it is back."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from chariot.entrypoints.rest.tokens import ensure_token
from support.redis_server import RedisServer

LONGEST_S = 90.0
AWAY = 'chariot_part_away{part="cache"} 1.0'
BACK = 'chariot_part_away{part="cache"} 0.0'


@pytest.fixture
def redis(tmp_path: Path) -> Any:
    server = RedisServer(tmp_path).start()
    yield server
    server.kill()


@pytest.fixture
async def api(
    redis: RedisServer, tmp_path: Path, unused_tcp_port: int
) -> AsyncIterator[aiohttp.ClientSession]:
    home = tmp_path / "home"
    token = ensure_token(home)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chariot", "--home", str(home), "serve", "--port", str(unused_tcp_port)),
        "--without-workers",
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"CHARIOT_CACHE": redis.url, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert process.stdout is not None
    async with asyncio.timeout(LONGEST_S):
        assert await process.stdout.readline()
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{unused_tcp_port}", headers={"Authorization": f"Bearer {token}"}
    ) as session:
        yield session
    process.terminate()
    await process.communicate()


async def text(api: aiohttp.ClientSession, path: str) -> str:
    async with api.get(path) as response:
        assert response.status == 200, await response.text()
        return await response.text()


async def see(api: aiohttp.ClientSession, host: str) -> None:
    batch = {
        "capability": "test",
        "seen_at": "2026-01-31T12:00:00Z",
        "entities": [{"kind": "domain", "host": host}],
    }
    async with api.post("/api/v1/observations", json=batch) as response:
        assert response.status == 200, await response.text()


async def said(api: aiohttp.ClientSession, wanted: str) -> None:
    """Return when the metrics say *wanted*; each look needs the limits, and so tries Redis."""
    async with asyncio.timeout(LONGEST_S):
        while wanted not in await text(api, "/metrics"):  # noqa: ASYNC110 - another process tells.
            await asyncio.sleep(0.2)


@pytest.mark.timeout(300)
async def test_a_server_goes_on_when_redis_is_killed_and_says_so(
    api: aiohttp.ClientSession, redis: RedisServer
) -> None:
    await see(api, "before.example")
    assert "before.example" in await text(api, "/api/v1/domains")
    await said(api, BACK)

    redis.kill()
    await see(api, "without.example")
    assert "without.example" in await text(api, "/api/v1/domains")
    await said(api, AWAY)
    assert "cache" in await text(api, "/health/ready")

    redis.start()
    await said(api, BACK)
    await see(api, "after.example")
    assert "after.example" in await text(api, "/api/v1/domains")
