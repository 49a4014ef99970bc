"""A real server that is asked for more than it may give."""

import asyncio
import time

import httpx
import msgspec
import pytest

from chariot.entrypoints.rest.server import running
from chariot.entrypoints.rest.services import RestLimits
from rest_perimeter import TOKEN

BEARER = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def port(unused_tcp_port):
    return unused_tcp_port


async def test_who_asks_faster_than_they_may_is_let_in_again_as_soon_as_they_were_told(
    services, surface, port
):
    rate, burst = 20.0, 20
    limited = msgspec.structs.replace(services, limits=RestLimits(requests_per_s=rate, burst=burst))
    async with (
        running(limited, "127.0.0.1", port) as address,
        httpx.AsyncClient(base_url=address, headers=BEARER) as client,
    ):
        started = time.monotonic()
        answers = await asyncio.gather(*(client.get("/api/v1/seeds") for _ in range(4 * burst)))
        spent_s = time.monotonic() - started
        accepted = [one for one in answers if one.status_code == 200]
        refused = [one for one in answers if one.status_code != 200]
        await asyncio.sleep(max((float(one.headers["retry-after"]) for one in refused), default=0.0))
        again = await client.get("/api/v1/seeds")

    assert burst <= len(accepted) <= burst + rate * spent_s + 1
    assert {one.status_code for one in refused} <= {429}
    assert again.status_code == 200


async def test_twice_as_many_as_may_be_at_work_are_shed_and_the_next_is_served(services, surface, port):
    inside, go = asyncio.Semaphore(0), asyncio.Event()

    class Slow:
        async def status(self):
            inside.release()
            await go.wait()
            return await services.intel.status()

    limited = msgspec.structs.replace(services, intel=Slow(), limits=RestLimits(at_work=8))
    async with (
        running(limited, "127.0.0.1", port) as address,
        httpx.AsyncClient(base_url=address, headers=BEARER, timeout=60) as client,
    ):
        working = [asyncio.create_task(client.get("/api/v1/intelligence")) for _ in range(8)]
        for _ in working:
            await inside.acquire()
        shed = await asyncio.gather(*(client.get("/api/v1/intelligence") for _ in range(8)))
        from_memory = await client.get("/health/live")
        go.set()
        served = await asyncio.gather(*working)
        after = await client.get("/api/v1/intelligence")

    assert {(one.status_code, one.json()["type"]) for one in shed} == {(503, "/api/v1/problems/busy")}
    assert all("retry-after" in one.headers for one in shed)
    assert [one.status_code for one in (from_memory, *served, after)] == [200] * 10
