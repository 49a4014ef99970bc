from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest
from audit_log_contract import ACME, AuditLogContract, written
from tampering_contract import Run, TamperingContract

from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.database import SqliteDatabase


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "t.db")
    yield opened
    await opened.close()


@pytest.fixture
def log(database: SqliteDatabase) -> SqliteAuditLog:
    return SqliteAuditLog(database)


class TestTampering(TamperingContract):
    @pytest.fixture
    def run(self, database: SqliteDatabase) -> Run:
        async def change(statement: str) -> None:
            with apsw.Connection(database.path) as connection:
                names = connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name GLOB 'audit_*'"
                ).fetchall()
                for (name,) in names:
                    connection.execute(f"DROP TRIGGER {name}")
                connection.execute(statement)

        return change


class TestSqlite(AuditLogContract):
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
