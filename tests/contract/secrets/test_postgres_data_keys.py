from collections.abc import AsyncIterator

import pytest
from data_keys_contract import DataKeysContract

from chariot.adapters.postgres.data_keys import PostgresDataKeys
from chariot.adapters.postgres.database import PostgresDatabase
from support.databases import databases


class TestPostgres(DataKeysContract):
    @pytest.fixture
    async def data_keys(self) -> AsyncIterator[PostgresDataKeys]:
        url = await databases().take()
        database = await PostgresDatabase.open(url)
        yield PostgresDataKeys(database)
        await database.close()
        await databases().give_back(url)
