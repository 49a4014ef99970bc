"""Several processes on one server, and a server that is killed."""

import asyncio
import shutil
import subprocess
import sys
import textwrap
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from chariot.adapters.nats.bus import NatsBus
from chariot.errors import ConfigurationError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import Delivery, Message, Standing
from support.nats_server import NatsServer

ACME = Organisation("acme")
MEMBER_S = 1.5
"""After how long without a word a process is taken for dead, where one dies or a new one comes."""
STEADY_S = 20.0
"""The same where nobody dies, however long a busy machine leaves a process alone."""
PATIENCE_S = 60.0


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path_factory.mktemp("nats")).start()
    yield server
    server.kill()


@pytest.fixture
def process(shared_server: NatsServer) -> Callable[[str], NatsBus]:
    name = f"t{uuid4().hex[:10]}"
    return lambda who, member_s=STEADY_S: NatsBus(
        shared_server.url, name=name, process=who, member_s=member_s
    )


def message(number: int, key: str = "", organisation: Organisation = ACME) -> Message:
    return Message(
        queue="plan",
        id=str(number),
        organisation=organisation,
        order_key=key or f"#k#{number}",
        body=b"{}",
    )


async def consume(bus: NatsBus, done: list[tuple[str, str]], enough: int, owner: str) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(done) < enough:
            deliveries = await bus.lease("plan", limit=5, lease_s=20, owner=owner)
            done += [(one.message.order_key, one.message.id) for one in deliveries]
            assert list(await bus.ack(deliveries)) == []
            if not deliveries:
                await bus.wait(["plan"], 0.2)


async def eventually_leased(bus: NatsBus, limit: int = 10) -> list[str]:
    async with asyncio.timeout(PATIENCE_S):
        while True:
            deliveries = await bus.lease("plan", limit=limit, lease_s=20, owner="me")
            if deliveries:
                return [one.message.id for one in deliveries]
            await bus.wait(["plan"], 0.3)


async def back(bus: NatsBus) -> None:
    """Return when the server answers again."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(UnavailableError):
                await bus.depths()
                return
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("name", ["", "A", "a.b", "a b", "1a", "x" * 33])
def test_a_name_that_is_no_part_of_a_subject_is_refused(name: str) -> None:
    with pytest.raises(ConfigurationError, match="the name on NATS"):
        NatsBus("nats://127.0.0.1:4222", name=name)


async def test_two_processes_share_a_queue_in_order_and_nothing_is_done_twice(process) -> None:
    one, other = process("one"), process("other")
    await one.publish([message(n, f"#k#{n % 40}") for n in range(400)])
    done: list[tuple[str, str]] = []
    late = asyncio.create_task(consume(one, done, 400, "one"))
    await asyncio.sleep(0.05)

    await asyncio.gather(late, consume(other, done, 400, "other"))
    await one.close()
    await other.close()

    by_key: dict[str, list[int]] = defaultdict(list)
    for key, number in done:
        by_key[key].append(int(number))
    assert sorted(int(number) for _, number in done) == list(range(400))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())


async def test_a_second_process_gets_its_share(process) -> None:
    one, other = process("one", MEMBER_S), process("other", MEMBER_S)
    await one.lease("plan", limit=1, lease_s=20, owner="one")
    await other.lease("plan", limit=1, lease_s=20, owner="other")
    await one.publish([message(n) for n in range(200)])

    mine = theirs = list[Delivery]()
    async with asyncio.timeout(PATIENCE_S):
        # Partitions are handed over one after the other, when their owner next looks.
        while min(len(mine), len(theirs)) <= 50 or len(mine) + len(theirs) < 200:
            await one.release(mine)
            await other.release(theirs)
            await asyncio.sleep(MEMBER_S / 5)
            mine = list(await one.lease("plan", limit=200, lease_s=60, owner="one"))
            theirs = list(await other.lease("plan", limit=200, lease_s=60, owner="other"))
    await one.close()
    await other.close()

    assert sorted({int(each.message.id) for each in (*mine, *theirs)}) == list(range(200))


async def test_who_leaves_gives_its_share_to_the_others_at_once(process) -> None:
    one, other = process("one"), process("other")
    await one.publish([message(1)])
    await one.lease("plan", limit=1, lease_s=20, owner="one")
    await other.lease("plan", limit=1, lease_s=20, owner="other")
    held = await one.lease("plan", limit=1, lease_s=20, owner="one")
    await one.release(held)
    await one.close()

    assert await eventually_leased(other) == ["1"]
    await other.close()


async def test_what_a_process_had_that_is_taken_for_dead_is_fenced_off(process) -> None:
    slow, quick = process("slow"), process("quick")
    await slow.publish([message(1), message(2)])
    held = await slow.lease("plan", limit=10, lease_s=60, owner="slow")
    await quick.lease("plan", limit=1, lease_s=20, owner="quick")

    assert await quick.recover(lambda who: who == "slow") == 2
    again = await quick.lease("plan", limit=10, lease_s=60, owner="quick")
    late = list(await slow.ack(held))

    assert sorted(one.message.id for one in late) == ["1", "2"]
    assert [one.attempt for one in again] == [2, 2]
    assert list(await quick.ack(again)) == []
    await slow.close()
    await quick.close()


_CRASH = """
import asyncio, os, sys
from chariot.adapters.nats.bus import NatsBus

