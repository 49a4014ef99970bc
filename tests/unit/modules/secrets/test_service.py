import pytest

from chariot.errors import ConfigurationError, ConflictError
from chariot.model.kinds.work import AlertRule
from chariot.model.observations import Edit
from chariot.modules.secrets.vault import sealed_by
from support.vaults import ACME, GLOBEX, SealedWorld

RULE = AlertRule(label="urgent", channel="https://hooks.example.com/", signing_key="h4mmer")


async def keep(world: SealedWorld, key: str = "h4mmer") -> None:
    await world.surface.edit(ACME, [Edit(actor="lead", entity=RULE, fields={"signing_key": key})])


async def kept(world: SealedWorld) -> list[str]:
    """Return the sealed keys of all versions, the newest first."""
    return [one.entity.signing_key for one in (await world.raw.versions(ACME, RULE.key)).items]


async def test_a_new_master_key_wraps_all_and_what_was_sealed_still_opens(world):
    await keep(world)
    [before] = await kept(world)

    made = await world.keys.rotate_master("lead")

    status = await world.keys.status()
    assert {key.wrapped.master for key in status.organisations} == {made.id}
    assert (status.masters[0].id, status.outdated) == (made.id, 0)
    other = SealedWorld(world.folder)
    await other.store.get(ACME, [RULE.key])
    assert other.vault.open(ACME, before) == "h4mmer"
    await other.database.close()


async def test_a_rotation_that_was_broken_off_is_finished_later(world):
    await keep(world)
    await world.masters.rotate()
    assert (await world.keys.status()).outdated == 1

    assert await world.keys.rewrap() == 1
    assert await world.keys.rewrap() == 0


async def test_sealing_anew_reaches_all_history_and_can_be_broken_off(world):
    await keep(world)
    await keep(world, "n3wer")
    await world.keys.rotate(ACME, "lead")

    assert await world.keys.reseal(ACME) == 2
    assert await world.keys.reseal(ACME) == 0

    sealed = await kept(world)
    assert [sealed_by(one) for one in sealed] == [2, 2]
    assert [world.vault.open(ACME, one) for one in sealed] == ["n3wer", "h4mmer"]


async def test_what_is_written_after_a_walk_is_reached_by_the_next(world):
    await keep(world)
    await world.keys.rotate(ACME, "lead")
    await world.keys.reseal(ACME)
    slow = SealedWorld(world.folder)
    # A process that has not heard of the newest key yet.
    await slow.vault.ready(ACME)
    await world.keys.rotate(ACME, "lead")
    await world.keys.reseal(ACME)
    await keep(slow, "l4te")
    await slow.database.close()

    assert await world.keys.reseal(ACME) == 1
    assert {sealed_by(one) for one in await kept(world)} == {3}


async def test_what_was_plain_before_is_sealed(world):
    world.surface._seal, seal = (lambda _, text: text), world.surface._seal
    await keep(world)
    world.surface._seal = seal
    assert world.files_with("h4mmer") != []

    assert await world.keys.reseal(ACME) == 1

    assert world.files_with("h4mmer") == []


async def test_an_older_master_key_goes_only_when_nothing_needs_it(world):
    await keep(world)
    first = (await world.keys.status()).masters[0].id
    await world.masters.rotate()

    with pytest.raises(ConflictError, match="still wraps keys of acme"):
        await world.keys.retire_master(first, "lead")
    await world.keys.rewrap()
    with pytest.raises(ConflictError, match="reseal"):
        await world.keys.retire_master(first, "lead")
    await world.keys.reseal(ACME)
    await world.keys.retire_master(first, "lead")

    assert [one.id for one in (await world.keys.status()).masters] != [first]
    assert world.vault.open(ACME, (await kept(world))[0]) == "h4mmer"


async def test_an_organisation_that_leaves_takes_its_keys_along_and_no_other_s(world):
    await keep(world)
    await world.vault.ready(GLOBEX)
    theirs = world.vault.seal(GLOBEX, "stays")
    [ours] = await kept(world)

    assert await world.keys.shred(ACME, "lead") == 1

    with pytest.raises(ConfigurationError):
        world.vault.open(ACME, ours)
    assert world.vault.open(GLOBEX, theirs) == "stays"


async def test_each_change_of_keys_is_told_to_the_audit_log(world):
    await keep(world)
    await world.keys.rotate(ACME, "lead")
    await world.keys.rotate_master("lead")
    await world.keys.shred(ACME, "lead")

    assert [(one.action, one.actor, one.organisation) for one in world.told.entries] == [
        ("keys:rotate", "lead", ACME),
        ("keys:rotate-master", "lead", "system"),
        ("keys:shred", "lead", ACME),
    ]
