from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from data_keys_contract import DataKeysContract

from chariot.adapters.sqlite.data_keys import SqliteDataKeys
from chariot.adapters.sqlite.database import SqliteDatabase


class TestSqlite(DataKeysContract):
    @pytest.fixture
    async def data_keys(self, tmp_path: Path) -> AsyncIterator[SqliteDataKeys]:
        database = SqliteDatabase(tmp_path / "t.db")
        yield SqliteDataKeys(database)
        await database.close()
