from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest
from journal_contract import ACME, JournalStoreContract, added, line

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.journal import SqliteJournalStore
from chariot.modules.discovery.journal import verify


class TestSqlite(JournalStoreContract):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
        opened = SqliteDatabase(tmp_path / "t.db")
        yield opened
        await opened.close()

    @pytest.fixture
    def journal(self, database: SqliteDatabase) -> SqliteJournalStore:
        return SqliteJournalStore(database)

    @pytest.mark.parametrize(
        ("tampering", "held", "fault"),
        [
            ("UPDATE journal_line SET address = '192.0.2.8' WHERE number = 2", 1, "line 2 was changed"),
            ("UPDATE journal_line SET count = 1 WHERE number = 3", 2, "line 3 was changed"),
            ("DELETE FROM journal_line WHERE number = 2", 1, "line 2 is missing"),
            ("DELETE FROM journal_line WHERE number = 3", 2, "the lines behind 2 are missing"),
            ("DELETE FROM journal_line", 0, "the lines behind 0 are missing"),
        ],
    )
    async def test_what_somebody_changed_is_found(
        self, database: SqliteDatabase, journal: SqliteJournalStore, tampering: str, held: int, fault: str
    ) -> None:
        await added(journal, ACME, line(0), line(1), line(2))
        connection = apsw.Connection(database.path)
        connection.execute("DROP TRIGGER journal_stays")
        connection.execute(tampering)
        connection.close()

        verified = await verify(journal, ACME)

        assert verified.lines == held
        assert verified.fault.startswith(fault)

    async def test_a_line_is_not_changed_by_mistake(
        self, database: SqliteDatabase, journal: SqliteJournalStore
    ) -> None:
        await added(journal, ACME, line(0))
        connection = apsw.Connection(database.path)

        with pytest.raises(apsw.ConstraintError, match="never changed"):
            connection.execute("UPDATE journal_line SET port = 1")
        connection.close()
