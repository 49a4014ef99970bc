"""What is promised of relationships: their ends, their evidence, their order, their past, and their return."""

from typing import Any

import pytest
from surface_world import (
    ACME,
    CVE,
    DAY,
    GLOBEX,
    HAS_HTTPS,
    HOST,
    HOUR,
    HTTPS,
    NOON,
    RESOLVES,
    RISK,
    SHOP,
    MadeClock,
    Surface,
    domains,
)

from chariot.errors import InvalidError
from chariot.model.evidence import Banner, KeyValues
from chariot.model.keys import SHARED, Key
from chariot.model.kinds.network import Address
from chariot.model.kinds.weakness import Technology
from chariot.model.records import Edge, Op
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.decide import edge_id
from chariot.modules.surface.ports import Direction
from chariot.modules.surface.states import EdgeId, EdgeWrite, StoredEdge, Writes

INSTANCE = Relationship(RelationshipType.INSTANCE_OF, RISK.key, CVE.key)
NGINX = Technology(cpe="cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*")
AFFECTED = Relationship(RelationshipType.HAS_VULNERABILITY, NGINX.key, CVE.key)


def shown(text: str) -> Relationship:
    return Relationship(HAS_HTTPS.type, HAS_HTTPS.source, HAS_HTTPS.target, (Banner(text=text),))


async def edges(
    surface: Surface, key: Key, *, direction: str = "out", by: str = ACME, **how: object
) -> list[Edge]:
    """Walk all pages of the relationships of *key*, one item a page."""
    found: list[Edge] = []
    cursor = ""
    while True:
        page = await surface.store.edges(by, key, direction=direction, limit=1, cursor=cursor, **how)
        found += page.items
        cursor = page.cursor
        if not cursor:
            return found


async def unlink(surface: Surface, link: Relationship) -> None:
    def decide(stored: object, held: dict[EdgeId, StoredEdge]) -> Writes:
        one = held[edge_id(link)]
        return Writes(
            edges=[
                EdgeWrite(
                    edge_id(link),
                    Op.UNLINKED,
                    one.evidence,
                    "ana",
                    "was wrong",
                    one.first_seen_us,
                    one.last_seen_us,
                    one.origins,
                    one.evidence_us,
                )
            ]
        )

    await surface.store.apply(ACME, [], [edge_id(link)], decide)


