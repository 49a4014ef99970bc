"""What a file says that people decided about its risks."""

from typing import Any

from chariot.format import Decided
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.states import RiskState
from chariot.modules.exchange.deciding import decisions

from .conftest import ACME, DAY, HOST, NOON, World, finding, note, risk

RISK = risk()
ACCEPTED = {"risk": RISK.key, "state": "accepted", "reason": "known to ada", "until": "2027-01-01T00:00:00Z"}


async def state_of(world: World) -> tuple[RiskState, str]:
    entity = (await world.get(RISK)).entity
    assert isinstance(entity, Risk)
    return entity.state, entity.reason


async def edit(world: World, **fields: Any) -> None:
    await world.surface.edit(ACME, [Edit(actor="ana", why="looked", key=RISK.key, fields=fields)])


async def test_a_decision_of_the_file_is_one_here_with_its_reason_in_history(world: World) -> None:
    report = await world.bring(finding(decided=[ACCEPTED]))

    record = await world.get(RISK)
    version = (await world.store.versions(ACME, RISK.key)).items[0]
    assert await state_of(world) == (RiskState.ACCEPTED, "known to ada")
    assert (version.change.actor, version.change.why) == ("import i0", "known to ada")
    assert "state" in record.decided
    assert report.decided == 1


async def test_a_preview_counts_what_would_be_decided_and_decides_nothing(world: World) -> None:
    report = await world.bring(finding(decided=[ACCEPTED]), dry_run=True)

    assert report.decided == 1
    assert await world.get(RISK) is None


async def test_the_same_file_again_decides_nothing(world: World) -> None:
    line = finding(decided=[ACCEPTED])
    await world.bring(line)

    assert (await world.bring(line)).decided == 0


async def test_what_a_person_decided_here_stands_against_a_file_that_tells_no_time(world: World) -> None:
    await world.bring(finding())
    await edit(world, state="rejected", reason="not ours")

    report = await world.bring(finding(decided=[ACCEPTED]))

    assert report.decided == 0
    assert await state_of(world) == (RiskState.REJECTED, "not ours")


async def test_what_was_decided_later_elsewhere_wins(world: World) -> None:
    await world.bring(finding())
    await edit(world, state="rejected", reason="not ours")
    later = (world.now + DAY).isoformat()
    world.now += 2 * DAY

    await world.bring(finding(decided=[ACCEPTED | {"at": later}]))

    assert await state_of(world) == (RiskState.ACCEPTED, "known to ada")


async def test_a_time_that_is_yet_to_come_wins_nothing(world: World) -> None:
    await world.bring(finding())
    await edit(world, state="rejected", reason="not ours")

    await world.bring(finding(decided=[ACCEPTED | {"at": (world.now + DAY).isoformat()}]))

    assert (await state_of(world))[0] is RiskState.REJECTED


async def test_what_was_seen_after_it_was_mended_is_not_mended(world: World) -> None:
    await world.bring(finding())
    mended = {"risk": RISK.key, "state": "remediated", "at": (NOON - DAY).isoformat()}

    await world.bring(finding(decided=[mended]))

    assert (await state_of(world))[0] is RiskState.TRIAGE


async def test_undoing_the_import_takes_its_decision_back(world: World) -> None:
    await world.bring(finding())
    report = await world.bring(finding(decided=[ACCEPTED]))

    await world.undo(report.id)

    assert await state_of(world) == (RiskState.TRIAGE, "")


async def test_undoing_the_import_that_brought_the_risk_leaves_nothing(world: World) -> None:
    report = await world.bring(finding(decided=[ACCEPTED]))

    await world.undo(report.id)

    assert await world.told() == {}


async def test_what_is_not_there_is_not_decided() -> None:
    told = Decided(RISK.key, RiskState.ACCEPTED)

    assert decisions({}, {RISK.key: told}, (), "import", NOON) == []


async def test_a_score_is_no_sighting_of_what_was_mended(world: World) -> None:
    await world.bring(finding())
    await world.score(risk(score=40), at=NOON + DAY / 2)
    mended = {"risk": RISK.key, "state": "remediated", "at": (NOON + DAY / 4).isoformat()}

    report = await world.bring(finding(decided=[mended]))

    assert report.decided == 1
    assert (await state_of(world))[0] is RiskState.REMEDIATED


SETTLED = {"risk": RISK.key, "state": "remediated", "reason": "fixed in the file", "is_settled": True}


async def test_what_the_file_calls_settled_settles_a_risk_that_is_there(world: World) -> None:
    await world.bring(finding(at=NOON - DAY))
    line = note(HOST, decided=[SETTLED])

    preview = await world.bring(line, dry_run=True)
    report = await world.bring(line)

    assert (preview.decided, report.decided) == (1, 1)
    assert await state_of(world) == (RiskState.REMEDIATED, "fixed in the file")
    await world.undo(report.id)
    assert await state_of(world) == (RiskState.TRIAGE, "")


async def test_what_the_file_also_sees_is_not_settled(world: World) -> None:
    await world.bring(finding(at=NOON - DAY))

    report = await world.bring(note(HOST, decided=[SETTLED]), finding())

    assert report.decided == 0
    assert (await state_of(world))[0] is RiskState.TRIAGE


async def test_what_is_settled_and_was_never_seen_is_nothing(world: World) -> None:
    line = note(HOST, decided=[SETTLED])

    reports = [await world.bring(line, dry_run=True), await world.bring(line)]

    assert [report.decided for report in reports] == [0, 0]
    assert await world.get(RISK) is None
