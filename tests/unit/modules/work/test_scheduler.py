import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from chariot.errors import ConfigurationError, UnavailableError
from chariot.model.keys import SHARED, Organisation
from chariot.modules.work.scheduler import SCHEDULE, Period, Scheduler

ACME = Organisation("acme")
GLOBEX = Organisation("globex")
HOUR = timedelta(hours=1)
SWEEP = Period(name="sweep", every=HOUR, jitter=timedelta(0))
LATER = Period(name="later", every=HOUR, jitter=timedelta(0), at_first=False)
FOR_ALL = Period(name="for-all", every=HOUR, jitter=timedelta(0), per_organisation=False)


class World:
    """Time, organisations and checkpoints that a test moves; it notes what was done."""

    def __init__(self) -> None:
        self.wall = datetime(2026, 3, 1, tzinfo=UTC)
        self.ticks = 0.0
        self.kept: dict[str, int] = {}
        self.done: list[tuple[str, str]] = []
        self.fails: dict[str, Exception] = {}

    def pass_time(self, span: timedelta) -> None:
        self.wall += span
        self.ticks += span.total_seconds()

    async def organisations(self) -> Sequence[Organisation]:
        return [SHARED, ACME, GLOBEX]

    async def get(self, name: str) -> int:
        return self.kept.get(name, 0)

    async def put(self, name: str, sequence: int) -> None:
        self.kept[name] = max(sequence, self.kept.get(name, 0))

    def scheduler(self, *schedule: Period) -> Scheduler:
        def action(name: str):
            async def act(organisation: Organisation) -> None:
                if failure := self.fails.get(organisation):
                    raise failure
                self.done.append((name, organisation))

            return act

        return Scheduler(
            self,
            self,
            {period.name: action(period.name) for period in schedule},
            schedule=schedule,
            now=lambda: self.wall,
            clock=lambda: self.ticks,
            tick_s=0.01,
        )


@pytest.fixture
def world() -> World:
    return World()


async def test_work_is_done_for_each_organisation_and_never_for_what_all_share(world: World) -> None:
    await world.scheduler(SWEEP).step()

    assert world.done == [("sweep", "acme"), ("sweep", "globex")]


async def test_work_for_all_is_done_once(world: World) -> None:
    await world.scheduler(FOR_ALL).step()

    assert world.done == [("for-all", SHARED)]


async def test_work_is_done_again_after_its_period_and_not_before(world: World) -> None:
    scheduler = world.scheduler(FOR_ALL)
    await scheduler.step()
    world.pass_time(HOUR - timedelta(seconds=1))
    early = await scheduler.step()
    world.pass_time(timedelta(seconds=1))

    assert (early, await scheduler.step()) == (0, 1)


async def test_the_next_process_goes_on_where_the_last_one_was(world: World) -> None:
    await world.scheduler(FOR_ALL).step()
    world.pass_time(HOUR / 2)
    again = await world.scheduler(FOR_ALL).step()
    world.pass_time(HOUR / 2)

    assert (again, await world.scheduler(FOR_ALL).step()) == (0, 1)


async def test_what_is_not_done_at_first_is_done_a_period_later_also_after_a_restart(world: World) -> None:
    first = await world.scheduler(LATER).step()
    world.pass_time(HOUR)

    assert (first, await world.scheduler(LATER).step()) == (0, 2)


async def test_a_failure_holds_up_nobody_else_and_is_tried_again_within_minutes(world: World) -> None:
    world.fails["acme"] = UnavailableError("away")
    scheduler = world.scheduler(SWEEP)
    await scheduler.step()
    del world.fails["acme"]
    world.pass_time(timedelta(minutes=5))
    await scheduler.step()

    assert world.done == [("sweep", "globex"), ("sweep", "acme")]


async def test_a_surprise_is_a_failure_too(world: World) -> None:
    world.fails["acme"] = ZeroDivisionError()

    assert await world.scheduler(SWEEP).step() == 1


async def test_a_clock_that_stood_ahead_delays_work_by_one_period_at_most(world: World) -> None:
    world.pass_time(timedelta(days=300))
    await world.scheduler(FOR_ALL).step()
    world.wall -= timedelta(days=300)
    restarted = world.scheduler(FOR_ALL)
    early = await restarted.step()
    world.pass_time(HOUR)

    assert (early, await restarted.step()) == (0, 1)


async def test_a_clock_that_jumps_back_does_not_stop_a_running_schedule(world: World) -> None:
    scheduler = world.scheduler(FOR_ALL)
    await scheduler.step()
    world.wall -= timedelta(days=30)
    world.pass_time(HOUR)

    assert await scheduler.step() == 1


async def test_it_stops_between_two_pieces_of_work(world: World) -> None:
    stop = asyncio.Event()
    stop.set()

    assert await world.scheduler(SWEEP).step(stop) == 0


async def test_it_runs_until_it_is_stopped(world: World) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(world.scheduler(FOR_ALL).run(stop))
    await asyncio.sleep(0.03)
    stop.set()
    await running

    assert world.done == [("for-all", SHARED)]


def test_each_organisation_has_its_share_of_the_jitter_always_the_same() -> None:
    period = Period(name="sweep", every=HOUR, jitter=HOUR)
    waits = {period.wait(f"organisation-{number}") for number in range(50)}

    assert len(waits) == 50
    assert all(HOUR <= wait < 2 * HOUR for wait in waits)
    assert waits == {period.wait(f"organisation-{number}") for number in range(50)}


def test_a_period_without_an_action_is_refused(world: World) -> None:
    with pytest.raises(ConfigurationError, match="sweep"):
        Scheduler(world, world, {}, schedule=[SWEEP])


@pytest.mark.parametrize(("every", "jitter"), [(timedelta(0), timedelta(0)), (HOUR, -HOUR)])
def test_a_period_that_goes_nowhere_is_refused(every: timedelta, jitter: timedelta) -> None:
    with pytest.raises(ConfigurationError, match="sweep"):
        Period(name="sweep", every=every, jitter=jitter)


def test_names_of_the_schedule_are_unique() -> None:
    assert len({period.name for period in SCHEDULE}) == len(SCHEDULE)


async def test_what_looks_every_few_seconds_keeps_no_moment_and_waits_for_nothing_else(world: World) -> None:
    often = Period(
        name="often", every=timedelta(milliseconds=1), jitter=timedelta(0), per_organisation=False, brief=True
    )
    made = world.scheduler(SWEEP, often)
    stop = asyncio.Event()

    running = asyncio.create_task(made.run(stop))
    while world.done.count(("often", SHARED)) < 3:
        world.pass_time(timedelta(milliseconds=2))
        await asyncio.sleep(0)
    stop.set()
    await running

    assert world.done.count(("sweep", ACME)) == 1
    assert set(world.kept) == {"schedule/sweep/acme", "schedule/sweep/globex"}
