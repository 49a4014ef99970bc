"""Names behind the pseudonyms of the audit log, in the SQLite file."""

from collections.abc import Sequence
from typing import Any, Final

import apsw

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias

_ADD: Final = "INSERT OR IGNORE INTO audit_alias (organisation, pseudonym, name) VALUES (?, ?, ?)"
_SELECT: Final = "SELECT pseudonym, name FROM audit_alias WHERE organisation = ?1"
_NAMED: Final = f"{_SELECT} AND name IN (SELECT value FROM carray(?2)) ORDER BY pseudonym"
_STANDING: Final = f"{_SELECT} AND pseudonym IN (SELECT value FROM carray(?2)) ORDER BY pseudonym"
_PAGE: Final = f"{_SELECT} AND pseudonym > ?2 ORDER BY pseudonym LIMIT ?3"
_REMOVE: Final = "DELETE FROM audit_alias WHERE organisation = ? AND pseudonym = ?"


class SqliteAliases:
    """See `Aliases`."""

    def __init__(self, database: SqliteDatabase) -> None:
        self._database = database

    async def add(self, organisation: Organisation, alias: Alias) -> None:
        """See `Aliases.add`."""
        row = (organisation, alias.pseudonym, alias.name)
        # No list of the surface shows it, so what is kept of lists stays true.
        await self._database.write(lambda connection: connection.execute(_ADD, row).fetchall(), quiet=True)

    async def named(self, organisation: Organisation, names: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.named`."""
        return await self._found(_NAMED, organisation, apsw.carray(tuple(names))) if names else []

    async def standing(self, organisation: Organisation, pseudonyms: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.standing`."""
        return (
            await self._found(_STANDING, organisation, apsw.carray(tuple(pseudonyms))) if pseudonyms else []
        )

    async def page(self, organisation: Organisation, *, after: str, limit: int) -> Sequence[Alias]:
        """See `Aliases.page`."""
        return await self._found(_PAGE, organisation, after, limit)

    async def remove(self, organisation: Organisation, pseudonyms: Sequence[str]) -> None:
        """See `Aliases.remove`."""

        def write(connection: apsw.Connection) -> None:
            # What is forgotten is not to be found in a free page of the file either.
            connection.pragma("secure_delete", 1)
            connection.executemany(_REMOVE, [(organisation, one) for one in pseudonyms])

        await self._database.write(write, quiet=True)

    async def _found(self, statement: str, *values: Any) -> list[Alias]:
        return await self._database.read_briefly(
            lambda connection: [
                Alias(str(pseudonym), str(name)) for pseudonym, name in connection.execute(statement, values)
            ]
        )
