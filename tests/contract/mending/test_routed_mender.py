from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mender_contract import GLOBEX, Home, MenderContract

from chariot.adapters.routing.entity_store import RoutedEntityStore
from chariot.adapters.routing.mending import RoutedMender
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.mending import SqliteMender


class TestRouted(MenderContract):
    @pytest.fixture
    async def home(self, tmp_path: Path) -> AsyncIterator[Home]:
        shared, apart = SqliteDatabase(tmp_path / "shared.db"), SqliteDatabase(tmp_path / "apart.db")
        yield Home(
            RoutedEntityStore(SqliteEntityStore(shared), {GLOBEX: SqliteEntityStore(apart)}),
            RoutedMender(SqliteMender(shared), {GLOBEX: SqliteMender(apart)}),
        )
        await shared.close()
        await apart.close()
