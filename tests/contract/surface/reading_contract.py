"""What `EntityReader` promises of single entities: present, past, absent, hostile; and of the counters."""

import string
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surface_world import (
    ACME,
    CVE,
    DAY,
    HOST,
    HOUR,
    HTTPS,
    NOON,
    SECOND,
    SHOP,
    MadeClock,
    NewStore,
    Surface,
    domains,
    fresh_organisation,
)

from chariot.model.base import Entity
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.network import Domain, Port, WebApplication
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit
from chariot.model.registry import KINDS
from chariot.model.states import Source, Status
from chariot.model.states import Surface as Reach
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Query
from strategies import any_entity

HOSTILE = [
    "'; DROP TABLE version; --",
    '" OR 1=1 --',
    "%_\\%",
    "${jndi:ldap://a.test}",
    "<script>alert(1)</script>",
    "\u202egnp.exe",
    "e\u0301 vs \u00e9",
    "\U0001f40e",
    "line\nbreak\r\ttab\x1b[31m",
    "\x7f\x80\uffff",
    "{'$gt': ''}",
    "null",
    "#domain#other.test",
]


class ReadingContract:
    async def test_an_empty_store_answers_with_nothing(self, store: EntityStore) -> None:
        assert await store.get(ACME, [SHOP.key]) == {}
        assert await store.get(ACME, []) == {}
        assert (await store.find(ACME, Query(kinds=tuple(KINDS)))).items == ()
        assert (await store.find(ACME, Query(kinds=("domain",)))).cursor == ""
        assert (await store.edges(ACME, SHOP.key, direction="out")).items == ()
        assert await store.counts(ACME) == {}
        assert (await store.versions(ACME, SHOP.key)).items == ()
        assert (await store.differences(ACME, NOON, NOON + DAY)).items == ()
        assert await store.changes(0, 10) == []
        assert await store.changes(0, 10, organisation=ACME) == []
        assert await store.last_sequence() == 0
        assert await store.silent(ACME, "domain", before=NOON, limit=10) == []
        assert await store.organisations() == []

    @pytest.mark.parametrize(
        "key", ["", "#", "nonsense", "#domain#\ud800", "#domain#\0", "#domain#" + "x" * 100_000]
    )
    async def test_what_is_no_key_names_nothing(self, surface: Surface, key: str) -> None:
        await surface.see(SHOP)

        assert await surface.store.get(ACME, [Key(key), SHOP.key]) != {}
        assert await surface.store.get(ACME, [Key(key)]) == {}
        assert (await surface.store.edges(ACME, Key(key), direction="in")).items == ()
        assert (await surface.store.versions(ACME, Key(key))).items == ()

    async def test_a_record_has_all_common_fields(self, surface: Surface) -> None:
        await surface.see(HTTPS, capability="tcp-connect", tags={"env": "prod"})

        record = await surface.one(HTTPS.key)

        assert record is not None
        assert (record.key, record.kind, record.organisation) == (HTTPS.key, "port", ACME)
        assert (record.name, record.status, record.entity) == ("192.0.2.7:443/tcp", Status.ACTIVE, HTTPS)
        assert (record.source, record.surface) == (Source.SEED, Reach.EXTERNAL)
        assert (record.origins, record.tags, record.decided) == (("tcp-connect",), {"env": "prod"}, ())
        assert (record.created, record.visited, record.updated) == (NOON, NOON, NOON)
        assert (record.expires, record.revision) == (NOON + 7 * DAY, 1)

    async def test_what_a_person_made_never_expires(self, surface: Surface) -> None:
        await surface.decide(Edit(actor="ana", entity=HTTPS))

        record = await surface.one(HTTPS.key)

        assert record is not None
        assert record.expires is None
        assert "status" in record.decided

    async def test_what_left_the_surface_can_still_be_read_by_key(self, surface: Surface) -> None:
        await surface.see(SHOP)
        await surface.decide(Edit(actor="ana", key=SHOP.key, status=Status.EXCLUDED))

        record = await surface.one(SHOP.key)

        assert record is not None
        assert record.status is Status.EXCLUDED
        assert await surface.keys(Query(kinds=("domain",))) == []
        assert await surface.keys(Query(kinds=("domain",), everything=True)) == [SHOP.key]

    async def test_a_thousand_keys_are_read_at_once(self, surface: Surface) -> None:
        many = domains(1_000)
        await surface.see(*many)
        wanted = [domain.key for domain in reversed(many)] + [Key("#domain#absent.test")]

        found = await surface.store.get(ACME, wanted)

        assert {key: record.entity for key, record in found.items()} == {one.key: one for one in many}

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_hostile_text_comes_back_to_the_letter(self, surface: Surface, text: str) -> None:
        page = WebApplication(url="https://a.test/", title=text, server=text, headers=((text, text),))
        seed = Seed(value="a.test", note="")
        await surface.see(page, capability="probe")
        await surface.see(seed)

        record = await surface.one(page.key)

        assert record is not None
        assert record.entity == page
        assert (await surface.store.versions(ACME, page.key)).items[0].entity == page
        assert len(await surface.keys(Query(kinds=("seed", "webapplication")))) == 2

    @pytest.mark.parametrize(
        "name", ["'; DROP TABLE version; --", '"', "%", "ac%", "ACME", "acme ", "äcme", ""]
    )
    async def test_the_name_of_an_organisation_is_taken_to_the_letter(
        self, surface: Surface, name: str
    ) -> None:
        await surface.see(SHOP)
        await surface.see(HOST, by=Organisation(name))

        assert await surface.one(SHOP.key, Organisation(name)) is None
        assert await surface.one(HOST.key) is None
        assert await surface.store.organisations() == sorted((ACME, Organisation(name)))

    @settings(max_examples=60)
    @given(entity=any_entity)
    async def test_every_kind_comes_back_as_a_person_wrote_it(self, surface: Surface, entity: Entity) -> None:
        organisation = fresh_organisation()
        await surface.decide(Edit(actor="ana", entity=entity), by=organisation)

        record = await surface.one(entity.key, organisation)

        assert record is not None
        assert record.entity == entity
        assert await surface.keys(Query(kinds=(entity.kind,)), organisation) == [entity.key]

    async def test_the_past_is_read_as_it_was(self, surface: Surface, clock: MadeClock) -> None:
        plain, named = HTTPS, Port(address="192.0.2.7", protocol="tcp", number=443, service="http")
        await surface.see(plain)
        clock.move(HOUR)
        await surface.see(named)

        async def service_at(moment: timedelta) -> str | None:
            record = await surface.one(HTTPS.key, as_of=NOON + moment)
            return record.entity.service if record and isinstance(record.entity, Port) else None

        assert await service_at(-timedelta(microseconds=1)) is None
        assert await service_at(timedelta(0)) == "https"
        assert await service_at(HOUR - timedelta(microseconds=1)) == "https"
        assert await service_at(HOUR) == "http"
        assert await service_at(DAY) == "http"

    async def test_a_read_of_the_past_was_last_seen_by_then(self, surface: Surface, clock: MadeClock) -> None:
        await surface.see(SHOP)
        await surface.see(SHOP, at=clock.move(DAY))

        then = await surface.one(SHOP.key, as_of=NOON + HOUR)

        assert then is not None
        assert then.visited == NOON + HOUR

    async def test_lists_of_the_past_hold_what_was_on_the_surface_then(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        one, two, three = domains(3)
        await surface.see(one, two)
        clock.move(HOUR)
        await surface.decide(Edit(actor="ana", key=one.key, status=Status.EXCLUDED))
        clock.move(HOUR)
        await surface.see(three)

        async def at(moment: timedelta) -> list[Key]:
            return await surface.keys(Query(kinds=("domain",), as_of=NOON + moment, limit=1))

        assert await at(-SECOND) == []
        assert await at(SECOND) == [one.key, two.key]
        assert await at(HOUR + SECOND) == [two.key]
        assert await at(2 * HOUR) == [two.key, three.key]

    async def test_counts_tell_kinds_and_states_apart(self, surface: Surface) -> None:
        await surface.see(SHOP, HOST, HTTPS, *domains(3))
        await surface.decide(
            Edit(actor="ana", key=SHOP.key, status=Status.EXCLUDED),
            Edit(actor="ana", key=HOST.key, status=Status.FROZEN),
        )

        assert await surface.store.counts(ACME) == {
            "domain": {"active": 3, "excluded": 1},
            "address": {"frozen": 1},
            "port": {"active": 1},
        }

    @settings(max_examples=15)
    @given(
        steps=st.lists(
            st.tuples(st.sampled_from(string.ascii_lowercase[:4]), st.sampled_from(("see", *Status))),
            max_size=20,
        )
    )
    async def test_counts_keep_in_step_with_a_full_count(
        self, surface: Surface, steps: list[tuple[str, str | Status]]
    ) -> None:
        organisation = fresh_organisation()
        for letter, step in steps:
            domain = Domain(host=f"{letter}.test")
            match step:
                case Status():
                    await surface.decide(Edit(actor="ana", entity=domain, status=step), by=organisation)
                case _:
                    await surface.see(domain, by=organisation)

        counted: dict[str, int] = {}
        async for record in surface.walk(Query(kinds=("domain",), everything=True), organisation):
            counted[record.status.value] = counted.get(record.status.value, 0) + 1

        assert await surface.store.counts(organisation) == ({"domain": counted} if counted else {})

    async def test_what_is_shared_is_read_by_every_organisation(self, surface: Surface) -> None:
        await surface.see(CVE, by=SHARED)

        record = await surface.one(CVE.key)

        assert record is not None
        assert (record.entity, record.organisation) == (CVE, SHARED)
        assert (await surface.store.versions(ACME, CVE.key)).items[0].entity == CVE
        assert await surface.keys(Query(kinds=("vulnerability",))) == []

    async def test_two_stores_know_nothing_of_each_other(self, surface: Surface, new_store: NewStore) -> None:
        await surface.see(SHOP)

        other = await new_store()

        assert await other.get(ACME, [SHOP.key]) == {}
        assert await other.organisations() == []
