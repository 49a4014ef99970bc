"""Two databases and one store: an organisation with a database of its own lives there and nowhere else."""

from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from entity_store_contract import EntityStoreContract
from surface_world import ACME, CVE, GLOBEX, HOST, HOUR, HTTPS, RISK, SHOP, MadeClock, NewStore, Surface

from chariot.adapters.routing.entity_store import RoutedEntityStore
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import SHARED
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.ports import EntityStore

INSTANCE = Relationship(RelationshipType.INSTANCE_OF, RISK.key, CVE.key)


@pytest.fixture
def clock() -> MadeClock:
    return MadeClock()


@pytest.fixture
async def made(tmp_path: Path, clock: MadeClock) -> AsyncIterator[list[EntityStore]]:
    opened: list[EntityStore] = []
    yield opened
    for store in opened:
        await store.close()


@pytest.fixture
async def new_store(tmp_path: Path, clock: MadeClock, made: list[EntityStore]) -> NewStore:
    names = count()

    async def new() -> EntityStore:
        shared, own = (
            SqliteEntityStore(SqliteDatabase(tmp_path / f"{next(names)}.db"), now=clock.now) for _ in range(2)
        )
        made.extend((shared, own))
        return RoutedEntityStore(shared, {GLOBEX: own})

    return new


class TestRouted(EntityStoreContract):
    """The promises of every store, with one of the two organisations in a store of its own.

    Two are kept in another way: there is no one log of all, and only vulnerabilities are known to all.
    """

    async def test_changes_are_read_in_order_from_any_place(self, surface: Surface) -> None:
        await surface.see(SHOP, by=GLOBEX)
        await surface.see(HOST, HTTPS)
        await surface.see(HOST, by=GLOBEX)

        assert [change.sequence for change in await surface.log(by=GLOBEX)] == [1, 2]
        assert await surface.log() == await surface.log(by=ACME)
        assert await surface.store.changes(2, 10, organisation=GLOBEX) == []
        assert await surface.store.last_sequence() == await surface.store.last_sequence(ACME) == 2
        assert await surface.store.last_sequence(GLOBEX) == 2

    async def test_organisations_link_what_is_shared_without_seeing_each_other(
        self, surface: Surface
    ) -> None:
        await surface.see(CVE, by=SHARED, capability="feed")
        for by, name in ((ACME, "acme-probe"), (GLOBEX, "globex-probe")):
            await surface.see(HTTPS, RISK, by=by, links=(INSTANCE,), capability=name)

        found = {
            by: (await surface.store.edges(by, CVE.key, direction="in")).items[0].origins
            for by in (ACME, GLOBEX)
        }

        assert found == {ACME: ("acme-probe",), GLOBEX: ("globex-probe",)}


async def risk_of_globex(new_store: NewStore, clock: MadeClock) -> Surface:
    surface = Surface(await new_store(), clock)
    await surface.see(CVE, by=SHARED, capability="feed")
    await surface.see(HTTPS, RISK, by=GLOBEX, links=(INSTANCE,))
    return surface


async def test_a_risk_points_at_what_all_may_read(new_store: NewStore, clock: MadeClock) -> None:
    surface = await risk_of_globex(new_store, clock)

    found = await surface.store.edges(GLOBEX, CVE.key, direction="in")

    assert [edge.source for edge in found.items] == [RISK.key]


async def test_what_is_known_of_a_vulnerability_is_read_where_it_is_kept(
    new_store: NewStore, clock: MadeClock
) -> None:
    surface = await risk_of_globex(new_store, clock)
    newer = type(CVE)(id=CVE.id, title="Known better")
    clock.move(HOUR)
    await surface.see(newer, by=SHARED, capability="feed")

    record = await surface.one(CVE.key, GLOBEX)
    versions = await surface.store.versions(GLOBEX, CVE.key)

    assert record is not None
    assert (record.organisation, record.entity) == (SHARED, newer)
    assert [version.entity for version in versions.items] == [newer, CVE]


async def test_the_shared_store_hears_of_nobody_who_stands_apart(
    new_store: NewStore, clock: MadeClock, made: list[EntityStore]
) -> None:
    await risk_of_globex(new_store, clock)
    shared, own = made

    assert await shared.organisations() == [SHARED]
    assert await own.organisations() == [GLOBEX, SHARED]


async def test_an_organisation_whose_store_is_away_is_still_known(
    new_store: NewStore, clock: MadeClock, made: list[EntityStore]
) -> None:
    surface = await risk_of_globex(new_store, clock)
    await surface.see(HTTPS, by=ACME)
    await made[1].close()

    assert await surface.store.organisations() == [ACME, GLOBEX, SHARED]
