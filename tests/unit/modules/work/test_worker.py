import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
import pytest
from structlog.testing import capture_logs

from chariot.errors import BusyError, InvalidError, OutOfScopeError, UnavailableError
from chariot.modules.work.messages import Message
from chariot.modules.work.stages import StageSettings
from chariot.modules.work.worker import Worker
from chariot.testing.bus import MemoryBus
from support.made_time import MadeTime
from work_fakes import FakeGatheringStage, FakeStage, message

PATIENCE_S = 60.0
QUICK = StageSettings(queue="plan", concurrency=4, timeout_s=5, backoff_s=0.01, backoff_cap_s=0.02)


pytestmark = pytest.mark.usefixtures("made_time")


@pytest.fixture
def bus(made_time: MadeTime) -> MemoryBus:
    return MemoryBus(now=made_time.now)


@asynccontextmanager
async def working(bus, handle, settings: StageSettings = QUICK, **more) -> AsyncIterator[Worker]:
    stage = handle if isinstance(handle, FakeStage) else FakeStage(handle)
    worker = Worker(bus, stage, settings, owner="test", **more)
    stop = asyncio.Event()
    task = asyncio.create_task(worker.run(stop))
    yield worker
    stop.set()
    await asyncio.wait_for(task, PATIENCE_S)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():  # noqa: ASYNC110 - nothing tells when.
            await asyncio.sleep(0.005)


async def live(bus: MemoryBus) -> int:
    return sum(depth.live for depth in await bus.depths())


async def test_every_message_is_done_once(bus: MemoryBus) -> None:
    seen: list[str] = []

    async def handle(one: Message) -> None:
        seen.append(one.id)

    await bus.publish([message(str(n)) for n in range(50)])
    async with working(bus, handle) as worker:
        await until(lambda: worker.totals.done == 50)

    assert sorted(seen, key=int) == [str(n) for n in range(50)]
    assert await live(bus) == 0


async def test_no_more_run_at_once_than_the_concurrency(bus: MemoryBus) -> None:
    running, most = 0, 0

    async def handle(one: Message) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1

    await bus.publish([message(str(n)) for n in range(20)])
    async with working(bus, handle) as worker:
        await until(lambda: worker.totals.done == 20)

    assert most == 4


async def test_a_failing_message_is_tried_five_times_and_then_dead(bus: MemoryBus) -> None:
    attempts = 0

    async def handle(one: Message) -> None:
        nonlocal attempts
        attempts += 1
        raise ValueError("no such\nthing")

    await bus.publish([message("1")])
    async with working(bus, handle) as worker:
        await until(lambda: worker.totals.dead == 1)
    (letter,) = await bus.dead_letters()

    assert (attempts, letter.attempts, letter.error) == (5, 5, "ValueError: no such thing")
    assert worker.totals.failed == 4


@pytest.mark.parametrize("error", [InvalidError("is wrong", place="body"), OutOfScopeError("not ours")])
async def test_what_can_never_be_done_is_dead_at_once(bus: MemoryBus, error: Exception) -> None:
    async def handle(one: Message) -> None:
        raise error

    await bus.publish([message("1")])
    async with working(bus, handle) as worker:
        await until(lambda: worker.totals.dead == 1)
    (letter,) = await bus.dead_letters()

    assert (letter.attempts, letter.error) == (1, str(error))


