import asyncio
from collections.abc import Callable

import pytest

from chariot.errors import ConfigurationError, UnavailableError
from chariot.modules.work.leases import Guard, Lease, pause

TTL_S = 6.0
pytestmark = pytest.mark.usefixtures("made_time")


class Table:
    """Leases in memory, with an engine that can go away and take a lease back."""

    def __init__(self) -> None:
        self.held: Lease | None = None
        self.clock: Callable[[], float] = lambda: asyncio.get_running_loop().time()
        self.away = False
        self.token = 0

    def _check(self) -> None:
        if self.away:
            raise UnavailableError("away")

    async def acquire(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        self._check()
        if self.held is not None and self.held.until > self.clock():
            return None
        self.token += 1
        until = self.clock() + ttl_s
        self.held = Lease(name=name, owner=owner, token=self.token, ttl_s=ttl_s, until=until)
        return self.held

    async def renew(self, lease: Lease) -> Lease | None:
        self._check()
        if self.held is None or self.held.token != lease.token or self.held.until <= self.clock():
            return None
        until = self.clock() + lease.ttl_s
        self.held = Lease(
            name=lease.name, owner=lease.owner, token=lease.token, ttl_s=lease.ttl_s, until=until
        )
        return self.held

    async def release(self, lease: Lease) -> None:
        self._check()
        if self.held is not None and self.held.token == lease.token:
            self.held = None


class Runs:
    """Work that notes who runs it, and never ends by itself."""

    def __init__(self) -> None:
        self.now: list[str] = []
        self.began: list[str] = []
        self.most = 0

    async def work(self, who: str, stop: asyncio.Event) -> None:
        self.now.append(who)
        self.began.append(who)
        self.most = max(self.most, len(self.now))
        try:
            await stop.wait()
        finally:
            self.now.remove(who)


def guard(table: Table, owner: str) -> Guard:
    return Guard(table, "relay", owner, ttl_s=TTL_S, clock=table.clock)


async def test_one_works_and_the_other_takes_over_when_it_stops() -> None:
    table, runs = Table(), Runs()
    stops = {who: asyncio.Event() for who in "ab"}
    tasks = []
    for who in "ab":
        tasks.append(
            asyncio.create_task(guard(table, who).run(lambda s, who=who: runs.work(who, s), stops[who]))
        )
        await asyncio.sleep(0.01)
    stops["a"].set()
    await asyncio.sleep(TTL_S)
    taken_over = list(runs.now)
    stops["b"].set()
    await asyncio.gather(*tasks)

    assert (taken_over, runs.began, runs.most) == (["b"], ["a", "b"], 1)
    assert table.held is None


async def test_a_lease_is_renewed_for_as_long_as_the_work_takes() -> None:
    table, runs, stop = Table(), Runs(), asyncio.Event()
    task = asyncio.create_task(guard(table, "a").run(lambda s: runs.work("a", s), stop))
    await asyncio.sleep(3 * TTL_S)
    still = await table.acquire("relay", "b", TTL_S)
    stop.set()
    await task

    assert (still, runs.began) == (None, ["a"])


async def test_work_ends_before_the_lease_does_when_the_engine_is_away() -> None:
    table, runs, stop = Table(), Runs(), asyncio.Event()
    task = asyncio.create_task(guard(table, "a").run(lambda s: runs.work("a", s), stop))
    await asyncio.sleep(0.01)
    assert table.held is not None
    table.away = True
    while runs.now:  # noqa: ASYNC110 - the end is what is measured
        await asyncio.sleep(0.005)
    stopped = table.clock()
    ends = table.held.until
    stop.set()
    await task

    assert stopped < ends


async def test_a_short_absence_of_the_engine_interrupts_nothing() -> None:
    table, runs, stop = Table(), Runs(), asyncio.Event()
    task = asyncio.create_task(guard(table, "a").run(lambda s: runs.work("a", s), stop))
    await asyncio.sleep(0.01)
    table.away = True
    await asyncio.sleep(TTL_S / 3)
    table.away = False
    await asyncio.sleep(TTL_S)
    stop.set()
    await task

    assert runs.began == ["a"]


async def test_a_lease_that_another_took_ends_the_work_and_is_asked_for_again() -> None:
    table, runs, stop = Table(), Runs(), asyncio.Event()
    task = asyncio.create_task(guard(table, "a").run(lambda s: runs.work("a", s), stop))
    await asyncio.sleep(0.01)
    table.held = Lease(name="relay", owner="b", token=99, ttl_s=TTL_S, until=table.clock() + TTL_S)
    await asyncio.sleep(TTL_S / 2)
    lost = list(runs.now)
    await asyncio.sleep(TTL_S)
    back = list(runs.now)
    stop.set()
    await task

    assert (lost, back) == ([], ["a"])


async def test_what_the_work_raises_comes_out_after_the_lease_was_given_back() -> None:
    table = Table()

    async def fails(stop: asyncio.Event) -> None:
        raise UnavailableError("the disk is full")

    with pytest.raises(UnavailableError, match="full"):
        await guard(table, "a").run(fails, asyncio.Event())
    assert table.held is None


async def test_a_stop_lets_the_work_finish_under_its_lease() -> None:
    table, stop, finished = Table(), asyncio.Event(), asyncio.Event()

    async def slow(own: asyncio.Event) -> None:
        await own.wait()
        await asyncio.sleep(2 * TTL_S)
        assert table.held is not None
        assert table.held.until > table.clock()
        finished.set()

    task = asyncio.create_task(guard(table, "a").run(slow, stop))
    await asyncio.sleep(0.01)
    stop.set()
    await task

    assert finished.is_set()


async def test_whoever_cannot_ask_goes_on_asking() -> None:
    table, runs, stop = Table(), Runs(), asyncio.Event()
    table.away = True
    task = asyncio.create_task(guard(table, "a").run(lambda s: runs.work("a", s), stop))
    await asyncio.sleep(TTL_S / 4)
    table.away = False
    await asyncio.sleep(TTL_S / 2)
    began = list(runs.began)
    stop.set()
    await task

    assert began == ["a"]


async def test_a_pause_ends_with_its_time_or_its_event() -> None:
    stop = asyncio.Event()
    await pause(stop, 0.001)
    stop.set()
    await pause(stop, 3_600)


def test_a_lease_of_no_time_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="relay"):
        Guard(Table(), "relay", "a", ttl_s=0)
