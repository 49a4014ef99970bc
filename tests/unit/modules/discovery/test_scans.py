import asyncio

import pytest

from chariot.errors import BusyError, ConflictError, InvalidError, NotFoundError
from chariot.model.kinds.network import Domain
from chariot.model.kinds.work import Scan, Seed
from chariot.model.observations import Edit
from chariot.model.states import Depth, ScanPhase, Status
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.messages import JobOrder, ScanOrder, job_message, job_order, plan_order
from chariot.modules.discovery.scans import ScanService
from chariot.testing.bus import MemoryBus

from .world import NOON, ORGANISATION

CORP = Seed(value="corp.example")


@pytest.fixture
def scans(world) -> ScanService:
    return ScanService(world.bus, world.surface, world.keeper, now=lambda: NOON, new_id=lambda: "s1")


async def test_a_scan_is_one_message_with_checked_seeds(world, scans) -> None:
    scan = await scans.start(
        ORGANISATION,
        ["Corp.Example.", "192.0.2.0/28", "corp.example"],
        deny=["A.corp.example"],
        requested_by="ann",
        depth=Depth.LIGHT,
    )

    (message,) = await world.waiting("plan")
    assert scan == "s1"
    assert plan_order(message) == ScanOrder(scan="s1", started_at=NOON)
    record, _ = await scans.read(ORGANISATION, "s1")
    assert record.entity.seeds == ("192.0.2.0/28", "corp.example")
    record = (await world.store.get(ORGANISATION, [CORP.key]))[CORP.key]
    assert record.entity == Seed(value="corp.example", deny=("a.corp.example",), depth=Depth.LIGHT)
    assert record.origins == ("ann",)


async def test_a_message_that_comes_late_takes_back_nothing_that_a_person_decided_since(world, scans) -> None:
    await scans.start(ORGANISATION, ["corp.example"], requested_by="ann", depth=Depth.DEEP)
    fields = {"depth": "passive"}
    await world.surface.edit(ORGANISATION, [Edit(actor="bea", key=CORP.key, fields=fields)])

    for message in await world.waiting("plan"):
        await world.planner.handle(message)

    assert (await world.store.get(ORGANISATION, [CORP.key]))[CORP.key].entity.depth is Depth.PASSIVE


async def test_orders_at_the_same_moment_all_keep_what_they_deny(world) -> None:
    denied = tuple(f"{letter}.corp.example" for letter in "abcdef")
    services = [ScanService(world.bus, world.surface, world.keeper, now=world.tick) for _ in denied]

    await asyncio.gather(
        *(
            service.start(ORGANISATION, ["corp.example"], deny=[name], requested_by="ann")
            for service, name in zip(services, denied, strict=True)
        )
    )

    assert (await world.store.get(ORGANISATION, [CORP.key]))[CORP.key].entity.deny == denied


@pytest.mark.parametrize(
    ("seeds", "deny", "place"),
    [
        (["corp.example", "not a name"], [], r"seeds\[1\]"),
        (["0.0.0.0/0"], [], r"seeds\[0\]"),
        (["corp.example"], ["\x1b"], r"deny\[0\]"),
        ([], ["a.corp.example"], "deny"),
        (["corp.example"] * 10_001, [], "seeds"),
    ],
)
async def test_a_wrong_seed_is_refused_and_its_place_named(world, scans, seeds, deny, place) -> None:
    with pytest.raises(InvalidError, match=f"^{place}: "):
        await scans.start(ORGANISATION, seeds, deny=deny, requested_by="ann")

    assert await world.waiting("plan") == []


async def test_nobody_may_not_ask(scans) -> None:
    with pytest.raises(InvalidError, match="requested_by"):
        await scans.start(ORGANISATION, ["corp.example"], requested_by=" ")


async def test_a_seed_that_a_person_closed_is_not_scanned_in_silence(world, scans) -> None:
    await world.decide(CORP)
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", key=CORP.key, status=Status.EXCLUDED)])

    with pytest.raises(ConflictError, match=r"corp\.example is excluded"):
        await scans.start(ORGANISATION, ["corp.example"], requested_by="ann")


