import msgspec
import pytest

from chariot.errors import UnavailableError
from chariot.model.keys import SHARED, Organisation
from chariot.model.kinds.network import Address
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.observations import Edit, Observations
from chariot.model.records import Op
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Decision, RiskState, Severity, Status, Surface
from chariot.modules.risk.assess import AssessStage
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import ASSESS
from chariot.modules.work.relay import Notice

from .conftest import ACME, OVERFLOW, Away, before, cve

ADDRESS = Address(ip="192.0.2.7").key


async def found(world, **batch):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0", **batch)
    await world.run()
    return port


async def test_a_new_risk_is_scored_with_its_factors(world):
    port = await found(world)

    risk = await world.risk(OVERFLOW, port)

    assert risk.score == sum(factor.points for factor in risk.factors) == 44
    assert (risk.decision, risk.formula) == (Decision.TRACK, "1.2")


async def test_known_exploitation_moves_the_score_of_what_it_is_about(world):
    port = await found(world)
    await world.known_exploited(OVERFLOW)

    await world.follower.follow()
    await world.run()

    risk = await world.risk(OVERFLOW, port)
    assert (risk.score, risk.decision) == (70, Decision.ACT)


async def test_a_feed_day_writes_a_score_only_where_it_changes(world):
    port = await found(world)
    await world.probable(OVERFLOW, 0.01)
    await world.follower.follow()
    await world.run()
    key = Risk(target=port, weakness=OVERFLOW).key
    first = (await world.store.get(ACME, [key]))[key]

    world.later(days=1)
    await world.probable(OVERFLOW, 0.0101)
    await world.follower.follow()
    await world.run()

    assert (await world.store.get(ACME, [key]))[key].revision == first.revision


async def test_criticality_is_inherited_from_the_address(world):
    port = await found(world)
    before_it = (await world.risk(OVERFLOW, port)).score

    await world.surface.edit(ACME, [Edit(actor="ann", key=ADDRESS, tags={"criticality": "critical"})])
    await world.run()

    assert (await world.risk(OVERFLOW, port)).score == before_it + 7


async def test_the_targets_own_criticality_counts_before_that_of_its_address(world):
    port = await found(world)
    edits = [
        Edit(actor="ann", key=ADDRESS, tags={"criticality": "critical"}),
        Edit(actor="ann", key=port, tags={"criticality": "low"}),
    ]

    await world.surface.edit(ACME, edits)
    await world.run()

    factors = {factor.name: factor.value for factor in (await world.risk(OVERFLOW, port)).factors}
    assert factors["criticality"] == "low"


async def test_an_internal_target_scores_less(world):
    port = await found(world, surface=Surface.INTERNAL)

    assert (await world.risk(OVERFLOW, port)).score == 37


async def test_scoring_does_not_open_again_what_is_remediated(world):
    port = await found(world)
    key = Risk(target=port, weakness=OVERFLOW).key
    world.later(hours=1)
    await world.risks.transition(ACME, key, RiskState.REMEDIATED, "ann", "done")
    world.later(hours=1)

    await world.known_exploited(OVERFLOW)
    await world.follower.follow()
    await world.run()

    risk = await world.risk(OVERFLOW, port)
    assert (risk.state, risk.score) == (RiskState.REMEDIATED, 44)


async def test_a_risk_leaves_with_its_target_and_comes_back_with_it(world):
    port = await found(world)
    key = Risk(target=port, weakness=OVERFLOW).key
    world.later(days=30)
    await world.surface.edit(ACME, [Edit(actor="ann", key=port, status=Status.GONE)])
    await world.run()
    left = (await world.store.get(ACME, [key]))[key]

    world.later(days=1)
    await world.see("1.0")
    await world.run()

    assert left.status is Status.GONE
    assert (await world.store.get(ACME, [key]))[key].status is Status.ACTIVE


async def test_a_finding_without_a_cve_is_scored_by_its_severity(world):
    port = await world.see("1.0")
    risk = Risk(target=port, weakness="Default password", severity=Severity.HIGH)
    link = Relationship(RelationshipType.HAS_RISK, port, risk.key)
    batch = Observations(capability="import", seen_at=world.at, entities=(risk,), relationships=(link,))

    await world.surface.observe(ACME, batch)
    await world.run()

    scored = await world.risk("Default password", port)
    assert {factor.name: factor.value for factor in scored.factors}["cvss"] == "8.0"
    assert scored.score == 39


async def test_a_vulnerability_reaches_the_risks_of_every_organisation(world):
    other = Organisation("other")
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.see("1.0", organisation=other)
    await world.run()

    await world.known_exploited(OVERFLOW)
    await world.follower.follow()
    await world.run()

    scores = [(await world.risk(OVERFLOW, port, name)).score for name in (ACME, other)]
    assert scores == [70, 70]


async def test_a_vulnerability_at_many_targets_is_scored_page_by_page_and_the_rest_shared_out(
    world, monkeypatch
):
    monkeypatch.setattr("chariot.modules.risk.assess.RISKS_AT_ONCE", 10)
    monkeypatch.setattr("chariot.modules.risk.assess.PAGES_IN_PLACE", 2)
    await world.load(cve(OVERFLOW, before("2.0")))
    for number in range(1, 31):
        await world.see("1.0", number=number)
    await world.run()
    await world.known_exploited(OVERFLOW)

    await world.follower.reassess_changed([OVERFLOW])
    handled = await world.run()

    assert sum(order.startswith("assess #risk") for order in handled) == 10
    page = await world.store.find(ACME, Query(kinds=("risk",), sort="score", limit=1))
    assert page.items[0].entity.score == 70


@pytest.mark.parametrize("criticality", ["enormous", ""])
async def test_a_tag_that_is_no_criticality_says_nothing(world, criticality):
    port = await found(world)

    await world.surface.edit(ACME, [Edit(actor="ann", key=port, tags={"criticality": criticality})])
    await world.run()

    assert (await world.risk(OVERFLOW, port)).score == 44


def notice(entity):
    body = msgspec.json.encode(Notice(sequence=1, key=entity.key, kind=entity.kind, op=Op.CREATED))
    return Message(queue=ASSESS, id=entity.key, organisation=ACME, order_key=entity.key, body=body)


async def test_several_notices_are_scored_together(world):
    port = await found(world)
    risks = [
        Risk(target=port, weakness=f"manual:{name}", severity=Severity.HIGH) for name in ("relay", "listing")
    ]
    await world.surface.observe(
        ACME, Observations(capability="nessus", seen_at=world.now(), entities=tuple(risks))
    )

    await AssessStage(world.surface, world.assessor, world.bus).handle_all([*map(notice, risks)])

    stored = await world.store.get(ACME, [risk.key for risk in risks])
    assert all(record.entity.score for record in stored.values())


async def test_an_organisation_that_is_away_holds_up_no_other(world):
    away = Organisation("a-dedicated")
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.see("1.0", organisation=away)
    await world.run()
    before_it = (await world.risk(OVERFLOW, port)).score
    await world.known_exploited(OVERFLOW)
    await world.follower.follow()
    stage = AssessStage(SurfaceService(Away(world.store, away), now=world.now), world.assessor, world.bus)
    vulnerability = Vulnerability(id=OVERFLOW)

    with pytest.raises(UnavailableError):
        await stage.handle(msgspec.structs.replace(notice(vulnerability), organisation=SHARED))

    assert (await world.risk(OVERFLOW, port)).score > before_it
