from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aliases_contract import AliasesContract

from chariot.adapters.sqlite.aliases import SqliteAliases
from chariot.adapters.sqlite.database import SqliteDatabase


class TestSqlite(AliasesContract):
    @pytest.fixture
    async def aliases(self, tmp_path: Path) -> AsyncIterator[SqliteAliases]:
        database = SqliteDatabase(tmp_path / "t.db")
        yield SqliteAliases(database)
        await database.close()
