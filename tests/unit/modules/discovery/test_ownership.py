import asyncio

import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key
from chariot.model.kinds.candidate import Candidate, Clue
from chariot.model.kinds.network import Certificate, Domain
from chariot.model.kinds.work import Attribute, Seed, Setting
from chariot.model.observations import Edit
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Depth, Standing, Status
from chariot.modules.discovery.ownership import OwnershipService, clue_lines

from .world import ORGANISATION

OURS = Domain(host="www.acmewidgets.com")
THEIRS = Domain(host="shop.acmewidgets.net")
CANDIDATE = Key("#candidate#domain#acmewidgets.net")
PARTNER = Domain(host="partner.example")


@pytest.fixture
async def ownership(world):
    await world.decide(Seed(value="acmewidgets.com"))
    await world.see(OURS)
    return OwnershipService(world.surface, now=world.tick)


async def target(world, entity=OURS):
    return (await world.store.get(ORGANISATION, [entity.key]))[entity.key]


async def consider(world, ownership, *outside, capability="http", found=(), at=OURS):
    return await ownership.consider(ORGANISATION, await target(world, at), capability, [*found], [*outside])


async def names(ownership, standing=Standing.CANDIDATE):
    page = await ownership.candidates(ORGANISATION, standing=standing)
    return [record.name for record in page.items]


async def test_a_name_like_ours_waits_for_a_person_with_its_reasons(world, ownership):
    await consider(world, ownership, THEIRS)

    candidate = (await ownership.get(ORGANISATION, CANDIDATE)).entity
    assert await names(ownership) == ["acmewidgets.net"]
    assert candidate.confidence == 66
    assert candidate.clues == (
        Clue("redirect", "shop.acmewidgets.net", "", OURS.key, 25),
        Clue("same-name", "acmewidgets.net", "acmewidgets", OURS.key, 55),
    )


async def test_what_little_speaks_for_is_not_kept(world, ownership):
    assert await consider(world, ownership, PARTNER, capability="anything") == 0
    assert await names(ownership, None) == []


async def test_a_name_of_a_provider_to_which_an_alias_leads_is_not_kept(world, ownership):
    await consider(world, ownership, Domain(host="d1.cloudprovider.example"), capability="dns")

    assert await names(ownership, None) == []


async def test_reasons_add_up_over_several_sightings(world, ownership):
    await consider(world, ownership, THEIRS)
    certificate = Certificate(sha256="ab" * 32, names=("www.acmewidgets.com", "shop.acmewidgets.net"))

    await consider(world, ownership, THEIRS, capability="tls-certificate", found=[certificate])

    candidate = (await ownership.get(ORGANISATION, CANDIDATE)).entity
    assert candidate.confidence == 81
    assert {clue.kind for clue in candidate.clues} == {"redirect", "same-name", "certificate"}


async def test_looks_at_the_same_moment_that_know_nothing_of_each_other_add_up(world, ownership):
    certificate = Certificate(sha256="ab" * 32, names=("www.acmewidgets.com", "shop.acmewidgets.net"))

    await asyncio.gather(
        consider(world, ownership, THEIRS),
        consider(world, ownership, THEIRS, capability="tls-certificate", found=[certificate]),
    )

    assert (await ownership.get(ORGANISATION, CANDIDATE)).entity.confidence == 81


async def test_the_same_sighting_twice_changes_nothing(world, ownership):
    await consider(world, ownership, THEIRS)
    before = await ownership.get(ORGANISATION, CANDIDATE)

    await consider(world, ownership, THEIRS)

    assert (await ownership.get(ORGANISATION, CANDIDATE)).revision == before.revision


async def test_a_certificate_of_many_owners_says_little(world, ownership):
    many = (PARTNER.host, "www.acmewidgets.com", *(f"www.other{number}.example" for number in range(9)))
    certificate = Certificate(sha256="ab" * 32, names=many)

    assert await consider(world, ownership, PARTNER, capability="tls-certificate", found=[certificate]) == 0


