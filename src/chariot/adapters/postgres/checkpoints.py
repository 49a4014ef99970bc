"""Checkpoints in the database, written as the relay."""

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase


class PostgresCheckpoints:
    """See `Checkpoints`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def get(self, name: str) -> int:
        """See `Checkpoints.get`."""

        async def read(connection: Connection) -> int:
            found = await connection.fetchval("SELECT sequence FROM checkpoint WHERE name = $1", name)
            return 0 if found is None else int(found)

        return await self._database.read_log(read)

    async def put(self, name: str, sequence: int) -> None:
        """See `Checkpoints.put`."""

        async def write(connection: Connection) -> None:
            await connection.execute(
                "INSERT INTO checkpoint VALUES ($1, $2) ON CONFLICT (name) DO UPDATE"
                " SET sequence = greatest(checkpoint.sequence, excluded.sequence)",
                *(name, sequence),
            )

        await self._database.write_log(write)
