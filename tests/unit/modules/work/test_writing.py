"""A store that keeps nothing is told from one that is slow."""

import asyncio

import pytest

from chariot.errors import BusyError, ChariotError, UnavailableError
from chariot.modules.work.writing import WriteProbe


class Store:
    """Keeps checkpoints, or does not."""

    def __init__(self) -> None:
        self.failure: ChariotError | None = None
        self.stands_still = False
        self.puts = 0

    async def get(self, _name: str) -> int:
        return 0

    async def put(self, _name: str, _sequence: int) -> None:
        self.puts += 1
        if self.stands_still:
            await asyncio.Event().wait()
        if self.failure is not None:
            raise self.failure


class Clock:
    def __init__(self) -> None:
        self.at_s = 0.0

    def __call__(self) -> float:
        return self.at_s


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def probe(store: Store, clock: Clock) -> WriteProbe:
    return WriteProbe(store, clock=clock, wait_s=0.01)


async def test_a_store_that_takes_no_writes_is_told_until_it_does(
    store: Store, clock: Clock, probe: WriteProbe
) -> None:
    assert await probe.reason() == ""

    store.failure, clock.at_s = UnavailableError("full"), 6.0
    assert "takes no writes now" in await probe.reason()

    store.failure, clock.at_s = None, 12.0
    assert await probe.reason() == ""


async def test_whoever_asks_again_and_again_does_not_write_again_and_again(
    store: Store, probe: WriteProbe
) -> None:
    await asyncio.gather(*(probe.reason() for _ in range(50)))

    assert store.puts == 1


async def test_a_busy_store_is_no_broken_one(store: Store, probe: WriteProbe) -> None:
    store.failure = BusyError("all connections are in use")

    assert await probe.reason() == ""


async def test_a_slow_store_is_as_it_was(store: Store, clock: Clock, probe: WriteProbe) -> None:
    store.failure = UnavailableError("read-only")
    before = await probe.reason()
    store.failure, store.stands_still, clock.at_s = None, True, 6.0

    assert await probe.reason() == before != ""
