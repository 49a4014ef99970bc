from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.work import Job, Seed
from chariot.model.observations import Edit
from chariot.model.records import Op
from chariot.model.states import Depth, Outcome, Status
from chariot.modules.discovery import cadence
from chariot.modules.discovery import planner as planning
from chariot.modules.discovery.messages import PageOrder, ScanOrder, job_order, page_message, scan_message
from chariot.modules.discovery.planner import Planner, is_allowed
from chariot.modules.work.messages import Message
from chariot.modules.work.relay import Notice

from .world import ORGANISATION

CORP = Seed(value="corp.example")
LATER = datetime.now(UTC) + timedelta(hours=1)


async def appeared(world, key: str, **changes) -> None:
    kind = key.split("#")[1]
    notice = Notice(sequence=7, key=Key(key), kind=kind, op=Op.CREATED)
    body = msgspec.json.encode(msgspec.structs.replace(notice, **changes))
    await world.planner.handle(
        Message(queue="plan", id="7", organisation=ORGANISATION, order_key=key, body=body)
    )


async def jobs(world, *queues: str) -> set[tuple[str, str]]:
    found = set()
    for queue in queues or ("capability-asset", "capability-risk", "capability-scan"):
        for message in await world.waiting(queue):
            order = job_order(message)
            found.add((order.capability, order.key))
    return found


async def scan(world, **changes) -> None:
    """Begin a scan and plan all its pages."""
    order = ScanOrder(scan="s1", started_at=world.tick())
    message = scan_message(ORGANISATION, msgspec.structs.replace(order, **changes))
    await world.planner.handle(message)
    while messages := await world.waiting("plan"):
        for page in messages:
            await world.planner.handle(page)


async def test_what_appears_is_given_to_each_capability_that_matches(world) -> None:
    await world.decide(CORP)
    await world.see(Domain(host="www.corp.example"))

    await appeared(world, "#domain#www.corp.example")
    await appeared(world, "#domain#www.corp.example")

    assert await jobs(world) == {("dns", "#domain#www.corp.example")}


@pytest.mark.parametrize(
    "key",
    ["#domain#other.example", "#domain#unknown.corp.example", "#address#9.9.9.9", "#port#127.0.0.5#tcp#8"],
)
async def test_what_is_unknown_out_of_scope_or_no_match_is_not_planned(world, key) -> None:
    await world.decide(CORP, Seed(value="127.0.0.0/24"))
    await world.see(
        Domain(host="other.example"),
        Address(ip="9.9.9.9"),
        Port(address="127.0.0.5", protocol="tcp", number=8),
    )

    await appeared(world, key)

    assert await jobs(world) == set()


async def test_a_match_that_crashes_is_planned_so_that_its_job_says_so(world) -> None:
    await world.decide(Seed(value="127.0.0.0/24"))
    await world.see(Port(address="127.0.0.5", protocol="tcp", number=9))

    await appeared(world, "#port#127.0.0.5#tcp#9")

    assert await jobs(world, "capability-risk") == {("odd", "#port#127.0.0.5#tcp#9")}


@pytest.mark.parametrize("status", [Status.FROZEN, Status.PENDING, Status.EXCLUDED, Status.GONE])
async def test_what_a_person_set_aside_is_left_alone(world, status) -> None:
    await world.decide(CORP)
    await world.see(Domain(host="www.corp.example"))
    await world.surface.edit(
        ORGANISATION, [Edit(actor="ann", key=Key("#domain#www.corp.example"), status=status)]
    )

    await appeared(world, "#domain#www.corp.example")

    assert await jobs(world) == set()


async def test_a_passive_seed_gets_passive_capabilities_alone(world) -> None:
    seed = Seed(value="corp.example", depth=Depth.PASSIVE)
    await world.decide(seed)
    await world.see(Domain(host="corp.example"))

    await appeared(world, seed.key)
    await appeared(world, "#domain#corp.example")

    assert await jobs(world) == {("seed", seed.key)}


async def test_a_new_relationship_is_no_new_thing(world) -> None:
    await world.decide(CORP)

    await appeared(world, CORP.key, op=Op.LINKED, relationship="DISCOVERED", target="#domain#corp.example")

    assert await jobs(world) == set()


async def test_a_scan_looks_again_at_what_was_known(world, monkeypatch) -> None:
    monkeypatch.setattr(planning, "PAGE", 2)
    names = [f"n{number}.corp.example" for number in range(5)]
    await world.decide(msgspec.structs.replace(CORP, deny=("n1.corp.example",)))
    await world.see(*(Domain(host=name) for name in names), Domain(host="other.example"))

    await scan(world)

    looked = {("dns", f"#domain#{name}") for name in names if name != "n1.corp.example"}
    assert await jobs(world) == looked | {("seed", CORP.key)}


async def test_what_is_newer_than_the_scan_comes_by_its_change(world) -> None:
    started_at = world.tick()
    await world.decide(CORP)
    await world.see(Domain(host="www.corp.example"))

    await scan(world, started_at=started_at)

    assert await jobs(world) == set()


async def test_planning_a_scan_twice_changes_nothing(world) -> None:
    await world.see(Domain(host="www.corp.example"))
    await world.decide(CORP)
    started_at = world.tick()
    await scan(world, started_at=started_at)
    sequence = await world.store.last_sequence()
    await jobs(world)

    await scan(world, started_at=started_at)

    assert await world.store.last_sequence() == sequence
    assert await jobs(world) == set()


def test_the_relay_brings_what_is_new_or_was_let_in(world) -> None:
    new, let_in = (route.interest for route in world.planner.routes())

    assert new.kinds == let_in.kinds == {"seed", "domain", "address", "port", "netblock"}
    assert new.ops == {Op.CREATED, Op.RETURNED}
    assert (let_in.ops, let_in.fields) == ({Op.DECIDED}, {"status"})


async def test_a_scan_of_what_is_due_leaves_alone_what_was_looked_at(world, monkeypatch) -> None:
    # The store's clock is another one than that of these sightings.
    monkeypatch.setattr(cadence, "SETTLING", timedelta(days=100_000))
    planner = Planner(world.registry, world.surface, world.keeper, world.bus, now=lambda: world.now)
    await world.decide(Seed(value="corp.example"))
    domains = [Domain(host="corp.example"), Domain(host="www.corp.example")]
    await world.see(*domains, Job(capability="dns", target=domains[0].key, outcome=Outcome.DONE))

    order = PageOrder(scan="s1", kind="domain", started_at=LATER, due_only=True)
    await planner.handle(page_message(ORGANISATION, order))

    orders = [job_order(message) for message in await world.waiting("capability-asset")]
    assert [order.key for order in orders] == [domains[1].key]


async def test_what_is_left_out_or_chained_or_deep_is_not_planned(world, monkeypatch) -> None:
    await world.decide(Seed(value="127.9.0.0/24"))
    await world.see(Address(ip="127.9.0.5"), Port(address="127.9.0.5", protocol="tcp", number=1))
    planner = Planner(world.registry, world.surface, world.keeper, world.bus, left_out=["tcp"])
    monkeypatch.setattr(type(world.registry.matcher("odd")), "deep", True)

    for kind in ("address", "port"):
        order = PageOrder(scan="s1", kind=kind, started_at=LATER)
        await planner.handle(page_message(ORGANISATION, order))

    assert await world.waiting("capability-asset") == []
    assert await world.waiting("capability-risk") == []
    assert is_allowed(world.registry.matcher("odd"), Depth.DEEP)
    assert not is_allowed(world.registry.matcher("odd"), Depth.NORMAL)
