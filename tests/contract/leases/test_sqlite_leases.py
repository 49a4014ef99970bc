from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from leases_contract import TTL_S, LeasesContract, MadeClock

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.leases import SqliteLeases, this_boot


@pytest.fixture
def clock() -> MadeClock:
    return MadeClock()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "chariot.db")
    yield opened
    await opened.close()


class TestSqlite(LeasesContract):
    @pytest.fixture
    def leases(self, database: SqliteDatabase, clock: MadeClock) -> SqliteLeases:
        return SqliteLeases(database, clock=clock.now_s)

    async def test_what_was_held_before_the_machine_started_anew_is_free(
        self, leases: SqliteLeases, database: SqliteDatabase, clock: MadeClock
    ) -> None:
        await leases.acquire("relay", "a", TTL_S)

        assert (
            await SqliteLeases(database, clock=clock.now_s, boot="next").acquire("relay", "b", TTL_S)
            is not None
        )

    async def test_a_clock_that_began_again_frees_what_would_be_held_for_days(
        self, leases: SqliteLeases, clock: MadeClock
    ) -> None:
        await leases.acquire("relay", "a", TTL_S)
        clock.at_s = 1.0

        assert await leases.acquire("relay", "b", TTL_S) is not None

    async def test_another_process_of_the_machine_sees_it(
        self, leases: SqliteLeases, database: SqliteDatabase, clock: MadeClock
    ) -> None:
        await leases.acquire("relay", "a", TTL_S)
        other = SqliteDatabase(database.path)

        assert await SqliteLeases(other, clock=clock.now_s).acquire("relay", "b", TTL_S) is None
        await other.close()


def test_the_name_of_this_boot_does_not_change() -> None:
    assert this_boot() == this_boot()