async def test_the_same_registrant_and_the_same_name_are_enough(world, ownership):
    seed = Seed(value="acmewidgets.com")
    await world.see(Attribute(owner=seed.key, label="registrant", value="Acme Widgets, Inc."))
    await consider(world, ownership, THEIRS)
    waiting = Candidate(about="#domain#acmewidgets.net")
    said = Attribute(owner=CANDIDATE, label="registrant", value="ACME WIDGETS INC")

    await consider(world, ownership, capability="rdap", found=[said], at=waiting)

    record = await ownership.get(ORGANISATION, CANDIDATE)
    assert (record.entity.standing, record.entity.confidence) == (Standing.APPROVED, 93)
    assert "weigh" in record.entity.reason


async def test_whether_the_registry_tells_of_the_seed_or_of_the_candidate_first_does_not_matter(
    world, ownership
):
    await consider(world, ownership, THEIRS)
    waiting = Candidate(about="#domain#acmewidgets.net")
    said = Attribute(owner=CANDIDATE, label="registrant", value="ACME WIDGETS INC")
    await consider(world, ownership, capability="rdap", found=[said], at=waiting)
    before = (await ownership.get(ORGANISATION, CANDIDATE)).entity
    seed = Seed(value="acmewidgets.com")
    await world.see(Attribute(owner=seed.key, label="registrant", value="Acme Widgets, Inc."))

    settled = [await ownership.settle(ORGANISATION), await ownership.settle(ORGANISATION)]

    after = (await ownership.get(ORGANISATION, CANDIDATE)).entity
    assert (before.standing, before.confidence) == (Standing.CANDIDATE, 66)
    assert (after.standing, after.confidence) == (Standing.APPROVED, 93)
    assert settled == [1, 0]


async def test_another_registrant_is_told_and_keeps_no_candidate_alive(world, ownership):
    await consider(world, ownership, THEIRS)
    waiting = Candidate(about="#domain#acmewidgets.net")
    said = Attribute(owner=CANDIDATE, label="registrant", value="Namesake Widgets")
    await consider(world, ownership, capability="rdap", found=[said], at=waiting)
    told = await ownership.get(ORGANISATION, CANDIDATE)

    assert await consider(world, ownership, capability="rdap", found=[said], at=waiting) == 0
    again = await ownership.get(ORGANISATION, CANDIDATE)
    assert (told.entity.confidence, again.visited) == (66, told.visited)
    assert Clue("registrant", "Namesake Widgets", "", CANDIDATE, 0) in again.entity.clues


async def test_the_seeds_of_a_new_scan_count_from_its_first_look_on(world, ownership):
    theirs = Domain(host="shop.otherbrand.net")
    at = await target(world)
    assert await ownership.consider(ORGANISATION, at, "http", [], [theirs], scan="s1") == 1
    await world.decide(Seed(value="otherbrand.com"))

    await ownership.consider(ORGANISATION, at, "http", [], [theirs], scan="s2")

    candidate = (await ownership.get(ORGANISATION, Key("#candidate#domain#otherbrand.net"))).entity
    assert [clue.kind for clue in candidate.clues] == ["redirect", "same-name"]


async def test_an_icon_of_ours_elsewhere_and_the_title_there_are_told_with_what_they_matched(
    world, ownership
):
    icon = Attribute(owner="#webapplication#https://www.acmewidgets.com/", label="favicon-mmh3", value="-77")
    await world.see(icon)
    theirs = Domain(host="login.other.example")
    title = Attribute(owner=theirs.key, label="page-title", value="Acme Widgets: sign in")

    await consider(world, ownership, theirs, title, capability="icons", at=icon)

    candidate = (await ownership.get(ORGANISATION, Key("#candidate#domain#other.example"))).entity
    assert candidate.clues == (
        Clue("favicon", "login.other.example", "-77", icon.key, 40),
        Clue("page-text", "Acme Widgets: sign in", "acmewidgets", icon.key, 25),
    )
    assert candidate.confidence == 55


