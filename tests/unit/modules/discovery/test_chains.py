from datetime import timedelta

import pytest

from chariot.model.kinds.network import Domain, Port
from chariot.modules.discovery.chains import Chains
from chariot.modules.discovery.messages import JobOrder, job_order

from .world import NOON, ORGANISATION, Dns

ORDER = JobOrder(capability="dns", key=Domain(host="corp.example").key, scan="s1")
OLD = Port(address="127.9.0.5", protocol="tcp", number=22)
UNWANTED = Port(address="127.9.0.5", protocol="tcp", number=8)
LATER = NOON + timedelta(hours=1)


@pytest.fixture
def chains(world) -> Chains:
    return Chains(world.registry, world.store, world.bus)


class Leading(Dns):
    next = ("odd", "not-installed")


async def handed(world, chains, keys, begun) -> list[tuple[str, str, str]]:
    await chains.hand_on(ORGANISATION, ORDER, Leading(None), keys, begun)
    orders = [job_order(message) for message in await world.waiting("capability-risk")]
    return [(order.capability, order.key, order.scan) for order in orders]


async def test_what_was_known_already_is_handed_to_the_next_one(world, chains) -> None:
    """What it does not accept, and what does not match, is not."""
    await world.see(OLD, UNWANTED, Domain(host="corp.example"))

    found = [OLD.key, UNWANTED.key, Domain(host="corp.example").key]

    assert await handed(world, chains, found, LATER) == [("odd", OLD.key, "s1")]


async def test_what_is_not_installed_is_not_ordered(world) -> None:
    await world.see(OLD)
    chains = Chains(world.registry, world.store, world.bus, left_out=("odd",))

    assert await handed(world, chains, [OLD.key], LATER) == []


async def test_what_is_new_comes_by_its_change(world, chains) -> None:
    await world.see(OLD)

    assert await handed(world, chains, [OLD.key], NOON - timedelta(hours=1)) == []


async def test_one_that_waits_to_be_handed_things_gets_all(world, chains, monkeypatch) -> None:
    monkeypatch.setattr(type(world.registry.matcher("odd")), "chained", True)
    await world.see(OLD)

    assert await handed(world, chains, [OLD.key], NOON - timedelta(hours=1)) == [("odd", OLD.key, "s1")]
