from datetime import timedelta

import pytest

from chariot.errors import BusyError, InvalidError
from chariot.model.kinds.network import Domain
from chariot.model.kinds.work import Seed
from chariot.model.states import ScanPhase
from chariot.modules.discovery.ending import ScanEnd
from chariot.modules.discovery.messages import JobOrder, end_message, job_message
from chariot.modules.discovery.scans import ScanService
from chariot.modules.work.messages import Message

from .world import ORGANISATION

CORP = Seed(value="corp.example")


class Scanning:
    """One scan in a world, and the stage that ends it."""

    def __init__(self, world) -> None:
        self.world = world
        self.relayed = True
        self.scans = ScanService(world.bus, world.surface, world.keeper, now=world.tick, new_id=lambda: "s1")
        self.stage = ScanEnd(world.surface, world.keeper, world.bus, self._relayed, now=lambda: world.now)

    async def _relayed(self) -> bool:
        return self.relayed

    async def end(self, again: int = 0) -> None:
        await self.stage.handle(end_message(ORGANISATION, "s1", again))

    async def scan(self):
        record, progress = await self.scans.read(ORGANISATION, "s1")
        return record.entity, progress


@pytest.fixture
async def scanning(world) -> Scanning:
    found = Scanning(world)
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))
    await found.scans.start(ORGANISATION, [], requested_by="ann")
    return found


async def test_a_scan_ends_when_nothing_is_left_and_keeps_what_came_of_it(scanning, world) -> None:
    await world.waiting("plan")
    await world.run("dns", "#domain#corp.example")

    await scanning.end()

    scan, progress = await scanning.scan()
    assert (scan.state, scan.ended_at is None) == (ScanPhase.DONE, False)
    assert (progress.looked, progress.unknown, progress.waiting, progress.gaps) == (1, 0, 0, ())


async def test_what_could_not_be_looked_at_is_kept_with_its_reason(scanning, world) -> None:
    await world.waiting("plan")
    order = JobOrder(capability="no-such", key="#domain#corp.example", scan="s1")
    await world.runner().handle(job_message(ORGANISATION, "capability-asset", order))

    await scanning.end()

    _, progress = await scanning.scan()
    (gap,) = progress.gaps
    assert (progress.looked, progress.unknown) == (1, 1)
    assert (gap.capability, gap.count, gap.examples) == ("no-such", 1, ("#domain#corp.example",))
    assert gap.reason == "the capability no-such is not installed"


async def test_what_was_looked_at_before_is_no_look_of_this_scan(world) -> None:
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))
    await world.run("dns", "#domain#corp.example")
    scanning = Scanning(world)
    await scanning.scans.start(ORGANISATION, [], requested_by="ann")

    _, progress = await scanning.scan()

    assert progress.looked == 0


@pytest.mark.parametrize("left", ["a message", "a change"])
async def test_a_scan_with_work_left_goes_on(scanning, world, left) -> None:
    if left == "a change":
        await world.waiting("plan")
        scanning.relayed = False

    with pytest.raises(BusyError, match="work left"):
        await scanning.end()

    assert (await scanning.scan())[0].state is ScanPhase.RUNNING


async def test_how_far_it_is_is_told_now_and_then(scanning, world) -> None:
    await world.run("dns", "#domain#corp.example")
    told = []
    for seconds in (0, 1, 30, 1):
        world.now += timedelta(seconds=seconds)
        with pytest.raises(BusyError):
            await scanning.end()
        told.append((await scanning.scan())[0].looked)

    assert told == [0, 0, 1, 1]


async def test_a_cancelled_scan_ends_as_one(scanning, world) -> None:
    await scanning.scans.cancel(ORGANISATION, "s1", requested_by="ann")
    await world.waiting("plan")

    await scanning.end(again=1)

    scan, _ = await scanning.scan()
    assert (scan.state, scan.ended_at is None) == (ScanPhase.CANCELLED, False)


async def test_a_paused_scan_waits_for_nothing_here(scanning) -> None:
    await scanning.scans.pause(ORGANISATION, "s1", requested_by="ann")

    await scanning.end()

    assert (await scanning.scan())[0].state is ScanPhase.PAUSED


async def test_the_end_of_a_scan_that_nobody_knows_is_no_failure(world) -> None:
    await Scanning(world).end()


async def test_what_is_no_order_is_refused(world) -> None:
    message = Message(queue="scan-end", id="x", organisation=ORGANISATION, order_key="x", body=b"{}")

    with pytest.raises(InvalidError, match="no order"):
        await Scanning(world).stage.handle(message)


async def test_what_is_taken_in_at_the_end_is_looked_at_before_the_scan_ends(scanning, world) -> None:
    await world.waiting("plan")
    left = [1, 0]

    async def settle(_) -> int:
        return left.pop(0)

    scanning.stage = ScanEnd(
        world.surface, world.keeper, world.bus, scanning._relayed, settle=settle, now=lambda: world.now
    )
    with pytest.raises(BusyError, match="ours"):
        await scanning.end()
    await scanning.end()

    assert (await scanning.scan())[0].state is ScanPhase.DONE
