from collections.abc import AsyncIterator

import asyncpg
import pytest
from mender_contract import ACME, Home, MenderContract

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.entity_store import PostgresEntityStore
from chariot.adapters.postgres.mending import PostgresMender
from support.databases import databases


class TestPostgres(MenderContract):
    @pytest.fixture
    async def home(self) -> AsyncIterator[Home]:
        url = await databases().take()
        database = await PostgresDatabase.open(url)
        self.url = url
        yield Home(PostgresEntityStore(database), PostgresMender(database))
        await database.close()
        await databases().give_back(url)

    @pytest.mark.parametrize(
        "statement",
        ["UPDATE version SET doc = ''", "DELETE FROM mending", "INSERT INTO mending (why) VALUES ('')"],
    )
    async def test_there_is_no_way_around_the_gate(self, home: Home, statement: str) -> None:
        await home.fill()
        connection = await asyncpg.connect(self.url)
        await connection.execute(f"SET ROLE chariot_app; SET chariot.organisation = '{ACME}'")

        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
        await connection.close()
