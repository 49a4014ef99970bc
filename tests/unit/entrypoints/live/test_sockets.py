import asyncio
import socket

import aiohttp
import pytest

from chariot.entrypoints.live.hub import Hub, LiveLimits
from support.watching import LIVE, OURS, THEIRS, changes, events_of, take, watched


@pytest.fixture
def limits():
    return LiveLimits(heartbeat_s=0.2, patience_s=2.0, connections_per_caller=3)


async def subscribed(connection, **wanted):
    await connection.send_json({"type": "subscribe", **wanted})
    return await connection.receive_json(timeout=30)


async def test_what_is_subscribed_to_is_told(server):
    async with server.socket() as one:
        answer = await subscribed(one, kinds=["domains"], filter="host~shop")
        await server.see("www.ours.test", "shop.ours.test")
        (told,) = await changes(one, 1)

    assert answer["type"] == "subscribed"
    assert told["key"] == "#domain#shop.ours.test"


async def test_keys_choose(server):
    async with server.socket() as one:
        await subscribed(one, keys=["#domain#b.ours.test"], after=0)
        await server.see("a.ours.test", "b.ours.test")

        assert [told["key"] for told in await changes(one, 1)] == ["#domain#b.ours.test"]


async def test_who_comes_again_with_its_sequence_misses_nothing(server):
    async with server.socket() as one:
        await subscribed(one)
        await server.see("first.ours.test")
        sequence = (await changes(one, 1))[0]["sequence"]
    await server.see("away.ours.test")
    async with server.socket() as one:
        await subscribed(one, after=sequence)
        await server.see("back.ours.test")
        told = await changes(one, 2)

    assert [one["key"] for one in told] == ["#domain#away.ours.test", "#domain#back.ours.test"]


async def test_a_subscription_takes_the_place_of_the_one_before(server):
    async with server.socket() as one:
        await subscribed(one, kinds=["address"])
        await server.see("a.ours.test")
        answer = await subscribed(one, kinds=["domain"], after=0)
        told = await changes(one, 1)

    assert answer == {"type": "subscribed", "sequence": 0}
    assert told[0]["key"] == "#domain#a.ours.test"


async def test_another_organisation_is_told_nothing(server):
    async with server.socket(THEIRS) as one:
        await subscribed(one, after=0, keys=["#domain#own.theirs.test", "#domain#secret.ours.test"])
        await server.see("secret.ours.test")
        await server.see("own.theirs.test", organisation=THEIRS)

        assert [told["key"] for told in await changes(one, 1)] == ["#domain#own.theirs.test"]


async def test_a_ping_and_a_silence_are_answered(server):
    async with server.socket() as one:
        await subscribed(one)
        await one.send_json({"type": "ping"})
        kinds = {(await one.receive_json(timeout=30))["type"] for _ in range(3)}

    assert kinds == {"pong", "heartbeat"}


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("nonsense", "message"),
        ('{"type": "subscribe", "after": -1}', "after"),
        ('{"type": "subscribe", "kinds": ["nonsense"]}', "kind"),
        ('{"type": "subscribe", "filter": "(("}', "filter"),
        ('{"type": "subscribe", "other": 1}', "other"),
        ("[" * 50_000, "message"),
        ('{"type": "ping", "x": "' + "a" * 70_000 + '"}', "message"),
    ],
)
async def test_a_message_that_is_wrong_is_told_so_and_harms_nothing(server, message, field):
    async with server.socket() as one:
        await one.send_str(message)
        problem = (await one.receive_json(timeout=30))["problem"]
        again = await subscribed(one)

    assert (problem["status"], problem["field"]) == (400, field)
    assert again["type"] == "subscribed"


@pytest.mark.parametrize(
    ("token", "path"), [("nobody", LIVE), ("reader-risks:write", LIVE), (OURS, "/api/v1/domains")]
)
async def test_who_is_not_let_in_gets_no_connection(server, token, path):
    headers = {"authorization": f"Bearer {token}"}

    with pytest.raises(aiohttp.WSServerHandshakeError):
        await server.client.ws_connect(path, headers=headers)


async def test_one_too_many_is_told_to_come_again(server):
    opened = [await server.socket() for _ in range(3)]
    for one in opened:
        await subscribed(one)
    async with server.socket() as refused:
        problem = (await refused.receive_json(timeout=30))["problem"]
        end = await refused.receive(timeout=30)
    for one in opened:
        await one.close()

    assert (problem["status"], end.type, refused.close_code) == (503, aiohttp.WSMsgType.CLOSE, 1013)


async def test_who_talks_too_much_is_sent_away(server):
    async with server.socket() as one:
        for _ in range(40):
            await one.send_json({"type": "ping"})
        async with asyncio.timeout(30):
            while (await one.receive()).type is aiohttp.WSMsgType.TEXT:
                pass

    assert one.close_code == 1008


async def test_who_asks_for_nothing_is_not_waited_for(server):
    async with server.socket() as one:
        await one.receive(timeout=30)

    assert one.close_code == 1008


async def stalled(address):
    """Return a connection that asks for events and reads none of them."""
    host, _, port = address.removeprefix("http://").partition(":")
    loop = asyncio.get_running_loop()
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setblocking(False)
    await loop.sock_connect(client, (host, int(port)))
    request = f"GET {LIVE}?after=0 HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {OURS}\r\n\r\n"
    await loop.sock_sendall(client, request.encode())
    return client


async def test_a_client_that_stops_reading_is_dropped_and_harms_nobody(server):
    client = await stalled(server.address)
    async with server.events(query="?after=0") as reader:
        batches = 0
        await anext(events_of(reader))
        async with asyncio.timeout(60):
            # Until what the system itself keeps for a connection is full, and the server has given it up.
            while batches < 3 or server.services.live.connections > 1:
                hosts = [f"{'x' * 60}.{'y' * 60}.{'z' * 60}.n{batches}-{i}.ours.test" for i in range(500)]
                await server.see(*hosts)
                told = await take(reader, 500)
                assert len(told) == 500
                batches += 1
    client.close()

    async with server.client.get("/health/live") as answer:
        assert answer.status == 200


async def test_a_server_that_stops_ends_what_goes_on(tmp_path):
    async with watched(tmp_path / "home", Hub()) as server:
        events = await server.events()
        await anext(events_of(events))
        connection = await server.socket()
        await subscribed(connection)
        async with asyncio.timeout(30):
            server.services.live.end_all()
            end = await connection.receive()
            rest = [one async for one in events_of(events)]

    assert (end.type, connection.close_code, rest) == (aiohttp.WSMsgType.CLOSE, 1001, [])


async def test_a_stop_does_not_wait_for_those_who_watch(tmp_path):
    async with asyncio.timeout(60):
        async with watched(tmp_path / "home", Hub()) as server:
            events = await server.events()
            await anext(events_of(events))
            connection = await server.socket()
            await subscribed(connection)
        events.close()
        await connection.close()
