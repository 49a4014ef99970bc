from collections.abc import AsyncIterator

import pytest
from receipts_contract import ReceiptsContract

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.receipts import PostgresReceipts
from support.databases import databases


class TestPostgres(ReceiptsContract):
    @pytest.fixture
    async def receipts(self) -> AsyncIterator[PostgresReceipts]:
        url = await databases().take()
        database = await PostgresDatabase.open(url)
        yield PostgresReceipts(database)
        await database.close()
        await databases().give_back(url)
