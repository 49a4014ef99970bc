from datetime import timedelta

import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.kinds.incident import IncidentState

from .conftest import ACME, World


@pytest.fixture
async def name(world: World) -> str:
    await world.attack()
    await world.watch().tick()
    (found,) = await world.raised()
    return found


async def test_the_timeline_is_what_the_log_says_and_then_what_people_decided(
    world: World, name: str
) -> None:
    world.at += timedelta(minutes=5)
    await world.incidents.move(ACME, name, IncidentState.CONTAINED, why="account suspended", actor="user:bob")

    found = await world.incidents.dossier(ACME, name)

    assert [one.entry for one in found.timeline] == [*range(1, 11), 0]
    assert found.timeline[-1].what.startswith("user:bob decided")
    assert "account suspended" in found.timeline[-1].what
    assert found.incident.aware_at == world.at


async def test_what_goes_on_leaves_what_people_decided(world: World, name: str) -> None:
    await world.incidents.move(ACME, name, IncidentState.DISMISSED, why="a test of ours", actor="user:bob")
    await world.attack(5)
    await world.watch().tick()

    incident = (await world.incidents.dossier(ACME, name)).incident

    assert (incident.state, incident.reason) == (IncidentState.DISMISSED, "a test of ours")


@pytest.mark.parametrize("state", [IncidentState.RESOLVED, IncidentState.DISMISSED])
async def test_to_close_one_takes_a_reason(world: World, name: str, state: IncidentState) -> None:
    with pytest.raises(InvalidError, match="why"):
        await world.incidents.move(ACME, name, state, why=" ", actor="user:bob")


async def test_what_is_closed_is_opened_again_before_it_is_contained(world: World, name: str) -> None:
    await world.incidents.move(ACME, name, IncidentState.RESOLVED, why="done", actor="user:bob")

    with pytest.raises(ConflictError):
        await world.incidents.move(ACME, name, IncidentState.CONTAINED, why="x", actor="user:bob")
    opened = await world.incidents.move(ACME, name, IncidentState.OPEN, why="again", actor="user:bob")

    assert (opened.state, opened.reason) == (IncidentState.OPEN, "")


async def test_deadlines_follow_from_the_regimes_and_end_with_the_duty(world: World, name: str) -> None:
    await world.incidents.apply_regimes(ACME, name, ["gdpr"], actor="user:bob")
    world.at += timedelta(hours=80)
    (late,) = (await world.incidents.dossier(ACME, name)).deadlines

    await world.incidents.done(ACME, name, "gdpr-authority", actor="user:bob")

    (done,) = (await world.incidents.dossier(ACME, name)).deadlines
    assert (late.overdue, done.overdue, bool(done.done_at)) == (True, False, True)


async def test_what_does_not_exist_is_named(world: World, name: str) -> None:
    with pytest.raises(InvalidError, match="none of"):
        await world.incidents.apply_regimes(ACME, name, ["nowhere"], actor="user:bob")
    with pytest.raises(InvalidError, match="no duty"):
        await world.incidents.done(ACME, name, "gdpr-authority", actor="user:bob")
    with pytest.raises(InvalidError, match="future"):
        await world.incidents.apply_regimes(
            ACME, name, ["gdpr"], aware_at=world.at + timedelta(hours=1), actor="user:bob"
        )
    for unknown in ("nothing.20260301.0", "Not A Name", ""):
        with pytest.raises(NotFoundError):
            await world.incidents.dossier(ACME, unknown)
