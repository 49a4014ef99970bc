from itertools import pairwise

import pytest

from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.work import Seed
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.horizon import FREE_ADDRESSES, Horizon, Reach

from .world import ORGANISATION

SEED = Seed(value="corp.example")
APEX = Domain(host="corp.example")


def name(number: int) -> Domain:
    return Domain(host=f"n{number}.corp.example")


async def led(world, *way) -> None:
    """Have each thing of *way* found by a look at the one before it."""
    relationships = tuple(
        Relationship(RelationshipType.DISCOVERED, before.key, after.key) for before, after in pairwise(way)
    )
    await world.see(*(one for one in way if not isinstance(one, Seed)), relationships=relationships)


@pytest.fixture
async def horizon(world) -> Horizon:
    """Follows two names from a seed, and three things to which other names led."""
    await world.decide(SEED)
    return Horizon(world.store, Reach(generations=2, led_to=3), now=world.tick)


async def refusals(world, horizon: Horizon, *entities, scan: str = "s1") -> list[str]:
    records = await world.store.get(ORGANISATION, [one.key for one in entities])
    return [(await horizon.lead(ORGANISATION, records[one.key], scan)).beyond for one in entities]


async def test_what_too_many_names_lead_to_is_not_followed(world, horizon) -> None:
    await led(world, SEED, APEX, name(1), name(2), name(3))

    *near, far = await refusals(world, horizon, APEX, name(1), name(2), name(3))

    assert near == ["", "", ""]
    assert far.startswith(
        "not followed further: more than 2 names lead to it from a seed (limits.generations)"
    )


async def test_a_name_is_as_near_as_its_shortest_way(world, horizon) -> None:
    await led(world, SEED, APEX, name(1), name(2), name(3))
    assert (await refusals(world, horizon, name(3)))[0]

    await led(world, APEX, name(3))

    assert await refusals(world, horizon, name(3)) == [""]


async def test_only_names_make_a_way_longer(world, horizon) -> None:
    """A name that a page at a port of an address leads to is one name farther than the address."""
    address = Address(ip="192.0.2.7")
    port = Port(address="192.0.2.7", protocol="tcp", number=443)
    await led(world, SEED, APEX, address, port, name(1), Address(ip="192.0.2.8"))

    keys = [APEX.key, address.key, port.key, name(1).key, Address(ip="192.0.2.8").key]

    assert [await horizon.generation(ORGANISATION, key) for key in keys] == [0, 0, 0, 1, 1]


async def test_what_nothing_led_to_is_a_beginning(world, horizon) -> None:
    await world.see(name(1))
    await led(world, name(2), name(3), name(2))

    assert [await horizon.generation(ORGANISATION, name(n).key) for n in (1, 2)] == [0, 0]


async def test_one_scan_follows_so_many_names_and_no_more(world, horizon) -> None:
    await led(world, SEED, APEX, name(0))
    for number in range(1, 6):
        await led(world, name(0), name(number))

    wide = [name(number) for number in range(1, 6)]
    first, again = await refusals(world, horizon, *wide), await refusals(world, horizon, *wide)

    assert [bool(refusal) for refusal in first] == [False, False, False, True, True]
    assert again == first
    assert "came upon 3 names and addresses to which others led (limits.led_to)" in first[-1]
    assert not any(await refusals(world, horizon, *wide[3:], scan="s2"))


async def test_names_that_a_seed_leads_to_are_not_counted(world, horizon) -> None:
    for number in range(6):
        await led(world, SEED, APEX, name(number))

    assert not any(await refusals(world, horizon, *(name(number) for number in range(6))))


async def test_what_is_not_followed_is_unknown_and_says_why(world) -> None:
    await world.decide(SEED)
    await led(world, SEED, APEX, name(1))

    await world.run("dns", name(1).key, horizon=Horizon(world.store, Reach(generations=0)))

    job = await world.job("dns", name(1).key)
    assert job is not None
    assert (job["outcome"], job.get("found", 0)) == ("unknown", 0)
    assert job["reason"].startswith("not followed further: more than 0 names lead to it")
    assert world.networks.sent == []


async def test_what_is_too_much_is_not_kept_and_the_look_is_unknown(world) -> None:
    """A name to which another one leads may lead to two addresses, and has three."""
    world.networks.declare(dns={(name(2).host, "A"): ["8.8.8.1", "8.8.8.2", "8.8.8.3"]})
    await world.decide(SEED)
    await led(world, SEED, APEX, name(1), name(2))

    await world.run("dns", name(2).key, horizon=Horizon(world.store, Reach(led_to=3)))

    job = await world.job("dns", name(2).key)
    assert job is not None
    assert (job["outcome"], job["found"]) == ("unknown", 2)
    assert "came upon 3 names and addresses" in job["reason"]
    assert {key for key in await world.keys() if key.startswith("#address#")} == {
        "#address#8.8.8.1",
        "#address#8.8.8.2",
    }


async def test_addresses_of_a_seed_s_names_are_free_up_to_a_measure(world, horizon) -> None:
    await led(world, SEED, APEX, name(1))
    records = await world.store.get(ORGANISATION, [name(1).key])
    lead = await horizon.lead(ORGANISATION, records[name(1).key], "s1")

    kept = [lead.keeps(Address(ip=f"192.0.2.{number}")) for number in range(FREE_ADDRESSES + 5)]

    assert kept == [True] * (FREE_ADDRESSES + 3) + [False] * 2
    assert lead.refusal
    assert lead.keeps(Port(address="192.0.2.7", protocol="tcp", number=443))
