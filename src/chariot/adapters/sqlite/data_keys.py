"""Wrapped keys of organisations in the SQLite file."""

from collections.abc import Sequence

import apsw

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.secrets.ports import DataKey, Wrapped
from chariot.modules.surface.states import instant, micros

_ADD = "INSERT OR IGNORE INTO data_key VALUES (?, ?, ?, ?, ?) RETURNING 1"
_REWRAP = """
    UPDATE data_key SET master = ?, wrapped = ?
    WHERE organisation = ? AND version = ? AND master = ? AND wrapped = ? RETURNING 1
"""


class SqliteDataKeys:
    """See `DataKeys`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, key: DataKey) -> bool:
        """See `DataKeys.add`."""
        row = (key.organisation, key.version, key.wrapped.master, key.wrapped.data, micros(key.made_at))
        return await self._database.write(lambda connection: bool(connection.execute(_ADD, row).fetchall()))

    async def of(self, organisation: Organisation) -> Sequence[DataKey]:
        """See `DataKeys.of`."""

        def read(connection: apsw.Connection) -> list[DataKey]:
            rows = connection.execute(
                "SELECT version, master, wrapped, made_at FROM data_key WHERE organisation = ? ORDER BY version",
                (organisation,),
            )
            return [
                DataKey(
                    organisation=organisation,
                    version=version,
                    wrapped=Wrapped(master, wrapped),
                    made_at=instant(made_us),
                )
                for version, master, wrapped, made_us in rows
            ]

        return await self._database.read_briefly(read)

    async def organisations(self) -> Sequence[Organisation]:
        """See `DataKeys.organisations`."""
        return await self._database.read(
            lambda connection: [
                Organisation(str(name))
                for (name,) in connection.execute(
                    "SELECT DISTINCT organisation FROM data_key ORDER BY organisation"
                )
            ]
        )

    async def rewrap(self, key: DataKey, wrapped: Wrapped) -> bool:
        """See `DataKeys.rewrap`."""
        values = (wrapped.master, wrapped.data, key.organisation, key.version)
        was = (key.wrapped.master, key.wrapped.data)
        return await self._database.write(
            lambda connection: bool(connection.execute(_REWRAP, (*values, *was)).fetchall())
        )

    async def remove(self, organisation: Organisation, version: int) -> None:
        """See `DataKeys.remove`."""

        def write(connection: apsw.Connection) -> None:
            # What is forgotten is not to be found in a free page of the file either.
            connection.pragma("secure_delete", 1)
            connection.execute(
                "DELETE FROM data_key WHERE organisation = ? AND version = ?", (organisation, version)
            )

        await self._database.write(write)
