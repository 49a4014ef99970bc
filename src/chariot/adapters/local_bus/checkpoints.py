"""Checkpoints in the database."""

import apsw

from chariot.adapters.sqlite.database import SqliteDatabase


class SqliteCheckpoints:
    """See `Checkpoints`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def get(self, name: str) -> int:
        """See `Checkpoints.get`."""

        def read(connection: apsw.Connection) -> int:
            row = connection.execute("SELECT sequence FROM checkpoint WHERE name = ?", (name,)).fetchone()
            return 0 if row is None else int(row[0])

        return await self._database.read(read)

    async def put(self, name: str, sequence: int) -> None:
        """See `Checkpoints.put`."""
        await self._database.write(
            lambda connection: connection.execute(
                "INSERT INTO checkpoint VALUES (?, ?) ON CONFLICT DO UPDATE "
                "SET sequence = max(sequence, excluded.sequence)",
                (name, sequence),
            ).fetchall(),
            # No answer about the surface shows how far others read, so it outdates none that is kept.
            quiet=True,
        )