async def test_progress_tells_queues_counts_and_the_kill_switch(world, scans) -> None:
    await world.decide(CORP)
    await scans.start(ORGANISATION, ["corp.example"], requested_by="ann")
    await scans.stop(ORGANISATION, "complaint", requested_by="ann")

    progress = await scans.progress(ORGANISATION)
    await scans.resume(ORGANISATION, requested_by="ann")

    assert (progress.waiting, progress.counts["seed"]["active"], progress.stopped) == (2, 1, "complaint")
    assert (await scans.progress(ORGANISATION)).stopped == ""


async def test_a_stop_holds_in_every_process_and_after_a_restart(world, scans) -> None:
    other = ScopeKeeper(world.store, clock=world.clock)
    await other.guard(ORGANISATION)
    await scans.stop(ORGANISATION, "complaint", requested_by="ann")
    world.tick()
    stopped = (await other.guard(ORGANISATION)).stopped
    after_restart = (await ScopeKeeper(world.store, clock=world.clock).guard(ORGANISATION)).stopped

    await scans.resume(ORGANISATION, requested_by="bob")
    world.tick()

    assert (stopped, after_restart) == ("complaint", "complaint")
    assert (await other.guard(ORGANISATION)).stopped == ""


async def test_a_stop_that_is_not_written_down_yet_is_not_undone(world) -> None:
    guard = await world.keeper.guard(ORGANISATION)
    guard.stop("at once")
    world.tick()

    assert (await world.keeper.guard(ORGANISATION)).stopped == "at once"


async def test_one_organisation_s_stop_is_no_other_s(world, scans) -> None:
    await scans.stop(ORGANISATION, "complaint", requested_by="ann")

    assert (await world.keeper.guard("other")).stopped == ""


def job_of(scan):
    order = JobOrder(capability="dns", key="#domain#corp.example", scan=scan)
    return job_message(ORGANISATION, "capability-asset", order)


@pytest.fixture
async def running(world, scans) -> str:
    """A scan of a domain that is known."""
    await world.decide(CORP)
    await world.see(Domain(host="corp.example"))
    return await scans.start(ORGANISATION, [], requested_by="ann")


async def state_of(scans, scan="s1") -> tuple[ScanPhase, int]:
    record, _ = await scans.read(ORGANISATION, scan)
    return record.entity.state, record.entity.rounds


async def test_an_ordered_scan_is_on_record_at_once(scans, running) -> None:
    record, progress = await scans.read(ORGANISATION, running)

    scan = record.entity
    assert (scan.id, scan.state, scan.requested_by, scan.started_at) == ("s1", ScanPhase.RUNNING, "ann", NOON)
    assert (progress.looked, progress.unknown, progress.waiting) == (0, 0, 1)


async def test_a_scan_that_finds_no_room_is_on_record_as_cancelled(world) -> None:
    world.bus = MemoryBus(now=lambda: world.now, bounds={"plan": 0})
    scans = ScanService(world.bus, world.surface, world.keeper, now=lambda: NOON, new_id=lambda: "s1")

    with pytest.raises(BusyError):
        await scans.start(ORGANISATION, ["corp.example"], requested_by="ann")

    assert await state_of(scans) == (ScanPhase.CANCELLED, 0)


async def test_what_a_cancelled_scan_asked_for_is_let_go_of(world, scans, running) -> None:
    await scans.cancel(ORGANISATION, running, requested_by="ann")
    (order,) = await world.waiting("plan")
    await world.planner.handle(order)
    await world.runner().handle(job_of("s1"))

    assert await world.job("dns", "#domain#corp.example") is None
    assert await world.waiting("plan") == []
    await world.runner().handle(job_of("s2"))
    assert await world.job("dns", "#domain#corp.example") is not None


