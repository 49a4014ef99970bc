from datetime import timedelta

import pytest

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk
from chariot.model.states import Decision, RiskState
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.filters import parse_filter

from .conftest import ACME, LEAK, OVERFLOW, before, cve

LEAK_VECTOR = "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N"


@pytest.fixture
async def port(world):
    await world.load(cve(OVERFLOW, before("2.0")), cve(LEAK, before("2.0"), vector=LEAK_VECTOR))
    await world.known_exploited(OVERFLOW)
    port = await world.see("1.0")
    await world.run()
    return port


def key_at(port: Key, name: str = OVERFLOW) -> Key:
    return Risk(target=port, weakness=name).key


async def test_the_ranked_list_begins_with_what_to_fix_first(world, port):
    page = await world.risks.ranked(ACME)

    assert [record.entity.weakness for record in page.items] == [OVERFLOW, LEAK]


async def test_the_ranked_list_takes_a_filter_and_leaves_out_what_is_decided(world, port):
    await world.risks.transition(ACME, key_at(port), RiskState.REJECTED, "ann", "not reachable")

    open_ones = await world.risks.ranked(ACME)
    high = await world.risks.ranked(ACME, where=parse_filter("score>=60", ("risk",)))

    assert [record.entity.weakness for record in open_ones.items] == [LEAK]
    assert high.items == ()


async def test_an_explanation_has_reasons_and_what_would_lower_the_score(world, port):
    explanation = await world.risks.explain(ACME, key_at(port))

    assert explanation.score == explanation.record.entity.score == 70
    points = [factor.points for factor in explanation.factors]
    assert points == sorted(points, reverse=True)
    assert explanation.vulnerability.known_exploited
    cheapest, *_, last = explanation.remedies
    assert (cheapest.name, cheapest.score, cheapest.lowers_by) == ("update", 0, 70)
    assert cheapest.words == "Update Widget to 2.0 or later. Then it is gone."
    assert (last.name, last.score, last.decision) == ("take off the internet", 60, Decision.ATTEND)


async def test_explaining_what_is_no_risk_says_so(world, port):
    with pytest.raises(NotFoundError, match="no risk has the key"):
        await world.risks.explain(ACME, port)


async def test_a_step_is_kept_with_who_and_why(world, port):
    until = world.at + timedelta(days=30)
    due_at = world.at + timedelta(days=14)

    record = await world.risks.transition(
        ACME,
        key_at(port),
        RiskState.ACCEPTED,
        "ann",
        "behind a proxy",
        until=until,
        owner="bo",
        due_at=due_at,
    )

    risk = record.entity
    assert (risk.state, risk.reason, risk.owner) == (RiskState.ACCEPTED, "behind a proxy", "bo")
    assert (risk.accepted_until, risk.due_at) == (until, due_at)
    change = (await world.store.versions(ACME, record.key)).items[0].change
    assert (change.actor, change.why) == ("ann", "behind a proxy")


async def test_an_illegal_step_is_a_conflict_that_names_the_legal_ones(world, port):
    await world.risks.transition(ACME, key_at(port), RiskState.REMEDIATED, "ann", "updated")

    with pytest.raises(ConflictError, match="it can become open"):
        await world.risks.transition(ACME, key_at(port), RiskState.REJECTED, "ann", "no")


async def test_a_stale_revision_is_a_conflict(world, port):
    with pytest.raises(ConflictError, match="revision"):
        await world.risks.transition(ACME, key_at(port), RiskState.OPEN, "ann", if_revision=1)


async def test_a_due_day_needs_a_time_zone(world, port):
    with pytest.raises(InvalidError, match="due_at"):
        await world.risks.transition(
            ACME, key_at(port), RiskState.OPEN, "ann", due_at=world.at.replace(tzinfo=None)
        )


async def test_whoever_decides_while_acceptances_end_is_heard(world, port):
    until = world.at + timedelta(days=1)
    for name in (OVERFLOW, LEAK):
        await world.risks.transition(
            ACME, key_at(port, name), RiskState.ACCEPTED, "ann", "known", until=until
        )
    world.later(days=2)
    surface = DecidedMeanwhile(world, key_at(port))

    ended = await RiskService(surface, now=world.now).end_acceptances(ACME)

    risks = [await world.risk(name, port) for name in (OVERFLOW, LEAK)]
    assert (ended, [risk.state for risk in risks]) == (1, [RiskState.REJECTED, RiskState.OPEN])


class DecidedMeanwhile:
    """A surface at which somebody rejects one risk while the acceptances of all are being ended."""

    def __init__(self, world, key: Key) -> None:
        self.store = world.store
        self._world = world
        self._key = key

    async def edit(self, organisation, edits):
        if any(edit.key == self._key for edit in edits):
            await self._world.risks.transition(organisation, self._key, RiskState.REJECTED, "bob", "not ours")
        return await self._world.surface.edit(organisation, edits)


async def test_an_acceptance_ends_on_its_day(world, port):
    until = world.at + timedelta(days=30)
    await world.risks.transition(ACME, key_at(port), RiskState.ACCEPTED, "ann", "later", until=until)
    world.later(days=29)
    early = await world.risks.end_acceptances(ACME)

    world.later(days=2)
    ended = await world.risks.end_acceptances(ACME)

    risk = await world.risk(OVERFLOW, port)
    assert (early, ended) == (0, 1)
    assert (risk.state, risk.reason, risk.accepted_until) == (RiskState.OPEN, "", None)


async def test_what_changed_since_a_moment_is_told_with_the_reason(world, port):
    since = world.now()
    world.later(hours=5)
    await world.probable(OVERFLOW, 0.9)
    await world.follower.follow()
    await world.run()

    found = (await world.risks.explain(ACME, key_at(port), since=since)).since

    assert [change.name for change in found.factors] == ["epss", "floor"]
    assert sum(change.points_after - change.points_before for change in found.factors) == found.changed_by
    assert ("epss", "0.9") in [(fact.field, fact.after) for fact in found.facts]


async def test_a_moment_to_come_is_no_moment_to_compare_with(world, port):
    with pytest.raises(InvalidError, match="since"):
        await world.risks.explain(ACME, key_at(port), since=world.at + timedelta(days=1))


async def test_what_is_overdue_is_listed_the_longest_first(world, port):
    for name, days in ((OVERFLOW, 2), (LEAK, 1)):
        due_at = world.at + timedelta(days=days)
        await world.risks.transition(ACME, key_at(port, name), RiskState.OPEN, "ann", due_at=due_at)
    early = await world.risks.overdue(ACME)
    world.later(days=3)

    late = await world.risks.overdue(ACME)

    assert early.items == ()
    assert [record.entity.weakness for record in late.items] == [LEAK, OVERFLOW]


async def test_groups_are_bounded_by_the_limit(world, port):
    groups = await world.risks.groups(ACME, 1)

    assert [group.weakness for group in groups.groups] == [OVERFLOW]
    assert (groups.left_out, groups.counted, groups.complete) == (1, 2, True)
    with pytest.raises(InvalidError, match="limit"):
        await world.risks.groups(ACME, 0)
