import asyncio
from collections.abc import AsyncIterator

import pytest

from chariot.errors import BusyError, ConfigurationError, InvalidError, UnavailableError
from chariot.model.keys import SHARED, Key
from chariot.model.records import Op
from chariot.model.relationships import RelationshipType
from chariot.modules.work.messages import Message
from chariot.modules.work.relay import Interest, Notice, Relay, Route, notice_of
from chariot.testing.bus import MemoryBus, MemoryCheckpoints
from work_fakes import MemoryLog, message

PLAN = Route("plan", Interest(kinds=frozenset({"domain"}), ops=frozenset({Op.CREATED, Op.RETURNED})))
PROJECT = Route("project", Interest())
PACKAGE = {
    "relationship": RelationshipType.HAS_ATTRIBUTE,
    "target": Key("#attribute#domain#a.test#package#pkg:npm/lib@1.0.0"),
}
LINK = {"relationship": RelationshipType.RESOLVES_TO, "target": Key("#address#192.0.2.7")}


pytestmark = pytest.mark.usefixtures("made_time")


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus(bounds={"small": 2})


@pytest.fixture
def checkpoints() -> MemoryCheckpoints:
    return MemoryCheckpoints()


async def published(bus: MemoryBus, queue: str) -> list[Message]:
    return [one.message for one in await bus.lease(queue, limit=100, lease_s=30, owner="test")]


@pytest.mark.parametrize(
    ("interest", "op", "more", "meets"),
    [
        (Interest(), Op.UPDATED, {}, True),
        (Interest(), Op.LINKED, LINK, True),
        (Interest(kinds=frozenset({"domain"})), Op.CREATED, {}, True),
        (Interest(kinds=frozenset({"port"})), Op.CREATED, {}, False),
        (Interest(ops=frozenset({Op.CREATED})), Op.UPDATED, {}, False),
        (Interest(fields=frozenset({"banner"})), Op.UPDATED, {"fields": ("banner", "state")}, True),
        (Interest(fields=frozenset({"banner"})), Op.UPDATED, {"fields": ("state",)}, False),
        (Interest(relationships=frozenset({RelationshipType.RESOLVES_TO})), Op.LINKED, LINK, True),
        (Interest(relationships=frozenset({RelationshipType.HAS_PORT})), Op.LINKED, LINK, False),
        (Interest(relationships=frozenset({RelationshipType.RESOLVES_TO})), Op.CREATED, {}, False),
        (Interest(labels=frozenset({"package"})), Op.LINKED, PACKAGE, True),
        (Interest(labels=frozenset({"path"})), Op.LINKED, PACKAGE, False),
        (Interest(labels=frozenset({"package"})), Op.LINKED, LINK, False),
        (Interest(labels=frozenset({"package"})), Op.CREATED, {}, False),
    ],
)
def test_an_interest_is_met_by_what_it_names(
    log: MemoryLog, interest: Interest, op: Op, more: dict[str, object], meets: bool
) -> None:
    assert interest.meets(log.write("#domain#a.test", op, **more)) is meets


