from collections.abc import AsyncIterator

import asyncpg
import pytest
from audit_log_contract import ACME, GLOBEX, AuditLogContract, written
from tampering_contract import Run, TamperingContract

from chariot.adapters.postgres.audit import PostgresAuditLog
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.schema import APP, RELAY
from support.databases import databases


@pytest.fixture
async def url() -> AsyncIterator[str]:
    taken = await databases().take()
    yield taken
    await databases().give_back(taken)


@pytest.fixture
async def log(url: str) -> AsyncIterator[PostgresAuditLog]:
    database = await PostgresDatabase.open(url)
    yield PostgresAuditLog(database)
    await database.close()


class TestTampering(TamperingContract):
    @pytest.fixture
    def run(self, url: str) -> Run:
        async def change(statement: str) -> None:
            # The user that may do everything, with all that guards the tables out of the way.
            await databases().server.run(
                f"SET session_replication_role = replica; SET row_security = off; {statement}", url=url
            )

        return change


class TestPostgres(AuditLogContract):
    @pytest.mark.parametrize("role", [APP, RELAY])
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entry SET actor = 'nobody'",
            "DELETE FROM audit_entry",
            "TRUNCATE audit_entry",
            "DELETE FROM audit_checkpoint",
            "UPDATE audit_checkpoint SET sequence = 1",
            "DELETE FROM audit_head",
            "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        ],
    )
    async def test_no_role_of_the_program_may_change_or_delete(
        self, url: str, log: PostgresAuditLog, role: str, statement: str
    ) -> None:
        await written(log, ACME, 2)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"SET ROLE {role}; SET chariot.organisation = 'acme'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(statement)
        finally:
            await connection.close()

    async def test_retention_by_hand_takes_nothing_that_the_head_does_not_name(
        self, url: str, log: PostgresAuditLog
    ) -> None:
        made = await written(log, ACME, 2)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"SET ROLE {APP}; SET chariot.organisation = 'acme'")
            gone = await connection.fetchval("SELECT chariot_audit_forget('acme', 2)")
        finally:
            await connection.close()

        assert gone == 0
        assert list(await log.rows(ACME, after=0, limit=9)) == made

    async def test_nobody_sees_or_writes_the_log_of_another(self, url: str, log: PostgresAuditLog) -> None:
        await written(log, GLOBEX, 2)
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(f"SET ROLE {APP}; SET chariot.organisation = 'acme'")
            seen = await connection.fetchval("SELECT count(*) FROM audit_entry")
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(
                    "INSERT INTO audit_head VALUES ('globex', 0, 'body', 'key', 'signature')"
                )
        finally:
            await connection.close()

        assert seen == 0
