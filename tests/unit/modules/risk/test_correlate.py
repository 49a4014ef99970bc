from datetime import timedelta

import pytest

from chariot.model.evidence import Banner, KeyValues
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.model.observations import Edit
from chariot.model.relationships import RelationshipType
from chariot.model.states import RiskState, Severity, Status, Surface
from chariot.modules.intel.records import CpeMatch, Node
from chariot.modules.surface.query import Query

from .conftest import ACME, LEAK, OVERFLOW, WIDGET, before, cve, fixed_in

DEBIAN = "cpe:2.3:a:acme:widget:1.0:*:*:*:*:*:*:debian"


async def open_questions(world, organisation=ACME) -> list[str]:
    page = await world.store.find(organisation, Query(kinds=("attribute",)))
    return [record.entity.value for record in page.items if isinstance(record.entity, Attribute)]


async def test_an_affected_technology_makes_a_risk_with_what_shows_it(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")

    await world.run()

    risk = await world.risk(OVERFLOW, port)
    assert risk is not None
    assert risk.title == "Widget 1.0: It overflows"
    assert risk.severity is Severity.CRITICAL
    assert risk.remediation == "Update Widget to 2.0 or later."
    matched, seen = risk.evidence
    assert isinstance(matched, KeyValues)
    assert matched.values["version"] == "1.0"
    assert "before 2.0" in matched.values["matched"]
    assert seen == Banner(text="Widget/1.0")
    assert risk.confidence == 90


async def test_the_vulnerability_is_shared_and_linked(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    await world.probable(OVERFLOW, 0.5)
    await world.known_exploited(OVERFLOW)
    port = await world.see("1.0")

    await world.run()

    key = Key(f"#vulnerability#{OVERFLOW}")
    record = (await world.store.get(SHARED, [key]))[key]
    assert record.organisation == SHARED
    assert (record.entity.epss, record.entity.known_exploited) == (0.5, True)
    incoming = await world.store.edges(ACME, key, direction="in")
    risk_key = Risk(target=port, weakness=OVERFLOW).key
    technology_key = Technology(cpe=WIDGET.format("1.0")).key
    assert {(edge.type, edge.source) for edge in incoming.items} == {
        (RelationshipType.INSTANCE_OF, risk_key),
        (RelationshipType.HAS_VULNERABILITY, technology_key),
    }


async def test_what_is_not_affected_makes_nothing(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("2.0")

    await world.run()

    assert await world.risk(OVERFLOW, port) is None
    assert await open_questions(world) == []


async def test_a_missing_version_is_an_open_question_and_no_risk(world):
    await world.load(cve(OVERFLOW, before("2.0")), cve(LEAK, before("1.5")))
    port = await world.see("*")

    await world.run()

    assert await world.risk(OVERFLOW, port) is None
    (question,) = await open_questions(world)
    assert question.startswith(f"{OVERFLOW}, {LEAK}: cannot tell for Widget (the version is not known)")
    edges = await world.store.edges(ACME, port, direction="out", types=(RelationshipType.HAS_ATTRIBUTE,))
    assert len(edges.items) == 1


async def test_a_distribution_build_is_an_open_question_and_no_risk(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0", cpe=DEBIAN)

    await world.run()

    assert await world.risk(OVERFLOW, port) is None
    (question,) = await open_questions(world)
    assert "mends its packages without changing the version" in question


async def test_a_known_version_answers_what_was_open(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("*")
    await world.run()

    world.later(minutes=5)
    await world.see("1.0")
    await world.run()

    assert await open_questions(world) == []
    assert await world.risk(OVERFLOW, port) is not None


async def test_doing_it_again_writes_no_version(world):
    await world.load(cve(OVERFLOW, before("2.0")), cve(LEAK, before("1.0")))
    port = await world.see("1.0")
    await world.see("*", number=80)
    await world.run()
    last = await world.store.last_sequence()

    world.later(hours=1)
    await world.correlator.correlate(ACME, port)
    await world.assessor.assess(ACME, [Risk(target=port, weakness=OVERFLOW).key])

    assert await world.store.last_sequence() == last


async def test_a_newer_version_seen_by_the_same_capability_remediates(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()

    world.later(days=1)
    await world.see("2.0")
    await world.run()

    risk = await world.risk(OVERFLOW, port)
    assert risk.state is RiskState.REMEDIATED
    versions = await world.store.versions(ACME, risk.key)
    assert "Widget 2.0" in versions.items[0].change.why


async def test_an_older_version_that_comes_back_opens_the_risk_again(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    world.later(days=1)
    await world.see("2.0")
    await world.run()

    world.later(days=1)
    await world.see("1.0")
    await world.follower.recheck(ACME)

    assert (await world.risk(OVERFLOW, port)).state is RiskState.OPEN


async def test_two_capabilities_that_see_different_versions_contradict_but_close_nothing(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0", capability="banner")
    await world.run()

    world.later(days=1)
    await world.see("2.0", capability="http")
    await world.run()

    assert (await world.risk(OVERFLOW, port)).state is RiskState.TRIAGE


async def test_a_remediation_stands_until_the_technology_is_seen_again(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    world.later(hours=1)
    key = Risk(target=port, weakness=OVERFLOW).key
    await world.risks.transition(ACME, key, RiskState.REMEDIATED, "ann", "updated")
    world.later(hours=1)

    await world.run()
    await world.correlator.correlate(ACME, port)
    before_the_scan = await world.risk(OVERFLOW, port)
    await world.see("1.0")
    await world.follower.recheck(ACME)

    assert before_the_scan.state is RiskState.REMEDIATED
    assert (await world.risk(OVERFLOW, port)).state is RiskState.OPEN


@pytest.mark.parametrize("state", [RiskState.ACCEPTED, RiskState.REJECTED])
async def test_what_a_person_decided_stays_when_it_is_seen_again(world, state):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    until = {RiskState.ACCEPTED: world.at + timedelta(days=30)}.get(state)
    key = Risk(target=port, weakness=OVERFLOW).key
    await world.risks.transition(ACME, key, state, "ann", "known", until=until)

    world.later(days=1)
    await world.see("1.0")
    await world.correlator.correlate(ACME, port)
    await world.run()

    risk = await world.risk(OVERFLOW, port)
    assert (risk.state, risk.reason) == (state, "known")


async def test_what_needs_two_products_is_found_when_both_are_there(world):
    both = cve(OVERFLOW)
    needs = Node(
        "AND",
        children=(
            Node("OR", (before("2.0"),)),
            Node("OR", (CpeMatch("cpe:2.3:a:acme:engine:*:*:*:*:*:*:*:*", vulnerable=False),)),
        ),
    )
    await world.load(
        type(both)(both.id, both.published, both.modified, "x", both.cvss, configurations=(needs,))
    )
    port = await world.see("1.0")
    await world.run()
    alone = await world.risk(OVERFLOW, port)

    await world.see("3.0", cpe="cpe:2.3:a:acme:engine:{}:*:*:*:*:*:*:*")
    await world.run()

    assert alone is None
    assert await world.risk(OVERFLOW, port) is not None


async def test_one_target_is_one_risk_and_forty_targets_are_forty(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    for number in range(1, 61):
        await world.see("1.0", number=number)

    handled = await world.run()
    page = await world.store.find(ACME, Query(kinds=("risk",), limit=100))

    assert len(page.items) == 60
    assert handled


async def test_a_technology_at_many_targets_is_shared_out(world):
    for number in range(1, 61):
        await world.see("1.0", number=number)
    await world.run()
    await world.load(cve(OVERFLOW, before("2.0")))

    await world.stages[0].technology(ACME, Technology(cpe=WIDGET.format("1.0")).key, "cause")
    handled = await world.run()

    assert sum(order.startswith("correlate #port") for order in handled) == 60
    assert len((await world.store.find(ACME, Query(kinds=("risk",), limit=100))).items) == 60


async def test_organisations_do_not_see_each_other(world):
    other = Organisation("other")
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.see("2.0", organisation=other)

    await world.run()

    assert await world.risk(OVERFLOW, port) is not None
    assert await world.risk(OVERFLOW, port, other) is None


async def test_an_excluded_target_gets_no_risk(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.surface.edit(ACME, [Edit(actor="ann", key=port, status=Status.EXCLUDED)])

    await world.run()

    assert await world.risk(OVERFLOW, port) is None


async def test_a_risk_stands_on_the_surface_of_its_target(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0", surface=Surface.INTERNAL)

    await world.run()

    key = Risk(target=port, weakness=OVERFLOW).key
    assert (await world.store.get(ACME, [key]))[key].surface is Surface.INTERNAL


async def test_a_name_that_intelligence_cannot_read_spoils_nothing_else(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.see("1.0", cpe="cpe:2.3:a:acme:wid=get:{}:*:*:*:*:*:*:*")

    await world.run()

    assert await world.risk(OVERFLOW, port) is not None


async def test_what_a_newer_look_showed_is_kept_as_the_proof(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    world.later(days=1)
    await world.see("2.0")
    await world.run()

    risk = await world.risk(OVERFLOW, port)

    assert risk.verified.startswith("Widget 2.0, which runs there now, is not affected; seen 2026-03-02")
    assert risk.verified.endswith("by http")


async def test_what_a_person_calls_mended_is_verified_by_a_newer_look_only(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    key = Risk(target=port, weakness=OVERFLOW).key
    await world.risks.transition(ACME, key, RiskState.REMEDIATED, "ann", "updated")
    await world.run()
    said = await world.risk(OVERFLOW, port)
    world.later(days=1)
    await world.see("2.0")
    await world.run()

    seen = await world.risk(OVERFLOW, port)

    assert (said.state, said.verified) == (RiskState.REMEDIATED, "")
    assert (seen.state, "Widget 2.0" in seen.verified) == (RiskState.REMEDIATED, True)


async def test_silence_verifies_nothing(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    world.later(days=40)
    await world.surface.expire(ACME)
    await world.run()

    risk = await world.risk(OVERFLOW, port)

    assert (risk.state, risk.verified) == (RiskState.TRIAGE, "")


async def test_a_feed_that_comes_later_finds_the_risk_in_what_was_seen_before(world):
    port = await world.see("1.0")
    await world.run()
    unknown = await world.risk(OVERFLOW, port)
    world.later(days=2)
    await world.load(cve(OVERFLOW, before("2.0")))
    await world.follower.follow()
    await world.run()

    risk = await world.risk(OVERFLOW, port)

    assert unknown is None
    assert Banner(text="Widget/1.0") in risk.evidence


@pytest.mark.parametrize(
    ("purl", "ecosystem", "name"),
    [
        ("pkg:npm/lib@1.0.0", "npm", "lib"),
        ("pkg:pypi/Acme_Lib@1.0.0", "PyPI", "acme-lib"),
        ("pkg:golang/acme.example/lib@v1.0.0", "Go", "acme.example/lib"),
        ("pkg:maven/org.acme/lib@1.0.0", "Maven", "org.acme:lib"),
        ("pkg:cargo/lib@1.0.0", "crates.io", "lib"),
        ("pkg:deb/debian/libacme1@1.0-1?distro=debian-12.4&upstream=lib", "Debian:12", "lib"),
        ("pkg:deb/ubuntu/lib@1.0-1?distro=ubuntu-22.04", "Ubuntu:22.04:LTS", "lib"),
        ("pkg:apk/alpine/lib@1.0-r0?distro=3.19.1", "Alpine:v3.19", "lib"),
        ("pkg:rpm/rocky/lib@1.0-1.el9?distro=rocky-9.3", "Rocky Linux:9", "lib"),
        ("pkg:cran/lib@1.0-0", "CRAN", "lib"),
    ],
)
async def test_a_package_that_an_advisory_names_makes_a_risk_where_it_is_listed(world, purl, ecosystem, name):
    await world.load(fixed_in("1.2.3", OVERFLOW, ecosystem=ecosystem, name=name), feed="osv")
    image = await world.list_packages(purl)

    await world.run()

    risk = await world.risk(OVERFLOW, image)
    assert risk.remediation.startswith(f"Update {name} to 1.2.3")
    (matched,) = risk.evidence
    assert matched.values["purl"] == purl


async def test_a_package_without_advisories_and_what_is_no_package_say_nothing(world):
    await world.load(fixed_in("1.2.3", OVERFLOW), feed="osv")
    image = await world.list_packages(
        "pkg:npm/other@1.0.0", "lib@1.0.0", "pkg:generic/lib@1.0.0", "pkg:npm/lib@1.2.3"
    )

    await world.run()

    assert await world.risk(OVERFLOW, image) is None


async def test_an_advisory_without_a_cve_is_a_risk_by_its_own_id(world):
    await world.load(fixed_in("1.2.3"), feed="osv")
    image = await world.list_packages("pkg:npm/lib@1.0.0")

    await world.run()

    assert (await world.risk("GHSA-1", image)).severity is Severity.CRITICAL


async def test_a_package_whose_version_nobody_knows_is_an_open_question(world):
    await world.load(fixed_in("1.2.3", OVERFLOW), feed="osv")
    image = await world.list_packages("pkg:npm/lib")

    await world.run()

    assert await world.risk(OVERFLOW, image) is None
    assert any("cannot tell for lib" in question for question in await open_questions(world))


async def test_a_later_list_with_a_mended_version_remediates(world):
    await world.load(fixed_in("1.2.3", OVERFLOW), feed="osv")
    image = await world.list_packages("pkg:npm/lib@1.0.0", "pkg:npm/other@1.0.0")
    await world.run()

    world.later(days=1)
    await world.list_packages("pkg:npm/lib@1.2.3", "pkg:npm/other@1.0.0")
    await world.run()

    risk = await world.risk(OVERFLOW, image)
    assert risk.state is RiskState.REMEDIATED
    assert "lib 1.2.3, which runs there now" in risk.verified


async def test_many_packages_of_one_target_are_looked_at_together(world):
    looks = []
    plain = world.correlator.correlate

    async def counted(organisation, target):
        looks.append(target)
        await plain(organisation, target)

    world.correlator.correlate = counted
    image = await world.list_packages(*(f"pkg:npm/lib{number}@1.0.0" for number in range(50)))

    await world.run()

    assert looks == [image]
    await world.list_packages("pkg:npm/one-more@1.0.0")
    await world.run()
    assert looks == [image, image]
