from chariot.model.kinds.weakness import Risk
from chariot.model.states import RiskState
from chariot.modules.risk.groups import Grouping
from chariot.modules.surface.filters import parse_filter

from .conftest import ACME, LEAK, OVERFLOW, before, cve


async def world_with_two(world):
    await world.load(cve(OVERFLOW, before("2.0")))
    ports = [await world.see("1.0", number=number) for number in (80, 443)]
    await world.load(cve(LEAK, before("1.0", "gadget")))
    ports.append(await world.see("0.5", number=8080, cpe="cpe:2.3:a:acme:gadget:{}:*:*:*:*:*:*:*"))
    await world.run()
    return ports


async def test_the_same_weakness_over_many_targets_is_one_line(world):
    first, second, third = await world_with_two(world)
    key = Risk(target=first, weakness=OVERFLOW).key
    await world.risks.transition(ACME, key, RiskState.OPEN, "ann", owner="bo")

    found = await world.risks.groups(ACME)

    groups = {group.weakness: group for group in found.groups}
    assert (groups[OVERFLOW].risks, groups[LEAK].risks) == (2, 1)
    assert set(groups[OVERFLOW].targets) == {first, second}
    assert groups[LEAK].targets == (third,)
    assert groups[OVERFLOW].states == {"open": 1, "triage": 1}
    assert groups[OVERFLOW].unowned == 1


async def test_all_that_is_wrong_with_one_target_is_one_line(world):
    port = await world.see("1.0", number=80)
    await world.load(cve(OVERFLOW, before("2.0")), cve(LEAK, before("3.0")))
    await world.run()
    risks = {Risk(target=port, weakness=weakness).key for weakness in (OVERFLOW, LEAK)}

    found = await world.risks.groups(ACME, by=Grouping.TARGET)

    (group,) = found.groups
    assert (group.targets, group.risks, set(group.members)) == ((port,), 2, risks)


async def test_a_filter_and_the_states_choose_what_is_gathered(world):
    first, *_ = await world_with_two(world)
    await world.risks.transition(
        ACME, Risk(target=first, weakness=OVERFLOW).key, RiskState.REJECTED, "ann", "not ours"
    )

    filtered = await world.risks.groups(ACME, where=parse_filter(f"weakness={LEAK}", ("risk",)))
    rejected = await world.risks.groups(ACME, states=[RiskState.REJECTED])

    assert [(group.weakness, group.risks) for group in filtered.groups] == [(LEAK, 1)]
    assert [(group.weakness, group.risks) for group in rejected.groups] == [(OVERFLOW, 1)]
