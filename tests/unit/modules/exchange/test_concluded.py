import pytest

from chariot.model.evidence import KeyValues
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.model.observations import Edit
from chariot.model.relationships import RelationshipType
from chariot.model.states import RiskState, Status
from chariot.modules.exchange.concluded import Concluded
from chariot.modules.risk.correlate import CORRELATOR
from chariot.modules.risk.finding import CANNOT_TELL, MATCHED, PACKAGE
from chariot.modules.surface.trace import Trace

from .conftest import ACME, HOST, PORT, World, link, note, risk

HTTPD = Technology(cpe="cpe:2.3:a:apache:http_server:2.4.49:*:*:*:*:*:*:*")
OTHER = Technology(cpe="cpe:2.3:a:openbsd:openssh:7.4:*:*:*:*:*:*:*")
LIBRARY = Attribute(owner=PORT.key, label=PACKAGE, value="pkg:npm/lib@1.0.0")
QUESTION = Attribute(owner=PORT.key, label=CANNOT_TELL, value="which version?")
RUNS = link(RelationshipType.HAS_TECHNOLOGY, PORT, HTTPD)
HOLDS = link(RelationshipType.HAS_ATTRIBUTE, PORT, LIBRARY)
AT = link(RelationshipType.HAS_PORT, HOST, PORT)


def concluded_from(**values: str) -> Risk:
    return risk(evidence=(KeyValues(title=MATCHED, values=values),))


FROM_HTTPD = concluded_from(cpe=HTTPD.cpe)


async def conclude(world: World, one: Risk = FROM_HTTPD, by: str = CORRELATOR) -> None:
    edges = [
        link(RelationshipType.HAS_RISK, PORT, one),
        link(RelationshipType.HAS_ATTRIBUTE, PORT, QUESTION),
    ]
    await world.see(PORT, one, QUESTION, *edges, capability=by)


async def status(world: World, one: Risk | Attribute = FROM_HTTPD) -> Status:
    return (await world.get(one)).status


async def test_what_follows_only_from_what_an_import_brought_leaves_with_it(world: World) -> None:
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    await conclude(world)

    undone = await world.undo(report.id)

    assert (await status(world), await status(world, QUESTION)) == (Status.GONE, Status.GONE)
    assert undone.concluded == 2
    assert "2 left that only followed from it" in undone.sentence()


async def test_what_follows_from_a_package_leaves_with_it(world: World) -> None:
    await world.see(PORT)
    report = await world.bring(note(PORT, LIBRARY, HOLDS))
    one = concluded_from(purl=LIBRARY.value)
    await conclude(world, one)

    await world.undo(report.id)

    assert await status(world, one) is Status.GONE


async def test_what_it_brought_itself_is_counted_once(world: World) -> None:
    report = await world.bring(
        note(HOST, PORT, HTTPD, FROM_HTTPD, AT, RUNS, link(RelationshipType.HAS_RISK, PORT, FROM_HTTPD))
    )
    await conclude(world)

    undone = await world.undo(report.id)

    # The port stays, which something else saw in the meantime.
    assert (undone.left, undone.kept, undone.concluded) == (3, 1, 1)


async def test_a_preview_takes_nothing(world: World) -> None:
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    await conclude(world)

    await world.undo(report.id, dry_run=True)

    assert await status(world) is Status.ACTIVE


@pytest.mark.parametrize("is_brought_too", [False, True])
@pytest.mark.parametrize("is_known_before", [False, True])
@pytest.mark.parametrize("stands_on", [HTTPD, OTHER])
async def test_a_preview_counts_what_would_leave_as_it_does(
    world: World, stands_on: Technology, is_known_before: bool, is_brought_too: bool
) -> None:
    one = concluded_from(cpe=stands_on.cpe)
    await world.see(PORT, OTHER, link(RelationshipType.HAS_TECHNOLOGY, PORT, OTHER))
    if is_known_before:
        await conclude(world, one)
    brought = [one, link(RelationshipType.HAS_RISK, PORT, one)] if is_brought_too else []
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS, *brought))
    await conclude(world, one)

    foreseen = await world.undo(report.id, dry_run=True)
    done = await world.undo(report.id)

    assert (foreseen.left, foreseen.kept, foreseen.concluded) == (done.left, done.kept, done.concluded)


async def test_a_preview_says_what_would_leave_that_only_follows_from_it(world: World) -> None:
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    await conclude(world)

    foreseen = await world.undo(report.id, dry_run=True)

    assert "2 would leave that only followed from it" in foreseen.sentence()


async def test_what_stands_on_something_else_stays(world: World) -> None:
    await world.see(PORT, OTHER, link(RelationshipType.HAS_TECHNOLOGY, PORT, OTHER))
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    one = concluded_from(cpe=OTHER.cpe)
    await conclude(world, one)

    await world.undo(report.id)

    assert (await status(world, one), await status(world, QUESTION)) == (Status.ACTIVE, Status.ACTIVE)


async def test_what_another_saw_run_there_keeps_its_conclusions(world: World) -> None:
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    await conclude(world)
    await world.see(PORT, HTTPD, RUNS, capability="probe")

    await world.undo(report.id)

    assert await status(world) is Status.ACTIVE


async def test_what_a_scanner_saw_by_itself_stays(world: World) -> None:
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    await conclude(world, by="nuclei")

    await world.undo(report.id)

    assert await status(world) is Status.ACTIVE


@pytest.mark.parametrize("decided", [{"state": RiskState.ACCEPTED.value}, {"owner": "ana"}])
async def test_what_a_person_took_up_stays(world: World, decided: dict[str, str]) -> None:
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    await conclude(world)
    await world.surface.edit(ACME, [Edit(actor="ana", key=FROM_HTTPD.key, fields=decided)])

    await world.undo(report.id)

    assert await status(world) is Status.ACTIVE


@pytest.mark.parametrize("values", [{"cpe": "no name"}, {"purl": "\x00"}, {}])
async def test_what_does_not_say_from_what_it_follows_stays_while_anything_runs_there(
    world: World, values: dict[str, str]
) -> None:
    await world.see(PORT, OTHER, link(RelationshipType.HAS_TECHNOLOGY, PORT, OTHER))
    report = await world.bring(note(HOST, PORT, HTTPD, AT, RUNS))
    one = concluded_from(**values)
    await conclude(world, one)

    await world.undo(report.id)

    assert await status(world, one) is Status.ACTIVE


async def test_what_brought_nothing_that_runs_takes_nothing(world: World) -> None:
    await conclude(world)

    left = await Concluded(world.surface, ACME).leave(Trace(capability="notes"), actor="ana", why="x")

    assert (left, await status(world)) == ([], Status.ACTIVE)
