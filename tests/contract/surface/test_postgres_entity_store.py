from collections.abc import AsyncIterator

import pytest
from entity_store_contract import EntityStoreContract
from surface_world import MadeClock, NewStore

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.modules.surface.ports import EntityStore
from support.databases import databases


class TestPostgres(EntityStoreContract):
    @pytest.fixture
    async def new_store(self, clock: MadeClock) -> AsyncIterator[NewStore]:
        opened: list[tuple[str, EntityStore]] = []

        async def new() -> EntityStore:
            url = await databases().take()
            store = PostgresEntityStore(await PostgresDatabase.open(url, size=4), now=clock.now)
            opened.append((url, store))
            return store

        yield new
        for url, store in opened:
            await store.close()
            await databases().give_back(url)
