from chariot.model.kinds.work import Attribute, Setting
from chariot.model.observations import Edit, Observations
from chariot.model.states import Status
from chariot.modules.risk.policy import WEIGHTS
from chariot.modules.risk.reassess import Reassessor
from chariot.modules.risk.standing import Standing

from .conftest import ACME, OVERFLOW, before, cve


class Measured:
    """Positions that are said."""

    def __init__(self, **standing) -> None:
        self.standing = Standing(**standing)
        self.asked = []

    async def of(self, organisation, targets):
        self.asked += targets
        return dict.fromkeys(targets, self.standing)


async def at_risk(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    port = await world.see("1.0")
    await world.run()
    return port


def points(risk, name):
    return next(factor.points for factor in risk.factors if factor.name == name)


async def test_a_new_position_reaches_the_score_and_is_kept_by_later_scores(world):
    port = await at_risk(world)
    before_it = await world.risk(OVERFLOW, port)
    measured = Measured(reachable=300, leads_to_critical=True)

    looked_at = await Reassessor(world.store, world.assessor, measured).tick(ACME)
    await world.known_exploited(OVERFLOW)
    await world.follower.follow()
    await world.run()

    risk = await world.risk(OVERFLOW, port)
    assert (looked_at, measured.asked) == (1, [port])
    assert (points(before_it, "reach"), points(risk, "reach"), points(risk, "path")) == (0, 2, 2)
    assert (risk.reachable, risk.leads_to_critical) == (177, True)


async def test_a_position_whose_points_are_the_same_writes_nothing(world):
    port = await at_risk(world)
    await Reassessor(world.store, world.assessor, Measured(reachable=300, leads_to_critical=False)).tick(ACME)
    at = await world.store.last_sequence(ACME)

    moved = Measured(reachable=451, leads_to_critical=False)
    await Reassessor(world.store, world.assessor, moved).tick(ACME)

    assert moved.asked == [port]
    assert await world.store.last_sequence(ACME) == at


async def test_a_control_that_a_capability_found_lowers_the_score(world):
    port = await at_risk(world)
    found = Attribute(owner=port, label="control", value="waf")
    batch = Observations(capability="http", seen_at=world.at, entities=(found,))
    await world.surface.observe(ACME, batch)

    await Reassessor(world.store, world.assessor, Measured(reachable=0, leads_to_critical=False)).tick(ACME)

    assert points(await world.risk(OVERFLOW, port), "controls") == -4


async def test_weights_of_the_organisation_reach_every_score_at_once(world):
    port = await at_risk(world)
    setting = Setting(label=WEIGHTS)
    fields = {"value": '{"cvss": 50}'}
    await world.surface.edit(ACME, [Edit(actor="ann", entity=setting, fields=fields, status=Status.ACTIVE)])
    await world.run()
    weighed = await world.risk(OVERFLOW, port)
    await world.surface.edit(ACME, [Edit(actor="ann", key=setting.key, status=Status.GONE)])
    await world.run()

    assert (points(weighed, "cvss"), weighed.formula) == (13, "1.2 own weights")
    assert (await world.risk(OVERFLOW, port)).formula == "1.2"


async def test_an_organisation_without_risks_asks_no_graph(world):
    measured = Measured(reachable=1, leads_to_critical=False)

    assert await Reassessor(world.store, world.assessor, measured).tick(ACME) == 0
    assert measured.asked == []
