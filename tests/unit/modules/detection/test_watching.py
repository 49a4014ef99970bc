from collections.abc import Sequence
from datetime import timedelta

import apsw

from chariot.errors import UnavailableError
from chariot.model.keys import SYSTEM, Organisation
from chariot.modules.audit.ports import Question
from chariot.modules.detection.detector import Hit
from chariot.modules.detection.incidents import Incidents

from .conftest import ACME, World


async def test_an_attack_on_the_installation_is_an_incident_at_its_home(world: World) -> None:
    await world.attack()

    assert await world.watch().tick() == 1

    (name,) = await world.raised()
    assert name.startswith("brute-force.20260301.")


async def test_what_was_seen_is_not_raised_again_and_what_goes_on_is_the_same_incident(world: World) -> None:
    watch = world.watch()
    await world.attack()
    await watch.tick()

    assert await watch.tick() == 0
    await world.attack(3)
    assert await watch.tick() == 1

    (name,) = await world.raised()
    assert (await world.incidents.dossier(ACME, name)).incident.events == 13


async def test_an_attack_around_a_restart_is_seen_whole(world: World) -> None:
    await world.attack(6)
    await world.watch().tick()
    world.at += timedelta(minutes=1)
    await world.attack(6)

    assert await world.watch().tick() == 1


class Away(Incidents):
    """Keeps nothing while it is away."""

    is_away = True

    async def raise_all(self, organisation: Organisation, log: Organisation, hits: Sequence[Hit]) -> int:
        if self.is_away:
            raise UnavailableError("the store is away")
        return await super().raise_all(organisation, log, hits)


async def test_what_is_read_again_after_a_failure_counts_once(world: World) -> None:
    world.incidents = Away(world.surface, world.audit, now=world.now)
    watch = world.watch()
    await world.attack(6)
    assert await watch.tick() == 0
    world.incidents.is_away = False

    # Six of them, counted twice, would be an incident.
    assert await watch.tick() == 0


async def test_an_organisation_sees_its_own_log_only(world: World) -> None:
    await world.attack(organisation=ACME)

    await world.watch().tick()

    assert len(await world.raised()) == 1
    assert await world.raised(SYSTEM) == []


async def test_a_log_that_was_changed_is_an_incident_of_its_own(world: World) -> None:
    watch = world.watch()
    await world.attack(3, ACME)
    assert await watch.upkeep() == 0
    with apsw.Connection(world.path) as connection:
        connection.execute("DROP TRIGGER audit_entry_stays")
        connection.execute("UPDATE audit_entry SET actor = 'x' WHERE organisation = 'acme' AND sequence = 2")

    assert await watch.upkeep() == 1
    await watch.tick()

    assert [name.partition(".")[0] for name in await world.raised()] == ["audit-gap"]
    found, _ = await world.audit.find(ACME, Question(action="audit:verify", limit=1_000))
    assert {one.object for one in found} == {"acme"}
    assert [one.details.get("entry") for one in found if one.ending == "failed"] == ["2"]


async def test_a_look_that_took_long_is_not_repeated_at_once(world: World) -> None:
    moments = iter([0.0, 0.0, 1.0, 5.0, 12.0, 13.0])
    watch = world.watch(lambda: next(moments))

    assert [await watch.tick_at_ease() for _ in range(3)] == [0, 0, 0]
    # Looked, took a second, rested at 5 and looked again at 12.
    assert next(moments, None) is None


async def test_an_organisation_reads_how_far_its_log_was_looked_at_seldom(world: World) -> None:
    watch = world.watch()
    await world.attack(3, ACME)
    await watch.tick()

    assert await world.checkpoints.get("detection/acme") == 0
    await world.attack(10, ACME)
    await watch.tick()
    assert await world.checkpoints.get("detection/acme") > 0
