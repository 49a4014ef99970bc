"""The intelligence stores that keep the same promises."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres_intel.shelf import PostgresIntelShelf
from chariot.adapters.postgres_intel.store import SharedIntelStore
from chariot.adapters.sqlite_intel import SqliteIntelStore
from chariot.modules.intel.memory import MemoryIntelStore
from chariot.modules.intel.ports import IntelStore
from support.databases import databases

NOON = datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC)


@asynccontextmanager
async def shared(path: Path) -> AsyncIterator[IntelStore]:
    url = await databases().take()
    try:
        database = await PostgresDatabase.open(url, size=3)
        store = SharedIntelStore(path, PostgresIntelShelf(database), lambda: NOON)
        await store.prepare()
        yield store
        await store.close()
        await database.close()
    finally:
        await databases().give_back(url)


@pytest.fixture(params=["memory", "sqlite", "shared"])
async def store(request, tmp_path) -> AsyncIterator[IntelStore]:
    if request.param == "memory":
        yield MemoryIntelStore(lambda: NOON)
    elif request.param == "sqlite":
        sqlite = SqliteIntelStore(tmp_path / "intel.db", lambda: NOON)
        yield sqlite
        await sqlite.close()
    else:
        async with shared(tmp_path / "intel.db") as machine:
            yield machine
