import asyncio

import pytest

from chariot.entrypoints.live.hub import LiveLimits
from chariot.model.kinds.network import Address
from support.watching import LIVE, OURS, THEIRS, events_of, take


@pytest.fixture
def limits():
    return LiveLimits(heartbeat_s=0.2, connections_per_caller=3)


async def test_a_change_is_told_as_it_is_in_the_log(server):
    async with server.events() as answer:
        await anext(events_of(answer))
        await server.see("www.ours.test")
        (told,) = await take(answer, 1)

    async with server.client.get("/api/v1/changes", headers={"authorization": f"Bearer {OURS}"}) as listed:
        (logged,) = (await listed.json())["data"]
    assert (answer.status, answer.content_type) == (200, "text/event-stream")
    assert told.data == logged
    assert told.id == logged["sequence"]


async def test_who_comes_without_a_place_begins_at_the_present(server):
    present = await server.see("old.ours.test")
    async with server.events() as answer:
        first = await anext(events_of(answer))
        await server.see("new.ours.test")
        (told,) = await take(answer, 1)

    assert first.id == present
    assert told.data["key"] == "#domain#new.ours.test"


@pytest.mark.parametrize("way", ["header", "query"])
async def test_who_comes_again_with_its_place_misses_nothing(server, way):
    async with server.events() as answer:
        await anext(events_of(answer))
        await server.see("first.ours.test")
        (seen,) = await take(answer, 1)
    await server.see("away-1.ours.test", "away-2.ours.test")
    place = {"last-event-id": str(seen.id)} if way == "header" else {}
    query = f"?after={seen.id}" if way == "query" else ""
    async with server.events(query=query, **place) as answer:
        await server.see("back.ours.test")
        told = await take(answer, 3)

    assert [one.data["key"] for one in told] == [
        f"#domain#{name}.ours.test" for name in ("away-1", "away-2", "back")
    ]


async def test_a_place_ahead_of_the_log_is_the_present(server):
    async with server.events(query="?after=9007199254740992") as answer:
        await anext(events_of(answer))
        await server.see("www.ours.test")

        assert len(await take(answer, 1)) == 1


async def test_another_organisation_is_told_nothing(server):
    await server.see("secret.ours.test")
    async with server.events(THEIRS, query="?after=0") as answer:
        await server.see("later.ours.test")
        await server.see("own.theirs.test", organisation=THEIRS)
        (told,) = await take(answer, 1)

    assert told.data["key"] == "#domain#own.theirs.test"


async def test_kinds_and_a_filter_choose(server):
    async with (
        server.events(query="?kind=addresses&after=0") as by_kind,
        server.events(query="?filter=host~shop&kind=domain&after=0") as by_filter,
    ):
        await server.see("www.ours.test", "shop.ours.test", entities=(Address(ip="192.0.2.7"),))
        kind = await take(by_kind, 1)
        passing = await take(by_filter, 1)

    assert [one.data["key"] for one in (*kind, *passing)] == ["#address#192.0.2.7", "#domain#shop.ours.test"]


async def test_a_silence_is_broken_and_moves_the_place_on(server):
    async with server.events(query="?kind=address") as answer:
        events = events_of(answer)
        first = await anext(events)
        present = await server.see("www.ours.test")
        later = [await anext(events) for _ in range(2)]

    assert first.id < present
    assert later[-1].id == present
    assert all(one.data is None for one in later)


@pytest.mark.parametrize(
    ("token", "query", "headers", "status", "field"),
    [
        ("nobody", "", {}, 401, ""),
        ("reader-risks:write", "", {}, 403, ""),
        (OURS, "?filter=nonsense", {}, 400, "filter"),
        (OURS, "?kind=nonsense", {}, 400, "kind"),
        (OURS, "?after=-1", {}, 400, "after"),
        (OURS, "", {"last-event-id": "x"}, 400, "last-event-id"),
        ("reader-entities:read", "?kind=apikey&filter=label~a", {}, 403, ""),
    ],
)
async def test_what_is_wrong_is_told_as_a_problem(server, token, query, headers, status, field):
    async with server.events(token, query, **headers) as answer:
        problem = await answer.json(content_type="application/problem+json")

    assert (answer.status, problem.get("field", "")) == (status, field)


async def test_a_caller_has_so_many_connections_and_no_more(server):
    opened = [await server.events() for _ in range(3)]
    for one in opened:
        await anext(events_of(one))
    async with server.events() as refused:
        assert refused.status == 503
        assert int(refused.headers["retry-after"]) >= 1
    async with server.events(THEIRS) as another:
        assert another.status == 200
    async with server.client.get("/metrics", headers={"authorization": f"Bearer {OURS}"}) as metrics:
        assert "chariot_live_connections " in await metrics.text()
    for one in opened:
        one.close()
    async with asyncio.timeout(30):
        while server.services.live.connections:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0.02)


async def test_a_token_that_was_taken_back_watches_no_longer(server):
    async with server.events("reader-entities:read") as answer:
        events = events_of(answer)
        await anext(events)
        server.tokens.revoked.add("reader-entities:read")
        async with asyncio.timeout(30):
            rest = [one async for one in events]

    assert len(rest) <= 2


async def test_a_page_of_a_browser_elsewhere_is_not_let_in(server):
    async with server.events(host="evil.test") as answer:
        assert answer.status == 421


async def test_the_path_is_one_operation_of_the_description(server):
    async with server.client.get("/api/v1/openapi.json") as answer:
        described = (await answer.json())["paths"][LIVE]["get"]

    assert described["x-permission"] == "entities:read"
    assert list(described["responses"]["200"]["content"]) == ["text/event-stream"]
