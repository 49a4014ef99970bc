import time
from collections.abc import AsyncIterator

import pytest
from leases_contract import TTL_S, LeasesContract, RealClock

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.leases import PostgresLeases
from support.databases import databases


@pytest.fixture
def clock() -> RealClock:
    return RealClock()


class TestPostgres(LeasesContract):
    @pytest.fixture
    async def database(self) -> AsyncIterator[PostgresDatabase]:
        url = await databases().take()
        opened = await PostgresDatabase.open(url)
        yield opened
        await opened.close()
        await databases().give_back(url)

    @pytest.fixture
    def leases(self, database: PostgresDatabase) -> PostgresLeases:
        return PostgresLeases(database)

    @pytest.mark.parametrize("jump_s", [-86_400.0, 86_400.0])
    async def test_a_clock_that_jumps_makes_no_second_holder(
        self, leases: PostgresLeases, database: PostgresDatabase, jump_s: float
    ) -> None:
        await leases.acquire("relay", "a", TTL_S)
        jumped = PostgresLeases(database, clock=lambda: time.monotonic() + jump_s)

        assert await jumped.acquire("relay", "b", TTL_S) is None
