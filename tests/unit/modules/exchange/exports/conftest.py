from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from support.exports import NOW, fill


@pytest.fixture
async def empty(tmp_path: Path) -> AsyncIterator[SqliteEntityStore]:
    opened = SqliteEntityStore(SqliteDatabase(tmp_path / "empty.db"), now=lambda: NOW)
    yield opened
    await opened.close()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteEntityStore]:
    """Give a store that holds the surface of `support.exports`."""
    opened = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=lambda: NOW)
    await fill(opened)
    yield opened
    await opened.close()
