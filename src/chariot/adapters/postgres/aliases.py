"""Names behind the pseudonyms of the audit log in PostgreSQL, each row its organisation's alone."""

from collections.abc import Sequence
from typing import Any, Final

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.database import PostgresDatabase
from chariot.adapters.postgres.dialect import storable
from chariot.adapters.sql.aliases import SqlAliases
from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias

_ADD: Final = """
INSERT INTO audit_alias (organisation, pseudonym, name) VALUES ($1, $2, $3)
ON CONFLICT (organisation, pseudonym) DO NOTHING
"""
_REMOVE: Final = "DELETE FROM audit_alias WHERE organisation = $1 AND pseudonym = ANY($2)"


class PostgresAliases(SqlAliases):
    """See `Aliases`."""

    _among = "= ANY($2)"

    def __init__(self, database: PostgresDatabase) -> None:
        self._database = database

    async def add(self, organisation: Organisation, alias: Alias) -> None:
        """See `Aliases.add`."""
        await self._do(_ADD, organisation, alias.pseudonym, alias.name)

    async def remove(self, organisation: Organisation, pseudonyms: Sequence[str]) -> None:
        """See `Aliases.remove`."""
        await self._do(_REMOVE, organisation, list(pseudonyms))

    async def _do(self, statement: str, organisation: Organisation, *values: Any) -> None:
        async def write(connection: Connection) -> None:
            await connection.execute(statement, organisation, *values)

        await self._database.write(organisation, write)

    def _list_of(self, values: Sequence[str]) -> object:
        return [value for value in values if storable((value,))]

    async def _found(self, statement: str, organisation: Organisation, *values: Any) -> list[Alias]:
        async def read(connection: Connection) -> list[Alias]:
            rows = await connection.fetch(statement, organisation, *values)
            return [Alias(row["pseudonym"], row["name"]) for row in rows]

        return await self._database.read(organisation, read) if storable((organisation,)) else []
