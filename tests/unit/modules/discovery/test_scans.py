import pytest

from chariot.errors import ConflictError, InvalidError
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.states import Depth, Status
from chariot.modules.discovery.messages import ScanOrder, plan_order
from chariot.modules.discovery.scans import ScanService

from .world import NOON, ORGANISATION

CORP = Seed(value="corp.example")


@pytest.fixture
def scans(world) -> ScanService:
    return ScanService(world.bus, world.store, world.keeper, now=lambda: NOON, new_id=lambda: "s1")


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
    assert plan_order(message) == ScanOrder(
        scan="s1",
        seeds=("192.0.2.0/28", "corp.example"),
        deny=("a.corp.example",),
        depth=Depth.LIGHT,
        requested_by="ann",
        started_at=NOON,
    )


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
    scans.stop(ORGANISATION, "complaint")

    progress = await scans.progress(ORGANISATION)
    scans.resume(ORGANISATION)

    assert (progress.waiting, progress.counts["seed"]["active"], progress.stopped) == (1, 1, "complaint")
    assert (await scans.progress(ORGANISATION)).stopped == ""


async def test_why_explains_names_and_keys(world, scans) -> None:
    await world.decide(CORP)

    assert "belongs to the seed corp.example" in await scans.why(ORGANISATION, "www.corp.example")
    assert "in no seed" in await scans.why(ORGANISATION, "#port#8.8.8.8#tcp#22")
