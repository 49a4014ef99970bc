from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest
from audit_log_contract import ACME, AuditLogContract, written

from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.database import SqliteDatabase


class TestSqlite(AuditLogContract):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
        opened = SqliteDatabase(tmp_path / "t.db")
        yield opened
        await opened.close()

    @pytest.fixture
    def log(self, database: SqliteDatabase) -> SqliteAuditLog:
        return SqliteAuditLog(database)

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 2",
            "DELETE FROM audit_entry WHERE sequence = 2",
            "DELETE FROM audit_entry",
        ],
    )
    async def test_the_file_itself_refuses_to_change_an_entry(
        self, database: SqliteDatabase, log: SqliteAuditLog, statement: str
    ) -> None:
        made = await written(log, ACME, 3)

        with apsw.Connection(database.path) as connection, pytest.raises(apsw.ConstraintError):
            connection.execute(statement)

        assert list(await log.rows(ACME, after=0, limit=9)) == made
