import asyncio

import pytest

from chariot.capability import Capability, Touch
from chariot.model.kinds.network import Domain
from chariot.model.states import Outcome
from chariot.modules.discovery.guard import EgressGuard
from chariot.modules.discovery.supervision import Ending, Run, clean, matches
from chariot.testing.network import FakeNetwork

from .world import ORGANISATION, Odd, port_of

TARGET = Domain(host="corp.example")


class Names(Capability[Domain]):
    name = "names"
    touch = Touch.LIGHT
    timeout_s = 0.3
    closed = False
    pause_s = 0.0

    async def run(self, target):
        try:
            for number in range(5):
                await asyncio.sleep(self.pause_s)
                yield Domain(host=f"n{number}.corp.example")
        finally:
            Names.closed = True


class NotAStream(Capability[Domain]):
    name = "not-a-stream"
    touch = Touch.LIGHT

    def run(self, target):
        raise TypeError("broken before it began")


class Slow(Names, Capability[Domain]):
    pause_s = 0.12


def run_of(cls) -> Run:
    return Run(cls(FakeNetwork()), TARGET, EgressGuard(ORGANISATION))


async def test_findings_come_in_batches_and_then_it_is_done() -> None:
    run = run_of(Names)

    sizes = [len(await run.batch(2)) for _ in range(4)]

    assert sizes == [2, 2, 1, 0]
    assert run.ending == Ending(Outcome.DONE)


async def test_the_time_limit_holds_over_all_batches_and_keeps_what_came() -> None:
    run = run_of(Slow)

    found = [item.host for _ in range(5) for item in await run.batch(1)]
    await run.close()

    assert found == ["n0.corp.example", "n1.corp.example"]
    assert run.ending == Ending(Outcome.UNKNOWN, "it did not finish within 0.3 s")
    assert Names.closed


async def test_time_spent_writing_does_not_count() -> None:
    run = run_of(Names)
    await run.batch(2)
    await asyncio.sleep(0.35)

    await run.batch(10)

    assert run.ending == Ending(Outcome.DONE)


async def test_a_crash_before_the_first_finding_is_unknown() -> None:
    run = run_of(NotAStream)

    assert await run.batch(10) == []
    await run.close()

    assert run.ending == Ending(Outcome.UNKNOWN, "it crashed: TypeError: broken before it began")


async def test_a_cancelled_run_is_cancelled_and_not_ended() -> None:
    run = run_of(Slow)
    task = asyncio.create_task(run.batch(10))
    await asyncio.sleep(0.01)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert run.ending is None
    await run.close()


async def test_a_match_that_crashes_counts_as_a_match() -> None:
    capability = Odd(FakeNetwork())

    assert matches(capability, port_of(9))
    assert matches(capability, port_of(1))
    assert not matches(capability, port_of(8))


def test_a_reason_is_one_bounded_line() -> None:
    assert clean("a\nb\0\x1b[31mc") == "a b  [31mc"
    assert len(clean("x" * 10_000)) == 500