async def test_a_hidden_registrant_says_nothing(world, ownership):
    await consider(world, ownership, THEIRS)
    said = Attribute(owner=CANDIDATE, label="registrant", value="REDACTED FOR PRIVACY")

    await consider(
        world, ownership, capability="rdap", found=[said], at=Candidate(about="#domain#acmewidgets.net")
    )

    assert (await ownership.get(ORGANISATION, CANDIDATE)).entity.confidence == 66


async def test_bounds_are_settings_of_the_organisation(world, ownership):
    for label, value in (("ownership-in", "60"), ("ownership-out", "3")):
        edit = Edit(actor="ann", entity=Setting(label=label), fields={"value": value})
        await world.surface.edit(ORGANISATION, [edit])

    await consider(world, ownership, THEIRS, PARTNER, capability="anything")
    await consider(world, ownership, THEIRS)

    assert await names(ownership) == ["partner.example"]
    assert await names(ownership, Standing.APPROVED) == ["acmewidgets.net"]


async def test_words_of_ours_count_too(world, ownership):
    edit = Edit(actor="ann", entity=Setting(label="ownership-words"), fields={"value": "roadrunner"})
    await world.surface.edit(ORGANISATION, [edit])

    await consider(world, ownership, Domain(host="www.roadrunner.shop"))

    assert await names(ownership) == ["roadrunner.shop"]


async def test_an_approved_candidate_is_a_seed_and_in_scope(world, ownership):
    await consider(world, ownership, THEIRS)

    await ownership.decide(ORGANISATION, CANDIDATE, Standing.APPROVED, actor="ann", why="bought")

    scope = (await world.keeper.guard(ORGANISATION)).scope
    assert scope.admits_name("shop.acmewidgets.net")
    seed = (await world.store.get(ORGANISATION, [Key("#seed#acmewidgets.net")]))[Key("#seed#acmewidgets.net")]
    assert (seed.entity.note, seed.entity.depth) == ("bought", Depth.NORMAL)


async def test_what_is_only_watched_is_never_sent_anything(world, ownership):
    await consider(world, ownership, THEIRS)

    await ownership.decide(ORGANISATION, CANDIDATE, Standing.MONITORED, actor="ann")

    scope = (await world.keeper.guard(ORGANISATION)).scope
    assert scope.name("shop.acmewidgets.net").depth is Depth.PASSIVE


async def test_a_rejected_candidate_stays_out_whatever_is_seen_later(world, ownership):
    await consider(world, ownership, THEIRS)
    await ownership.decide(ORGANISATION, CANDIDATE, Standing.EXCLUDED, actor="ann", why="a namesake")
    certificate = Certificate(sha256="ab" * 32, names=("www.acmewidgets.com", "shop.acmewidgets.net"))

    await consider(world, ownership, THEIRS, capability="tls-certificate", found=[certificate])

    record = await ownership.get(ORGANISATION, CANDIDATE)
    assert (record.entity.standing, record.entity.reason) == (Standing.EXCLUDED, "a namesake")
    await world.decide(Seed(value="acmewidgets.net"))
    world.keeper.invalidate(ORGANISATION)
    assert not (await world.keeper.guard(ORGANISATION)).scope.admits_name("shop.acmewidgets.net")


async def test_a_decision_can_be_changed_and_scope_follows(world, ownership):
    await consider(world, ownership, THEIRS)
    await ownership.decide(ORGANISATION, CANDIDATE, Standing.EXCLUDED, actor="ann", why="a namesake")

    await ownership.decide(ORGANISATION, CANDIDATE, Standing.APPROVED, actor="bob", why="bought now")
    admitted = (await world.keeper.guard(ORGANISATION)).scope.admits_name("acmewidgets.net")
    await ownership.decide(ORGANISATION, CANDIDATE, Standing.DEPENDENCY, actor="bob", why="sold again")
    world.keeper.invalidate(ORGANISATION)

    assert admitted
    assert not (await world.keeper.guard(ORGANISATION)).scope.admits_name("acmewidgets.net")


