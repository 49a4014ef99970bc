from datetime import timedelta

import pytest

from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Setting
from chariot.model.observations import Edit
from chariot.model.states import RiskState, Status
from chariot.modules.risk.deadlines import DEADLINES, Deadlines
from chariot.modules.risk.policy import SLA, Policies

from .conftest import ACME, OVERFLOW, before, cve


@pytest.fixture
async def key(world):
    value = '{"severity": {"critical": 7}, "known-exploited": 2}'
    await world.surface.edit(
        ACME, [Edit(actor="ann", entity=Setting(label=SLA), fields={"value": value}, status=Status.ACTIVE)]
    )
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    return Risk(target=port, weakness=OVERFLOW).key


@pytest.fixture
def deadlines(world):
    return Deadlines(world.surface, Policies(world.store), now=world.now)


async def risk_of(world, key) -> Risk:
    return (await world.store.get(ACME, [key]))[key].entity


async def opened(world, key, **more) -> Risk:
    await world.risks.transition(ACME, key, RiskState.OPEN, "ann", **more)
    await world.run()
    return await risk_of(world, key)


async def test_a_due_date_is_set_when_a_risk_opens_and_not_before(world, key):
    waiting = await risk_of(world, key)
    at = world.at

    risk = await opened(world, key)

    assert waiting.due_at is None
    assert timedelta(0) <= risk.due_at - at - timedelta(days=7) < timedelta(minutes=1)


async def test_a_date_that_a_person_set_stays(world, key):
    due_at = world.at + timedelta(days=90)
    risk = await opened(world, key, due_at=due_at)
    await world.known_exploited(OVERFLOW)
    await world.follower.follow()
    await world.run()

    assert risk.due_at == (await risk_of(world, key)).due_at == due_at


async def test_a_date_of_the_policy_moves_nearer_when_the_risk_gets_worse_and_never_away(world, key):
    first = (await opened(world, key)).due_at
    await world.known_exploited(OVERFLOW)
    await world.follower.follow()
    await world.run()
    second = (await risk_of(world, key)).due_at
    await world.known_exploited()
    await world.follower.follow()
    await world.run()

    assert second - first < timedelta(days=-4)
    assert (await risk_of(world, key)).due_at == second


async def test_what_passed_its_date_is_overdue_once_and_mended_is_not(world, key, deadlines):
    await opened(world, key)
    early = await deadlines.tick(ACME)
    world.later(days=8)
    late, again = await deadlines.tick(ACME), await deadlines.tick(ACME)
    marked = await risk_of(world, key)
    change = (await world.store.versions(ACME, key)).items[0].change

    await world.risks.transition(ACME, key, RiskState.REMEDIATED, "ann", "updated")

    assert (early, late, again) == (0, 1, 0)
    assert marked.overdue
    assert (change.actor, change.fields) == (DEADLINES, ("overdue",))
    mended = await risk_of(world, key)
    assert (mended.overdue, mended.due_at) == (False, None)


async def test_what_opens_again_is_due_by_a_new_count(world, key):
    first = (await opened(world, key)).due_at
    await world.risks.transition(ACME, key, RiskState.REMEDIATED, "ann", "updated")
    await world.run()
    world.later(days=30)

    second = (await opened(world, key)).due_at

    assert second - first >= timedelta(days=30)


async def test_a_policy_that_is_set_later_reaches_what_is_open(world, key):
    setting = Setting(label=SLA)
    await world.surface.edit(ACME, [Edit(actor="ann", key=setting.key, status=Status.GONE)])
    without = await opened(world, key)
    fields = {"value": '{"severity": {"critical": 1}}'}
    await world.surface.edit(ACME, [Edit(actor="ann", entity=setting, fields=fields, status=Status.ACTIVE)])
    await world.run()

    assert without.due_at is None
    assert (await risk_of(world, key)).due_at is not None


async def test_an_unknown_key_is_no_error(world, deadlines):
    assert await deadlines.keep(ACME, [Risk(target="#domain#example.com", weakness="CVE-2024-1").key]) == 0
