import asyncio
import contextlib

import httpx
import msgspec

from chariot.entrypoints.rest.app import create_app
from chariot.errors import UnavailableError
from chariot.modules.caching.breaker import Breaker, Places
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.scans import ScanService
from rest_perimeter import ORGANISATION, TOKEN


async def ready(services):
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(services)), base_url="http://localhost"
    ) as client:
        return await client.get("/health/ready")


async def test_a_process_that_answers_is_live(stranger):
    assert (await stranger.get("/health/live")).json() == {"status": "live"}


async def test_a_server_whose_parts_answer_is_ready(services):
    answer = await ready(services)

    assert (answer.status_code, answer.json()["status"]) == (200, "ready")


async def test_a_closed_store_is_not_ready_and_does_not_tell_where_it_lies(services, tmp_path):
    await services.store.close()

    answer = await ready(services)

    assert (answer.status_code, answer.json()["status"]) == (503, "not ready")
    assert answer.json()["parts"] == [
        {"name": "store", "ready": False, "reason": "unavailable", "needed": True}
    ]
    assert str(tmp_path) not in answer.text


async def test_a_part_says_why_it_is_not_ready(services):
    async def pipeline():
        return "the relay waits for room in the queue scan"

    async def bus():
        raise UnavailableError("nats://user:password@host is away")

    answer = await ready(msgspec.structs.replace(services, checks={"pipeline": pipeline, "bus": bus}))

    assert [one["reason"] for one in answer.json()["parts"]] == [
        "",
        "the relay waits for room in the queue scan",
        "unavailable",
    ]


async def test_a_part_that_is_done_without_is_told_and_does_not_stop_the_server(services):
    breaker = Breaker("the shared cache", failures=1)

    async def away():
        raise UnavailableError("redis://user:password@host is away")

    with contextlib.suppress(UnavailableError):
        await breaker.call(away)
    answer = await ready(msgspec.structs.replace(services, breakers=(breaker.state,)))

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["parts"][-1] == {
        "name": "the shared cache",
        "ready": False,
        "reason": "circuit open",
        "needed": False,
    }
    assert "password" not in answer.text


async def test_a_place_outside_that_is_away_is_told_without_its_name(services):
    places = Places("webhooks", failures=1)

    async def away():
        raise UnavailableError("nothing listens there")

    with contextlib.suppress(UnavailableError):
        await places.call("https://hooks.example.com", away)
    services.metrics.watch_places(places)
    answer = await ready(msgspec.structs.replace(services, breakers=(places.state,)))
    text = await services.metrics.text(ORGANISATION, services.store, services.queues)

    assert answer.json()["status"] == "ready"
    assert answer.json()["parts"][-1] == {
        "name": "webhooks",
        "ready": False,
        "reason": "circuit open: 1 places fail",
        "needed": False,
    }
    assert b'chariot_circuits_open{dependency="webhooks"} 1.0' in text
    assert b"hooks.example.com" not in text


async def test_metrics_are_given_while_the_bus_is_away(services, client):
    class Away:
        async def depths(self, _organisation):
            raise UnavailableError("nats is away")

    away = msgspec.structs.replace(services, queues=Away())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(away)), base_url="http://localhost"
    ) as one:
        headers = {"authorization": f"Bearer {TOKEN}"}
        text = (await one.get("/metrics", headers=headers)).text
        domains = await one.get("/api/v1/domains", headers=headers)

    assert 'chariot_part_away{part="bus"} 1.0' in text
    assert 'chariot_entities{kind="domain"' in text
    assert domains.status_code == 200


async def test_reads_go_on_and_writes_say_why_not_while_the_queues_are_away(services, surface):
    class Away:
        async def publish(self, _messages):
            raise UnavailableError("nats://user:password@host is away")

    async def standstill():
        raise UnavailableError("nats://user:password@host is away")

    scans = ScanService(Away(), surface, ScopeKeeper(services.store))
    away = msgspec.structs.replace(services, scans=scans, lesser_checks={"pipeline": standstill})
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=create_app(away)), base_url="http://localhost"
    ) as one:
        one.headers["authorization"] = f"Bearer {TOKEN}"
        told = await one.get("/health/ready")
        read = await one.get("/api/v1/risks")
        order = await one.post("/api/v1/scans", json={"seeds": ["perimeter.test"]})

    assert (told.status_code, told.json()["status"]) == (200, "degraded")
    assert told.json()["parts"][-1] == {
        "name": "pipeline",
        "ready": False,
        "reason": "unavailable",
        "needed": False,
    }
    assert read.status_code == 200
    assert (order.status_code, order.json()["type"]) == (503, "/api/v1/problems/unavailable")
    assert "retry-after" in order.headers
    assert "password" not in told.text + order.text


async def test_a_part_that_hangs_is_not_waited_for(services, monkeypatch):
    async def hangs():
        await asyncio.Event().wait()

    monkeypatch.setattr("chariot.entrypoints.rest.routes.health._TIMEOUT_S", 0.01)
    answer = await ready(msgspec.structs.replace(services, checks={"bus": hangs}))

    assert answer.status_code == 503
    assert "does not answer" in answer.text


async def test_metrics_are_for_those_who_may_read_them(stranger, client):
    assert (await stranger.get("/metrics")).status_code == 401
    assert (await client.get("/metrics")).headers["content-type"].startswith("text/plain")
