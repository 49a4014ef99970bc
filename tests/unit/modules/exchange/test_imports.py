import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from chariot.errors import InvalidError, UnavailableError
from chariot.model.kinds.network import Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit
from chariot.model.relationships import RelationshipType
from chariot.model.states import ImportState, RiskState

from .conftest import ACME, DAY, HOST, NOON, PORT, SHOP, World, finding, link, note, risk

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


class Interrupted(World):
    """Fails at the nth write, as a process that is killed does: what was committed stays."""

    async def bring_until(self, writes: int, path: Path) -> None:
        apply, left = self.store.apply, writes

        async def failing(*arguments, **options):
            nonlocal left
            left -= 1
            if left < 0:
                raise UnavailableError("the disk is away")
            return await apply(*arguments, **options)

        self.store.apply = failing
        with pytest.raises(UnavailableError):
            await self.service.import_file(ACME, path)
        self.store.apply = apply


@pytest.mark.parametrize("writes", [1, 2, 3, 4])
async def test_an_interrupted_import_goes_on_where_it_was(tmp_path: Path, writes: int) -> None:
    lines = [finding("CVE-2023-9999", covers=(HOST,), at=NOON + DAY / 2), *MANY]
    whole, broken = World(tmp_path / "whole.db", tmp_path), Interrupted(tmp_path / "broken.db", tmp_path)
    for world in (whole, broken):
        await world.bring(finding("CVE-2023-1111"))
    path = whole.file(*lines)
    await broken.bring_until(writes, path)

    resumed = await broken.service.import_file(ACME, path)

    uninterrupted = await whole.service.import_file(ACME, path)
    assert (resumed.resumed, uninterrupted.resumed) == (True, False)
    assert resumed.counts() == uninterrupted.counts()
    assert await broken.told() == await whole.told()
    entries = [one async for one in broken.service.ledger.all(ACME)]
    assert [one.state for one in entries] == [ImportState.DONE, ImportState.DONE]
    await whole.store.close()
    await broken.store.close()


async def test_an_interrupted_import_can_be_taken_back(tmp_path: Path) -> None:
    world = Interrupted(tmp_path / "t.db", tmp_path)
    await world.see(HOST)
    before = await world.told()
    await world.bring_until(3, world.file(*MANY, finding()))
    (entry,) = [one async for one in world.service.ledger.all(ACME)]

    await world.undo(entry.id)

    assert await world.told() == before
    await world.store.close()


class TestClosing:
    """What a file that covers a target no longer has there."""

    async def state(self, world: World, weakness: str) -> tuple[RiskState, str]:
        record = await world.get(risk(weakness))
        versions = await world.store.versions(ACME, record.key)
        assert isinstance(record.entity, Risk)
        return record.entity.state, versions.items[0].change.why

    async def test_is_closed_and_says_why(self, world: World) -> None:
        await world.bring(finding("CVE-2023-1111"), finding("CVE-2023-2222"))

        report = await world.bring(finding("CVE-2023-2222", at=NOON + DAY / 2, covers=(HOST,)))

        assert report.sentence() == "1 closed, 3 seen again"
        state, why = await self.state(world, "CVE-2023-1111")
        assert state is RiskState.REMEDIATED
        assert why == f"not in 1.notes, which covers {PORT.key}"
        assert (await self.state(world, "CVE-2023-2222"))[0] is RiskState.TRIAGE

    async def test_stays_open_where_the_file_covers_nothing(self, world: World) -> None:
        await world.bring(finding("CVE-2023-1111"))

        report = await world.bring(finding("CVE-2023-2222", at=NOON + DAY / 2))

        assert report.closed == 0

    async def test_stays_open_where_another_tool_reported_it(self, world: World) -> None:
        await world.bring(finding("CVE-2023-1111"), format_name="other")

        report = await world.bring(note(HOST, covers=(HOST,), at=NOON + DAY / 2))

        assert report.closed == 0

    async def test_stays_open_where_it_was_seen_since(self, world: World) -> None:
        await world.bring(finding("CVE-2023-1111", at=NOON + DAY / 2))

        report = await world.bring(note(HOST, covers=(HOST,), at=NOON))

        assert report.closed == 0

    async def test_stays_accepted(self, world: World) -> None:
        await world.bring(finding("CVE-2023-1111"))
        edit = Edit(actor="ana", key=risk("CVE-2023-1111").key, fields={"state": "accepted"})
        await world.surface.edit(ACME, [edit])

        report = await world.bring(note(HOST, covers=(HOST,), at=NOON + DAY / 2))

        assert report.closed == 0

    async def test_opens_again_when_it_is_seen_again(self, world: World) -> None:
        await world.bring(finding("CVE-2023-1111"))
        await world.bring(note(HOST, covers=(HOST,), at=NOON + timedelta(hours=1)))

        report = await world.bring(finding("CVE-2023-1111", at=NOON + timedelta(hours=2)))

        assert report.sentence() == "1 reopened, 2 seen again"
        assert (await self.state(world, "CVE-2023-1111"))[0] is RiskState.OPEN

    async def test_stays_closed_for_an_older_file(self, world: World) -> None:
        await world.bring(finding("CVE-2023-1111"))
        await world.bring(note(HOST, covers=(HOST,), at=NOON + timedelta(hours=2)))

        await world.bring(finding("CVE-2023-1111", at=NOON + timedelta(hours=1)))

        assert (await self.state(world, "CVE-2023-1111"))[0] is RiskState.REMEDIATED

    async def test_more_than_one_transaction_holds_is_closed(self, world: World) -> None:
        await world.bring(*[finding(f"CVE-2023-{1_000 + number}") for number in range(600)])

        report = await world.bring(note(HOST, covers=(HOST,), at=NOON + DAY / 2))

        assert report.closed == 600


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
