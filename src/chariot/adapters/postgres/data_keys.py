"""Wrapped keys of organisations in the database, each row its organisation's alone."""

from collections.abc import Sequence

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.dialect import storable
from chariot.model.keys import Organisation
from chariot.modules.secrets.ports import DataKey, Wrapped

_ADD = """
INSERT INTO data_key (organisation, version, master, wrapped, made_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organisation, version) DO NOTHING RETURNING 1
"""
_OF = "SELECT version, master, wrapped, made_at FROM data_key WHERE organisation = $1 ORDER BY version"
_REWRAP = """
UPDATE data_key SET master = $5, wrapped = $6
WHERE organisation = $1 AND version = $2 AND master = $3 AND wrapped = $4 RETURNING 1
"""
_REMOVE = "DELETE FROM data_key WHERE organisation = $1 AND version = $2"
_ORGANISATIONS = "SELECT DISTINCT organisation FROM data_key ORDER BY organisation"


class PostgresDataKeys:
    """See `DataKeys`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, key: DataKey) -> bool:
        """See `DataKeys.add`."""

        async def write(connection: Connection) -> bool:
            row = (key.organisation, key.version, key.wrapped.master, key.wrapped.data, key.made_at)
            return await connection.fetchval(_ADD, *row) is not None

        return await self._database.write(key.organisation, write)

    async def of(self, organisation: Organisation) -> Sequence[DataKey]:
        """See `DataKeys.of`."""

        async def read(connection: Connection) -> list[DataKey]:
            rows = await connection.fetch(_OF, organisation) if storable((organisation,)) else ()
            return [
                DataKey(
                    organisation=organisation,
                    version=row["version"],
                    wrapped=Wrapped(row["master"], row["wrapped"]),
                    made_at=row["made_at"],
                )
                for row in rows
            ]

        return await self._database.read(organisation, read)

    async def organisations(self) -> Sequence[Organisation]:
        """See `DataKeys.organisations`."""

        async def read(connection: Connection) -> list[Organisation]:
            return [Organisation(row["organisation"]) for row in await connection.fetch(_ORGANISATIONS)]

        return await self._database.read_log(read)

    async def rewrap(self, key: DataKey, wrapped: Wrapped) -> bool:
        """See `DataKeys.rewrap`."""

        async def write(connection: Connection) -> bool:
            was = (key.organisation, key.version, key.wrapped.master, key.wrapped.data)
            return await connection.fetchval(_REWRAP, *was, wrapped.master, wrapped.data) is not None

        return await self._database.write(key.organisation, write)

    async def remove(self, organisation: Organisation, version: int) -> None:
        """See `DataKeys.remove`."""

        async def write(connection: Connection) -> None:
            await connection.execute(_REMOVE, organisation, version)

        await self._database.write(organisation, write)
