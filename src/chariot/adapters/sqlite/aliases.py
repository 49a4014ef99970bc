"""Names behind the pseudonyms of the audit log, in the SQLite file."""

from collections.abc import Sequence
from typing import Any, Final

import apsw

from chariot.adapters.sql.aliases import SqlAliases
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias

_ADD: Final = "INSERT OR IGNORE INTO audit_alias (organisation, pseudonym, name) VALUES (?, ?, ?)"
_REMOVE: Final = "DELETE FROM audit_alias WHERE organisation = ? AND pseudonym = ?"


class SqliteAliases(SqlAliases):
    """See `Aliases`."""

    _among = "IN (SELECT value FROM carray($2))"

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, organisation: Organisation, alias: Alias) -> None:
        """See `Aliases.add`."""
        row = (organisation, alias.pseudonym, alias.name)
        # No list of the surface shows it, so what is kept of lists stays true.
        await self._database.write(lambda connection: connection.execute(_ADD, row).fetchall(), quiet=True)

    async def remove(self, organisation: Organisation, pseudonyms: Sequence[str]) -> None:
        """See `Aliases.remove`."""

        def write(connection: apsw.Connection) -> None:
            # What is forgotten is not to be found in a free page of the file either.
            connection.pragma("secure_delete", 1)
            connection.executemany(_REMOVE, [(organisation, one) for one in pseudonyms])

        await self._database.write(write, quiet=True)

    def _list_of(self, values: Sequence[str]) -> object:
        return apsw.carray(tuple(values))

    async def _found(self, statement: str, organisation: Organisation, *values: Any) -> list[Alias]:
        return await self._database.read_briefly(
            lambda connection: [
                Alias(str(pseudonym), str(name))
                for pseudonym, name in connection.execute(statement, (organisation, *values))
            ]
        )
