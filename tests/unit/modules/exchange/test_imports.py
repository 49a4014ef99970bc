import json
from collections.abc import Callable

import pytest

from chariot.errors import InvalidError
from chariot.model.kinds.network import Domain
from chariot.model.relationships import RelationshipType
from chariot.model.states import ImportState

from .conftest import ACME, DAY, HOST, NOON, PORT, SHOP, World, finding, link, note

MANY = [note(Domain(host=f"a{number}.test")) for number in range(40)]


async def test_a_file_is_counted_as_its_tool_and_as_we_count(world: World) -> None:
    report = await world.bring(finding("CVE-2023-1111"), finding("CVE-2023-2222"), note(SHOP))

    assert (report.format, report.findings, report.risks, report.assets) == ("notes", 2, 2, 3)
    assert (report.created, report.confirmed, report.refused) == (5, 0, 0)
    assert report.sentence() == "5 new"


async def test_what_many_batches_name_is_counted_once(world: World) -> None:
    report = await world.bring(*[finding(f"CVE-2023-{1_000 + number}") for number in range(30)])

    assert (report.created, report.changed, report.confirmed) == (32, 0, 0)


async def test_a_preview_tells_the_same_and_writes_nothing(world: World) -> None:
    await world.bring(finding("CVE-2023-1111"))
    lines = [finding("CVE-2023-2222", at=NOON + DAY, covers=(HOST,)), *MANY]
    before = await world.told()

    preview = await world.bring(*lines, dry_run=True)

    assert await world.told() == before
    assert (preview.written, preview.id, preview.closed) == (False, "", 1)
    done = await world.bring(*lines)
    assert {**preview.counts()} == done.counts()


async def test_the_same_file_again_says_so_and_confirms(world: World) -> None:
    first = await world.bring(finding())

    again = await world.bring(finding())

    assert again.known_as == first.id != again.id
    assert again.sentence() == "3 seen again"


async def test_a_broken_file_leaves_nothing(world: World) -> None:
    with pytest.raises(InvalidError, match="line 41: is broken"):
        await world.bring(*MANY, b"broken\n")

    assert await world.told() == {}
    assert [one async for one in world.service.ledger.all(ACME)] == []


async def test_a_refused_record_keeps_no_other_out(world: World) -> None:
    report = await world.bring(note(SHOP), note(refused="it has no host"), finding())

    assert report.created == 4
    assert report.sentence() == "4 new, 1 refused because it has no host"
    assert report.errors[0].place == "line 2"


async def test_a_refusal_of_the_merge_names_the_place_in_the_file(world: World) -> None:
    report = await world.bring(note(SHOP), note(link(RelationshipType.HAS_PORT, HOST, PORT)))

    assert [(one.place, "no entity has the key" in one.reason) for one in report.errors] == [("line 2", True)]


async def test_a_record_larger_than_a_batch_comes_in_pieces(world: World) -> None:
    names = [Domain(host=f"a{number}.test") for number in range(50)]
    links = [link(RelationshipType.ALIAS_OF, names[0], other) for other in names[1:]]

    report = await world.bring(note(*names, *links))

    edges = await world.store.edges(ACME, names[0].key, direction="out")
    assert not report.errors
    assert (report.created, report.refused, len(edges.items)) == (50, 0, 49)


async def test_records_of_different_moments_keep_their_own(world: World) -> None:
    await world.bring(note(SHOP, at=NOON), note(HOST, at=NOON - DAY))

    assert (await world.get(SHOP)).visited == NOON
    assert (await world.get(HOST)).visited == NOON - DAY


async def test_an_end_may_stand_in_a_record_of_a_later_moment(world: World) -> None:
    one = link(RelationshipType.HAS_PORT, HOST, PORT)

    report = await world.bring(note(HOST, at=NOON), note(PORT, at=NOON + DAY / 2), note(one, at=NOON))

    assert report.refused == 0


async def test_nothing_was_seen_after_now(world: World) -> None:
    await world.bring(note(SHOP, at=NOON + 30 * DAY))

    assert (await world.get(SHOP)).visited <= world.now


async def test_the_ledger_tells_what_came_in(world: World) -> None:
    report = await world.bring(finding(), requested_by="cli:ana")

    entry = await world.service.ledger.get(ACME, report.id)

    assert (entry.format, entry.state, entry.requested_by) == ("notes", ImportState.DONE, "cli:ana")
    assert (entry.counts["created"], entry.size_bytes, len(entry.sha256)) == (3, len(finding()), 64)


async def test_each_version_says_which_import_made_it(world: World) -> None:
    report = await world.bring(finding())

    versions = await world.store.versions(ACME, PORT.key)

    assert [(one.change.actor, one.change.why) for one in versions.items] == [
        ("notes", f"import {report.id}")
    ]


async def test_journals_are_not_on_the_surface(world: World) -> None:
    await world.bring(finding())

    counts = await world.store.counts(ACME)

    assert counts["importpage"] == {"gone": 1}


async def test_json_of_a_report_has_the_promised_names(world: World) -> None:
    import msgspec

    report = json.loads(msgspec.json.encode(await world.bring(finding())))

    assert {
        "file",
        "format",
        "findings",
        "risks",
        "assets",
        "created",
        "changed",
        "reopened",
        "closed",
    } <= set(report)
    assert {"confirmed", "refused", "errors"} <= set(report)


async def test_two_organisations_do_not_share_imports(open_world: Callable[[], World]) -> None:
    world = open_world()
    report = await world.bring(finding())

    other = await world.service.import_file("umbrella", world.file(finding()))

    assert (other.known_as, other.created) == ("", 3)
    assert report.id != other.id
    await world.store.close()
