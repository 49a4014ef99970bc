from datetime import timedelta

import pytest

from chariot.errors import ConflictError, InvalidError
from chariot.model.fields import Class
from chariot.model.keys import SYSTEM
from chariot.model.kinds.identity import User
from chariot.model.kinds.network import Port
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Comment
from chariot.model.observations import Edit, Observations
from chariot.model.states import RiskState, Status
from support.vaults import ACME, GLOBEX, NOON, SealedWorld

NAME = "Wilhelmina"
MAIL = "wq@example.com"
HTTPS = Port(address="192.0.2.7", protocol="tcp", number=443)
RISK = Risk(target=HTTPS.key, weakness="CVE-2023-12345")
NOTE = Comment(about=HTTPS.key, id="1", text=f"{NAME} mends it", author=NAME)


async def fill(world: SealedWorld) -> None:
    for organisation in (ACME, GLOBEX):
        await world.surface.observe(
            organisation, Observations(capability="lab", seen_at=NOON, entities=(HTTPS, RISK))
        )
        await world.surface.edit(organisation, [Edit(actor="lead", key=RISK.key, fields={"owner": MAIL})])
        await world.surface.edit(organisation, [Edit(actor="lead", key=RISK.key, fields={"owner": "bob"})])
        await world.surface.edit(organisation, [Edit(actor=NAME, why=f"by {NAME}", entity=NOTE)])
    await world.surface.edit(
        SYSTEM,
        [Edit(actor="lead", entity=User(id="wilhelmina", label="Wilhelmina Quxford", password="hash"))],
    )


async def test_an_export_has_what_was_said_of_a_person_and_what_they_did(world):
    await fill(world)

    found = await world.privacy.export([NAME, MAIL], actor="lead")

    said = {(one.organisation, one.key, tuple(one.places)) for one in found.statements}
    assert said == {
        (ACME, RISK.key, ("owner",)),
        (GLOBEX, RISK.key, ("owner",)),
        (ACME, NOTE.key, ("text", "author")),
        (GLOBEX, NOTE.key, ("text", "author")),
        (SYSTEM, "#user#wilhelmina", ("id",)),
    }
    assert [one.facts for one in found.statements if one.key == RISK.key] == [{"owner": MAIL}] * 2
    assert {(one.organisation, one.key) for one in found.actions} == {(ACME, NOTE.key), (GLOBEX, NOTE.key)}
    assert found.seen_as_origin == [NOTE.key]


async def test_an_export_of_one_organisation_says_nothing_of_another(world):
    await fill(world)

    found = await world.privacy.export([NAME, MAIL], organisation=ACME, actor="lead")

    assert {one.organisation for one in (*found.statements, *found.actions)} == {ACME}


async def test_after_an_erasure_no_byte_of_the_files_names_the_person(world):
    await fill(world)

    done = await world.privacy.erase(
        [NAME, MAIL, "Wilhelmina Quxford"], actor="lead", why="asked in November"
    )

    assert sorted(done.organisations) == [ACME, GLOBEX, SYSTEM]
    for text in (NAME, NAME.lower(), MAIL, "Quxford"):
        assert world.files_with(text) == []
    again = await world.privacy.export([NAME, MAIL], actor="lead")
    assert (again.statements, again.actions, again.seen_as_origin) == ([], [], [])
    record = (await world.store.get(ACME, [NOTE.key]))[NOTE.key]
    assert (record.entity.author, record.origins) == (done.pseudonym, (done.pseudonym,))
    assert record.entity.text == f"{done.pseudonym} mends it"


CONTRACT = Contract(id="q1", authorised_by=f"{NAME}, CISO", valid_until=NOON + timedelta(days=30))


