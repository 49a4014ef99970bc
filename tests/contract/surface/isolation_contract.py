"""No organisation ever reads or changes what is another's."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surface_world import (
    ACME,
    CVE,
    DAY,
    GLOBEX,
    HOST,
    HOUR,
    NOON,
    RESOLVES,
    SHOP,
    MadeClock,
    NewStore,
    Surface,
    fresh_organisation,
)

from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.weakness import Vulnerability
from chariot.model.observations import Edit
from chariot.model.records import Op
from chariot.model.registry import KINDS
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Status
from chariot.modules.surface.decide import edge_id
from chariot.modules.surface.facts import facts_of
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.query import Query
from chariot.modules.surface.states import EdgeId, EntityWrite, Presence, Stored, StoredEdge, Writes

Step = tuple[int, str, int, str]
steps = st.lists(
    st.tuples(
        st.integers(0, 1),
        st.sampled_from(("see", "link", "edit", "exclude", "expire")),
        st.integers(0, 2),
        st.sampled_from(("", "a", "b")),
    ),
    max_size=20,
)


def domain(place: int, text: str = "") -> Domain:
    return Domain(host=f"host-{place}.test", registrar=text)


async def take(surface: Surface, organisation: Organisation, what: str, place: int, text: str) -> None:
    address = Address(ip=f"192.0.2.{place + 1}")
    link = Relationship(RelationshipType.RESOLVES_TO, domain(place).key, address.key)
    match what:
        case "see":
            await surface.see(domain(place, text), by=organisation, tags={"t": text} if text else {})
        case "link":
            await surface.see(domain(place), address, by=organisation, links=(link,))
        case "edit":
            await surface.decide(
                Edit(actor="ana", entity=domain(place), fields={"registrar": text}), by=organisation
            )
        case "exclude":
            await surface.decide(
                Edit(actor="ana", entity=domain(place), status=Status.EXCLUDED), by=organisation
            )
        case "expire":
            await surface.service.expire(organisation)


async def all_that_is_shown(store: EntityStore, organisation: Organisation, until: Any) -> dict[str, Any]:
    """Ask every reading method; moments and numbers of the log are left out, for they are the store's."""
    keys = [Key(f"#{kind}#{name}") for kind, name in KEYS]
    records = await store.get(organisation, keys)
    page = await store.find(organisation, Query(kinds=tuple(KINDS), everything=True, limit=1_000))
    links = {
        (key, direction): (await store.edges(organisation, key, direction=direction)).items
        for key in keys
        for direction in ("out", "in")
    }
    histories = {key: (await store.versions(organisation, key)).items for key in keys}
    changes = await store.changes(0, 1_000, organisation=organisation)
    differences = (await store.differences(organisation, NOON - DAY, until)).items
    return {
        "records": {
            key: (r.organisation, r.entity, r.status, r.origins, r.tags, r.revision)
            for key, r in records.items()
        },
        "found": [record.key for record in page.items],
        "links": {
            at: [(edge.type, edge.source, edge.target, edge.origins) for edge in held]
            for at, held in links.items()
        },
        "versions": {
            key: [(v.entity, v.status, v.change.op, v.change.actor) for v in held]
            for key, held in histories.items()
        },
        "changes": [(c.organisation, c.op, c.key, c.target, c.fields, c.actor) for c in changes],
        "differences": [(one.key, one.fields) for one in differences],
        "counts": await store.counts(organisation),
        "silent": await store.silent(organisation, "domain", before=until, limit=100),
    }


KEYS = [("domain", f"host-{place}.test") for place in range(3)] + [
    ("address", f"192.0.2.{place + 1}") for place in range(3)
]


