from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from journal_contract import ACME, DAY, GLOBEX, JournalStoreContract, added, line

from chariot.adapters.routing.journal import RoutedJournalStore
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.journal import SqliteJournalStore


class TestRouted(JournalStoreContract):
    @pytest.fixture
    async def apart(self, tmp_path: Path) -> AsyncIterator[SqliteJournalStore]:
        database = SqliteDatabase(tmp_path / "apart.db")
        yield SqliteJournalStore(database)
        await database.close()

    @pytest.fixture
    async def journal(self, tmp_path: Path, apart: SqliteJournalStore) -> AsyncIterator[RoutedJournalStore]:
        database = SqliteDatabase(tmp_path / "all.db")
        yield RoutedJournalStore(SqliteJournalStore(database), {GLOBEX: apart})
        await database.close()

    async def test_an_organisation_that_stands_apart_keeps_its_own(
        self, journal: RoutedJournalStore, apart: SqliteJournalStore
    ) -> None:
        await added(journal, ACME, line(0))
        await added(journal, GLOBEX, line(1))

        assert [(await apart.head(name)).number for name in (ACME, GLOBEX)] == [0, 1]
        assert (await apart.usage(GLOBEX, DAY)).packets == 2
