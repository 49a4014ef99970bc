import asyncio
import sys

import httpx
import pytest

from chariot.entrypoints.rest.server import TURN_S, running, serve
from chariot.errors import ConfigurationError
from rest_perimeter import TOKEN, entity_path


@pytest.fixture
def port(unused_tcp_port):
    return unused_tcp_port


async def test_a_real_server_answers_beside_other_work_in_one_process(services, surface, port):
    async with (
        running(services, "127.0.0.1", port) as address,
        httpx.AsyncClient(base_url=address, headers={"authorization": f"Bearer {TOKEN}"}) as client,
    ):
        listed = await client.get("/api/v1/domains?sort=-key&limit=1")
        one = await client.get(entity_path("#domain#www.perimeter.test"))
        added = await client.post("/api/v1/seeds", json={"seeds": [{"value": "198.51.100.0/28"}]})
        excluded = await client.delete("/api/v1/seeds/198.51.100.0%2F28")
        refused = await client.get("/api/v1/risks", headers={"authorization": "Bearer wrong"})

    assert [one["host"] for one in listed.json()["data"]] == ["www.perimeter.test"]
    assert one.json()["data"]["key"] == "#domain#www.perimeter.test"
    assert (added.status_code, excluded.status_code, refused.status_code) == (201, 200, 401)
    assert excluded.json()["data"]["status"] == "excluded"


async def test_the_port_is_free_again_afterwards(services, port):
    for _ in range(2):
        async with running(services, "127.0.0.1", port) as address, httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/health/live")).status_code == 200


async def test_threads_take_shorter_turns_while_it_serves_and_no_longer(services, port):
    before = sys.getswitchinterval()

    async with running(services, "127.0.0.1", port):
        during = sys.getswitchinterval()

    assert (during, sys.getswitchinterval()) == (pytest.approx(TURN_S), before)
    assert during < before


async def test_serving_ends_when_it_is_cancelled(services, port):
    serving = asyncio.create_task(serve(services, "127.0.0.1", port))
    await asyncio.sleep(0.2)
    serving.cancel()

    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_a_port_that_is_taken_is_refused_at_once(services, port):
    async with running(services, "127.0.0.1", port):
        with pytest.raises(ConfigurationError, match="cannot listen"):
            async with running(services, "127.0.0.1", port):
                pass


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "localhost", "::", ""])
async def test_nothing_but_a_loopback_address_is_listened_on(services, host):
    with pytest.raises(ConfigurationError):
        async with running(services, host, 8642):
            pass


async def test_garbage_on_the_wire_harms_nobody(services, port):
    async with running(services, "127.0.0.1", port) as address:
        for garbage in (
            b"\x16\x03\x01\x02\x00\x01",
            b"GET / HTTP/9.9\r\n\r\n",
            b"A" * 100_000,
            b"POST / HTTP/1.1\r\n",
        ):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(garbage)
            writer.write_eof()
            await asyncio.wait_for(reader.read(), 60)
            writer.close()
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"{address}/health/live")).status_code == 200
