import asyncio
from pathlib import Path

import pytest

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.errors import UnavailableError
from chariot.modules.work.messages import Message
from chariot.modules.work.pipeline import Pipeline
from chariot.modules.work.relay import Interest, Relay, Route, notice_of
from chariot.modules.work.stages import StageSettings
from chariot.modules.work.worker import Worker
from chariot.testing.bus import MemoryBus, MemoryCheckpoints
from work_fakes import FakeStage, MemoryLog

SETTINGS = StageSettings(queue="plan", concurrency=4, timeout_s=5, backoff_s=0.01, backoff_cap_s=0.02)
GENERATIONS = 5
PATIENCE_S = 60.0


def pipeline_of(log: MemoryLog, bus, checkpoints, handle) -> Pipeline:
    relay = Relay(log, bus, checkpoints, [Route("plan", Interest())])
    worker = Worker(bus, FakeStage(handle), SETTINGS, owner="test", after=relay.nudge, drain_s=0.05)
    return Pipeline(bus, relay, [worker])


@pytest.fixture
def log() -> MemoryLog:
    return MemoryLog()


async def test_a_chain_of_findings_is_followed_to_its_end(log: MemoryLog, tmp_path: Path) -> None:
    async def handle(one: Message) -> None:
        name = notice_of(one).key.removeprefix("#domain#")
        await asyncio.sleep(0.001)
        if len(name) < GENERATIONS:
            log.write(f"#domain#{name}a")
            log.write(f"#domain#{name}b")

    database = SqliteDatabase(tmp_path / "chariot.db")
    pipeline = pipeline_of(log, LocalBus(database), SqliteCheckpoints(database), handle)
    log.write("#domain#x")
    running = asyncio.create_task(pipeline.run())
    await asyncio.wait_for(pipeline.idle(), PATIENCE_S)
    progress = await pipeline.progress()
    await pipeline.stop()
    await running
    await database.close()

    assert len(log.written) == 2**GENERATIONS - 1
    assert progress.is_idle
    assert progress.relayed == progress.changes
    assert progress.totals["plan"].done == 2**GENERATIONS - 1


async def test_it_is_not_idle_while_something_runs(log: MemoryLog) -> None:
    begun, go = asyncio.Event(), asyncio.Event()

    async def handle(one: Message) -> None:
        begun.set()
        await go.wait()

    pipeline = pipeline_of(log, MemoryBus(), MemoryCheckpoints(), handle)
    log.write("#domain#x")
    running = asyncio.create_task(pipeline.run())
    await begun.wait()
    before = await pipeline.is_idle()
    shown = (await pipeline.progress()).running
    go.set()
    await asyncio.wait_for(pipeline.idle(), PATIENCE_S)
    await pipeline.stop()
    await running

    assert not before
    assert [one.order_key for one in shown] == ["#domain#x"]


async def test_it_is_not_idle_before_the_log_was_looked_at(log: MemoryLog) -> None:
    async def handle(one: Message) -> None:
        return

    log.write("#domain#x")

    assert not await pipeline_of(log, MemoryBus(), MemoryCheckpoints(), handle).is_idle()


async def test_dead_letters_do_not_keep_it_from_being_idle(log: MemoryLog) -> None:
    async def handle(one: Message) -> None:
        raise ValueError("poison")

    pipeline = pipeline_of(log, MemoryBus(), MemoryCheckpoints(), handle)
    log.write("#domain#x")
    running = asyncio.create_task(pipeline.run())
    await asyncio.wait_for(pipeline.idle(), PATIENCE_S)
    await pipeline.stop()
    await running

    assert [depth.dead for depth in (await pipeline.progress()).queues] == [1]


async def test_a_second_pipeline_goes_on_where_a_stopped_one_left(log: MemoryLog) -> None:
    begun = asyncio.Event()

    async def hang(one: Message) -> None:
        begun.set()
        await asyncio.sleep(60)

    async def handle(one: Message) -> None:
        return

    bus, checkpoints = MemoryBus(), MemoryCheckpoints()
    first = pipeline_of(log, bus, checkpoints, hang)
    log.write("#domain#x")
    running = asyncio.create_task(first.run())
    await begun.wait()
    await first.stop()
    await running
    second = pipeline_of(log, bus, checkpoints, handle)
    running = asyncio.create_task(second.run())
    await asyncio.wait_for(second.idle(), PATIENCE_S)
    progress = await second.progress()
    await second.stop()
    await running

    assert progress.totals["plan"].done == 1


async def test_waiting_for_a_pipeline_that_broke_says_so() -> None:
    class Broken(MemoryLog):
        async def changes(self, after, limit, *, organisation=None):
            raise LookupError("a mistake in the log")

    async def handle(one: Message) -> None:
        return

    log = Broken()
    log.write("#domain#x")
    pipeline = pipeline_of(log, MemoryBus(), MemoryCheckpoints(), handle)
    running = asyncio.create_task(pipeline.run())

    with pytest.raises(UnavailableError, match="ended"):
        await asyncio.wait_for(pipeline.idle(), PATIENCE_S)
    with pytest.raises(LookupError, match="mistake"):
        await running