async def test_what_a_paused_scan_lets_go_of_is_ordered_again_when_it_goes_on(world, running) -> None:
    scans = ScanService(world.bus, world.surface, world.keeper, now=world.tick)
    for order in await world.waiting("plan"):
        await world.planner.handle(order)
    await scans.pause(ORGANISATION, running, requested_by="ann")
    for page in await world.waiting("plan"):
        await world.planner.handle(page)
    let_go = await world.waiting("capability-asset")

    await scans.go_on(ORGANISATION, running, requested_by="ann")
    while orders := await world.waiting("plan"):
        for order in orders:
            await world.planner.handle(order)

    assert let_go == []
    jobs = [job_order(message) for message in await world.waiting("capability-asset")]
    assert {(one.capability, one.key, one.scan, one.round) for one in jobs} == {
        ("dns", "#domain#corp.example", "s1", 1),
        ("seed", "#seed#corp.example", "s1", 1),
    }


async def test_what_was_looked_at_before_the_pause_is_not_looked_at_again(world, scans, running) -> None:
    await world.runner().handle(job_of("s1"))
    await scans.pause(ORGANISATION, running, requested_by="ann")
    await scans.go_on(ORGANISATION, running, requested_by="ann")
    while orders := await world.waiting("plan"):
        for order in orders:
            await world.planner.handle(order)

    jobs = [job_order(message) for message in await world.waiting("capability-asset")]
    assert "dns" not in {one.capability for one in jobs}


async def test_a_paused_scan_lets_the_work_of_others_go_on(world, scans, running) -> None:
    await scans.pause(ORGANISATION, running, requested_by="ann")

    await world.runner().handle(job_of("s1"))
    skipped = await world.job("dns", "#domain#corp.example")
    await world.runner().handle(job_of(""))

    assert skipped is None
    assert await world.job("dns", "#domain#corp.example") is not None


async def test_pausing_twice_and_going_on_twice_is_doing_it_once(scans, running) -> None:
    for _ in range(2):
        await scans.pause(ORGANISATION, running, requested_by="ann")
    for _ in range(2):
        await scans.go_on(ORGANISATION, running, requested_by="ann")

    assert await state_of(scans) == (ScanPhase.RUNNING, 1)


async def test_nothing_takes_back_that_a_scan_is_cancelled(scans, running) -> None:
    await scans.cancel(ORGANISATION, running, requested_by="ann")
    await scans.cancel(ORGANISATION, running, requested_by="ann")

    for steer in (scans.go_on, scans.pause):
        with pytest.raises(ConflictError, match="cancel"):
            await steer(ORGANISATION, running, requested_by="ann")
    assert await state_of(scans) == (ScanPhase.CANCELLING, 1)


@pytest.mark.parametrize("scan", ["", "all-stopped", "S1", "s1\n", "x" * 5_000])
async def test_what_is_no_scan_is_not_found(scans, scan) -> None:
    with pytest.raises(NotFoundError, match="scan"):
        await scans.cancel(ORGANISATION, scan, requested_by="ann")


async def test_a_scan_that_somebody_claims_to_have_seen_is_none(world, scans) -> None:
    await world.see(Scan(id="forged", started_at=NOON))

    with pytest.raises(NotFoundError):
        await scans.read(ORGANISATION, "forged")
    assert (await world.keeper.guard(ORGANISATION, max_age_s=0)).scans == []


async def test_why_explains_names_and_keys(world, scans) -> None:
    await world.decide(CORP)

    ours = await scans.verdict(ORGANISATION, "www.corp.example")
    foreign = await scans.verdict(ORGANISATION, "#port#8.8.8.8#tcp#22")

    assert ours.admitted
    assert "belongs to the seed corp.example" in ours.why
    assert not foreign.admitted
    assert "in no seed" in foreign.why


async def test_nothing_is_ordered_while_everything_is_stopped(world) -> None:
    scans = ScanService(world.bus, world.surface, world.keeper)
    await scans.stop(ORGANISATION, "too loud", requested_by="ann")

    with pytest.raises(ConflictError, match="everything is stopped: too loud"):
        await scans.start(ORGANISATION, ["corp.example"], requested_by="ann")


async def test_without_contracts_the_scope_alone_tells_why(world) -> None:
    scans = ScanService(world.bus, world.surface, world.keeper)

    assert await scans.authority(ORGANISATION, "corp.example") == ""
