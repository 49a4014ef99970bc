"""What a restricted store refuses to write, and to whom it is closed; what it shows is in the contract of stores."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import DeniedError, NotFoundError
from chariot.model.base import Entity
from chariot.model.keys import SHARED, Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.weakness import Risk, Vulnerability
from chariot.model.kinds.work import Comment, Seed
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity
from chariot.modules.access.store import RestrictedStore
from chariot.modules.surface.places import place_in
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule, Sight
from rest_perimeter import NOON

ACME = Organisation("acme")
OURS, THEIRS = Domain(host="www.shop.test"), Domain(host="www.bank.test")
RISK = Risk(target=THEIRS.key, weakness="CVE-2023-12345", severity=Severity.LOW)
CVE = Vulnerability(id="CVE-2023-12345", title="Known to all")
SHOP: Sight = (Rule(places=(place_in("shop.test"),)),)


@pytest.fixture
async def surface(tmp_path: Path) -> AsyncIterator[SurfaceService]:
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"))
    surface = SurfaceService(store)
    await see(surface, OURS, THEIRS, RISK, tags={"env": "prod"})
    await surface.observe(SHARED, Observations(capability="probe", seen_at=NOON, entities=(CVE,)))
    yield surface
    await store.close()


async def see(
    surface: SurfaceService,
    *entities: Entity,
    tags: dict[str, str] | None = None,
    links: tuple[Relationship, ...] = (),
) -> None:
    batch = Observations(
        capability="probe", seen_at=NOON, entities=entities, relationships=links, tags=tags or {}
    )
    await surface.observe(ACME, batch)


def within(surface: SurfaceService, sight: Sight) -> SurfaceService:
    return surface.over(RestrictedStore(surface.store, sight))


@pytest.mark.parametrize(
    "edit",
    [
        Edit(actor="ann", key=THEIRS.key, tags={"owner": "ann"}),
        Edit(actor="ann", key=RISK.key, fields={"owner": "ann"}),
        Edit(actor="ann", entity=Comment(about=RISK.key, id="c1", text="hm")),
        Edit(actor="ann", entity=Seed(value="bank.test")),
    ],
)
async def test_what_is_not_seen_is_not_written(surface: SurfaceService, edit: Edit) -> None:
    before = await surface.store.last_sequence()

    with pytest.raises((DeniedError, NotFoundError)):
        await within(surface, SHOP).edit(ACME, [edit])

    assert await surface.store.last_sequence() == before


async def test_what_is_seen_is_written(surface: SurfaceService) -> None:
    ours = within(surface, SHOP)
    await ours.edit(ACME, [Edit(actor="ann", key=OURS.key, tags={"owner": "ann"})])
    await ours.edit(ACME, [Edit(actor="ann", entity=Comment(about=OURS.key, id="c1", text="hm"))])

    found = await ours.store.get(ACME, [OURS.key])
    assert found[OURS.key].tags["owner"] == "ann"


async def test_one_item_that_is_not_seen_refuses_the_batch(surface: SurfaceService) -> None:
    before = await surface.store.last_sequence()

    with pytest.raises(DeniedError):
        await see(within(surface, SHOP), Domain(host="new.shop.test"), Domain(host="new.bank.test"))

    assert await surface.store.last_sequence() == before


async def test_a_relationship_to_what_is_not_seen_is_not_written(surface: SurfaceService) -> None:
    link = Relationship(RelationshipType.RESOLVES_TO, OURS.key, "#address#192.0.2.7")
    await see(surface, Address(ip="192.0.2.7"))

    with pytest.raises(DeniedError):
        await see(within(surface, SHOP), links=(link,))


async def test_what_is_new_must_bear_the_tag_that_makes_it_seen(surface: SurfaceService) -> None:
    prod = within(surface, (Rule(tags=(("env", "prod"),)),))
    await see(prod, Domain(host="new.shop.test"), tags={"env": "prod"})

    with pytest.raises(DeniedError):
        await see(prod, Domain(host="other.shop.test"), tags={"env": "dev"})


async def test_nobody_takes_the_tag_off_by_which_they_see_a_thing(surface: SurfaceService) -> None:
    prod = within(surface, (Rule(tags=(("env", "prod"),)),))

    with pytest.raises(DeniedError):
        await prod.edit(ACME, [Edit(actor="ann", key=OURS.key, tags={"env": None})])


async def test_what_all_share_is_seen_by_all(surface: SurfaceService) -> None:
    nothing = RestrictedStore(surface.store, ())

    assert CVE.key in await nothing.get(ACME, [CVE.key])
    assert len((await nothing.find(SHARED, Query(kinds=("vulnerability",)))).items) == 1
    assert await nothing.counts(SHARED) == await surface.store.counts(SHARED)
    assert await nothing.counts(ACME) == {}


async def test_the_log_of_all_organisations_is_closed(surface: SurfaceService) -> None:
    store = RestrictedStore(surface.store, SHOP)

    with pytest.raises(DeniedError):
        await store.changes(0, 100)
    assert await store.organisations() == ()
    keys = await store.silent(ACME, "domain", before=NOON.replace(year=2027), limit=1)
    assert keys == [OURS.key]


async def test_the_store_below_stays_open(surface: SurfaceService) -> None:
    await RestrictedStore(surface.store, SHOP).close()

    assert await surface.store.get(ACME, [OURS.key])


async def test_of_many_only_relationships_whose_ends_are_shown_are_read(surface: SurfaceService) -> None:
    behind = Domain(host="zz.shop.test")
    links = [Relationship(RelationshipType.ALIAS_OF, OURS.key, to.key) for to in (THEIRS, behind)]
    back = Relationship(RelationshipType.ALIAS_OF, THEIRS.key, OURS.key)
    await see(surface, behind, links=(*links, back))
    store = within(surface, SHOP).store

    found = await store.edges_of_many(ACME, [OURS.key, THEIRS.key, behind.key], direction="out", limit=1)

    assert {key: [one.target for one in page.items] for key, page in found.items()} == {
        OURS.key: [behind.key],
        THEIRS.key: [],
        behind.key: [],
    }
