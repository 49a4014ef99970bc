import httpx
import msgspec
import pytest

from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.services import RestLimits
from chariot.model.keys import Organisation
from chariot.modules.caching.memory import MemoryRateLimits
from rest_perimeter import TOKEN

BASE = "http://127.0.0.1:8642"


def client_of(services, **limits):
    limited = msgspec.structs.replace(services, limits=RestLimits(**limits))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=create_app(limited)), base_url=BASE)


async def test_a_request_without_a_token_is_refused(stranger):
    answer = await stranger.get("/api/v1/risks")

    assert (answer.status_code, answer.json()["type"]) == (401, "/api/v1/problems/unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize(
    "credentials",
    [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {TOKEN}",
        f"Bearer {TOKEN}x",
        "Bearer \xff",
        "Bearer " + "x" * 9_000,
        TOKEN,
    ],
)
async def test_wrong_credentials_are_refused_even_where_none_are_needed(stranger, credentials):
    headers = {"authorization": credentials.encode("latin-1")}

    assert (await stranger.get("/health/live", headers=headers)).status_code == 401


async def test_two_tokens_in_one_request_are_refused(stranger):
    headers = [("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer other")]

    assert (await stranger.get("/api/v1/risks", headers=headers)).status_code == 401


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::2]:8642", "localhost@evil.example"]
)
async def test_a_page_that_points_its_own_name_at_us_gets_nothing(stranger, host):
    headers = {"host": host, "authorization": f"Bearer {TOKEN}"}

    answer = await stranger.get("/api/v1/risks", headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (421, "/api/v1/problems/misdirected")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8642", "LOCALHOST", "[::1]:8642"])
async def test_the_server_answers_to_its_own_names(stranger, host):
    assert (await stranger.get("/health/live", headers={"host": host})).status_code == 200


async def test_a_request_id_that_comes_in_goes_out(stranger):
    answer = await stranger.get("/health/live", headers={"x-request-id": "trace-1.2_3"})

    assert answer.headers["x-request-id"] == "trace-1.2_3"


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "<script>", "a\u00e9"])
async def test_a_request_id_that_could_do_harm_is_replaced(stranger, given):
    answer = await stranger.get("/health/live", headers={"x-request-id": given.encode("latin-1")})

    assert answer.headers["x-request-id"] not in ("", given)


@pytest.mark.parametrize("path", ["/health/live", "/api/v1/risks", "/nothing"])
async def test_every_answer_carries_the_security_headers(stranger, path):
    headers = (await stranger.get(path)).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


async def test_an_address_that_is_too_long_is_refused(stranger):
    answer = await stranger.get("/health/live?x=" + "y" * 20_000)

    assert answer.status_code == 413


async def test_who_asks_too_often_is_told_when_to_come_back(services):
    async with client_of(services, requests_per_s=0.5, burst=2) as client:
        answers = [await client.get("/health/live") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"caller";q=2;w=4'
    assert answers[0].headers["ratelimit"].startswith('"caller";r=1')
    assert int(answers[2].headers["retry-after"]) >= 1


async def test_a_busy_stranger_does_not_use_up_a_caller_s_requests(services):
    async with client_of(services, requests_per_s=0.5, burst=1) as client:
        await client.get("/health/live")
        known = await client.get("/health/live", headers={"authorization": f"Bearer {TOKEN}"})

    assert known.status_code == 200


async def test_two_servers_that_share_their_limits_count_together(services):
    shared = msgspec.structs.replace(services, rate_limits=MemoryRateLimits())
    async with (
        client_of(shared, requests_per_s=0.5, burst=2) as one,
        client_of(shared, requests_per_s=0.5, burst=2) as other,
    ):
        answers = [await client.get("/health/live") for client in (one, other, one)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[2].headers["retry-after"]) >= 1


async def test_a_part_that_is_done_without_shows_in_the_metrics(services):
    services.metrics.watch("cache", lambda: True)

    text = await services.metrics.text(Organisation("acme"), services.store, services.queues)

    assert b'chariot_part_away{part="cache"} 1.0' in text


async def test_the_log_tells_who_did_what_but_neither_token_nor_query(client, quiet_logs):
    await client.get("/api/v1/risks?filter=owner=ann")

    (event,) = [one for one in quiet_logs if one["event"] == "request"]
    assert (event["method"], event["route"], event["status"], event["user"]) == (
        "GET",
        "/api/v1/risks",
        200,
        "local",
    )
    assert TOKEN not in str(event)
    assert "ann" not in str(event)


async def test_requests_are_counted_by_template_never_by_path(client, services):
    for number in range(3):
        await client.get(f"/api/v1/entities/%23domain%23host-{number}.test")
        await client.get(f"/nothing-{number}")

    text = (await client.get("/metrics")).text
    assert 'route="/api/v1/entities/{key}",status="404"} 3.0' in text
    assert 'route="unmatched",status="404"} 3.0' in text
    assert "host-1" not in text


async def test_a_websocket_is_closed(services):
    sent = []

    async def send(message):
        sent.append(message)

    await create_app(services)({"type": "websocket"}, None, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]
