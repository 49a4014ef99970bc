"""Two files and one bus: the messages of an organisation that stands apart wait in a file of its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from bus_contract import BusContract
from bus_world import ACME, BOUND, GLOBEX, SMALL_BOUND, SMALL_QUEUE, MadeClock, die, message, take
from recovery_contract import CheckpointsContract

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.routing.bus import RoutedBus
from chariot.adapters.routing.checkpoints import RoutedCheckpoints
from chariot.adapters.sqlite.database import SqliteDatabase


@pytest.fixture
def clock() -> MadeClock:
    return MadeClock()


@pytest.fixture
async def databases(tmp_path: Path) -> AsyncIterator[tuple[SqliteDatabase, SqliteDatabase]]:
    opened = SqliteDatabase(tmp_path / "shared.db"), SqliteDatabase(tmp_path / "acme.db")
    yield opened
    for database in opened:
        await database.close()


@pytest.fixture
def parts(databases: tuple[SqliteDatabase, SqliteDatabase], clock: MadeClock) -> tuple[LocalBus, LocalBus]:
    bounds = {SMALL_QUEUE: SMALL_BOUND}
    shared, own = (LocalBus(one, now=clock.now, bound=BOUND, bounds=bounds) for one in databases)
    return shared, own


class TestRoutedBus(BusContract):
    @pytest.fixture
    def bus(self, parts: tuple[LocalBus, LocalBus]) -> RoutedBus:
        shared, own = parts
        return RoutedBus(shared, {ACME: own})

    async def test_a_message_waits_where_its_organisation_lives(
        self, bus: RoutedBus, parts: tuple[LocalBus, LocalBus]
    ) -> None:
        await bus.publish([message("1"), message("2", organisation=GLOBEX)])
        shared, own = parts

        assert [len(await take(one)) for one in (shared, own)] == [1, 1]
        assert [(depth.queue, depth.leased) for depth in await bus.depths()] == [("plan", 2)]

    async def test_dead_letters_of_all_are_listed_and_replayed(self, bus: RoutedBus) -> None:
        await die(bus, "1")
        await die(bus, "2", organisation=GLOBEX)
        first = await bus.dead_letters(limit=1)
        rest = await bus.dead_letters(limit=5, after=first[-1].number)

        assert [one.message.id for one in (*first, *rest)] == ["2", "1"]
        assert await bus.replay([one.number for one in (*first, *rest)]) == 2

    async def test_one_file_that_is_away_holds_up_nobody_else(
        self, bus: RoutedBus, databases: tuple[SqliteDatabase, SqliteDatabase]
    ) -> None:
        await bus.publish([message("1"), message("2", organisation=GLOBEX)])
        await databases[1].close()

        assert [one.message.organisation for one in await take(bus)] == [GLOBEX]


class TestRoutedCheckpoints(CheckpointsContract):
    @pytest.fixture
    def checkpoints(self, databases: tuple[SqliteDatabase, SqliteDatabase]) -> RoutedCheckpoints:
        shared, own = map(SqliteCheckpoints, databases)
        return RoutedCheckpoints(shared, {ACME: own})

    async def test_what_ends_in_an_organisation_is_kept_where_it_lives(
        self, checkpoints: RoutedCheckpoints, databases: tuple[SqliteDatabase, SqliteDatabase]
    ) -> None:
        await checkpoints.put("schedule/expire/acme", 7)

        assert [await SqliteCheckpoints(one).get("schedule/expire/acme") for one in databases] == [0, 7]
