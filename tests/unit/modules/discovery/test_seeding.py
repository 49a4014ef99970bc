import pytest

from chariot.model.kinds.work import Scan, Seed
from chariot.model.states import Depth
from chariot.modules.discovery.seeding import denials, seed_edits

from .world import ORGANISATION

CORP = Seed(value="corp.example")


async def seeded(world, **order) -> Seed:
    """Return the seed after a scan was ordered."""
    scan = Scan(id="s1", requested_by="ann", seeds=("corp.example",), **order)
    await world.surface.edit(ORGANISATION, await seed_edits(world.store, ORGANISATION, scan))
    return (await world.store.get(ORGANISATION, [CORP.key]))[CORP.key].entity


async def test_a_later_scan_takes_no_denial_and_no_depth_away(world) -> None:
    await seeded(world, deny=("a.corp.example",), depth=Depth.LIGHT)

    seed = await seeded(world, deny=("b.corp.example",))

    assert seed == Seed(value="corp.example", deny=("a.corp.example", "b.corp.example"), depth=Depth.LIGHT)


@pytest.mark.parametrize("depth", [Depth.NORMAL, Depth.PASSIVE, Depth.DEEP])
async def test_a_scan_may_set_another_depth(world, depth) -> None:
    await seeded(world, depth=Depth.LIGHT)

    assert (await seeded(world, depth=depth)).depth is depth


def test_a_denial_stands_at_the_seed_around_it() -> None:
    seeds = [CORP, Seed(value="192.0.2.0/28")]

    assert denials(seeds, ["a.corp.example", "192.0.2.1", "elsewhere.example"]) == [
        ["a.corp.example", "elsewhere.example"],
        ["192.0.2.1"],
    ]
