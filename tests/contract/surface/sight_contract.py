"""What a store promises about sight: a list shows what the check of each item allows, whatever rules and data."""

from collections import Counter
from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from surface_world import DAY, HOUR, MadeClock, Surface, fresh_organisation

from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import (
    Address,
    Certificate,
    DnsRecord,
    Domain,
    Netblock,
    Port,
    WebApplication,
)
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute, Comment, Job, Seed, Setting
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.registry import KINDS
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity, Status
from chariot.modules.access.store import RestrictedStore
from chariot.modules.surface.places import block_place, place_in
from chariot.modules.surface.ports import EntityStore, Span
from chariot.modules.surface.query import Query
from chariot.modules.surface.sight import Rule, Sight, asset_of, shows_entity

PORT = Port(address="10.0.0.1", protocol="tcp", number=443)
ASSETS: tuple[Entity, ...] = (
    Domain(host="a.test"),
    Domain(host="shop.a.test"),
    Domain(host="aa.test"),
    Domain(host="risk.test"),
    Address(ip="10.0.0.1"),
    Address(ip="10.0.1.255"),
    Address(ip="2001:db8::1"),
    Netblock(cidr="10.0.0.0/24"),
    Netblock(cidr="10.0.0.0/20"),
    PORT,
    Port(address="2001:db8::1", protocol="udp", number=53),
    WebApplication(url="https://shop.a.test:8443/"),
    WebApplication(url="http://10.0.1.255/"),
    WebApplication(url="http://[2001:db8::1]/"),
    DnsRecord(host="a.test", type="MX", value="10 mail.a.test."),
    Certificate(sha256="ab" * 32),
    Technology(cpe="cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*"),
    Seed(value="a.test"),
    Seed(value="10.0.0.0/16"),
    Setting(label="note", value="kept"),
)
PLACES = (
    *map(block_place, ("10.0.0.0/24", "10.0.0.0/21", "10.0.0.0/8", "10.0.0.1/32", "2001:db8::/32")),
    *map(place_in, ("a.test", "shop.a.test", "test")),
)
WORDS = ("prod", "dev", 'qu"ote')
SEVERITIES = st.sampled_from([None, *Severity])


def kept_apart() -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(("env", "a.team")), st.sampled_from(WORDS), max_size=2)


@st.composite
def worlds(draw: st.DrawFn) -> list[tuple[Entity, dict[str, str]]]:
    """Entities of all sorts, with tags: assets, and what is about them, about their risks, and about nothing known."""
    assets = draw(st.lists(st.sampled_from(ASSETS), min_size=1, unique=True))
    targets: list[str] = [one.key for one in assets] + [ASSETS[0].key, "#planet#mars", PORT.key]
    about = st.sampled_from(targets)
    risks = [
        Risk(target=draw(about), weakness=f"CVE-2024-100{number}", severity=draw(SEVERITIES))
        for number in range(draw(st.integers(0, 4)))
    ]
    targets += [one.key for one in risks]
    about = st.sampled_from(targets)
    others: list[Entity] = [
        *(
            Comment(about=draw(about), id=f"c{number}", text="hm")
            for number in range(draw(st.integers(0, 3)))
        ),
        *(
            Attribute(owner=draw(about), label=draw(st.sampled_from(("risk", "os"))), value=str(number))
            for number in range(draw(st.integers(0, 3)))
        ),
        *(Job(capability=f"probe-{number}", target=draw(about)) for number in range(draw(st.integers(0, 2)))),
    ]
    return [(one, draw(kept_apart())) for one in (*assets, *risks, *others)]


def rules() -> st.SearchStrategy[Rule]:
    tags = st.tuples(st.sampled_from(("env", "a.team")), st.sampled_from(("", *WORDS)))
    return st.builds(
        Rule,
        kinds=st.lists(st.sampled_from(("domain", "port", "risk", "comment", "setting")), max_size=2).map(
            tuple
        ),
        tags=st.lists(tags, max_size=2).map(tuple),
        places=st.lists(st.sampled_from(PLACES), max_size=2).map(tuple),
        highest=st.none() | st.sampled_from(Severity),
    )


def sights() -> st.SearchStrategy[Sight]:
    return st.lists(rules(), max_size=3).map(tuple)


PROPERTY = settings(max_examples=15)


