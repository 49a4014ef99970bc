import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bus_contract import BusContract
from bus_world import BOUND, LEASE_S, PATIENCE_S, SMALL_BOUND, SMALL_QUEUE, MadeClock, die, ids, message, take
from recovery_contract import CheckpointsContract, RecoveryContract

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.modules.work.messages import DEDUPLICATION_S


@pytest.fixture
def clock() -> MadeClock:
    return MadeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "chariot.db"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(path)
    yield opened
    await opened.close()


class TestLocalBus(BusContract, RecoveryContract):
    @pytest.fixture
    def bus(self, database: SqliteDatabase, clock: MadeClock) -> LocalBus:
        return LocalBus(database, now=clock.now, bound=BOUND, bounds={SMALL_QUEUE: SMALL_BOUND})

    async def test_what_an_abandoned_bus_held_comes_out_of_the_next_one(
        self, bus: LocalBus, path: Path, clock: MadeClock
    ) -> None:
        await bus.publish([message("1", "#a"), message("2", "#a"), message("3")])
        await take(bus, owner="abandoned")

        second_database = SqliteDatabase(path)
        second = LocalBus(second_database, now=clock.now)
        assert await take(second) == []
        await second.recover(lambda owner: owner == "abandoned")
        again = await take(second)
        await second_database.close()

        assert ids(again) == ["1", "3"]
        assert [delivery.attempt for delivery in again] == [2, 2]

    async def test_what_moves_in_the_queues_outdates_no_answer_about_the_surface(
        self, bus: LocalBus, database: SqliteDatabase
    ) -> None:
        before = database.stamp()

        await bus.publish([message(str(n)) for n in range(3)])
        held = await take(bus)
        await bus.ack(held[:1])
        await bus.bury(held[1], "no use")
        await bus.release(held[2:])
        await SqliteCheckpoints(database).put("relay", 3)

        assert database.stamp() == before

    async def test_two_processes_on_one_file_never_hold_the_same_message(
        self, bus: LocalBus, path: Path, clock: MadeClock
    ) -> None:
        await bus.publish([message(str(n)) for n in range(100)])
        second_database = SqliteDatabase(path)
        second = LocalBus(second_database, now=clock.now)

        batches = await asyncio.gather(*(take(one, 10) for _ in range(5) for one in (bus, second)))
        await second_database.close()

        assert sorted(int(name) for batch in batches for name in ids(batch)) == list(range(100))

    async def test_a_look_at_the_queues_outdates_nothing_that_is_kept_of_the_surface(
        self, bus: LocalBus, database: SqliteDatabase
    ) -> None:
        await bus.publish([message("1")])
        before = database.stamp()

        depths = await bus.depths()

        assert [depth.waiting for depth in depths] == [1]
        assert database.stamp() == before

    async def test_a_wait_notices_what_another_process_publishes(
        self, bus: LocalBus, path: Path, clock: MadeClock
    ) -> None:
        second_database = SqliteDatabase(path)
        waiting = asyncio.create_task(bus.wait(["plan"], PATIENCE_S))
        await asyncio.sleep(0.05)
        await LocalBus(second_database, now=clock.now).publish([message("1")])

        assert await waiting
        await second_database.close()

    async def test_a_refused_batch_leaves_nothing_behind(self, bus: LocalBus) -> None:
        with pytest.raises(Exception, match="full"):
            await bus.publish([message("a"), *(message(str(n), queue=SMALL_QUEUE) for n in range(9))])

        assert list(await bus.depths()) == []

    async def test_old_ids_are_forgotten_except_of_what_still_waits(
        self, bus: LocalBus, path: Path, clock: MadeClock
    ) -> None:
        await bus.publish([message("waits", "#a"), *(message(str(n)) for n in range(20))])
        done = await take(bus, 100)
        await bus.ack(done[1:])
        await clock.sleep(DEDUPLICATION_S + 1)
        await bus.publish([message("new")])

        with sqlite3.connect(path) as connection:
            names = {name for (name,) in connection.execute("SELECT id FROM published")}
        connection.close()

        assert names == {"acme\nwaits", "acme\nnew"}

    async def test_numbers_are_never_used_twice(self, bus: LocalBus, clock: MadeClock) -> None:
        await bus.publish([message("1")])
        (first,) = await take(bus)
        await bus.ack([first])
        await clock.sleep(DEDUPLICATION_S + LEASE_S)
        await bus.publish([message("1")])
        (second,) = await take(bus)

        assert first.receipt != second.receipt

    async def test_counters_agree_with_the_rows(self, bus: LocalBus, path: Path) -> None:
        await die(bus, "dead")
        await bus.publish([message(str(n), f"#{n % 3}") for n in range(10)])
        await bus.ack(await take(bus, 2))
        await take(bus, 1)

        (depth,) = await bus.depths()
        with sqlite3.connect(path) as connection:
            rows = dict(connection.execute("SELECT state = 1, count(*) FROM message GROUP BY 1"))
        connection.close()

        assert (depth.waiting, depth.leased) == (rows[0], rows[1])


class TestSqliteCheckpoints(CheckpointsContract):
    @pytest.fixture
    def checkpoints(self, database: SqliteDatabase) -> SqliteCheckpoints:
        return SqliteCheckpoints(database)
