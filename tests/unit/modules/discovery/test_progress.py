import pytest

from chariot.errors import NotFoundError
from chariot.model.kinds.network import Domain
from chariot.model.kinds.work import Scan, Seed
from chariot.model.observations import Edit
from chariot.modules.discovery.progress import count, scan_of, waiting
from chariot.modules.work.messages import QueueDepth

from .world import NOON, ORGANISATION


async def test_gaps_stand_by_how_many_looks_they_hide(world) -> None:
    hosts = [f"{number}.corp.example" for number in range(6)]
    await world.decide(Seed(value="corp.example"))
    await world.see(*map(Domain, hosts))
    for number, host in enumerate(hosts):
        await world.run("absent" if number else "missing", f"#domain#{host}")

    progress = await count(world.store, ORGANISATION, Scan(id="s1", started_at=NOON), 3)

    assert (progress.looked, progress.unknown, progress.waiting) == (6, 6, 3)
    assert [(gap.capability, gap.count, len(gap.examples)) for gap in progress.gaps] == [
        ("absent", 5, 3),
        ("missing", 1, 1),
    ]


def test_only_what_a_scan_leads_to_counts_as_its_work() -> None:
    depths = [QueueDepth(queue="plan", waiting=1, dead=7), QueueDepth(queue="notify", waiting=5)]

    assert waiting(depths) == 1


async def test_a_scan_is_found_by_its_id(world) -> None:
    edit = Edit(actor="ann", entity=Scan(id="s1", started_at=NOON), fields={"state": "running"})
    await world.surface.edit(ORGANISATION, [edit])

    record, scan = await scan_of(world.store, ORGANISATION, "s1")

    assert (record.key, scan.id) == ("#scan#s1", "s1")
    with pytest.raises(NotFoundError, match="'s2'"):
        await scan_of(world.store, ORGANISATION, "s2")
