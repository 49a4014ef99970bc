import asyncio

import pytest

from chariot.errors import UnavailableError
from chariot.model.records import Op
from chariot.modules.work.relay import Interest, Relay, Route
from chariot.modules.work.relays import Relays
from chariot.testing.bus import MemoryBus, MemoryCheckpoints
from work_fakes import MemoryLog

EVERYTHING = Route("project", Interest())


class LogThatIsAway(MemoryLog):
    async def changes(self, *_: object, **__: object) -> list[object]:
        raise UnavailableError("the log is away")


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus()


def relays(bus: MemoryBus, logs: dict[str, MemoryLog]) -> Relays:
    return Relays({name: Relay(log, bus, MemoryCheckpoints(), [EVERYTHING]) for name, log in logs.items()})


async def waiting(bus: MemoryBus, number: int) -> None:
    async with asyncio.timeout(60):
        while sum([depth.waiting for depth in await bus.depths()]) < number:  # noqa: ASYNC110 - nothing tells when
            await asyncio.sleep(0.01)


async def test_each_log_is_followed_from_its_own_place(bus: MemoryBus) -> None:
    logs = {"": MemoryLog(), "acme": MemoryLog()}
    logs[""].write("#domain#a.test", Op.CREATED, organisation="globex")
    for _ in range(3):
        logs["acme"].write("#domain#b.test", Op.UPDATED, organisation="acme")
    both, stop = relays(bus, logs), asyncio.Event()
    before = (await both.reached(), await both.newest(), await both.is_caught_up())

    running = asyncio.create_task(both.run(stop))
    both.nudge()
    await waiting(bus, 4)
    stop.set()
    await running

    assert before == (0, 1 + 7, False)
    assert (await both.reached(), await both.newest(), await both.is_caught_up()) == (1 + 7, 1 + 7, True)


async def test_a_log_that_is_away_holds_up_no_other(bus: MemoryBus) -> None:
    logs = {"": MemoryLog(), "acme": LogThatIsAway()}
    logs[""].write("#domain#a.test", Op.CREATED, organisation="globex")
    both, stop = relays(bus, logs), asyncio.Event()

    running = asyncio.create_task(both.run(stop))
    await waiting(bus, 1)
    blocked = (both.blocked, both.blocked_for_all)
    stop.set()
    await running

    assert blocked == ("acme: the log is away", "")
    assert (both.blocked, both.blocked_for_all) == ("", "")
