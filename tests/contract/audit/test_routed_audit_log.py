from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from audit_log_contract import ACME, GLOBEX, AuditLogContract, written

from chariot.adapters.routing.audit import RoutedAuditLog
from chariot.adapters.sqlite.audit import SqliteAuditLog
from chariot.adapters.sqlite.database import SqliteDatabase


class TestRouted(AuditLogContract):
    @pytest.fixture
    async def apart(self, tmp_path: Path) -> AsyncIterator[SqliteAuditLog]:
        database = SqliteDatabase(tmp_path / "apart.db")
        yield SqliteAuditLog(database)
        await database.close()

    @pytest.fixture
    async def log(self, tmp_path: Path, apart: SqliteAuditLog) -> AsyncIterator[RoutedAuditLog]:
        database = SqliteDatabase(tmp_path / "all.db")
        yield RoutedAuditLog(SqliteAuditLog(database), {GLOBEX: apart})
        await database.close()

    async def test_an_organisation_that_stands_apart_keeps_its_own(
        self, log: RoutedAuditLog, apart: SqliteAuditLog
    ) -> None:
        await written(log, ACME, 1)
        await written(log, GLOBEX, 1)

        assert list(await apart.organisations()) == [GLOBEX]

    async def test_what_is_announced_goes_where_the_organisation_lives(
        self, log: RoutedAuditLog, apart: SqliteAuditLog
    ) -> None:
        assert log.announcing(GLOBEX) is apart
        assert log.announcing(ACME) is not apart