async def test_who_decided_and_why_stands_in_the_history(world, ownership):
    await consider(world, ownership, THEIRS)
    await ownership.decide(ORGANISATION, CANDIDATE, Standing.EXCLUDED, actor="ann", why="a namesake")

    newest = (await world.store.versions(ORGANISATION, CANDIDATE)).items[0].change

    assert (newest.actor, newest.why) == ("ann", "a namesake")


@pytest.mark.parametrize("standing", [Standing.EXCLUDED, Standing.DEPENDENCY])
async def test_leaving_something_out_needs_a_reason(world, ownership, standing):
    await consider(world, ownership, THEIRS)

    with pytest.raises(InvalidError, match="say why"):
        await ownership.decide(ORGANISATION, CANDIDATE, standing, actor="ann", why=" ")


async def test_the_same_decision_twice_is_a_conflict(world, ownership):
    await consider(world, ownership, THEIRS)
    await ownership.decide(ORGANISATION, CANDIDATE, Standing.APPROVED, actor="ann")

    with pytest.raises(ConflictError, match="approved already"):
        await ownership.decide(ORGANISATION, CANDIDATE, Standing.APPROVED, actor="bob")


async def test_what_nobody_came_across_cannot_be_decided(ownership):
    with pytest.raises(NotFoundError):
        await ownership.decide(ORGANISATION, CANDIDATE, Standing.APPROVED, actor="ann")


async def test_a_decided_candidate_does_not_expire(world, ownership):
    await consider(world, ownership, THEIRS)
    await ownership.decide(ORGANISATION, CANDIDATE, Standing.EXCLUDED, actor="ann", why="a namesake")

    assert "status" in (await ownership.get(ORGANISATION, CANDIDATE)).decided


async def test_other_organisations_see_nothing_of_it(world, ownership):
    await consider(world, ownership, THEIRS)

    page = await ownership.candidates("other", standing=None)

    assert page.items == ()


async def test_a_run_brings_candidates_and_sends_them_nothing(world, ownership):
    edit = Edit(actor="ann", entity=Setting(label="ownership-out"), fields={"value": "1"})
    await world.surface.edit(ORGANISATION, [edit])
    await world.decide(Seed(value="corp.example"))
    await world.see(Domain(host="corp.example"))

    await world.run("dns", "#domain#corp.example", ownership=ownership)

    assert await names(ownership) == ["partner.example"]
    assert not [sent for sent in world.networks.sent if "partner.example" in sent]
    record = (await world.store.get(ORGANISATION, [PARTNER.key])).get(PARTNER.key)
    assert record is None or record.status is not Status.ACTIVE


def test_reasons_are_told_the_weightiest_first():
    clues = (Clue("redirect", "a.test", "", "#domain#b.test", 25), Clue("same-name", "a.test", "a", "", 55))

    assert clue_lines(clues) == [
        " 55  same-name: a.test, as a",
        " 25  redirect: a.test (at #domain#b.test)",
    ]


async def test_the_order_of_looks_does_not_matter(world, ownership):
    alias = Relationship(RelationshipType.ALIAS_OF, OURS.key, PARTNER.key)
    certificate = Certificate(sha256="ab" * 32, names=("www.acmewidgets.com", PARTNER.host))

    async def both():
        await consider(world, ownership, PARTNER, capability="dns", found=[alias])
        await consider(world, ownership, PARTNER, capability="tls-certificate", found=[certificate])
        return (await ownership.get(ORGANISATION, Key("#candidate#domain#partner.example"))).entity

    assert await both() == await both()
