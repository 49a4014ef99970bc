from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from receipts_contract import ACME, ReceiptsContract

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.receipts import SqliteReceipts
from chariot.modules.receipts.ports import CLAIM_S, HELD_S, Receipt


class TestSqlite(ReceiptsContract):
    @pytest.fixture
    async def database(self, tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
        opened = SqliteDatabase(tmp_path / "t.db")
        yield opened
        await opened.close()

    @pytest.fixture
    def receipts(self, database: SqliteDatabase) -> SqliteReceipts:
        return SqliteReceipts(database)

    async def test_a_claim_of_a_process_that_died_gives_way_and_an_answer_stays_for_a_day(
        self, database: SqliteDatabase
    ) -> None:
        at = [datetime(2026, 1, 1, tzinfo=UTC)]
        receipts = SqliteReceipts(database, now=lambda: at[0])
        await receipts.begin(ACME, "a", b"1")
        at[0] += timedelta(seconds=CLAIM_S + 1)
        assert await receipts.begin(ACME, "a", b"2") is None

        await receipts.finish(ACME, "a", b"answer")
        at[0] += timedelta(seconds=HELD_S - 1)
        assert await receipts.begin(ACME, "a", b"3") == Receipt(b"2", b"answer")
        at[0] += timedelta(seconds=2)
        assert await receipts.begin(ACME, "a", b"3") is None
