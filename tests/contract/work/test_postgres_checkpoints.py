from collections.abc import AsyncIterator

import pytest
from recovery_contract import CheckpointsContract

from chariot.adapters.postgres.checkpoints import PostgresCheckpoints
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.modules.work.ports import Checkpoints
from support.databases import databases


class TestPostgres(CheckpointsContract):
    @pytest.fixture
    async def checkpoints(self) -> AsyncIterator[Checkpoints]:
        url = await databases().take()
        database = await PostgresDatabase.open(url)
        yield PostgresCheckpoints(database)
        await database.close()
        await databases().give_back(url)
