from collections.abc import AsyncIterator

import pytest
from journal_contract import JournalStoreContract

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.journal import PostgresJournalStore
from support.databases import databases


class TestPostgres(JournalStoreContract):
    @pytest.fixture
    async def journal(self) -> AsyncIterator[PostgresJournalStore]:
        url = await databases().take()
        database = await PostgresDatabase.open(url)
        yield PostgresJournalStore(database)
        await database.close()
        await databases().give_back(url)
