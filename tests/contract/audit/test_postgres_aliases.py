from collections.abc import AsyncIterator

import pytest
from aliases_contract import AliasesContract

from chariot.adapters.postgres.aliases import PostgresAliases
from chariot.adapters.postgres.database import PostgresDatabase
from support.databases import databases


class TestPostgres(AliasesContract):
    @pytest.fixture
    async def aliases(self) -> AsyncIterator[PostgresAliases]:
        url = await databases().take()
        database = await PostgresDatabase.open(url)
        yield PostgresAliases(database)
        await database.close()
        await databases().give_back(url)