@pytest.mark.parametrize(
    ("status", "later"), [(Status.EXCLUDED, timedelta()), (Status.ACTIVE, timedelta(days=31))]
)
async def test_who_authorised_what_is_over_is_erased(world, status, later):
    edit = Edit(actor="lead", entity=CONTRACT, status=status)
    await world.surface.edit(ACME, [edit])
    world.at = NOON + later

    done = await world.privacy.erase([NAME], actor="lead", why="asked in November")

    record = (await world.store.get(ACME, [CONTRACT.key]))[CONTRACT.key]
    assert record.entity.authorised_by == f"{done.pseudonym}, CISO"


async def test_who_authorised_what_is_in_force_is_not_erased_anywhere(world):
    await fill(world)
    await world.surface.edit(GLOBEX, [Edit(actor="lead", entity=CONTRACT, status=Status.ACTIVE)])

    with pytest.raises(ConflictError, match="q1 of globex is in force"):
        await world.privacy.erase([NAME], actor="lead", why="asked in November")

    record = (await world.store.get(ACME, [NOTE.key]))[NOTE.key]
    assert record.entity.author == NAME


async def test_rows_that_moved_to_other_pages_of_the_file_left_nothing_there(world):
    for number in range(60):
        long = "x" * (number * 37 % 600)
        notes = [
            Comment(about=HTTPS.key, id=f"{number}-{part}", text=f"{NAME} {long}", author=NAME)
            for part in range(3)
        ]
        await world.surface.edit(ACME, [Edit(actor=NAME, entity=note) for note in notes])
        await world.surface.edit(ACME, [Edit(actor=NAME, key=notes[0].key, fields={"text": f"{NAME} said"})])

    await world.privacy.erase([NAME], organisation=ACME, actor="lead", why="asked")

    assert world.files_with(NAME) == []


async def test_an_erasure_leaves_what_is_about_others(world):
    await fill(world)
    await world.privacy.erase([NAME, MAIL], organisation=ACME, actor="lead", why="asked")

    owners = [one.entity.owner for one in (await world.store.versions(ACME, RISK.key)).items]
    assert owners[0] == "bob"
    assert owners[1].startswith("erased-")
    theirs = (await world.store.get(GLOBEX, [NOTE.key]))[NOTE.key]
    assert theirs.entity.author == NAME


async def test_an_erasure_that_is_repeated_finds_nothing_more(world):
    await fill(world)
    await world.privacy.erase([NAME, MAIL], actor="lead", why="asked")

    again = await world.privacy.erase([NAME, MAIL], actor="lead", why="asked")

    assert (again.rows, again.origins, list(again.organisations)) == (0, 0, [])


async def test_the_audit_log_tells_that_somebody_was_erased_and_not_who(world):
    await fill(world)
    done = await world.privacy.erase([NAME, MAIL], actor="lead", why="asked")

    erased = [one for one in world.told.entries if one.action == "privacy:erase"]
    assert {(one.actor, one.object) for one in erased} == {("lead", done.pseudonym)}
    assert not any(NAME in str(one) or MAIL in str(one) for one in erased)


@pytest.mark.parametrize("why", ["", "  ", f"{NAME} asked", "x" * 1_001])
async def test_a_reason_is_given_and_does_not_name_the_person(world, why):
    with pytest.raises(InvalidError):
        await world.privacy.erase([NAME], actor="lead", why=why)


async def test_what_was_over_long_enough_is_forgotten_and_the_present_stays(world):
    await fill(world)
    world.at = NOON + timedelta(days=400)
    await world.surface.edit(ACME, [Edit(actor="lead", key=RISK.key, fields={"state": RiskState.OPEN})])

    changed = await world.privacy.retain(ACME, {Class.CONFIDENTIAL: 365, Class.RESTRICTED: 0})

    owners = [one.entity.owner for one in (await world.store.versions(ACME, RISK.key)).items]
    # The one before the present ended just now; the one before that more than a year ago.
    assert owners == ["bob", "bob", "", ""]
    assert changed == 1
    assert await world.privacy.retain(ACME, {Class.CONFIDENTIAL: 365}) == 0


async def test_without_a_rule_everything_is_kept(world):
    await fill(world)

    assert await world.privacy.retain(ACME, dict.fromkeys(Class, 0)) == 0
