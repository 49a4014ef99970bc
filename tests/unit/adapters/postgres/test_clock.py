"""The time of the database, told by processes whose own clocks are wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from chariot.adapters.postgres.clock import PostgresClock
from chariot.adapters.postgres.database import PostgresDatabase

HOUR = timedelta(hours=1)


class Machine:
    """The two clocks of a machine; the one on the wall can be set."""

    def __init__(self, wrong_by: timedelta) -> None:
        self.wrong_by = wrong_by
        self.passed_s = 0.0

    def wall(self) -> datetime:
        return datetime.now(UTC) + self.wrong_by

    def monotonic(self) -> float:
        return self.passed_s


@pytest.fixture(params=[-HOUR, timedelta(0), HOUR], ids=str)
def machine(request: pytest.FixtureRequest) -> Machine:
    return Machine(request.param)


@pytest.fixture
async def clock(database: PostgresDatabase, machine: Machine) -> PostgresClock:
    clock = PostgresClock(database, monotonic=machine.monotonic, wall=machine.wall)
    await clock.look()
    return clock


async def test_it_tells_the_time_of_the_database_wherever_the_machine_stands(
    database: PostgresDatabase, machine: Machine
) -> None:
    clock = PostgresClock(database, monotonic=machine.monotonic, wall=machine.wall)
    before = await database.read_log(lambda one: one.fetchval("SELECT clock_timestamp()"))
    await clock.look()
    after = await database.read_log(lambda one: one.fetchval("SELECT clock_timestamp()"))

    assert before <= clock.now() <= after


async def test_a_jump_of_the_machine_moves_nothing(clock: PostgresClock, machine: Machine) -> None:
    before = clock.now()
    machine.wrong_by += 10 * HOUR
    machine.passed_s += 2.5

    assert clock.now() == before + timedelta(seconds=2.5)


async def test_it_tells_by_how_much_the_machine_is_wrong(clock: PostgresClock, machine: Machine) -> None:
    # The test's own machine is the database's; in between it may have stood still for a while.
    assert 0 <= clock.skew_s() - machine.wrong_by.total_seconds() < 600


async def test_it_goes_on_by_itself_while_the_database_is_away(
    clock: PostgresClock, database: PostgresDatabase, machine: Machine
) -> None:
    before = clock.now()
    await database.close()
    machine.passed_s += 60

    assert clock.now() == before + timedelta(minutes=1)
