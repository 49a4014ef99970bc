"""What `History` promises: versions without gaps, a log that replays, differences, silence."""

from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surface_world import (
    ACME,
    DAY,
    GLOBEX,
    HOST,
    HOUR,
    HTTPS,
    NOON,
    RESOLVES,
    SECOND,
    SHOP,
    MadeClock,
    Surface,
    domains,
    fresh_organisation,
)

from chariot.errors import InvalidError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Domain, Port
from chariot.model.observations import Edit
from chariot.model.records import Change, Difference, Op, Version
from chariot.model.states import Status
from chariot.modules.surface.query import PAGE_LIMIT, Query

WEEK = 7 * DAY
steps = st.lists(
    st.tuples(
        st.sampled_from(("see", "late", "exclude", "freeze", "activate", "tag", "expire")),
        st.integers(0, 2),
        st.sampled_from(("", "a", "b")),
    ),
    max_size=15,
)


async def versions(surface: Surface, key: Key, by: Organisation = ACME) -> list[Version]:
    """Walk all versions of *key*, newest first, two a page."""
    found: list[Version] = []
    cursor = ""
    while True:
        page = await surface.store.versions(by, key, limit=2, cursor=cursor)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


async def differences(
    surface: Surface, since: datetime, until: datetime, by: Organisation = ACME, **how: object
) -> list[Difference]:
    """Walk all differences, one a page."""
    found: list[Difference] = []
    cursor = ""
    while True:
        page = await surface.store.differences(by, since, until, limit=1, cursor=cursor, **how)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


async def live(surface: Surface, organisation: Organisation, done: list[tuple[str, int, str]]) -> None:
    """Lead an organisation through *done*, with time passing."""
    for what, place, text in done:
        domain = Domain(host=f"host-{place}.test", registrar=text)
        at = surface.clock.move(HOUR)
        status = {"exclude": Status.EXCLUDED, "freeze": Status.FROZEN, "activate": Status.ACTIVE}.get(what)
        match what:
            case "see":
                await surface.see(domain, by=organisation, tags={"t": text} if text else {})
            case "late":
                await surface.see(domain, by=organisation, at=at - 30 * DAY)
            case "expire":
                surface.clock.move(10 * DAY)
                await surface.service.expire(organisation)
            case "tag":
                await surface.decide(
                    Edit(actor="ana", entity=domain, tags={"t": text or None}), by=organisation
                )
            case _:
                await surface.decide(Edit(actor="ana", entity=domain, status=status), by=organisation)


