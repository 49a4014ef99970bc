import asyncio

import httpx
import msgspec
import pytest

from chariot import telemetry
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.services import RestLimits
from chariot.entrypoints.rest.versions import VERSION
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Domain
from chariot.model.observations import Observations
from chariot.modules.caching.memory import MemoryRateLimits
from chariot.modules.identity.keys import ApiKeys
from chariot.modules.surface.service import SurfaceService
from rest_perimeter import NOON, ORGANISATION, TOKEN

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
    "host",
    [
        "evil.example",
        "127.0.0.1.evil.example",
        "",
        "[::2]:8642",
        "localhost@evil.example",
        "127.0.0.1:8642, evil.example",
        "127.0.0.1:port",
    ],
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


@pytest.mark.parametrize("names", [1, 200])
async def test_headers_that_are_too_long_together_are_refused(stranger, names):
    answer = await stranger.get(
        "/health/live", headers={f"x-filler-{number}": "y" * (40_000 // names) for number in range(names)}
    )

    assert (answer.status_code, answer.json()["field"]) == (431, "headers")
    assert answer.json()["type"] == "/api/v1/problems/headers-too-large"


async def test_who_asks_too_often_is_told_when_to_come_back(services):
    async with client_of(services, requests_per_s=0.5, burst=2) as client:
        answers = [await client.get("/health/live") for _ in range(3)]

    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[0].headers["ratelimit-policy"].startswith('"caller";q=2;w=4, "address";q=')
    assert answers[0].headers["ratelimit"].startswith('"caller";r=1')
    assert int(answers[2].headers["retry-after"]) >= 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v1/entities/%23domain%23nothing.example.com", 404),
        ("GET", "/api/v1/entities/%23domain%23nothing.example.com/history", 404),
        ("GET", "/api/v1/risks", 200),
        ("POST", "/api/v1/observations", 415),
        ("GET", "/nowhere", 404),
    ],
)
async def test_a_request_takes_once_from_its_bucket_and_its_problem_is_counted(
    services, surface, method, path, status
):
    async with client_of(services, requests_per_s=0.001, burst=9) as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        answers = [await client.request(method, path) for _ in range(3)]
    metrics = (await services.metrics.text(ORGANISATION, services.store, services.queues)).decode()

    assert [one.status_code for one in answers] == [status] * 3
    assert [one.headers["ratelimit"].partition(";t=")[0] for one in answers] == [
        f'"caller";r={left}' for left in (8, 7, 6)
    ]
    counted = {line for line in metrics.splitlines() if line.startswith("chariot_http_problems_total")}
    assert counted == {
        f'chariot_http_problems_total{{type="{name}"}} 3.0'
        for name in {one.json()["type"].rpartition("/")[2] for one in answers if one.is_error}
    }


async def test_a_busy_stranger_does_not_use_up_a_caller_s_requests(services):
    async with client_of(services, requests_per_s=0.5, burst=1) as client:
        await client.get("/health/live")
        known = await client.get("/health/live", headers={"authorization": f"Bearer {TOKEN}"})

    assert known.status_code == 200


async def test_all_callers_of_one_address_have_a_bucket_together(services):
    async with client_of(services, address_requests_per_s=0.5, address_burst=1) as client:
        await client.get("/health/live")
        known = await client.get("/health/live", headers={"authorization": f"Bearer {TOKEN}"})

    assert known.status_code == 429
    assert known.headers["ratelimit"].startswith('"address";r=0')


async def test_all_callers_of_one_organisation_have_a_bucket_together(services):
    async with client_of(services, organisation_requests_per_s=0.5, organisation_burst=1) as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        answers = [await client.get("/api/v1/seeds") for _ in range(2)]

    assert [one.status_code for one in answers] == [200, 429]
    assert answers[1].headers["ratelimit"].startswith('"organisation"')


async def test_an_answer_from_memory_is_the_one_that_the_store_gave(client, services):
    first = await client.get("/api/v1/entities/%23domain%23www.perimeter.test")
    again = await client.get("/api/v1/entities/%23domain%23www.perimeter.test")

    assert services.cache.hits == 1
    assert again.json()["data"] == first.json()["data"]
    assert (
        again.json()["meta"]["request_id"] == again.headers["x-request-id"] != first.headers["x-request-id"]
    )
    assert {name for name, _ in again.headers.items()} == {name for name, _ in first.headers.items()}


async def test_what_was_written_is_read_by_whoever_wrote_it(client):
    path = "/api/v1/entities/%23domain%23www.perimeter.test"
    seen = []
    for number in range(20):
        await client.get(path)
        await client.patch(path, json={"tags": {"n": str(number)}})
        seen.append((await client.get(path)).json()["data"]["tags"]["n"])

    assert seen == [str(number) for number in range(20)]


async def test_what_another_process_wrote_is_read_soon(client, services, tmp_path):
    path = "/api/v1/domains"
    before = (await client.get(path)).json()["pagination"]["count"]
    other = SqliteDatabase(tmp_path / "t.db")
    await SurfaceService(SqliteEntityStore(other)).observe(
        Organisation("default"),
        Observations(capability="x", seen_at=NOON, entities=(Domain(host="new.test"),)),
    )
    await other.close()

    async with asyncio.timeout(30):
        while (await client.get(path)).json()["pagination"]["count"] == before:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.001)