async def main():
    bus = NatsBus(sys.argv[1], name=sys.argv[2], process="crashed", member_s=1.5)
    held = await bus.lease("plan", limit=10, lease_s=600, owner="crashed")
    if sys.argv[3] == "retry":
        await bus.retry(held[0], "connection refused", delay_s=600)
    print(len(held), flush=True)
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


def crash(server: NatsServer, name: str, what: str = "") -> str:
    command = [sys.executable, "-c", textwrap.dedent(_CRASH), server.url, name, what]
    return (
        subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_S).stdout.decode().strip()
    )


@pytest.fixture
def name() -> str:
    return f"t{uuid4().hex[:10]}"


async def test_what_a_killed_process_held_comes_to_another_with_its_tries(
    shared_server: NatsServer, name: str
) -> None:
    bus = NatsBus(shared_server.url, name=name, member_s=MEMBER_S)
    await bus.publish([message(1, "#a"), message(2, "#a"), message(3, "#b")])
    assert await asyncio.to_thread(crash, shared_server, name) == "2"

    async with asyncio.timeout(PATIENCE_S):
        deliveries = []
        while len(deliveries) < 2:
            await bus.wait(["plan"], 0.3)
            deliveries += await bus.lease("plan", limit=10, lease_s=20, owner="me")
    await bus.close()

    assert [(one.message.id, one.attempt) for one in deliveries] == [("1", 2), ("3", 2)]


async def test_a_delay_and_its_reason_outlive_the_process(shared_server: NatsServer, name: str) -> None:
    bus = NatsBus(shared_server.url, name=name, member_s=MEMBER_S)
    await bus.publish([message(1)])
    assert await asyncio.to_thread(crash, shared_server, name, "retry") == "1"
    (elsewhere,) = await bus.depths()
    await bus.lease("plan", limit=1, lease_s=20, owner="me")
    await bus.recover(lambda who: who == "crashed")
    assert list(await bus.lease("plan", limit=10, lease_s=20, owner="me")) == []
    (here,) = await bus.depths()
    await bus.close()

    for depth in (elsewhere, here):
        assert (depth.waiting, depth.leased, depth.delayed) == (0, 0, 1)
        assert depth.oldest is not None
        assert depth.oldest.standing is Standing.DELAYED
        assert "connection refused" in depth.oldest.reason


async def test_depths_tell_what_another_process_holds(process) -> None:
    worker, server = process("worker"), process("server")
    await server.publish([message(1), message(2)])
    await worker.lease("plan", limit=1, lease_s=20, owner="worker-7")

    (depth,) = await server.depths(ACME)
    await worker.close()
    await server.close()

    assert (depth.waiting, depth.leased) == (1, 1)
    assert depth.oldest is not None
    assert "worker-7 works on it since" in depth.oldest.reason


