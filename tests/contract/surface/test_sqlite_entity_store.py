from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path

import pytest
from entity_store_contract import EntityStoreContract
from surface_world import MadeClock, NewStore

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.modules.surface.ports import EntityStore


class TestSqlite(EntityStoreContract):
    @pytest.fixture
    async def new_store(self, tmp_path: Path, clock: MadeClock) -> AsyncIterator[NewStore]:
        opened: list[EntityStore] = []
        names = count()

        async def new() -> EntityStore:
            store = SqliteEntityStore(SqliteDatabase(tmp_path / f"{next(names)}.db"), now=clock.now)
            opened.append(store)
            return store

        yield new
        for store in opened:
            await store.close()
