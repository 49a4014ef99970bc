import asyncio

from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Status
from chariot.modules.discovery import keeper as keeping
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.scans import ScanService

from .world import ORGANISATION

CORP = Seed(value="corp.example")
WWW = Key("#domain#www.corp.example")


async def test_the_scope_is_what_people_decided(world) -> None:
    await world.decide(CORP)
    await world.see(Seed(value="other.example"), Domain(host="old.corp.example"))
    await world.surface.edit(
        ORGANISATION, [Edit(actor="ann", key=Key("#domain#old.corp.example"), status=Status.EXCLUDED)]
    )

    scope = (await world.keeper.guard(ORGANISATION)).scope

    assert scope.admits_name("www.corp.example")
    assert not scope.admits_name("other.example")
    assert not scope.admits_name("x.old.corp.example")


async def test_a_frozen_or_excluded_seed_admits_nothing(world) -> None:
    await world.decide(CORP)
    await world.surface.edit(ORGANISATION, [Edit(actor="ann", key=CORP.key, status=Status.FROZEN)])

    assert not (await world.keeper.guard(ORGANISATION)).scope.admits_name("corp.example")


async def test_a_change_of_seeds_reaches_the_guard_in_time(world) -> None:
    guard = await world.keeper.guard(ORGANISATION)
    at = world.now
    await world.decide(CORP)
    world.now = at

    assert not (await world.keeper.guard(ORGANISATION)).scope.admits_name("corp.example")
    world.tick()
    assert await world.keeper.guard(ORGANISATION) is guard
    assert guard.scope.admits_name("corp.example")


async def test_a_refusal_is_looked_at_twice_and_an_invalidation_at_once(world) -> None:
    await world.keeper.guard(ORGANISATION)
    await world.decide(CORP)
    world.keeper.invalidate(ORGANISATION)

    verdict, _ = await world.keeper.verdict(ORGANISATION, WWW)

    assert verdict.admitted


async def test_an_address_is_known_by_the_names_that_resolve_to_it(world) -> None:
    address, name = Address(ip="8.8.8.8"), Domain(host="www.corp.example")
    await world.decide(CORP)
    await world.see(
        address, name, relationships=(Relationship(RelationshipType.RESOLVES_TO, name.key, address.key),)
    )

    verdict, names = await world.keeper.verdict(ORGANISATION, Key("#port#8.8.8.8#tcp#22"))

    assert verdict.admitted
    assert list(names) == ["www.corp.example"]


async def test_one_organisation_is_not_the_other(world) -> None:
    await world.decide(CORP)

    verdict, _ = await world.keeper.verdict("other", WWW)

    assert not verdict.admitted


async def test_a_stop_of_another_process_is_seen_while_something_runs(world, monkeypatch) -> None:
    monkeypatch.setattr(keeping, "LOOK_S", 0.01)
    other = ScanService(world.bus, world.surface, ScopeKeeper(world.store, clock=world.clock))
    stopped = asyncio.Event()

    async with world.keeper.watching(ORGANISATION), world.keeper.watching(ORGANISATION):
        guard = world.keeper.guard_of(ORGANISATION)
        with guard.interrupting(stopped.set):
            await other.stop(ORGANISATION, "too loud", requested_by="ann")
            await asyncio.wait_for(stopped.wait(), 60)

    assert guard.stopped == "too loud"
