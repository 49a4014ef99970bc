"""The client against a server on loopback that misbehaves on purpose."""

import json

import pytest
from aiohttp import web
from tests.support.served import Faults, served

from chariot_client import (
    AnswerError,
    AsyncChariot,
    AwayError,
    BusyProblem,
    InvalidProblem,
    NotFoundProblem,
    Profile,
    ProfileError,
    Profiles,
    Retries,
)
from chariot_client.profiles import chosen_server

QUICK = Retries(first_s=0.001)
RECORD = {"kind": "domain", "key": "#domain#a.example", "host": "a.example", "brand_new": 1}


def envelope(data, cursor=None):
    return {"data": data, "meta": {"request_id": "r1"}, "links": {}, "pagination": {"cursor": cursor}}


class Answers:
    """Remembers what was asked, and answers two pages, an entity and a stream."""

    def __init__(self):
        self.asked = []
        self.streams = 0

    async def __call__(self, request):
        self.asked.append((request.method, request.raw_path, request.headers.copy(), await request.read()))
        if request.path.endswith("/live"):
            return await self._stream(request)
        if request.path.endswith("/unicorns"):
            return web.json_response({"kind": "unicorn"})
        if "/entities/" in request.path:
            return web.json_response(envelope(RECORD), headers={"ETag": '"1-aa"'})
        if request.method == "POST":
            return web.json_response(envelope([]), status=201)
        more = "cursor" not in request.query
        return web.json_response(envelope([RECORD], "second" if more else None))

    async def _stream(self, request):
        self.streams += 1
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        change = {"sequence": self.streams, "op": "created", "key": "#domain#a.example", "kind": "domain"}
        await response.write(f": hello\n\nid: {self.streams}\nevent: change\n".encode())
        await response.write(f"data: {json.dumps(change)}\n\n".encode())
        return response


@pytest.fixture
async def world():
    answers, faults = Answers(), Faults()
    async with served(answers, faults) as address, AsyncChariot(address, token="t", retries=QUICK) as client:
        yield answers, faults, client


async def test_a_list_is_read_to_its_end(world):
    answers, _, client = world

    assert [one.host async for one in client.list_domains(limit=1)] == ["a.example", "a.example"]
    assert answers.asked[1][1] == "/api/v1/domains?limit=1&cursor=second"


async def test_what_is_not_known_is_ignored_and_what_is_missing_is_empty(world):
    record = await world[2].read_entity("#domain#a.example")

    assert (record.host, record.registrar, record.etag) == ("a.example", "", '"1-aa"')
    assert world[0].asked[0][1] == "/api/v1/entities/%23domain%23a.example"


async def test_a_write_is_repeated_with_the_same_key(world):
    answers, faults, client = world
    faults.add(503, Retry_After="0")
    faults.add(502)

    await client.add_seeds(seeds=[])
    await client.add_seeds(seeds=[])

    keys = [headers["idempotency-key"] for _, _, headers, _ in answers.asked]
    assert len(set(keys)) == 2
    assert faults.next() is None


async def test_a_problem_names_the_field_and_the_request(world):
    told = {
        "type": "/api/v1/problems/invalid",
        "title": "t",
        "detail": "d",
        "field": "limit",
        "request_id": "r",
    }
    world[1].add(400, json.dumps(told).encode())

    with pytest.raises(InvalidProblem) as raised:
        await world[2].read_statistics()

    assert (raised.value.name, raised.value.field, raised.value.request_id) == ("invalid", "limit", "r")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b"\xff", b"[" * 10_000])
async def test_a_refusal_by_something_else_is_a_problem_too(world, body):
    world[1].add(404, body)

    with pytest.raises(NotFoundProblem):
        await world[2].read_statistics()


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"data": 5}', b'{"data": [1]}', b"\xff"])
async def test_an_answer_that_is_none_says_so(world, body):
    world[1].add(200, body)

    with pytest.raises(AnswerError):
        await world[2].read_statistics()


async def test_tries_come_to_an_end(world):
    for _ in range(5):
        world[1].add(503, Retry_After="0")

    with pytest.raises(BusyProblem):
        await world[2].read_statistics()


async def test_a_server_that_is_not_there_is_away():
    async with AsyncChariot("http://127.0.0.1:9", token="t", retries=QUICK) as client:
        with pytest.raises(AwayError):
            await client.read_statistics()


async def test_a_stream_that_breaks_goes_on_behind_the_last_change(world):
    answers, _, client = world
    seen = []
    async for change in client.live_changes():
        seen.append(change.sequence)
        if len(seen) == 3:
            break

    assert seen == [1, 2, 3]
    assert [headers.get("last-event-id") for _, _, headers, _ in answers.asked] == [None, "1", "2"]


async def test_a_download_that_fails_leaves_nothing(world, tmp_path):
    world[1].add(404)

    with pytest.raises(NotFoundProblem):
        await world[2].download_export("csv", tmp_path / "x.csv")

    assert list(tmp_path.iterdir()) == []


def test_a_token_is_never_sent_to_another_server(tmp_path):
    kept = Profiles(tmp_path / "profiles.json")
    kept.put("shop", Profile(server="https://a.example", token="secret"))

    assert chosen_server(None, None, None, environment={}, profiles=kept).token == "secret"
    with pytest.raises(ProfileError):
        chosen_server("https://b.example", None, None, environment={}, profiles=kept)
