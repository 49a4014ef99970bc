from datetime import timedelta

from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Setting
from chariot.model.observations import Edit
from chariot.model.states import RiskState, Status
from chariot.modules.risk.policy import WEIGHTS

from .conftest import ACME, OVERFLOW, before, cve


async def at_risk(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    return port, Risk(target=port, weakness=OVERFLOW).key


async def test_known_exploitation_is_named_as_the_reason_with_the_day(world):
    _, key = await at_risk(world)
    since = world.now()
    world.later(hours=1)
    await world.known_exploited(OVERFLOW)
    await world.follower.follow()
    await world.run()

    found = (await world.risks.explain(ACME, key, since=since)).since

    changes = {change.name: change for change in found.factors}
    assert (changes["known exploited"].before, changes["known exploited"].after) == ("no", "yes")
    facts = {fact.field: (fact.before, fact.after) for fact in found.facts}
    assert facts["known_exploited"] == ("False", "True")
    assert facts["known_exploited_day"] == ("", "2026-01-01")
    assert found.changed_by == sum(one.points_after - one.points_before for one in found.factors) > 0


async def test_tags_and_own_weights_are_reasons_too(world):
    port, key = await at_risk(world)
    since = world.now()
    world.later(hours=1)
    await world.surface.edit(ACME, [Edit(actor="ann", key=port, tags={"criticality": "high"})])
    fields = {"value": '{"epss": 200}'}
    setting = Setting(label=WEIGHTS)
    await world.surface.edit(ACME, [Edit(actor="ann", entity=setting, fields=fields, status=Status.ACTIVE)])
    await world.run()

    found = (await world.risks.explain(ACME, key, since=since)).since

    assert {change.name for change in found.factors} == {"criticality", "epss"}
    assert ("tags", "criticality=high") in {(fact.field, fact.after) for fact in found.facts}
    assert (setting.key, '{"epss": 200}') in {(fact.key, fact.after) for fact in found.facts}


async def test_what_was_not_there_then_has_gained_all_its_points(world):
    since = world.now()
    world.later(hours=1)
    _, key = await at_risk(world)

    explained = await world.risks.explain(ACME, key, since=since)

    assert (explained.since.score, explained.since.state) == (None, None)
    assert explained.since.changed_by == explained.score


async def test_steps_of_people_are_told_with_who_and_why(world):
    _, key = await at_risk(world)
    since = world.now()
    until = world.at + timedelta(days=9)
    world.later(hours=1)
    await world.risks.transition(ACME, key, RiskState.ACCEPTED, "ann", "behind a proxy", until=until)

    found = (await world.risks.explain(ACME, key, since=since)).since

    assert found.state is RiskState.TRIAGE
    assert (found.steps[0].actor, found.steps[0].why) == ("ann", "behind a proxy")


async def test_nothing_changed_is_said_as_nothing(world):
    _, key = await at_risk(world)

    found = (await world.risks.explain(ACME, key, since=world.now())).since

    assert (found.factors, found.facts, found.steps, found.changed_by) == ((), (), (), 0)