class HistoryContract:
    @pytest.mark.parametrize("limit", [0, -1, PAGE_LIMIT + 1])
    async def test_a_page_has_a_limit(self, surface: Surface, limit: int) -> None:
        with pytest.raises(InvalidError, match="from 1 to 1,000"):
            await surface.store.edges(ACME, HOST.key, direction="out", limit=limit)
        with pytest.raises(InvalidError, match="from 1 to 1,000"):
            await surface.store.versions(ACME, HOST.key, limit=limit)
        with pytest.raises(InvalidError, match="from 1 to 1,000"):
            await surface.store.differences(ACME, NOON, NOON + DAY, limit=limit)

    async def test_versions_stand_newest_first_and_follow_one_another_without_a_gap(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        for registrar in ("a", "b", "c", "d", "e"):
            await surface.see(Domain(host="shop.test", registrar=registrar))
            clock.move(HOUR)

        found = await versions(surface, SHOP.key)

        assert [version.change.revision for version in found] == [5, 4, 3, 2, 1]
        assert [version.entity.registrar for version in found if isinstance(version.entity, Domain)] == list(
            "edcba"
        )
        assert found[0].valid_to is None
        assert all(older.valid_to == newer.valid_from for newer, older in pairwise(found))
        assert all(version.valid_from == version.change.at for version in found)

    async def test_a_version_tells_who_what_and_why(self, surface: Surface) -> None:
        await surface.see(SHOP)
        await surface.decide(
            Edit(actor="ana", why="not ours", key=SHOP.key, status=Status.EXCLUDED, tags={"env": "old"})
        )

        last, first = await versions(surface, SHOP.key)

        assert (first.change.op, first.change.actor, first.change.fields) == (Op.CREATED, "probe", ())
        assert (last.change.op, last.change.actor, last.change.why) == (Op.DECIDED, "ana", "not ours")
        assert set(last.change.fields) == {"tags", "status"}
        assert (last.status, last.tags) == (Status.EXCLUDED, {"env": "old"})
        assert (first.status, first.tags) == (Status.ACTIVE, {})

    @pytest.mark.parametrize("cursor", ["nonsense", "W10", "WyJ2ZXJzaW9ucyJd", "WyJ2ZXJzaW9ucyIsIngiXQ"])
    async def test_a_cursor_of_versions_or_differences_is_checked(
        self, surface: Surface, cursor: str
    ) -> None:
        await surface.see(SHOP)

        with pytest.raises(InvalidError, match="cursor"):
            await surface.store.versions(ACME, SHOP.key, cursor=cursor)
        with pytest.raises(InvalidError, match="cursor"):
            await surface.store.differences(ACME, NOON - DAY, NOON, cursor=cursor)

    async def test_a_change_names_the_entity_and_what_is_different(self, surface: Surface) -> None:
        await surface.see(SHOP, HOST, links=(RESOLVES,))
        await surface.see(Domain(host="shop.test", registrar="r"))

        one, two, link, update = await surface.log()

        assert [one.key, two.key] == [HOST.key, SHOP.key]
        assert (one.op, one.kind, one.revision, one.actor) == (Op.CREATED, "address", 1, "probe")
        assert (link.op, link.key, link.kind, link.target) == (Op.LINKED, SHOP.key, "domain", HOST.key)
        assert link.relationship is RESOLVES.type
        assert (update.op, update.key, update.revision, update.fields) == (
            Op.UPDATED,
            SHOP.key,
            2,
            ("registrar",),
        )
        assert {change.organisation for change in (one, two, link, update)} == {ACME}

    async def test_changes_are_read_in_order_from_any_place(self, surface: Surface) -> None:
        await surface.see(*domains(5))
        await surface.see(SHOP, HOST, links=(RESOLVES,), by=GLOBEX)
        await surface.see(HOST)
        everything = await surface.log()

        walked: list[Change] = []
        while more := await surface.store.changes(walked[-1].sequence if walked else 0, 2):
            walked += more

        assert walked == everything
        assert [change.sequence for change in everything] == list(range(1, 10))
        assert await surface.store.last_sequence() == 9
        assert await surface.store.changes(9, 10) == []
        assert await surface.log(by=GLOBEX) == [c for c in everything if c.organisation == GLOBEX]
        assert await surface.log(by=ACME) == [c for c in everything if c.organisation == ACME]
        assert await surface.log(by=Organisation("nobody")) == []

    async def test_organisations_are_listed_by_name(self, surface: Surface) -> None:
        await surface.see(SHOP, by=GLOBEX)
        await surface.see(SHOP, by=ACME)

        assert await surface.store.organisations() == [ACME, GLOBEX]

    async def test_differences_tell_what_came_changed_and_went(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        came, changed, went, same, passed = domains(5)
        await surface.see(changed, went, same)
        clock.move(HOUR)
        await surface.see(came, passed, Domain(host=changed.host, registrar="r"), same)
        await surface.decide(
            Edit(actor="ana", key=went.key, status=Status.EXCLUDED),
            Edit(actor="ana", key=passed.key, status=Status.EXCLUDED),
        )

        found = {one.key: one for one in await differences(surface, NOON, NOON + 2 * HOUR)}

        assert set(found) == {came.key, changed.key, went.key}
        assert found[came.key].before is None
        assert found[went.key].after is None
        assert found[changed.key].fields == ("registrar",)
        one = found[changed.key]
        assert one.before is not None
        assert one.after is not None
        assert (one.before.entity, one.after.entity) == (changed, Domain(host=changed.host, registrar="r"))

    async def test_differences_stand_in_the_order_of_first_arrival(self, surface: Surface) -> None:
        await surface.see(HTTPS)
        await surface.see(HOST)
        await surface.see(SHOP)

        found = await differences(surface, NOON - SECOND, NOON + SECOND)

        assert [one.key for one in found] == [HTTPS.key, HOST.key, SHOP.key]
        chosen = await differences(surface, NOON - SECOND, NOON + SECOND, kinds=("port", "domain"))
        assert [one.kind for one in chosen] == ["port", "domain"]

    async def test_what_changed_and_changed_back_is_no_difference(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(SHOP)
        for registrar in ("a", ""):
            clock.move(HOUR)
            await surface.decide(Edit(actor="ana", key=SHOP.key, fields={"registrar": registrar}))

        assert await differences(surface, NOON, NOON + DAY) == []
        assert len(await differences(surface, NOON, NOON + HOUR)) == 1
        assert await differences(surface, NOON + DAY, NOON + 2 * DAY) == []

    async def test_a_tag_is_a_difference(self, surface: Surface, clock: MadeClock) -> None:
        await surface.see(SHOP)
        clock.move(HOUR)
        await surface.see(SHOP, tags={"env": "prod"})

        (one,) = await differences(surface, NOON, NOON + DAY)

        assert one.fields == ("tags",)

    @settings(max_examples=15)
    @given(done=steps, cut=st.integers(0, 15))
    async def test_differences_are_what_two_readings_of_the_past_show(
        self, surface: Surface, done: list[tuple[str, int, str]], cut: int
    ) -> None:
        organisation = fresh_organisation()
        since = surface.clock.move(DAY)
        await live(surface, organisation, done[:cut])
        until = surface.clock.move(SECOND)
        await live(surface, organisation, done[cut:])

        async def at(moment: datetime) -> dict[Key, tuple[object, ...]]:
            query = Query(kinds=("domain",), as_of=moment)
            return {r.key: (r.entity, r.status, r.tags) async for r in surface.walk(query, organisation)}

        for early, late in ((since, until), (until, surface.clock.now()), (since, surface.clock.now())):
            before, after = await at(early), await at(late)
            expected = {key for key in before | after if before.get(key) != after.get(key)}
            found = await differences(surface, early, late, organisation)
            assert {one.key for one in found} == expected

    @settings(max_examples=25)
    @given(done=steps)
    async def test_replaying_the_log_and_the_versions_gives_the_present(
        self, surface: Surface, done: list[tuple[str, int, str]]
    ) -> None:
        organisation = fresh_organisation()
        await live(surface, organisation, done)
        log = await surface.log(by=organisation)
        query = Query(kinds=("domain",), everything=True)
        present = {record.key: record async for record in surface.walk(query, organisation)}

        assert {change.key for change in log} == set(present)
        for key, record in present.items():
            history = list(reversed(await versions(surface, key, organisation)))
            assert [version.change for version in history] == [change for change in log if change.key == key]
            assert [version.change.revision for version in history] == list(range(1, len(history) + 1))
            assert all(one.valid_to == two.valid_from for one, two in pairwise(history))
            last = history[-1]
            assert last.valid_to is None
            assert (record.entity, record.status, record.tags) == (last.entity, last.status, last.tags)
            assert (record.revision, record.updated) == (last.change.revision, last.valid_from)
            for version in history:
                then = await surface.one(key, organisation, as_of=version.valid_from)
                assert then is not None
                assert (then.entity, then.revision) == (version.entity, version.change.revision)

    async def test_what_nobody_confirms_turns_stale_then_leaves_and_comes_back(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HTTPS)

        async def status_after(wait: object) -> Status:
            assert isinstance(wait, type(DAY))
            clock.move(wait)
            await surface.service.expire(ACME, grace=WEEK)
            record = await surface.one(HTTPS.key)
            assert record is not None
            return record.status

        assert await status_after(WEEK) is Status.ACTIVE
        assert await status_after(SECOND) is Status.STALE
        assert await status_after(WEEK - SECOND) is Status.STALE
        assert await surface.keys(Query(kinds=("port",))) == [HTTPS.key]
        assert await status_after(SECOND) is Status.GONE
        assert await surface.keys(Query(kinds=("port",))) == []
        assert await surface.store.counts(ACME) == {"port": {"gone": 1}}
        await surface.see(HTTPS)

        assert [change.op for change in await surface.log()] == [Op.CREATED, Op.STALE, Op.GONE, Op.RETURNED]
        assert await surface.keys(Query(kinds=("port",))) == [HTTPS.key]
        changes = await surface.log()
        assert (changes[1].actor, changes[1].why) == ("expiry", "not confirmed for 7 days")

    async def test_a_sighting_in_time_keeps_it_fresh(self, surface: Surface, clock: MadeClock) -> None:
        await surface.see(HTTPS)
        clock.move(6 * DAY)
        await surface.see(HTTPS)
        clock.move(6 * DAY)

        await surface.service.expire(ACME)

        assert [change.op for change in await surface.log()] == [Op.CREATED]

    async def test_a_late_sighting_does_not_bring_back_what_left(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HTTPS)
        clock.move(30 * DAY)
        await surface.service.expire(ACME)
        await surface.service.expire(ACME)

        await surface.see(HTTPS, at=NOON - HOUR)

        record = await surface.one(HTTPS.key)
        assert record is not None
        assert record.status is Status.GONE

    async def test_silence_spares_what_a_person_decided(self, surface: Surface, clock: MadeClock) -> None:
        made, frozen, excluded = (
            Port(address="192.0.2.7", protocol="tcp", number=number) for number in (1, 2, 3)
        )
        await surface.see(frozen, excluded)
        await surface.decide(
            Edit(actor="ana", entity=made),
            Edit(actor="ana", key=frozen.key, status=Status.FROZEN),
            Edit(actor="ana", key=excluded.key, status=Status.EXCLUDED),
        )
        clock.move(100 * DAY)

        await surface.service.expire(ACME)
        await surface.service.expire(ACME)

        counted = await surface.store.counts(ACME)
        assert counted == {"port": {"active": 1, "frozen": 1, "excluded": 1}}

    async def test_silence_is_listed_in_pages_by_key(self, surface: Surface, clock: MadeClock) -> None:
        many = domains(5)
        await surface.see(*many, HOST)
        clock.move(HOUR)
        await surface.see(many[0], SHOP)
        await surface.decide(Edit(actor="ana", key=many[1].key, status=Status.FROZEN))
        silent = [one.key for one in many[2:]]

        first = await surface.store.silent(ACME, "domain", before=NOON + SECOND, limit=2)
        second = await surface.store.silent(ACME, "domain", before=NOON + SECOND, limit=2, after=first[-1])

        assert [*first, *second] == silent
        assert await surface.store.silent(ACME, "domain", before=NOON, limit=9) == []
        assert await surface.store.silent(GLOBEX, "domain", before=NOON + SECOND, limit=9) == []

    async def test_what_people_decided_does_not_hide_the_silence_behind_it(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        kept = [Domain(host=f"a-{number:05}.test") for number in range(5_001)]
        await surface.decide(*(Edit(actor="ana", entity=one) for one in kept))
        await surface.see(SHOP)
        clock.move(100 * DAY)

        await surface.service.expire(ACME)

        record = await surface.one(SHOP.key)
        assert record is not None
        assert record.status is not Status.ACTIVE