class RelationshipContract:
    async def test_a_relationship_is_read_from_both_ends(self, surface: Surface) -> None:
        await surface.see(SHOP, HOST, links=(RESOLVES,))

        (out,) = await edges(surface, SHOP.key)
        (back,) = await edges(surface, HOST.key, direction="in")

        assert out == back
        assert (out.type, out.source, out.target) == (RESOLVES.type, SHOP.key, HOST.key)
        assert (out.first_seen, out.last_seen, out.origins, out.evidence) == (NOON, NOON, ("probe",), ())
        assert await edges(surface, SHOP.key, direction="in") == []
        assert await edges(surface, HOST.key) == []

    async def test_relationships_stand_by_type_then_in_the_order_of_arrival(self, surface: Surface) -> None:
        late, early = Address(ip="192.0.2.1"), Address(ip="192.0.2.9")
        names = domains(2)
        await surface.see(SHOP)
        await surface.see(early)
        await surface.see(late, *names)
        await surface.see(
            links=(
                Relationship(RelationshipType.RESOLVES_TO, SHOP.key, late.key),
                Relationship(RelationshipType.RESOLVES_TO, SHOP.key, early.key),
                Relationship(RelationshipType.ALIAS_OF, SHOP.key, names[1].key),
                Relationship(RelationshipType.ALIAS_OF, SHOP.key, names[0].key),
            )
        )

        found = await edges(surface, SHOP.key)
        chosen = await edges(surface, SHOP.key, types=(RelationshipType.RESOLVES_TO,))

        assert [edge.target for edge in found] == [names[0].key, names[1].key, early.key, late.key]
        assert [edge.target for edge in chosen] == [early.key, late.key]
        assert await edges(surface, SHOP.key, types=(RelationshipType.HAS_PORT,)) == []

    async def test_a_relationship_to_nothing_is_refused_alone(self, surface: Surface) -> None:
        nowhere = Relationship(RelationshipType.RESOLVES_TO, SHOP.key, Key("#address#192.0.2.99"))

        applied = await surface.see(SHOP, HOST, links=(nowhere, RESOLVES, HAS_HTTPS))

        assert [refusal.place for refusal in applied.refused] == ["relationships[0]", "relationships[2]"]
        assert "#address#192.0.2.99" in applied.refused[0].reason
        assert (applied.created, applied.linked) == (2, 1)
        assert len(await edges(surface, SHOP.key)) == 1

    async def test_a_refusal_stays_short_whatever_was_sent(self, surface: Surface) -> None:
        nowhere = Relationship(RelationshipType.RESOLVES_TO, SHOP.key, Key("#address#" + "9" * 1_000_000))

        applied = await surface.see(SHOP, links=(nowhere,))

        assert len(applied.refused[0].reason) < 300

    async def test_a_relationship_may_join_what_came_earlier(self, surface: Surface) -> None:
        await surface.see(SHOP)
        await surface.see(HOST)

        applied = await surface.see(links=(RESOLVES,))

        assert (applied.linked, applied.refused) == (1, ())

    async def test_a_relationship_that_comes_twice_in_a_batch_is_one(self, surface: Surface) -> None:
        applied = await surface.see(SHOP, HOST, links=(RESOLVES, RESOLVES))

        assert applied.linked == 1
        assert len(await edges(surface, SHOP.key)) == 1

    async def test_seeing_it_again_moves_its_presence_alone(self, surface: Surface, clock: MadeClock) -> None:
        await surface.see(SHOP, HOST, links=(RESOLVES,))
        before = await surface.log()
        later = clock.move(DAY)
        await surface.see(links=(RESOLVES,), capability="again")
        await surface.see(links=(RESOLVES,), at=NOON - DAY)

        (edge,) = await edges(surface, SHOP.key)

        assert (edge.first_seen, edge.last_seen, edge.origins) == (NOON - DAY, later, ("again", "probe"))
        assert await surface.log() == before

    async def test_new_evidence_makes_a_version_of_the_relationship(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HOST, HTTPS, links=(shown("first"),))
        clock.move(HOUR)
        await surface.see(links=(shown("second"),))
        clock.move(HOUR)
        await surface.see(links=(HAS_HTTPS,))

        (now,) = await edges(surface, HOST.key)
        (then,) = await edges(surface, HOST.key, as_of=NOON + HOUR / 2)
        changes = [(change.op, change.relationship) for change in await surface.log() if change.target]

        assert now.evidence == (Banner(text="second"),)
        assert then.evidence == (Banner(text="first"),)
        assert changes == [(Op.LINKED, HAS_HTTPS.type), (Op.UPDATED, HAS_HTTPS.type)]

    @pytest.mark.parametrize(
        "order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (1, 2, 0), (2, 0, 1), (2, 1, 0)], ids=str
    )
    async def test_the_newest_evidence_wins_whatever_the_order_of_arrival(
        self, surface: Surface, order: tuple[int, ...]
    ) -> None:
        await surface.see(HOST, HTTPS, at=NOON - DAY)
        sightings = [(shown("old"), NOON - DAY), (shown("new"), NOON - HOUR), (HAS_HTTPS, NOON)]

        for place in order:
            link, at = sightings[place]
            await surface.see(links=(link,), at=at)

        (edge,) = await edges(surface, HOST.key)
        assert edge.evidence == (Banner(text="new"),)
        assert (edge.first_seen, edge.last_seen) == (NOON - DAY, NOON)

    async def test_hostile_evidence_comes_back_to_the_letter(self, surface: Surface) -> None:
        text = "\x1b[31m'; DROP TABLE edge; --\u202e\U0001f40e"
        proof = (KeyValues(values={text: text, "": ""}, title="x"), Banner(text=text, cut=True))
        await surface.see(HOST, HTTPS, links=(Relationship(HAS_HTTPS.type, HOST.key, HTTPS.key, proof),))

        (edge,) = await edges(surface, HOST.key)

        assert edge.evidence == proof

    async def test_relationships_of_the_past_are_those_that_held_then(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(SHOP, HOST)
        clock.move(HOUR)
        await surface.see(links=(RESOLVES,))
        clock.move(HOUR)
        await unlink(surface, RESOLVES)
        clock.move(HOUR)
        await surface.see(links=(RESOLVES,))

        held = [bool(await edges(surface, SHOP.key, as_of=NOON + half * HOUR / 2)) for half in range(8)]

        assert held == [False, False, True, True, False, False, True, True]
        assert len(await edges(surface, SHOP.key)) == 1
        ops = [change.op for change in await surface.log() if change.target]
        assert ops == [Op.LINKED, Op.UNLINKED, Op.LINKED]

    async def test_a_late_sighting_does_not_bring_back_what_was_unlinked(
        self, surface: Surface, clock: MadeClock
    ) -> None:
        await surface.see(HOST, HTTPS, links=(HAS_HTTPS,))
        await unlink(surface, HAS_HTTPS)

        await surface.see(links=(shown("proof"),), at=NOON - HOUR)

        assert await edges(surface, HOST.key) == []

    async def test_a_link_to_what_is_shared_belongs_to_the_organisation(self, surface: Surface) -> None:
        await surface.see(CVE, by=SHARED)
        for organisation in (ACME, GLOBEX):
            applied = await surface.see(RISK, links=(INSTANCE,), by=organisation)
            assert applied.refused == ()

        (edge,) = await edges(surface, RISK.key)
        (back,) = await edges(surface, CVE.key, direction="in")

        assert edge == back
        assert edge.target == CVE.key
        assert edge.origins == ("probe",)
        assert await edges(surface, CVE.key, direction="in", by=SHARED) == []

    async def test_organisations_link_what_is_shared_without_seeing_each_other(
        self, surface: Surface
    ) -> None:
        await surface.see(CVE, NGINX, links=(AFFECTED,), by=SHARED, capability="feed")
        await surface.see(links=(AFFECTED,), by=ACME, capability="acme-probe")
        proof = Relationship(AFFECTED.type, AFFECTED.source, AFFECTED.target, (Banner(text="secret"),))
        await surface.see(links=(proof,), by=GLOBEX, capability="globex-probe")

        origins = {by: (await edges(surface, NGINX.key, by=by))[0].origins for by in (SHARED, ACME, GLOBEX)}

        assert origins == {SHARED: ("feed",), ACME: ("acme-probe",), GLOBEX: ("globex-probe",)}
        assert (await edges(surface, NGINX.key, by=ACME))[0].evidence == ()
        assert (await edges(surface, NGINX.key, by=SHARED))[0].evidence == ()

    @pytest.mark.parametrize("direction", ["out", "in"])
    @pytest.mark.parametrize(
        "how",
        [
            {"limit": 1},
            {"limit": 2, "types": (RelationshipType.RESOLVES_TO,)},
            {"limit": 100, "as_of": NOON},
            {},
        ],
    )
    async def test_the_first_pages_of_many_are_those_of_each(
        self, surface: Surface, direction: Direction, how: dict[str, Any]
    ) -> None:
        names = domains(3)
        await surface.see(SHOP, HOST, HTTPS, *names, links=(RESOLVES, HAS_HTTPS))
        await surface.see(links=[Relationship(RelationshipType.ALIAS_OF, SHOP.key, one.key) for one in names])
        keys = [
            names[0].key,
            SHOP.key,
            Key("#domain#nobody.example.com"),
            HOST.key,
            Key("#domain#\ud800"),
            HTTPS.key,
        ]

        found = {
            by: await surface.store.edges_of_many(by, keys, direction=direction, **how)
            for by in (ACME, GLOBEX)
        }

        assert found == {
            by: {key: await surface.store.edges(by, key, direction=direction, **how) for key in keys}
            for by in (ACME, GLOBEX)
        }
        assert not any(page.items for page in found[GLOBEX].values())

    async def test_pages_of_many_are_bounded_and_of_none_are_none(self, surface: Surface) -> None:
        assert await surface.store.edges_of_many(ACME, [], direction="out") == {}
        with pytest.raises(InvalidError):
            await surface.store.edges_of_many(ACME, [SHOP.key], direction="out", limit=0)

    async def test_a_cursor_of_relationships_is_checked(self, surface: Surface) -> None:
        names = domains(3)
        await surface.see(SHOP, *names)
        links = [Relationship(RelationshipType.ALIAS_OF, SHOP.key, name.key) for name in names]
        await surface.see(links=tuple(links))
        page = await surface.store.edges(ACME, SHOP.key, direction="out", limit=1)

        with pytest.raises(InvalidError, match="cursor"):
            await surface.store.edges(ACME, SHOP.key, direction="in", cursor=page.cursor)
        with pytest.raises(InvalidError, match="cursor"):
            await surface.store.edges(ACME, SHOP.key, direction="out", cursor="nonsense")
