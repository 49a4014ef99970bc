import ssl
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from chariot.adapters.outgoing.client import Client, Outgoing, said_in, web_address
from chariot.adapters.webhook.guard import Guard
from chariot.errors import ChariotError, ConflictError, InvalidError, NotFoundError, UnavailableError
from support.served import Faults, served


class World:
    def __init__(self) -> None:
        self.faults = Faults()
        self.slept: list[float] = []
        self.seen: list[web.Request] = []
        self.body = b'{"ok": true}'

    async def handle(self, request: web.Request) -> web.Response:
        self.seen.append(request)
        return web.Response(body=self.body)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def client(world: World) -> AsyncIterator[Client]:
    outgoing = Outgoing(Guard(["127.0.0.0/8"]), timeout_s=5, sleep=world.sleep)
    async with (
        served(world.handle, world.faults) as address,
        outgoing.to(address, {"Authorization": "Bearer s3cret"}) as made,
    ):
        yield made


async def test_an_answer_is_read_as_what_it_shall_be(client: Client, world: World) -> None:
    assert await client.json("GET", "/a", dict[str, bool]) == {"ok": True}
    assert world.seen[0].headers["Authorization"] == "Bearer s3cret"


async def test_what_asks_to_wait_is_waited_for_also_by_what_must_not_be_done_twice(
    client: Client, world: World
) -> None:
    world.faults.add(429, Retry_After="7")

    await client.request("POST", "/a", body={}, again=False)

    assert world.slept == [7.0]


async def test_a_failing_server_is_asked_again_with_growing_pauses(client: Client, world: World) -> None:
    for _ in range(3):
        world.faults.add(500)

    await client.request("GET", "/a")

    assert world.slept == [1.0, 2.0, 4.0]


async def test_what_must_not_be_done_twice_is_not_asked_again_by_a_failure(
    client: Client, world: World
) -> None:
    world.faults.add(502)

    with pytest.raises(UnavailableError, match="502"):
        await client.request("POST", "/a", body={}, again=False)

    assert world.slept == []


async def test_a_wait_that_is_too_long_ends_the_run(client: Client, world: World) -> None:
    world.faults.add(429, Retry_After="4000")

    with pytest.raises(UnavailableError, match="4000 s"):
        await client.request("GET", "/a")


async def test_a_limit_that_never_ends_is_no_refused_token(client: Client, world: World) -> None:
    for _ in range(4):
        world.faults.add(403, Retry_After="1")

    with pytest.raises(UnavailableError, match="left alone"):
        await client.request("GET", "/a")


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (301, InvalidError, "redirects"),
        (400, InvalidError, "refused the request with 400: wrong"),
        (401, InvalidError, "token"),
        (403, InvalidError, "token"),
        (404, NotFoundError, "does not have it"),
        (409, ConflictError, "state"),
    ],
)
async def test_a_refusal_says_what_to_do(
    client: Client, world: World, status: int, error: type[ChariotError], text: str
) -> None:
    world.faults.add(status, b'{"errorMessages": ["wrong"]}', Location="http://127.0.0.1/elsewhere")

    with pytest.raises(error, match=text) as raised:
        await client.request("GET", "/a")

    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("body", [b"<html>log in</html>", b"", b"[" * 5_000, b'{"ok": "yes"}', b"\xff\xfe"])
async def test_something_else_than_the_api_is_away_and_not_a_crash(
    client: Client, world: World, body: bytes
) -> None:
    world.body = body

    with pytest.raises(UnavailableError, match="something that its API does not say"):
        await client.json("GET", "/a", dict[str, bool])


async def test_an_answer_without_end_is_given_up(
    client: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chariot.adapters.outgoing.client.ANSWER_LIMIT_BYTES", 1_000)
    world.body = b"x" * 5_000

    with pytest.raises(UnavailableError, match="more than 1,000 bytes"):
        await client.request("POST", "/a", again=False)


@pytest.mark.parametrize("path", ["http://127.0.0.2:1/a", "https://evil.example/a", "http://[bad"])
async def test_a_token_follows_no_link_to_another_system(client: Client, world: World, path: str) -> None:
    with pytest.raises(UnavailableError, match="another system"):
        await client.request("GET", path)

    assert world.seen == []


async def test_a_private_address_is_refused_unless_it_is_allowed() -> None:
    with pytest.raises(InvalidError, match="not public") as raised:
        async with Outgoing(Guard()).to("http://127.0.0.1:9", {}):
            pass

    assert raised.value.place == "address"


async def test_a_server_that_is_not_there_is_away() -> None:
    async def sleep(_: float) -> None:
        """No test waits."""

    outgoing = Outgoing(Guard(["127.0.0.0/8"]), timeout_s=5, sleep=sleep, tls=ssl.create_default_context())
    async with outgoing.to("http://127.0.0.1:9", {}) as client:
        with pytest.raises(UnavailableError, match="cannot be reached"):
            await client.request("GET", "/")


@pytest.mark.parametrize("address", ["ftp://a/", "a", "http://", "http://user:pw@host/", "http://[::1"])
def test_an_address_is_a_plain_web_address(address: str) -> None:
    with pytest.raises(InvalidError) as raised:
        web_address(address)

    assert "pw" not in raised.value.message.replace("password", "")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            b'{"errorMessages": ["No\\u001b[31m"], "errors": {"summary": "empty"}}',
            ": No [31m; summary: empty",
        ),
        (b'{"message": "Not Found"}', ": Not Found"),
        (b"{}", ""),
        (b"nonsense", ""),
        (b'{"message": 5}', ""),
    ],
)
def test_what_a_system_says_is_one_harmless_line(body: bytes, said: str) -> None:
    assert said_in(body) == said
