"""What is about people is encrypted in every byte of the files, and plain to whoever may read it."""

from datetime import timedelta

import pytest

from chariot.errors import InvalidError
from chariot.model.kinds.network import Port
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import AlertRule, Comment
from chariot.model.observations import Edit, Observations
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import Span
from chariot.modules.surface.query import Query
from support.vaults import ACME, NOON, SealedWorld

HTTPS = Port(address="192.0.2.7", protocol="tcp", number=443)
RISK = Risk(target=HTTPS.key, weakness="CVE-2023-12345")
OWNER = "Wilhelmina Quxford"


async def own(world: SealedWorld, owner: str = OWNER) -> None:
    seen = Observations(capability="lab", seen_at=NOON, entities=(HTTPS, RISK))
    await world.surface.observe(ACME, seen)
    await world.surface.edit(ACME, [Edit(actor="lead", key=RISK.key, fields={"owner": owner})])


async def found(world: SealedWorld, where: str) -> list[str]:
    page = await world.store.find(ACME, Query(kinds=("risk",), where=parse_filter(where, ("risk",))))
    return [record.entity.owner for record in page.items]


async def test_a_person_reads_plain_and_stands_nowhere_in_the_files(world):
    await own(world)
    await world.surface.edit(
        ACME, [Edit(actor="lead", entity=Comment(about=HTTPS.key, id="1", text="hm", author=OWNER))]
    )

    record = (await world.store.get(ACME, [RISK.key]))[RISK.key]
    assert record.entity.owner == OWNER
    assert [one.entity.owner for one in (await world.store.versions(ACME, RISK.key)).items] == [OWNER, ""]
    await world.mender.settle()
    assert world.files_with("Quxford") == world.files_with("Wilhelmina") == []


async def test_a_secret_stays_sealed_for_readers_and_stands_nowhere_in_the_files(world):
    rule = AlertRule(label="urgent", channel="https://hooks.example.com/t0ken", signing_key="h4mmer")
    await world.surface.edit(ACME, [Edit(actor="lead", entity=rule)])

    kept = (await world.store.get(ACME, [rule.key]))[rule.key].entity

    assert kept.signing_key.startswith("sealed:2:1:")
    assert world.vault.open(ACME, kept.signing_key) == "h4mmer"
    assert world.files_with("h4mmer") == world.files_with("t0ken") == []


async def test_what_is_sealed_is_found_by_its_whole_value_in_every_form(world):
    await own(world)
    await world.keys.rotate(ACME, "lead")
    assert await found(world, f'owner="{OWNER}"') == [OWNER]

    await own(world, "somebody else")

    assert await found(world, f'owner="{OWNER}"') == []
    assert await found(world, 'owner="somebody else"') == ["somebody else"]
    assert await found(world, f'owner!="{OWNER}"') == ["somebody else"]
    assert await found(world, "owner=") == []


@pytest.mark.parametrize("where", ["owner~will", "owner>a", "owner<=z"])
async def test_a_part_of_what_is_sealed_cannot_be_looked_for(world, where):
    with pytest.raises(InvalidError, match="stored encrypted"):
        await found(world, where)


async def test_nothing_is_sorted_by_what_is_sealed():
    with pytest.raises(InvalidError, match="cannot sort"):
        Query(kinds=("risk",), sort="owner")


async def test_stating_the_same_again_changes_nothing(world):
    await own(world)
    before = await world.store.last_sequence()

    await own(world)

    assert await world.store.last_sequence() == before


async def test_counts_over_time_name_people_plainly_and_once_whatever_key_sealed_them(world):
    await own(world)
    world.at += timedelta(hours=1)
    await world.keys.rotate(ACME, "lead")
    other = Risk(target=HTTPS.key, weakness="CVE-2023-99999")
    await world.surface.observe(ACME, Observations(capability="lab", seen_at=NOON, entities=(other,)))
    await world.surface.edit(ACME, [Edit(actor="lead", key=other.key, fields={"owner": OWNER})])

    series = await world.store.series(ACME, "risk", "owner", Span(world.at, timedelta(hours=1), 2))

    assert series[OWNER][-1] == 2


async def test_a_difference_is_told_in_plain_words(world):
    await own(world)
    before = world.at + timedelta(minutes=1)
    world.at += timedelta(hours=1)
    await own(world, "somebody else")

    [one] = (await world.store.differences(ACME, before, world.at + timedelta(hours=1))).items

    assert (one.before.entity.owner, one.after.entity.owner) == (OWNER, "somebody else")
    assert one.fields == ("owner",)


async def test_what_another_process_sealed_with_a_newer_key_opens_here(world, tmp_path):
    await own(world)
    other = SealedWorld(tmp_path)
    await other.keys.rotate(ACME, "lead")
    await own(other, "somebody else")

    record = (await world.store.get(ACME, [RISK.key]))[RISK.key]
    await other.database.close()

    assert record.entity.owner == "somebody else"


async def test_a_field_whose_key_is_gone_does_not_hide_the_others(world):
    await own(world)

    await world.keys.shred(ACME, "lead")

    record = (await world.store.get(ACME, [RISK.key]))[RISK.key]
    assert record.entity.owner == "(cannot be opened)"
    assert record.entity.weakness == "CVE-2023-12345"