async def test_an_answer_from_memory_is_never_another_organisation_s(client):
    path = "/api/v1/entities/%23domain%23www.perimeter.test"
    await client.get(path)
    other = {"chariot-organisation": "globex"}

    assert (await client.get(path, headers=other)).status_code == 404
    assert (await client.get("/api/v1/domains")).json()["data"] != []
    assert (await client.get("/api/v1/domains", headers=other)).json()["data"] == []


async def test_an_answer_from_memory_needs_its_permission(services, surface):
    keys = ApiKeys(surface)
    _, weak = await keys.mint(ORGANISATION, "weak", ["queues:read"], expires_at=None, actor="ann")
    both = services
    async with client_of(both) as client:
        path = "/api/v1/entities/%23domain%23www.perimeter.test"
        strong = [await client.get(path, headers={"authorization": f"Bearer {TOKEN}"}) for _ in range(2)]
        denied = await client.get(path, headers={"authorization": f"Bearer {weak}"})
        unknown = await client.get(path)

    assert [one.status_code for one in (*strong, denied, unknown)] == [200, 200, 403, 401]


async def test_a_version_that_this_server_does_not_speak_is_refused(client):
    assert (await client.get("/api/v1/seeds", headers={"chariot-version": "1.0"})).status_code == 200
    answer = await client.get("/api/v1/seeds", headers={"chariot-version": "2.0"})

    assert (answer.status_code, answer.json()["field"]) == (400, "chariot-version")
    assert answer.headers["chariot-version"] == VERSION


async def test_the_log_names_the_trace_that_a_request_belongs_to(client, services):
    seen = []

    class Status:
        async def status(self):
            seen.append(telemetry.add_request_id(None, "", {}))
            return await services.intel.status()

    told = msgspec.structs.replace(services, intel=Status())
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with client_of(told) as one:
        await one.get(
            "/api/v1/intelligence",
            headers={"authorization": f"Bearer {TOKEN}", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"},
        )

    assert seen[0]["trace_id"] == trace


class Blocked:
    """An intelligence service that answers when it is let go."""

    def __init__(self, real):
        self.real = real
        self.go = asyncio.Event()

    async def status(self):
        await self.go.wait()
        return await self.real.status()


async def test_one_request_too_many_is_told_to_come_again_and_the_server_recovers_at_once(services):
    blocked = Blocked(services.intel)
    slow = msgspec.structs.replace(services, intel=blocked)
    async with client_of(slow, at_work=2) as client:
        client.headers["authorization"] = f"Bearer {TOKEN}"
        inside = [asyncio.create_task(client.get("/api/v1/intelligence")) for _ in range(2)]
        while services.metrics._gates[-1].inside < 2:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0)
        refused = await client.get("/api/v1/intelligence")
        alive = await client.get("/health/live")
        blocked.go.set()
        answers = [await one for one in inside]
        after = await client.get("/api/v1/intelligence")

    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    assert refused.json()["type"] == "/api/v1/problems/busy"
    assert [one.status_code for one in (alive, *answers, after)] == [200] * 4


async def test_an_answer_that_takes_too_long_is_given_up(services):
    slow = msgspec.structs.replace(services, intel=Blocked(services.intel))
    async with client_of(slow, answer_timeout_s=0.01) as client:
        answer = await client.get("/api/v1/intelligence", headers={"authorization": f"Bearer {TOKEN}"})

    assert (answer.status_code, answer.json()["type"]) == (503, "/api/v1/problems/busy")


@pytest.mark.parametrize("coding", ["gzip", "zstd"])
async def test_a_large_answer_is_compressed_as_the_caller_reads_it(client, coding):
    plain = await client.get("/api/v1/domains", headers={"accept-encoding": "identity"})
    small = await client.get("/api/v1/domains", headers={"accept-encoding": coding})

    assert small.headers["content-encoding"] == coding
    assert small.headers["vary"] == "accept-encoding"
    assert small.json()["data"] == plain.json()["data"]


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


async def test_the_log_tells_what_was_done_and_no_token_query_or_name(client, quiet_logs):
    await client.get("/api/v1/risks?filter=owner=ann")

    (event,) = [one for one in quiet_logs if one["event"] == "request"]
    assert (event["method"], event["route"], event["status"], event["method_of_proof"]) == (
        "GET",
        "/api/v1/risks",
        200,
        "token",
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


@pytest.mark.parametrize("path", ["/api/v1/domains", "/api/v1/changes/live"])
async def test_a_websocket_of_nobody_is_closed(services, path):
    sent = []

    async def send(message):
        sent.append(message)

    scope = {"type": "websocket", "path": path, "headers": [(b"host", b"localhost")], "query_string": b""}
    await create_app(services)(scope, None, send)

    assert sent == [{"type": "websocket.close", "code": 1008}]
