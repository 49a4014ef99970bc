import logging

import httpx
import msgspec
import pytest
import structlog

from chariot.entrypoints.rest.app import create_app
from chariot.entrypoints.rest.services import RestLimits
from chariot.model.keys import Organisation
from chariot.modules.identity.keys import ApiKeys
from rest_perimeter import ORGANISATION, TOKEN

BASE = "http://127.0.0.1:8642"
PATH = "/api/v1/entities/%23domain%23www.perimeter.test"
BEARER = {"authorization": f"Bearer {TOKEN}", "accept-encoding": ""}


@pytest.fixture
def warnings_only():
    """A log that is told of warnings alone, as `chariot serve` sets it up."""
    before = structlog.get_config()["wrapper_class"]
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    yield
    structlog.configure(wrapper_class=before)


class Counted:
    """A client, and how many of its requests took the short way."""

    def __init__(self, services, **limits):
        app = create_app(msgspec.structs.replace(services, limits=RestLimits(**limits)))
        self.short = 0
        answer = app.quick.answer

        def counting(scope):
            found = answer(scope)
            self.short += found is not None
            return found

        app.quick.answer = counting
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE)

    async def get(self, path=PATH, **more):
        return await self.client.get(path, headers=BEARER | more.pop("headers", {}), **more)


@pytest.fixture
def counted(warnings_only, services, surface):
    return Counted(services)


async def test_the_short_way_gives_what_the_long_way_gives(counted):
    long, short = await counted.get(), await counted.get()

    own = {"x-request-id", "ratelimit"}
    assert counted.short == 1
    assert short.json()["data"] == long.json()["data"]
    assert short.json()["meta"]["request_id"] == short.headers["x-request-id"] != long.headers["x-request-id"]
    assert {item for item in short.headers.items() if item[0] not in own} == {
        item for item in long.headers.items() if item[0] not in own
    }
    assert int(short.headers["ratelimit"].split("r=")[1].split(";")[0]) < 2_000


async def test_a_request_takes_once_from_its_bucket_whichever_way_it_goes(warnings_only, services, surface):
    counted = Counted(services, requests_per_s=0.001, burst=4)

    answers = [await counted.get() for _ in range(5)]

    left = [one.headers["ratelimit"].partition(";t=")[0] for one in answers]
    assert [one.status_code for one in answers] == [200, 200, 200, 200, 429]
    assert left == [f'"caller";r={number}' for number in (3, 2, 1, 0, 0)]
    assert counted.short == 3


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "evil.example"}, 421),
        ({"authorization": f"Bearer {TOKEN}x"}, 401),
        ({"authorization": ""}, 401),
        ({"chariot-organisation": "globex"}, 404),
        ({"chariot-version": "9.0"}, 400),
        ({"if-none-match": '"1-00000000"'}, 200),
        ({"x-request-id": "mine"}, 200),
        ({"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}, 200),
    ],
)
async def test_a_header_that_changes_the_answer_leads_the_long_way(counted, headers, status):
    await counted.get()

    answer = await counted.get(headers=headers)

    assert (answer.status_code, counted.short) == (status, 0)


async def test_two_tokens_lead_the_long_way(counted):
    await counted.get()
    two = [("authorization", f"Bearer {TOKEN}"), ("authorization", f"Bearer {TOKEN}")]

    answer = await counted.client.get(PATH, headers=two)

    assert (answer.status_code, counted.short) == (401, 0)


@pytest.mark.parametrize(("method", "status"), [("POST", 405), ("DELETE", 405), ("PUT", 405)])
async def test_nothing_but_a_read_takes_the_short_way(counted, method, status):
    await counted.get()

    answer = await counted.client.request(method, PATH, headers=BEARER)

    assert (answer.status_code, counted.short) == (status, 0)


async def test_what_was_written_is_read(counted):
    seen = []
    for number in range(5):
        await counted.get()
        await counted.client.patch(PATH, headers=BEARER, json={"tags": {"n": str(number)}})
        seen.append((await counted.get()).json()["data"]["tags"]["n"])
        await counted.get()

    assert seen == ["0", "1", "2", "3", "4"]
    assert counted.short >= 5


async def test_the_short_way_is_bounded_too(warnings_only, services, surface):
    counted = Counted(services, requests_per_s=0.001, burst=3)

    statuses = [(await counted.get()).status_code for _ in range(5)]

    assert statuses == [200, 200, 200, 429, 429]


async def test_a_key_that_was_taken_back_opens_nothing(warnings_only, services, surface):
    keys = ApiKeys(surface)
    made, key = await keys.mint(ORGANISATION, "reader", ["entities:read"], expires_at=None, actor="ann")
    counted = Counted(services)
    headers = {"authorization": f"Bearer {key}"}
    before = [(await counted.get(headers=headers)).status_code for _ in range(3)]

    await keys.revoke(ORGANISATION, made.entity.id, actor="ann")

    assert before == [200, 200, 200]
    assert counted.short >= 1
    assert (await counted.get(headers=headers)).status_code == 401


async def test_a_key_without_the_permission_is_told_nothing_from_memory(warnings_only, services, surface):
    keys = ApiKeys(surface)
    _, weak = await keys.mint(ORGANISATION, "weak", ["queues:read"], expires_at=None, actor="ann")
    counted = Counted(services)
    await counted.get()
    await counted.get()

    answer = await counted.get(headers={"authorization": f"Bearer {weak}"})

    assert answer.status_code == 403


async def test_the_short_way_is_counted_like_the_long_one(counted, services):
    await counted.get()
    await counted.get()

    text = await services.metrics.text(Organisation("default"), services.store, services.queues)

    line = b'chariot_http_requests_total{method="GET",route="/api/v1/entities/{key}",status="200"} 2.0'
    assert line in text