class IsolationContract:
    @settings(max_examples=12)
    @given(done=steps)
    async def test_two_organisations_in_one_store_are_as_apart_as_in_two(
        self, new_store: NewStore, clock: MadeClock, done: list[Step]
    ) -> None:
        names = (fresh_organisation(), fresh_organisation())
        together = Surface(await new_store(), clock)
        apart = {name: Surface(await new_store(), clock) for name in names}

        for number, what, place, text in done:
            clock.move(HOUR)
            await take(together, names[number], what, place, text)
            await take(apart[names[number]], names[number], what, place, text)

        until = clock.move(HOUR)
        for name in names:
            alone = await all_that_is_shown(apart[name].store, name, until)
            shared = await all_that_is_shown(together.store, name, until)
            assert shared == alone

    async def test_the_same_key_in_two_organisations_is_two_entities(self, surface: Surface) -> None:
        await surface.see(
            Domain(host="shop.test", registrar="a"), HOST, links=(RESOLVES,), tags={"env": "prod"}
        )
        await surface.see(Domain(host="shop.test", registrar="b"), by=GLOBEX)
        await surface.decide(Edit(actor="eve", key=SHOP.key, status=Status.EXCLUDED), by=GLOBEX)

        ours, theirs = await surface.one(SHOP.key), await surface.one(SHOP.key, GLOBEX)

        assert ours is not None
        assert theirs is not None
        assert (ours.entity, theirs.entity) == (
            Domain(host="shop.test", registrar="a"),
            Domain(host="shop.test", registrar="b"),
        )
        assert (ours.status, theirs.status) == (Status.ACTIVE, Status.EXCLUDED)
        assert (ours.tags, theirs.tags) == ({"env": "prod"}, {})
        assert (await surface.store.edges(GLOBEX, SHOP.key, direction="out")).items == ()

    async def test_an_end_that_only_another_organisation_has_is_unknown(self, surface: Surface) -> None:
        await surface.see(HOST, by=GLOBEX)

        applied = await surface.see(SHOP, links=(RESOLVES,))

        assert [refusal.place for refusal in applied.refused] == ["relationships[0]"]

    async def test_a_decision_is_shown_only_what_its_organisation_has(self, surface: Surface) -> None:
        await surface.see(SHOP, HOST, links=(RESOLVES,), by=GLOBEX)
        await surface.see(SHOP)
        shown: list[tuple[set[Key], set[EdgeId]]] = []

        def look(stored: dict[Key, Stored], edges: dict[EdgeId, StoredEdge]) -> Writes:
            shown.append((set(stored), set(edges)))
            return Writes()

        await surface.store.apply(ACME, [SHOP.key, HOST.key], [edge_id(RESOLVES)], look)

        assert shown == [({SHOP.key}, set())]

    async def test_what_is_shared_cannot_be_changed_from_an_organisation(self, surface: Surface) -> None:
        await surface.see(CVE, by=SHARED, capability="feed")
        mine = Vulnerability(id=CVE.id, title="Rewritten")

        await surface.see(mine)
        await surface.decide(Edit(actor="eve", entity=CVE, status=Status.EXCLUDED, tags={"x": "y"}))

        shared = await surface.one(CVE.key, GLOBEX)
        assert shared is not None
        assert (shared.entity, shared.status, shared.tags) == (CVE, Status.ACTIVE, {})
        assert (shared.origins, shared.revision) == (("feed",), 1)
        assert await surface.store.counts(SHARED) == {"vulnerability": {"active": 1}}
        assert await surface.log(by=SHARED) == (await surface.log())[:1]

    @pytest.mark.parametrize("what", ["presences", "entities"])
    async def test_a_decision_that_writes_a_shared_end_does_not_reach_it(
        self, surface: Surface, what: str
    ) -> None:
        await surface.see(CVE, by=SHARED, capability="feed")
        link = (Key("#risk#domain#shop.test#CVE-2023-12345"), "INSTANCE_OF", CVE.key)

        def write(stored: dict[Key, Stored], edges: object) -> Writes:
            held = stored[CVE.key]
            late = Presence(CVE.key, 0, 1, "eve", "")
            facts = facts_of(CVE)
            version = EntityWrite(
                CVE.key, CVE.kind, 2, Op.UPDATED, "gone", facts, held.doc, held.common, "", "eve", "", late
            )
            return Writes(presences=[late]) if what == "presences" else Writes(entities=[version])

        with pytest.raises(LookupError):
            await surface.store.apply(ACME, [], [link], write)

        shared = await surface.one(CVE.key, GLOBEX)
        assert shared is not None
        assert (shared.revision, shared.origins, shared.visited) == (1, ("feed",), NOON)
        assert (await surface.store.versions(SHARED, CVE.key)).items[0].valid_to is None
