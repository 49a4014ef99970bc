"""Wrong settings and outages, with real servers that are killed."""

import asyncio
import gc
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from chariot.adapters.nats.bus import NatsBus
from chariot.adapters.nats.link import Link
from chariot.errors import ConfigurationError, UnavailableError
from support.nats_server import NatsServer

Starter = Callable[..., NatsServer]
PATIENCE_S = 60.0


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Starter]:
    servers: list[NatsServer] = []

    def starter(*arguments: str, jetstream: bool = True) -> NatsServer:
        servers.append(NatsServer(tmp_path, *arguments, jetstream=jetstream))
        return servers[-1].start()

    yield starter
    for server in servers:
        server.kill()


@pytest.mark.parametrize("url", ["", "nats:", "http://h", "nats://", "nats://h:port", "nats://h:99999999"])
def test_a_wrong_url_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(ConfigurationError, match="the URL of NATS must look like") as caught:
        Link(url)

    assert "\n" not in str(caught.value)


async def test_a_server_that_is_away_is_named_without_the_password() -> None:
    link = Link("nats://user:secret@127.0.0.1:1")

    with pytest.raises(UnavailableError) as caught:
        await link.client()
    await link.close()

    assert str(caught.value) == "NATS at 127.0.0.1:1 cannot be reached: nothing listens there"


async def test_a_wrong_password_is_told_in_one_sentence(start: Starter) -> None:
    server = start("--user", "u", "--pass", "right")
    link = Link(server.url.replace("//", "//u:wrong@"))

    with pytest.raises(ConfigurationError, match="refuses the user, password or token of its URL") as caught:
        await link.client()
    await link.close()

    assert "wrong" not in str(caught.value)


async def test_a_server_without_jetstream_is_told(start: Starter) -> None:
    server = start(jetstream=False)
    bus = NatsBus(server.url)

    with pytest.raises(ConfigurationError, match="has no JetStream: start it with -js"):
        await bus.depths()
    await bus.close()


async def depth_or_outage(bus: NatsBus) -> str:
    try:
        return str(list(await bus.depths()))
    except UnavailableError as error:
        return str(error)


async def test_a_server_that_loses_jetstream_for_a_while_is_waited_for(start: Starter) -> None:
    server = start()
    bus = NatsBus(server.url)
    assert await depth_or_outage(bus) == "[]"
    server.kill()
    without = NatsServer(server.folder, jetstream=False)
    without.port = server.port
    without.start()

    async with asyncio.timeout(PATIENCE_S):
        while "no JetStream just now" not in await depth_or_outage(bus):  # noqa: ASYNC110 - a server tells.
            await asyncio.sleep(0.05)
        without.kill()
        server.start()
        while await depth_or_outage(bus) != "[]":  # noqa: ASYNC110 - a server tells.
            await asyncio.sleep(0.05)
    await bus.close()


async def test_the_end_of_a_connection_to_a_server_that_takes_nothing_is_not_waited_for() -> None:
    over = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b'INFO {"server_id":"deaf","version":"2.11.0","max_payload":1048576}\r\n')
        while b"PING" not in await reader.readline():
            continue
        writer.write(b"PONG\r\n")
        await over.wait()
        writer.close()

    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    link = Link(f"nats://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await link.client()
    sending = [asyncio.create_task(link.post("much", bytes(1_000_000))) for _ in range(30)]
    await asyncio.wait(sending, timeout=0.5)

    async with asyncio.timeout(PATIENCE_S):
        await link.close()

    for task in sending:
        task.cancel()
    await asyncio.gather(*sending, return_exceptions=True)
    over.set()
    server.close()
    await server.wait_closed()


async def test_what_is_in_flight_fails_when_the_connection_breaks(start: Starter) -> None:
    server = start()
    link = Link(server.url)
    client = await link.client()
    await client.subscribe("nobody.answers")
    asking = asyncio.create_task(link.request("nobody.answers", b""))
    await asyncio.sleep(0.05)

    server.kill()

    with pytest.raises(UnavailableError, match="broke"):
        await asking
    await link.close()


async def test_a_server_that_does_not_answer_is_not_waited_for_longer(start: Starter) -> None:
    server = start()
    link = Link(server.url, reply_s=0.1)
    client = await link.client()
    await client.subscribe("nobody.answers")

    with pytest.raises(UnavailableError, match=r"did not answer within 0\.1 s"):
        await link.request("nobody.answers", b"")
    await link.close()


async def is_sent(link: Link, subject: str, payload: bytes) -> bool:
    try:
        await link.post(subject, payload)
    except UnavailableError:
        return False
    return True


async def test_it_connects_again_by_itself(start: Starter) -> None:
    server = start()
    link = Link(server.url)
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    await link.listen("bell", lambda message: heard.put_nowait(message.data))
    server.kill()
    await asyncio.sleep(0.1)
    with pytest.raises(UnavailableError):
        await link.post("bell")
    server.start()

    async with asyncio.timeout(PATIENCE_S):
        while not await is_sent(link, "bell", b"again"):  # noqa: ASYNC110 - another process tells.
            await asyncio.sleep(0.1)
        received = await heard.get()
    await link.close()

    assert received == b"again"


async def test_what_was_posted_last_is_sent_before_a_link_is_closed(start: Starter) -> None:
    server = start()
    listener, link = Link(server.url), Link(server.url)
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    await listener.listen("last.words", lambda message: heard.put_nowait(message.data))
    await listener.request("$JS.API.INFO", b"")

    await link.post("last.words", b"good-bye")
    await link.close()

    async with asyncio.timeout(PATIENCE_S):
        assert await heard.get() == b"good-bye"
    await listener.close()


async def test_whoever_sends_while_the_connection_breaks_is_told_and_nothing_else_fails(
    start: Starter,
) -> None:
    server = start()
    link = Link(server.url)
    await link.client()
    failed: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
    server.kill()

    async def post_until_told() -> None:
        while True:
            await link.post("to.nobody", b"x" * 10_000)
            await asyncio.sleep(0)

    with pytest.raises(UnavailableError, match="cannot be reached"):
        await asyncio.wait_for(post_until_told(), PATIENCE_S)
    await link.close()
    gc.collect()
    await asyncio.sleep(0)

    assert failed == []


async def test_a_closed_link_stays_closed() -> None:
    link = Link("nats://127.0.0.1:1")
    await link.close()

    with pytest.raises(UnavailableError, match="closed"):
        await link.client()
