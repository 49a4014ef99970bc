"""Receipts in the SQLite file."""

from collections.abc import Callable
from datetime import UTC, datetime

import apsw

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.receipts.ports import CLAIM_S, HELD_S, Receipt
from chariot.modules.surface.states import micros

_SWEPT = 100
"""The most old receipts that one new one sweeps away."""


class SqliteReceipts:
    """See `Receipts`."""

    def __init__(
        self, database: SqliteDatabase, *, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._now = now

    async def begin(self, organisation: Organisation, name: str, digest: bytes) -> Receipt | None:
        """See `Receipts.begin`."""
        now_us = micros(self._now())

        def write(connection: apsw.Connection) -> Receipt | None:
            connection.execute(
                "DELETE FROM receipt WHERE rowid IN (SELECT rowid FROM receipt WHERE ends <= ? LIMIT ?)",
                (now_us, _SWEPT),
            )
            found = connection.execute(
                "SELECT digest, answer FROM receipt WHERE organisation = ? AND name = ? AND ends > ?",
                (organisation, name, now_us),
            ).fetchone()
            if found is not None:
                return Receipt(*found)
            connection.execute(
                "INSERT OR REPLACE INTO receipt (organisation, name, digest, ends) VALUES (?, ?, ?, ?)",
                (organisation, name, digest, now_us + int(CLAIM_S * 1e6)),
            )
            return None

        return await self._database.write(write)

    async def finish(self, organisation: Organisation, name: str, answer: bytes) -> None:
        """See `Receipts.finish`."""
        ends_us = micros(self._now()) + int(HELD_S * 1e6)
        await self._database.write(
            lambda connection: connection.execute(
                "UPDATE receipt SET answer = ?, ends = ? WHERE organisation = ? AND name = ?",
                (answer, ends_us, organisation, name),
            ).fetchall()
        )

    async def drop(self, organisation: Organisation, name: str) -> None:
        """See `Receipts.drop`."""
        await self._database.write(
            lambda connection: connection.execute(
                "DELETE FROM receipt WHERE organisation = ? AND name = ?", (organisation, name)
            ).fetchall()
        )