class SightContract:
    @PROPERTY
    @given(world=worlds(), sight=sights(), data=st.data())
    async def test_what_a_list_shows_is_what_the_check_of_each_item_allows(
        self, surface: Surface, clock: MadeClock, world: Any, sight: Sight, data: st.DataObject
    ) -> None:
        by = fresh_organisation()
        await write(surface, by, world)
        before = clock.move(HOUR)
        clock.move(HOUR)
        await change(surface, by, world, data)
        seeing = Surface(RestrictedStore(surface.store, sight), clock)
        everything = Query(kinds=tuple(KINDS), everything=True, limit=7)
        records = {record.key: record async for record in surface.walk(everything, by)}
        allowed = {key for key, record in records.items() if allows(sight, record, records)}

        assert set(await seeing.keys(everything, by)) == allowed
        assert set(await seeing.store.get(by, list(records))) == allowed
        # How things are now decides what is seen of the past.
        then = Query(kinds=tuple(KINDS), as_of=before, everything=True)
        assert set(await seeing.keys(then, by)) == allowed & set(await surface.keys(then, by))
        for kind, sort in product(("domain", "port", "risk", "comment", "job"), ("-updated", "key", "-key")):
            query = Query(kinds=(kind,), sort=sort, limit=3)
            shown = await seeing.keys(query, by)
            assert shown == [key for key in await surface.keys(query, by) if key in allowed]
        assert await seeing.store.counts(by) == counted(records[key] for key in allowed)

    @PROPERTY
    @given(world=worlds(), sight=sights())
    async def test_a_series_counts_what_a_list_shows(
        self, surface: Surface, clock: MadeClock, world: Any, sight: Sight
    ) -> None:
        by = fresh_organisation()
        await write(surface, by, world)
        seeing = Surface(RestrictedStore(surface.store, sight), clock)
        span = Span(clock.move(DAY), DAY, 1)

        for kind in ("domain", "risk", "comment"):
            found = await seeing.store.series(by, kind, "", span)
            shown = await seeing.keys(Query(kinds=(kind,), limit=100), by)
            assert sum(sum(counts) for counts in found.values()) == len(shown)
            tallied = await seeing.store.tally(by, Query(kinds=(kind,)), ())
            assert sum(one.entities for one in tallied) == len(shown)

    @PROPERTY
    @given(world=worlds(), sight=sights())
    async def test_what_tells_of_two_things_is_shown_to_whom_both_are(
        self, surface: Surface, clock: MadeClock, world: Any, sight: Sight
    ) -> None:
        by = fresh_organisation()
        await write(surface, by, world)
        store = RestrictedStore(surface.store, sight)
        shown = set(await store.get(by, [entity.key for entity, _ in world]))
        raw: set[Any] = set()
        seen: set[Any] = set()
        for entity, _ in world:
            for direction in ("out", "in"):
                raw |= await ends(surface.store, by, entity.key, direction)
                seen |= await ends(store, by, entity.key, direction)

        assert seen == {(source, target) for source, target in raw if {source, target} <= shown}
        log = await surface.store.changes(0, 100_000, organisation=by)
        told = [one for one in log if one.key in shown and (one.target is None or one.target in shown)]
        assert list(await store.changes(0, 100_000, organisation=by)) == told
        differing = await store.differences(by, clock.now() - DAY, clock.now() + DAY)
        assert {one.key for one in differing.items} <= shown

    async def test_what_somebody_does_not_see_does_not_fill_their_pages(self, surface: Surface) -> None:
        by = fresh_organisation()
        await surface.see(*(Address(ip=f"10.0.{n}.{m}") for n in range(4) for m in range(100)), by=by)
        store = RestrictedStore(surface.store, (Rule(places=(block_place("10.0.3.0/24"),)),))

        page = await store.find(by, Query(kinds=("address",), limit=50))

        assert len(page.items) == 50
        assert page.cursor
        assert all(record.name.startswith("10.0.3.") for record in page.items)


async def write(surface: Surface, by: Organisation, world: list[tuple[Entity, dict[str, str]]]) -> None:
    for tags in {tuple(sorted(tags.items())) for _, tags in world}:
        alike = [entity for entity, own in world if tuple(sorted(own.items())) == tags]
        await surface.see(*alike, by=by, tags=dict(tags))
    keys = {entity.key for entity, _ in world}
    links = [
        Relationship(RelationshipType.HAS_RISK, Key(one.target), one.key)
        for one, _ in world
        if isinstance(one, Risk) and one.target in keys and not one.target.startswith("#se")
    ]
    if links:
        await surface.see(by=by, links=tuple(links))


async def change(
    surface: Surface, by: Organisation, world: list[tuple[Entity, dict[str, str]]], data: st.DataObject
) -> None:
    """Give some other tags, some another severity, and take some off the surface."""
    edits = []
    for entity, _ in data.draw(
        st.lists(st.sampled_from(world), unique_by=lambda one: one[0].key, max_size=4)
    ):
        status = data.draw(st.sampled_from((None, Status.EXCLUDED)))
        fields: dict[str, Any] = {}
        if isinstance(entity, Risk):
            fields = {"severity": data.draw(st.sampled_from(Severity)).value}
        edits.append(
            Edit(actor="ann", key=entity.key, tags=data.draw(kept_apart()), status=status, fields=fields)
        )
    if edits:
        await surface.decide(*edits, by=by)


def allows(sight: Sight, record: Record, records: dict[Key, Record]) -> bool:
    asset = records.get(asset_of(record.entity))
    return shows_entity(sight, record.key, record.entity, asset.tags if asset is not None else None)


def counted(records: Any) -> dict[str, dict[str, int]]:
    counts = Counter((record.kind, record.status.value) for record in records)
    found: dict[str, dict[str, int]] = {}
    for (kind, status), number in counts.items():
        found.setdefault(kind, {})[status] = number
    return found


async def ends(store: EntityStore, by: Organisation, key: Key, direction: Any) -> set[tuple[Key, Key]]:
    found: set[tuple[Key, Key]] = set()
    cursor = ""
    while True:
        page = await store.edges(by, key, direction=direction, limit=1, cursor=cursor)
        found |= {(edge.source, edge.target) for edge in page.items}
        cursor = page.cursor
        if not cursor:
            return found
