import time
from collections.abc import AsyncIterator

import pytest
from leases_contract import TTL_S, LeasesContract

from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.leases import PostgresLeases
from support.databases import databases


class MovedClock:
    """Passes time by bringing the end of every lease nearer, so that nothing depends on how quick the machine is."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._passed_s = 0.0

    def now_s(self) -> float:
        return time.monotonic() + self._passed_s

    async def sleep(self, seconds: float) -> None:
        self._passed_s += seconds
        nearer = f"UPDATE lease SET until = until - make_interval(secs => {seconds})"
        await databases().server.run(nearer, url=self._url)


class TestPostgres(LeasesContract):
    @pytest.fixture
    async def url(self) -> AsyncIterator[str]:
        url = await databases().take()
        yield url
        await databases().give_back(url)

    @pytest.fixture
    async def database(self, url: str) -> AsyncIterator[PostgresDatabase]:
        opened = await PostgresDatabase.open(url)
        yield opened
        await opened.close()

    @pytest.fixture
    def clock(self, url: str) -> MovedClock:
        return MovedClock(url)

    @pytest.fixture
    def leases(self, database: PostgresDatabase, clock: MovedClock) -> PostgresLeases:
        return PostgresLeases(database, clock=clock.now_s)

    @pytest.mark.parametrize("jump_s", [-86_400.0, 86_400.0])
    async def test_a_clock_that_jumps_makes_no_second_holder(
        self, leases: PostgresLeases, database: PostgresDatabase, jump_s: float
    ) -> None:
        await leases.acquire("relay", "a", TTL_S)
        jumped = PostgresLeases(database, clock=lambda: time.monotonic() + jump_s)

        assert await jumped.acquire("relay", "b", TTL_S) is None