async def test_a_change_reaches_every_queue_that_wants_it(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    change = log.write("#domain#a.test")
    log.write("#port#192.0.2.7#tcp#443")

    assert await Relay(log, bus, checkpoints, [PLAN, PROJECT]).step() == 2
    (planned,) = await published(bus, "plan")

    assert (planned.id, planned.organisation, planned.order_key) == ("1", "acme", "#domain#a.test")
    assert notice_of(planned) == Notice(sequence=1, key=change.key, kind="domain", op=Op.CREATED)
    assert len(await published(bus, "project")) == 2


async def test_a_queue_with_two_routes_gets_a_change_once(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    log.write("#domain#a.test")

    await Relay(log, bus, checkpoints, [PLAN, Route("plan", Interest())]).step()

    assert len(await published(bus, "plan")) == 1


async def test_a_relationship_names_its_target(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    log.write("#domain#a.test", Op.LINKED, **LINK)

    await Relay(log, bus, checkpoints, [PROJECT]).step()
    (projected,) = await published(bus, "project")

    assert notice_of(projected).target == "#address#192.0.2.7"
    assert notice_of(projected).relationship is RelationshipType.RESOLVES_TO


async def test_a_relay_goes_on_where_the_last_one_stopped(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    log.write("#domain#a.test")
    await Relay(log, bus, checkpoints, [PLAN]).step()
    log.write("#domain#b.test")

    again = Relay(log, bus, checkpoints, [PLAN])

    assert await again.step() == 1
    assert await again.is_caught_up()


async def test_a_crash_before_the_checkpoint_publishes_nothing_twice(log: MemoryLog, bus: MemoryBus) -> None:
    log.write("#domain#a.test")
    await Relay(log, bus, MemoryCheckpoints(), [PLAN]).step()
    await bus.ack(await bus.lease("plan", limit=1, lease_s=30, owner="test"))

    await Relay(log, bus, MemoryCheckpoints(), [PLAN]).step()

    assert await published(bus, "plan") == []


async def test_batches_are_bounded(log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints) -> None:
    for number in range(5):
        log.write(f"#domain#{number}.test")
    relay = Relay(log, bus, checkpoints, [PLAN], batch=2)

    assert [await relay.step() for _ in range(4)] == [2, 2, 1, 0]


async def test_a_full_queue_stops_the_relay_and_loses_nothing(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    for number in range(4):
        log.write(f"#domain#{number}.test")
    relay = Relay(log, bus, checkpoints, [Route("small", Interest())], batch=2)
    await relay.step()

    with pytest.raises(BusyError):
        await relay.step()
    await bus.ack(await bus.lease("small", limit=2, lease_s=30, owner="test"))
    await relay.step()

    assert [one.id for one in await published(bus, "small")] == ["7", "10"]


async def test_a_running_relay_says_why_it_waits_and_goes_on_when_there_is_room(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    await bus.publish([message("x", queue="small"), message("y", queue="small")])
    log.write("#domain#a.test")
    relay = Relay(log, bus, checkpoints, [Route("small", Interest())])
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    await asyncio.sleep(0.05)
    blocked = relay.blocked
    await bus.ack(await bus.lease("small", limit=2, lease_s=30, owner="test"))
    async with asyncio.timeout(60):
        while not await relay.is_caught_up():  # noqa: ASYNC110 - nothing tells when.
            await asyncio.sleep(0.01)
    stop.set()
    relay.nudge()
    await running

    assert "small is full" in blocked
    assert relay.blocked == ""


async def test_a_relay_survives_a_log_that_is_away(bus: MemoryBus, checkpoints: MemoryCheckpoints) -> None:
    class Flaky(MemoryLog):
        away = True

        async def changes(self, after, limit, *, organisation=None):
            if self.away:
                self.away = False
                raise UnavailableError("the database is away")
            return await super().changes(after, limit)

    log = Flaky()
    log.write("#domain#a.test")
    relay = Relay(log, bus, checkpoints, [PLAN])
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    async with asyncio.timeout(60):
        while not await relay.is_caught_up():  # noqa: ASYNC110 - nothing tells when.
            await asyncio.sleep(0.01)
    stop.set()
    await running

    assert len(await published(bus, "plan")) == 1


async def test_a_nudge_wakes_the_relay(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    relay = Relay(log, bus, checkpoints, [PLAN])
    stop = asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    await asyncio.sleep(0.02)
    log.write("#domain#a.test")
    relay.nudge()
    await asyncio.sleep(0.05)
    caught_up = await relay.is_caught_up()
    stop.set()
    await running

    assert caught_up


async def test_changes_of_others_are_passed_over(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    log.write("#domain#a.test", organisation=SHARED)
    log.write("#domain#b.test")
    relay = Relay(log, bus, checkpoints, [PLAN], besides=[SHARED])

    assert await relay.step() == 2
    assert [one.order_key for one in await published(bus, "plan")] == ["#domain#b.test"]
    assert await relay.is_caught_up()


async def test_a_hint_wakes_the_relay(log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints) -> None:
    told, ended = asyncio.Event(), asyncio.Event()

    async def hints() -> AsyncIterator[None]:
        try:
            while True:
                await told.wait()
                told.clear()
                yield
        finally:
            ended.set()

    relay, stop = Relay(log, bus, checkpoints, [PLAN], hints=hints), asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    await asyncio.sleep(0.02)
    log.write("#domain#a.test")
    told.set()
    async with asyncio.timeout(1.5):
        while not await relay.is_caught_up():  # noqa: ASYNC110 - nothing tells when.
            await asyncio.sleep(0.01)
    stop.set()
    relay.nudge()
    await running

    assert ended.is_set()


async def test_a_relay_that_is_told_nothing_any_more_looks_for_itself(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    async def hints() -> AsyncIterator[None]:
        raise ConfigurationError("the password is wrong")
        yield

    relay, stop = Relay(log, bus, checkpoints, [PLAN], hints=hints), asyncio.Event()
    running = asyncio.create_task(relay.run(stop))
    log.write("#domain#a.test")
    async with asyncio.timeout(60):
        while not await relay.is_caught_up():  # noqa: ASYNC110 - nothing tells when.
            await asyncio.sleep(0.01)
    stop.set()
    await running

    assert len(await published(bus, "plan")) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[1]", b'{"sequence": "x"}'])
def test_a_body_that_is_no_notice_is_refused(body: bytes) -> None:
    sent = Message(queue="plan", id="1", organisation=message("1").organisation, order_key="#a", body=body)

    with pytest.raises(InvalidError, match="body"):
        notice_of(sent)


def test_a_relay_without_a_batch_is_refused(
    log: MemoryLog, bus: MemoryBus, checkpoints: MemoryCheckpoints
) -> None:
    with pytest.raises(ConfigurationError):
        Relay(log, bus, checkpoints, [], batch=0)