async def test_a_failing_message_blocks_no_other(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        if one.id == "0":
            raise ValueError("poison")

    await bus.publish([message(str(n)) for n in range(10)])
    async with working(bus, handle, StageSettings(queue="plan", concurrency=1, timeout_s=5)) as worker:
        await until(lambda: worker.totals.done == 9)

    assert await live(bus) == 1


async def test_what_takes_too_long_is_stopped_and_counts_as_a_failure(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        await asyncio.sleep(60)

    settings = StageSettings(queue="plan", concurrency=1, timeout_s=0.02, max_tries=1)
    await bus.publish([message("1")])
    async with working(bus, handle, settings) as worker:
        await until(lambda: worker.totals.dead == 1)

    assert (await bus.dead_letters())[0].error == "took longer than 0.02 s"


async def test_a_time_out_of_the_stage_itself_is_told_as_such(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        raise TimeoutError("the target did not answer")

    settings = StageSettings(queue="plan", concurrency=1, timeout_s=5, max_tries=1)
    await bus.publish([message("1")])
    async with working(bus, handle, settings) as worker:
        await until(lambda: worker.totals.dead == 1)

    assert (await bus.dead_letters())[0].error == "TimeoutError: the target did not answer"


async def test_a_stage_that_cancels_itself_counts_as_a_failure(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        raise asyncio.CancelledError

    settings = StageSettings(queue="plan", concurrency=1, timeout_s=5, max_tries=1)
    await bus.publish([message("1")])
    async with working(bus, handle, settings) as worker:
        await until(lambda: worker.totals.dead == 1)

    assert "cancelled" in (await bus.dead_letters())[0].error


async def test_long_work_keeps_its_lease(bus: MemoryBus) -> None:
    attempts = 0

    async def handle(one: Message) -> None:
        nonlocal attempts
        attempts += 1
        await asyncio.sleep(2)

    settings = StageSettings(queue="plan", concurrency=2, timeout_s=60, lease_s=1.5)
    await bus.publish([message("1")])
    async with working(bus, handle, settings) as worker:
        await until(lambda: worker.totals.done == 1)

    assert attempts == 1


async def test_work_whose_lease_was_lost_is_stopped(bus: MemoryBus) -> None:
    stopped = asyncio.Event()

    async def handle(one: Message) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            stopped.set()

    settings = StageSettings(queue="plan", concurrency=1, timeout_s=60, lease_s=0.3)
    await bus.publish([message("1")])
    async with working(bus, handle, settings, drain_s=0.01) as worker:
        await until(lambda: len(worker.running()) == 1)
        await bus.recover(lambda owner: True)
        await bus.lease("plan", limit=1, lease_s=60, owner="another")
        await asyncio.wait_for(stopped.wait(), PATIENCE_S)

    assert worker.totals.lost == 1


async def test_a_full_queue_downstream_keeps_the_place_and_fails_nothing(bus: MemoryBus) -> None:
    calls = 0

    async def handle(one: Message) -> None:
        nonlocal calls
        calls += 1
        if calls < 10:
            raise BusyError("the queue scan is full", retry_after_s=0.005)

    await bus.publish([message("1")])
    async with working(bus, handle) as worker:
        await until(lambda: worker.totals.done == 1)

    assert (calls, worker.totals.failed, worker.totals.dead) == (10, 0, 0)


async def test_a_stage_that_waits_for_room_says_so_and_gives_back_at_a_stop(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        raise BusyError("the queue scan is full", retry_after_s=60)

    await bus.publish([message("1")])
    async with working(bus, handle) as worker:
        await until(lambda: any(one.reason for one in worker.running()))
        (shown,) = worker.running()

    assert (shown.id, shown.reason) == ("1", "the queue scan is full")
    assert [(depth.waiting, depth.leased) for depth in await bus.depths()] == [(1, 0)]


async def test_a_stop_finishes_what_runs_and_takes_nothing_new(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        await asyncio.sleep(0.05)

    await bus.publish([message(str(n)) for n in range(10)])
    async with working(bus, handle) as worker:
        await until(lambda: len(worker.running()) == 4)

    assert worker.totals.done == 4
    assert [(depth.waiting, depth.leased) for depth in await bus.depths()] == [(6, 0)]


async def test_a_stop_gives_back_what_does_not_end(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        await asyncio.sleep(60)

    await bus.publish([message("1")])
    async with working(bus, handle, drain_s=0.02) as worker:
        await until(lambda: len(worker.running()) == 1)

    assert [(depth.waiting, depth.leased, depth.dead) for depth in await bus.depths()] == [(1, 0, 0)]
    assert worker.running() == ()


async def test_a_cancelled_worker_gives_everything_back(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        await asyncio.sleep(60)

    await bus.publish([message(str(n)) for n in range(6)])
    worker = Worker(bus, FakeStage(handle), QUICK, owner="test")
    task = asyncio.create_task(worker.run(asyncio.Event()))
    await until(lambda: len(worker.running()) == 4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert [(depth.waiting, depth.leased) for depth in await bus.depths()] == [(6, 0)]


async def test_a_bus_that_is_away_for_a_moment_ends_nothing(made_time: MadeTime) -> None:
    class Flaky(MemoryBus):
        away = True

        async def lease(self, queue, *, limit, lease_s, owner):
            if self.away:
                self.away = False
                raise UnavailableError("the bus is away")
            return await super().lease(queue, limit=limit, lease_s=lease_s, owner=owner)

    async def handle(one: Message) -> None:
        return

    bus = Flaky(now=made_time.now)
    await bus.publish([message("1")])
    async with working(bus, handle) as worker:
        await until(lambda: worker.totals.done == 1)


async def test_an_answer_that_did_not_reach_the_bus_ends_nothing(made_time: MadeTime) -> None:
    class Flaky(MemoryBus):
        away = True

        async def ack(self, deliveries):
            if self.away:
                self.away = False
                raise UnavailableError("the bus is away")
            return await super().ack(deliveries)

    async def handle(one: Message) -> None:
        return

    bus = Flaky(now=made_time.now)
    await bus.publish([message("1")])
    settings = StageSettings(queue="plan", concurrency=1, timeout_s=5, lease_s=0.05, backoff_s=0.01)
    async with working(bus, handle, settings) as worker:
        await until(lambda: worker.totals.done == 1)

    assert worker.totals.lost == 1
    assert await live(bus) == 0


async def test_the_log_has_neither_body_nor_error_text(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        raise ValueError("password=hunter2")

    await bus.publish([message("1")])
    with capture_logs() as lines:
        async with working(bus, handle) as worker:
            await until(lambda: worker.totals.dead == 1)

    assert {line["event"] for line in lines} == {"attempt_failed", "dead_letter"}
    assert "hunter2" not in str(lines)
    assert "ValueError in handle" in str(lines)


async def test_somebody_is_told_after_each_attempt(bus: MemoryBus) -> None:
    told = 0

    def after() -> None:
        nonlocal told
        told += 1

    async def handle(one: Message) -> None:
        return

    await bus.publish([message("1"), message("2")])
    async with working(bus, handle, after=after) as worker:
        await until(lambda: worker.totals.done == 2)

    assert told == 2


async def test_an_outage_of_what_all_stand_on_fails_no_message(bus: MemoryBus) -> None:
    asked = 0

    async def handle(one: Message) -> None:
        nonlocal asked
        asked += 1
        if asked <= 8:
            raise UnavailableError("the store is away")

    once = StageSettings(queue="plan", concurrency=2, timeout_s=5, max_tries=1)
    await bus.publish([message("1"), message("2")])
    async with working(bus, handle, once) as worker:
        await until(lambda: worker.totals.done == 2)

    assert (worker.totals.failed, worker.totals.dead) == (0, 0)
    assert await bus.dead_letters() == []


async def test_a_message_that_alone_finds_something_away_fails(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        if one.id == "bad":
            raise UnavailableError("longer than a statement may take")
        await asyncio.sleep(0.05)

    twice = msgspec.structs.replace(QUICK, max_tries=2)
    await bus.publish([message("bad"), *(message(str(n)) for n in range(200))])
    async with working(bus, handle, twice) as worker:
        await until(lambda: worker.totals.dead == 1)

    (letter,) = await bus.dead_letters()
    assert (letter.message.id, letter.attempts) == ("bad", 2)


async def test_a_message_that_waits_out_an_outage_is_given_back_at_a_stop(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        raise UnavailableError("the store is away")

    await bus.publish([message("1")])
    async with working(bus, handle) as worker:
        await until(lambda: any(one.reason for one in worker.running()))

    (depth,) = await bus.depths()
    assert (depth.waiting, depth.leased, depth.delayed) == (1, 0, 0)


async def nothing(_: Message) -> None:
    """Do it."""


async def test_a_stage_that_gathers_gets_what_waits_together(bus: MemoryBus) -> None:
    came: list[int] = []

    async def handle_all(several: list[Message]) -> None:
        came.append(len(several))

    await bus.publish([message(str(n)) for n in range(25)])
    async with working(bus, FakeGatheringStage(nothing, handle_all)) as worker:
        await until(lambda: worker.totals.done == 25)

    assert came == [10, 10, 5]
    assert worker.running() == ()
    assert await live(bus) == 0


async def test_what_fails_together_is_done_one_by_one_and_only_its_own_failure_counts(bus: MemoryBus) -> None:
    async def handle(one: Message) -> None:
        if one.id == "3":
            raise InvalidError("poison", place="body")

    async def handle_all(several: list[Message]) -> None:
        for one in several:
            await handle(one)

    await bus.publish([message(str(n)) for n in range(10)])
    async with working(bus, FakeGatheringStage(handle, handle_all)) as worker:
        await until(lambda: worker.totals.done + worker.totals.dead == 10)
    (letter,) = await bus.dead_letters()

    assert (letter.message.id, worker.totals.done, worker.totals.failed) == ("3", 9, 0)


async def test_what_takes_too_long_together_is_done_one_by_one(bus: MemoryBus) -> None:
    async def handle_all(_: list[Message]) -> None:
        await asyncio.Event().wait()

    settings = msgspec.structs.replace(QUICK, timeout_s=0.05)
    await bus.publish([message(str(n)) for n in range(3)])
    async with working(bus, FakeGatheringStage(nothing, handle_all), settings) as worker:
        await until(lambda: worker.totals.done == 3)

    assert worker.totals.failed == 0


async def test_a_stop_gives_back_what_of_a_group_was_not_begun(bus: MemoryBus) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def handle(_: Message) -> None:
        begun.set()
        await go_on.wait()

    async def handle_all(_: list[Message]) -> None:
        raise ValueError("not together")

    await bus.publish([message(str(n)) for n in range(5)])
    stop = asyncio.Event()
    worker = Worker(bus, FakeGatheringStage(handle, handle_all), QUICK, owner="test")
    task = asyncio.create_task(worker.run(stop))
    await asyncio.wait_for(begun.wait(), PATIENCE_S)
    stop.set()
    go_on.set()
    await asyncio.wait_for(task, PATIENCE_S)

    (depth,) = [one for one in await bus.depths() if one.queue == "plan"]
    assert (worker.totals.done, depth.waiting, depth.leased) == (1, 4, 0)


async def test_a_group_that_does_not_end_is_given_back_whole(bus: MemoryBus) -> None:
    begun = asyncio.Event()

    async def handle_all(_: list[Message]) -> None:
        begun.set()
        await asyncio.Event().wait()

    await bus.publish([message(str(n)) for n in range(5)])
    stop = asyncio.Event()
    worker = Worker(bus, FakeGatheringStage(nothing, handle_all), QUICK, owner="test", drain_s=0.05)
    task = asyncio.create_task(worker.run(stop))
    await asyncio.wait_for(begun.wait(), PATIENCE_S)
    stop.set()
    await asyncio.wait_for(task, PATIENCE_S)

    (depth,) = [one for one in await bus.depths() if one.queue == "plan"]
    assert (worker.totals.done, depth.waiting, depth.leased) == (0, 5, 0)
