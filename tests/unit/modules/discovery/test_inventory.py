from datetime import timedelta

import pytest

from chariot.errors import NotFoundError
from chariot.model.keys import Key
from chariot.model.kinds.candidate import Candidate
from chariot.model.kinds.network import Domain, Port
from chariot.model.kinds.work import Seed, Setting
from chariot.model.observations import Edit
from chariot.model.states import Depth, Standing, Status
from chariot.modules.discovery.inventory import InventoryService, LastSeen

from .world import ORGANISATION

CORP = Domain(host="www.corp.example")


@pytest.fixture
def inventory(world):
    return InventoryService(world.store, world.keeper, now=lambda: world.now)


async def stands(inventory, key):
    found = await inventory.of(ORGANISATION, Key(key))
    return found.standing, found.why


@pytest.mark.parametrize(
    ("depth", "standing"), [(Depth.NORMAL, Standing.APPROVED), (Depth.PASSIVE, Standing.MONITORED)]
)
async def test_what_a_seed_admits_is_ours_or_watched(world, inventory, depth, standing):
    await world.decide(Seed(value="corp.example", depth=depth))
    await world.see(CORP)

    assert await stands(inventory, CORP.key) == (
        standing,
        "www.corp.example belongs to the seed corp.example",
    )


async def test_what_a_person_excluded_is_excluded(world, inventory):
    await world.see(CORP)
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", key=CORP.key, status=Status.EXCLUDED)])

    assert (await stands(inventory, CORP.key))[0] is Standing.EXCLUDED


async def test_what_lies_outside_stands_as_its_candidate_was_decided(world, inventory):
    candidate = Candidate(about="#domain#corp.example")
    fields = {"standing": "dependency", "reason": "our mail"}
    await world.see(CORP, candidate)
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", key=candidate.key, fields=fields)])

    assert await stands(inventory, CORP.key) == (Standing.DEPENDENCY, "our mail")
    assert await stands(inventory, candidate.key) == (Standing.DEPENDENCY, "our mail")


async def test_what_nobody_decided_says_so(world, inventory):
    port = Port(address="192.0.2.7", protocol="tcp", number=443)
    await world.see(port)

    standing, why = await stands(inventory, port.key)

    assert standing is Standing.CANDIDATE
    assert why.startswith("nobody decided: 192.0.2.7 is in no seed")


async def test_what_is_not_there_is_not_found(inventory):
    with pytest.raises(NotFoundError):
        await inventory.of(ORGANISATION, CORP.key)


@pytest.mark.parametrize(
    ("days", "expected"),
    [(0, LastSeen.ACTIVE), (10, LastSeen.ACTIVE), (11, LastSeen.EXPIRING), (15, LastSeen.INACTIVE)],
)
async def test_silence_tells_when_something_was_last_seen(world, inventory, days, expected):
    await world.see(CORP)
    world.now += timedelta(days=days)

    assert (await inventory.of(ORGANISATION, CORP.key)).last_seen is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(Status.FROZEN, LastSeen.FROZEN), (Status.GONE, LastSeen.INACTIVE), (Status.ACTIVE, LastSeen.ACTIVE)],
)
async def test_decided_things_are_as_they_were_decided(world, inventory, status, expected):
    await world.see(CORP)
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", key=CORP.key, status=status)])
    world.now += timedelta(days=100)

    assert (await inventory.of(ORGANISATION, CORP.key)).last_seen is expected


async def test_what_has_no_lifetime_is_active(world, inventory):
    setting = Setting(label="x")
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", entity=setting)])

    assert (await inventory.of(ORGANISATION, setting.key)).last_seen is LastSeen.ACTIVE
