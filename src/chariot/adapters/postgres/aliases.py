"""Names behind the pseudonyms of the audit log in PostgreSQL, each row its organisation's alone."""

from collections.abc import Sequence
from typing import Any, Final

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.dialect import storable
from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias

_ADD: Final = """
INSERT INTO audit_alias (organisation, pseudonym, name) VALUES ($1, $2, $3)
ON CONFLICT (organisation, pseudonym) DO NOTHING
"""
_SELECT: Final = "SELECT pseudonym, name FROM audit_alias WHERE organisation = $1"
_NAMED: Final = f"{_SELECT} AND name = ANY($2) ORDER BY pseudonym"
_STANDING: Final = f"{_SELECT} AND pseudonym = ANY($2) ORDER BY pseudonym"
_PAGE: Final = f"{_SELECT} AND pseudonym > $2 ORDER BY pseudonym LIMIT $3"
_REMOVE: Final = "DELETE FROM audit_alias WHERE organisation = $1 AND pseudonym = ANY($2)"


class PostgresAliases:
    """See `Aliases`."""

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, organisation: Organisation, alias: Alias) -> None:
        """See `Aliases.add`."""
        await self._do(_ADD, organisation, alias.pseudonym, alias.name)

    async def named(self, organisation: Organisation, names: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.named`."""
        return await self._found(_NAMED, organisation, [name for name in names if storable((name,))])

    async def standing(self, organisation: Organisation, pseudonyms: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.standing`."""
        return await self._found(_STANDING, organisation, list(pseudonyms))

    async def page(self, organisation: Organisation, *, after: str, limit: int) -> Sequence[Alias]:
        """See `Aliases.page`."""
        return await self._found(_PAGE, organisation, after, limit)

    async def remove(self, organisation: Organisation, pseudonyms: Sequence[str]) -> None:
        """See `Aliases.remove`."""
        await self._do(_REMOVE, organisation, list(pseudonyms))

    async def _do(self, statement: str, organisation: Organisation, *values: Any) -> None:
        async def write(connection: Connection) -> None:
            await connection.execute(statement, organisation, *values)

        await self._database.write(organisation, write)

    async def _found(self, statement: str, organisation: Organisation, *values: Any) -> list[Alias]:
        async def read(connection: Connection) -> list[Alias]:
            rows = await connection.fetch(statement, organisation, *values)
            return [Alias(row["pseudonym"], row["name"]) for row in rows]

        return await self._database.read(organisation, read) if storable((organisation,)) else []
