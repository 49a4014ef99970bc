"""What a file that covers a target no longer has there."""

from datetime import timedelta

from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.states import RiskState

from .conftest import ACME, DAY, HOST, NOON, PORT, SHOP, World, finding, note, risk


async def state_of(world: World, weakness: str) -> tuple[RiskState, str]:
    record = await world.get(risk(weakness))
    versions = await world.store.versions(ACME, record.key)
    assert isinstance(record.entity, Risk)
    return record.entity.state, versions.items[0].change.why


async def test_what_is_gone_is_closed_and_says_why(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"), finding("CVE-2023-2222"))

    report = await world.bring(finding("CVE-2023-2222", at=NOON + DAY / 2, covers=(HOST,)))

    assert report.sentence() == "1 closed, 3 seen again"
    state, why = await state_of(world, "CVE-2023-1111")
    assert state is RiskState.REMEDIATED
    assert why == f"not in 1.notes, which covers {PORT.key}"
    assert (await state_of(world, "CVE-2023-2222"))[0] is RiskState.TRIAGE


async def test_what_is_gone_is_closed_once_where_the_file_covers_its_port_and_its_address(
    world: World,
) -> None:
    await world.bring(finding("CVE-2023-1111"))
    line = finding("CVE-2023-2222", at=NOON + DAY / 2, covers=(HOST, PORT))

    preview = await world.bring(line, dry_run=True)
    report = await world.bring(line)

    assert (preview.closed, report.closed) == (1, 1)
    assert (await state_of(world, "CVE-2023-1111"))[0] is RiskState.REMEDIATED


async def test_what_is_gone_stays_open_where_the_file_covers_nothing(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))

    report = await world.bring(finding("CVE-2023-2222", at=NOON + DAY / 2))

    assert report.closed == 0


async def test_what_is_gone_stays_open_where_another_tool_reported_it(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"), format_name="other")

    report = await world.bring(note(HOST, covers=(HOST,), at=NOON + DAY / 2))

    assert report.closed == 0


async def test_what_is_gone_stays_open_where_it_was_seen_since(world: World) -> None:
    await world.bring(finding("CVE-2023-1111", at=NOON + DAY / 2))

    report = await world.bring(note(HOST, covers=(HOST,), at=NOON))

    assert report.closed == 0


async def test_what_is_gone_stays_accepted(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    edit = Edit(actor="ana", key=risk("CVE-2023-1111").key, fields={"state": "accepted"})
    await world.surface.edit(ACME, [edit])

    report = await world.bring(note(HOST, covers=(HOST,), at=NOON + DAY / 2))

    assert report.closed == 0


async def test_what_is_gone_opens_again_when_it_is_seen_again(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    await world.bring(note(HOST, covers=(HOST,), at=NOON + timedelta(hours=1)))

    report = await world.bring(finding("CVE-2023-1111", at=NOON + timedelta(hours=2)))

    assert report.sentence() == "1 reopened, 2 seen again"
    assert (await state_of(world, "CVE-2023-1111"))[0] is RiskState.OPEN


async def test_what_is_gone_stays_closed_for_an_older_file(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    await world.bring(note(HOST, covers=(HOST,), at=NOON + timedelta(hours=2)))

    await world.bring(finding("CVE-2023-1111", at=NOON + timedelta(hours=1)))

    assert (await state_of(world, "CVE-2023-1111"))[0] is RiskState.REMEDIATED


async def test_what_is_gone_more_than_one_transaction_holds_is_closed(world: World) -> None:
    await world.bring(*[finding(f"CVE-2023-{1_000 + number}") for number in range(600)])

    report = await world.bring(note(HOST, covers=(HOST,), at=NOON + DAY / 2))

    assert report.closed == 600


async def test_what_is_gone_is_closed_where_a_person_says_that_the_file_is_complete(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))

    preview = await world.bring(note(PORT, at=NOON + DAY / 2), complete=True, dry_run=True)
    report = await world.bring(note(PORT, at=NOON + DAY / 2), complete=True)

    assert (preview.closed, report.closed) == (1, 1)
    assert (await state_of(world, "CVE-2023-1111"))[0] is RiskState.REMEDIATED


async def test_what_is_gone_stays_open_where_a_complete_file_names_no_target(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))

    report = await world.bring(note(SHOP, at=NOON + DAY / 2), complete=True)

    assert report.closed == 0


async def test_what_is_gone_is_closed_although_it_has_a_newer_score(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    await world.score(risk("CVE-2023-1111", score=40), at=NOON + DAY)

    report = await world.bring(note(HOST, covers=(HOST,), at=NOON + DAY / 2))

    assert report.closed == 1
