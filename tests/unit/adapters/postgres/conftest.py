"""A database with data of two organisations and of all."""

from collections.abc import AsyncIterator

import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.model.keys import SHARED
from chariot.model.kinds.network import Domain
from support.databases import databases

from .world import ACME, CVE, GLOBEX, HOST, RESOLVES, SHOP, see


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
