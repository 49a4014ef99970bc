"""What `EntityWriter` promises: all or nothing, one moment a call, and nothing lost among many writers."""

import asyncio
from datetime import timedelta
from itertools import pairwise

import pytest
from surface_world import (
    ACME,
    DAY,
    HAS_HTTPS,
    HOST,
    HOUR,
    HTTPS,
    NOON,
    RESOLVES,
    SHOP,
    MadeClock,
    Surface,
    domains,
)

from chariot.errors import ConflictError, NotFoundError, UnavailableError
from chariot.model.keys import Key
from chariot.model.kinds.network import Domain
from chariot.model.observations import Edit
from chariot.model.records import Op
from chariot.model.states import Status
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Query
from chariot.modules.surface.states import Writes


class WritingContract:
    async def test_what_a_decision_raises_leaves_nothing_and_comes_through(self, store: EntityStore) -> None:
        def refuse(stored: object, edges: object) -> Writes:
            raise ConflictError("not now")

        with pytest.raises(ConflictError, match="not now"):
            await store.apply(ACME, [SHOP.key], [], refuse)

        assert await store.organisations() == []
        assert await store.last_sequence() == 0

    async def test_an_error_that_is_none_of_ours_comes_through_as_well(self, store: EntityStore) -> None:
        def broken(stored: object, edges: object) -> Writes:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await store.apply(ACME, [SHOP.key], [], broken)

        assert await store.organisations() == []

    async def test_edits_land_all_or_none(self, surface: Surface) -> None:
        await surface.see(SHOP)

        with pytest.raises(NotFoundError):
            await surface.decide(
                Edit(actor="ana", key=SHOP.key, status=Status.EXCLUDED),
                Edit(actor="ana", key=Key("#domain#nobody.test"), status=Status.EXCLUDED),
            )

        record = await surface.one(SHOP.key)
        assert record is not None
        assert (record.status, record.revision) == (Status.ACTIVE, 1)
        assert [change.op for change in await surface.log()] == [Op.CREATED]

    async def test_one_bad_write_among_many_harms_no_other(self, surface: Surface) -> None:
        def broken(stored: object, edges: object) -> Writes:
            raise ZeroDivisionError

        results = await asyncio.gather(
            *(surface.see(domain) for domain in domains(10)),
            surface.store.apply(ACME, [], [], broken),
            *(surface.see(domain) for domain in domains(20)[10:]),
            return_exceptions=True,
        )

        assert sum(isinstance(result, ZeroDivisionError) for result in results) == 1
        assert len(await surface.keys(Query(kinds=("domain",)))) == 20

    async def test_all_that_one_call_writes_has_one_moment(self, surface: Surface) -> None:
        await surface.see(SHOP, HOST, HTTPS, links=(RESOLVES, HAS_HTTPS))

        changes = await surface.log()

        assert len(changes) == 5
        assert {change.at for change in changes} == {NOON}

    @pytest.mark.parametrize("step", [timedelta(0), -HOUR, HOUR, timedelta(microseconds=1)], ids=str)
    async def test_moments_only_grow_whatever_the_clock_does(
        self, surface: Surface, clock: MadeClock, step: timedelta
    ) -> None:
        for domain in domains(5):
            await surface.see(domain, at=NOON - DAY)
            clock.move(step)

        changes = await surface.log()

        assert all(earlier.at < later.at for earlier, later in pairwise(changes))
        assert all(earlier.sequence < later.sequence for earlier, later in pairwise(changes))

    async def test_a_link_takes_its_moment_after_the_entities_before_it(self, surface: Surface) -> None:
        await surface.see(SHOP, HOST)
        await surface.see(links=(RESOLVES,))
        await surface.see(HTTPS)

        moments = [change.at for change in await surface.log()]

        assert moments[0] == moments[1] < moments[2] < moments[3]

    async def test_a_sighting_that_changes_nothing_writes_no_version_and_no_change(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HTTPS, HOST, links=(HAS_HTTPS,))
        before = await surface.log()

        later = clock.move(HOUR)
        applied = await surface.see(HTTPS, HOST, links=(HAS_HTTPS,))

        assert await surface.log() == before
        assert (applied.created, applied.changed, applied.confirmed, applied.linked) == (0, 0, 2, 0)
        record = await surface.one(HTTPS.key)
        assert record is not None
        assert (record.revision, record.created, record.visited, record.updated) == (1, NOON, later, NOON)
        assert len((await surface.store.versions(ACME, HTTPS.key)).items) == 1

    async def test_what_was_done_is_counted(self, surface: Surface) -> None:
        first = await surface.see(SHOP, HOST, links=(RESOLVES,))
        second = await surface.see(SHOP, Domain(host="shop.test", registrar="r"), HTTPS)

        assert (first.created, first.changed, first.confirmed, first.linked) == (2, 0, 0, 1)
        assert (second.created, second.changed, second.confirmed, second.linked) == (1, 1, 0, 0)
        assert first.sequence == 3
        assert second.sequence == await surface.store.last_sequence() == 5

    async def test_a_key_that_comes_twice_in_a_batch_makes_one_version(self, surface: Surface) -> None:
        await surface.see(
            Domain(host="shop.test", registrar="a"),
            Domain(host="shop.test", name_servers=("ns.test",)),
            SHOP,
        )

        versions = (await surface.store.versions(ACME, SHOP.key)).items

        assert [(version.change.op, version.change.revision) for version in versions] == [(Op.CREATED, 1)]
        assert await surface.store.counts(ACME) == {"domain": {"active": 1}}

    async def test_a_store_keeps_what_was_first_and_last_seen_in_any_order(self, surface: Surface) -> None:
        await surface.see(SHOP, at=NOON)
        await surface.see(SHOP, at=NOON - DAY, capability="late")
        await surface.see(SHOP, at=NOON - HOUR, capability="between")

        record = await surface.one(SHOP.key)

        assert record is not None
        assert (record.created, record.visited) == (NOON - DAY, NOON)
        assert record.origins == ("between", "late", "probe")

    async def test_fifty_writers_at_once_lose_nothing(self, surface: Surface) -> None:
        await asyncio.gather(
            *(
                surface.see(
                    Domain(host="shop.test", registrar=f"r-{number:02}"),
                    Domain(host=f"own-{number:02}.test"),
                    at=NOON - number * HOUR,
                    capability=f"probe-{number:02}",
                )
                for number in range(50)
            )
        )

        record = await surface.one(SHOP.key)
        changes = await surface.log()
        assert record is not None
        assert isinstance(record.entity, Domain)
        assert record.entity.registrar == "r-00"
        assert len(record.origins) == 50
        assert (record.created, record.visited) == (NOON - 49 * HOUR, NOON)
        assert await surface.store.counts(ACME) == {"domain": {"active": 51}}
        assert [change.sequence for change in changes] == list(range(1, len(changes) + 1))
        revisions = [change.revision for change in changes if change.key == SHOP.key]
        assert revisions == list(range(1, len(revisions) + 1))

    async def test_of_fifty_edits_of_one_revision_one_wins(self, surface: Surface) -> None:
        await surface.see(SHOP)

        results = await asyncio.gather(
            *(
                surface.decide(Edit(actor="ana", key=SHOP.key, tags={"n": str(number)}, if_revision=1))
                for number in range(50)
            ),
            return_exceptions=True,
        )

        assert sum(isinstance(result, ConflictError) for result in results) == 49
        record = await surface.one(SHOP.key)
        assert record is not None
        assert record.revision == 2

    async def test_a_caller_that_goes_away_leaves_all_or_nothing(self, surface: Surface) -> None:
        tasks = [asyncio.create_task(surface.see(domain, HOST)) for domain in domains(20)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await surface.see(HTTPS)

        written = await surface.keys(Query(kinds=("domain",)))
        log = await surface.log()

        assert sum(change.kind == "domain" for change in log) == len(written)

    async def test_a_closed_store_says_so_and_may_be_closed_again(self, surface: Surface) -> None:
        await surface.see(SHOP)

        await surface.store.close()
        await surface.store.close()

        with pytest.raises(UnavailableError):
            await surface.see(SHOP)
        with pytest.raises(UnavailableError):
            await surface.one(SHOP.key)

    async def test_closing_finishes_what_was_accepted(self, surface: Surface) -> None:
        writes = [asyncio.create_task(surface.see(domain)) for domain in domains(20)]
        await asyncio.sleep(0)

        await surface.store.close()

        assert all(applied.created == 1 for applied in await asyncio.gather(*writes))
