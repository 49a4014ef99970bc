"""A database with data of two organisations and of all, and short ways to look into it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.model.base import Entity
from chariot.model.keys import SHARED, Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.weakness import Vulnerability
from chariot.model.observations import Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.service import SurfaceService
from support.databases import databases

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
ACME, GLOBEX = Organisation("acme"), Organisation("globex")
SHOP, HOST = Domain(host="shop.test"), Address(ip="192.0.2.7")
RESOLVES = Relationship(RelationshipType.RESOLVES_TO, SHOP.key, HOST.key)
CVE = Vulnerability(id="CVE-2023-12345")


async def see(
    store: PostgresEntityStore,
    *entities: Entity,
    by: Organisation = ACME,
    links: tuple[Relationship, ...] = (),
) -> None:
    batch = Observations(capability="probe", seen_at=NOON, entities=entities, relationships=links)
    applied = await SurfaceService(store).observe(by, batch)
    assert not applied.refused


@pytest.fixture
async def url() -> AsyncIterator[str]:
    url = await databases().take()
    yield url
    await databases().give_back(url)


@pytest.fixture
async def database(url: str) -> AsyncIterator[PostgresDatabase]:
    database = await PostgresDatabase.open(url)
    yield database
    await database.close()


@pytest.fixture
async def store(database: PostgresDatabase) -> PostgresEntityStore:
    return PostgresEntityStore(database)


@pytest.fixture
async def filled(store: PostgresEntityStore) -> PostgresEntityStore:
    await see(store, CVE, by=SHARED)
    for organisation in (ACME, GLOBEX):
        await see(store, SHOP, HOST, links=(RESOLVES,), by=organisation)
        await see(store, Domain(host="shop.test", registrar="new"), by=organisation)
    return store
