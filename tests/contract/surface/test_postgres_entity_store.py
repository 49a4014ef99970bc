import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest
from entity_store_contract import EntityStoreContract
from surface_world import MadeClock, NewStore

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.migrations import migrate
from chariot.modules.surface.ports import EntityStore
from support.engines import Postgres, postgres

# Emptying a database is quicker than making one, so those of finished tests are used again.
EMPTY = """
    TRUNCATE organisation, version, presence, edge, edge_presence, counter, checkpoint RESTART IDENTITY;
    UPDATE log_end SET sequence = 0, moment = 0;
"""


class Databases:
    """Empty databases with the schema, lent and given back."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self.names: list[str] = []
        self._free: list[str] = []

    async def take(self) -> str:
        if self._free:
            return self._free.pop()
        name = await self.server.create()
        self.names.append(name)
        await migrate(self.server.url(name))
        return name

    async def give_back(self, name: str) -> None:
        await self.server.run(EMPTY, database=name)
        self._free.append(name)


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    server = postgres()
    lent = Databases(server)
    yield lent
    for name in lent.names:
        asyncio.run(server.drop(name))
    server.stop()


class TestPostgres(EntityStoreContract):
    @pytest.fixture
    async def new_store(self, databases: Databases, clock: MadeClock) -> AsyncIterator[NewStore]:
        opened: list[tuple[str, EntityStore]] = []

        async def new() -> EntityStore:
            name = await databases.take()
            database = await PostgresDatabase.open(databases.server.url(name), size=4)
            store = PostgresEntityStore(database, now=clock.now)
            opened.append((name, store))
            return store

        yield new
        for name, store in opened:
            await store.close()
            await databases.give_back(name)
