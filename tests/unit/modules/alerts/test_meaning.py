from chariot.model.kinds.work import AlertRule
from chariot.model.observations import Edit
from chariot.modules.alerts.meaning import episode

from .conftest import ACME, RISK

RULE = AlertRule(label="urgent", minimum_score=70)


async def test_an_episode_begins_at_the_first_revision_that_meets_the_rule(scene):
    for score in (90, 20, 71, 72, 73):
        await scene.score(score)

    found = await episode(scene.store, ACME, RISK.key, RULE)

    assert (found.revision, found.cause) == (3, "raised")


async def test_an_episode_is_found_however_long_its_history(scene):
    for number in range(230):
        await scene.score(70 + number % 30)

    found = await episode(scene.store, ACME, RISK.key, RULE)

    assert (found.revision, found.cause) == (1, "new")


async def test_a_delivery_is_named_alike_for_one_episode_and_differently_for_all_else(scene):
    await scene.score(80)
    found = await episode(scene.store, ACME, RISK.key, RULE)

    names = {
        found.delivery_id(ACME, RULE.key, RISK.key),
        found.delivery_id(ACME, RULE.key, RISK.key),
        found.delivery_id("other", RULE.key, RISK.key),
        found.delivery_id(ACME, AlertRule(label="other").key, RISK.key),
    }

    assert len(names) == 3


async def test_a_rule_for_what_is_overdue_begins_when_the_date_has_passed(scene):
    rule = AlertRule(label="late", minimum_score=0, overdue_only=True)
    await scene.score(50)
    early = await episode(scene.store, ACME, RISK.key, rule)
    edit = Edit(actor="sla", key=RISK.key, fields={"overdue": True})
    await scene.surface.edit(ACME, [edit])

    late = await episode(scene.store, ACME, RISK.key, rule)

    assert early is None
    assert (late.revision, late.cause) == (2, "overdue")