async def test_organisations_with_odd_names_are_kept_apart(process) -> None:
    bus = process("one")
    odd, plain = Organisation("a.*.>"), Organisation("a")
    await bus.publish([message(1, organisation=odd), message(2, organisation=plain)])

    (depth,) = await bus.depths(odd)
    (delivery, _) = await bus.lease("plan", limit=2, lease_s=20, owner="me")
    await bus.bury(delivery, "poison")
    letters = await bus.dead_letters(odd)
    others = await bus.dead_letters(plain)
    everyone = await bus.dead_letters(Organisation("*"))
    await bus.close()

    assert depth.live == 1
    assert [letter.message.id for letter in letters] == ["1"]
    assert list(others) == list(everyone) == []


async def test_a_key_that_stands_still_stops_no_other(shared_server: NatsServer, name: str) -> None:
    bus = NatsBus(shared_server.url, name=name, partitions=1)
    await bus.publish([message(n, "#stuck") for n in range(1_500)])
    await bus.publish([message(9_999, "#free")])

    first = await bus.lease("plan", limit=10, lease_s=60, owner="me")
    second = await bus.lease("plan", limit=10, lease_s=60, owner="me")
    third = await bus.lease("plan", limit=10, lease_s=60, owner="me")
    await bus.close()

    assert [one.message.id for one in (*first, *second, *third)] == ["0", "9999"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    server = NatsServer(tmp_path).start()
    yield server
    server.kill()


async def test_nothing_is_lost_when_the_server_is_killed_and_comes_back(server: NatsServer) -> None:
    bus = NatsBus(server.url, member_s=MEMBER_S)
    await bus.publish([message(n) for n in range(50)])
    held = await bus.lease("plan", limit=10, lease_s=60, owner="me")
    server.kill()
    await asyncio.sleep(0.1)
    with pytest.raises(UnavailableError):
        await bus.publish([message(50)])
    with pytest.raises(UnavailableError):
        await bus.ack(held)
    with pytest.raises(UnavailableError):
        await bus.wait(["plan"], 1)

    server.start()
    await back(bus)
    assert await bus.publish([message(n) for n in range(45, 60)]) == 10
    assert list(await bus.ack(held)) == []
    done: list[tuple[str, str]] = []
    await consume(bus, done, 50, "me")
    (depth,) = await bus.depths()
    await bus.close()

    assert sorted(int(number) for _, number in done) == list(range(10, 60))
    assert depth.live == 0


async def test_a_server_that_is_away_or_came_back_with_nothing_is_told_until_it_keeps_messages(
    server: NatsServer,
) -> None:
    bus = NatsBus(server.url)
    await bus.check()
    server.kill()
    with pytest.raises(UnavailableError):
        await bus.check()
    shutil.rmtree(server.folder / "jetstream")
    server.start()

    async with asyncio.timeout(PATIENCE_S):
        while True:
            with suppress(UnavailableError):
                await bus.check()
                break
            await asyncio.sleep(0.1)
    assert await bus.publish([message(1)]) == 1
    await bus.close()


async def test_a_server_without_room_says_so_although_it_answers(tmp_path: Path) -> None:
    settings = tmp_path / "nats.conf"
    settings.write_text(f'jetstream {{ store_dir: "{tmp_path}", max_file_store: 40KB }}')
    server = NatsServer(tmp_path, "-c", str(settings), jetstream=False).start()
    bus = NatsBus(server.url)
    await bus.check()
    with pytest.raises(UnavailableError):
        await bus.publish([message(n, "#k#" + "x" * 900) for n in range(200)])

    with pytest.raises(UnavailableError, match="NATS"):
        await bus.check()
    depths = await bus.depths()
    await bus.close()
    server.kill()

    assert [depth.queue for depth in depths] == ["plan"]


async def test_a_wrong_clock_of_one_process_moves_no_lease_of_another(shared_server, name: str) -> None:
    early = NatsBus(shared_server.url, name=name, member_s=STEADY_S)
    late = NatsBus(
        shared_server.url, name=name, member_s=STEADY_S, now=lambda: datetime(2090, 1, 1, tzinfo=UTC)
    )
    await early.publish([message(n) for n in range(20)])
    held = await early.lease("plan", limit=20, lease_s=60, owner="early")

    stolen = await late.lease("plan", limit=20, lease_s=60, owner="late")
    lost = list(await early.ack(held))
    await early.close()
    await late.close()

    assert list(stolen) == []
    assert lost == []
