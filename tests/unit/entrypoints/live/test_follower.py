import asyncio
from datetime import UTC, datetime

import pytest

from chariot.entrypoints.live.follower import BATCH, Follower
from chariot.errors import UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Op

OURS = Organisation("ours")


def change(sequence):
    return Change(
        sequence=sequence,
        organisation=OURS,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        op=Op.CREATED,
        key=Key(f"#domain#n{sequence}.test"),
        kind="domain",
        revision=1,
    )


class Log:
    """A log that grows when a test says so."""

    def __init__(self):
        self.all = []
        self.reads = 0
        self.is_away = False

    def stamp(self):
        return len(self.all)

    async def changes(self, after, limit, *, organisation):
        self.reads += 1
        if self.is_away:
            raise UnavailableError("away")
        return [one for one in self.all if one.sequence > after][:limit]


@pytest.fixture
def log():
    return Log()


@pytest.fixture
async def follower(log):
    one = Follower(log, OURS, 0, kept=100)
    running = asyncio.create_task(one.run())
    yield one
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def reached(follower, sequence):
    async with asyncio.timeout(30):
        while follower.head < sequence:
            await follower.moved.wait()


async def test_what_was_read_is_kept_in_order(follower, log):
    log.all = [change(n) for n in (3, 5, 9)]
    await reached(follower, 9)

    assert [one.sequence for one in follower.kept_after(0)] == [3, 5, 9]
    assert [one.sequence for one in follower.kept_after(4)] == [5, 9]
    assert list(follower.kept_after(9)) == []


async def test_what_is_kept_is_bounded_and_who_is_behind_it_learns_so(follower, log):
    log.all = [change(n) for n in range(1, 301)]
    await reached(follower, 300)

    assert follower.kept_after(0) is None
    assert follower.kept_after(199) is None
    assert len(follower.kept_after(200)) == 100


async def test_no_more_than_a_batch_is_given_at_a_time(log):
    follower = Follower(log, OURS, 0)
    log.all = [change(n) for n in range(1, BATCH + 101)]
    running = asyncio.create_task(follower.run())
    await reached(follower, BATCH + 100)
    running.cancel()

    assert len(follower.kept_after(0)) == BATCH


async def test_a_store_that_is_away_is_waited_for(follower, log):
    log.is_away = True
    log.all = [change(1)]
    async with asyncio.timeout(30):
        while not log.reads:  # noqa: ASYNC110 - what is waited for tells nobody
            await asyncio.sleep(0)
    log.is_away = False
    await reached(follower, 1)

    assert follower.head == 1


async def test_a_nudge_is_enough(follower, log):
    log.stamp = lambda: 0
    await asyncio.sleep(0)
    log.all = [change(1)]
    follower.nudge()
    await reached(follower, 1)

    assert follower.head == 1
