"""Names behind the pseudonyms of the audit log, in any database: questions are the same, lists are given otherwise."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, Final

from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias

_SELECT: Final = "SELECT pseudonym, name FROM audit_alias WHERE organisation = $1"
_PAGE: Final = f"{_SELECT} AND pseudonym > $2 ORDER BY pseudonym LIMIT $3"


class SqlAliases(ABC):
    """The reading half of `Aliases`. Both engines know `$1`."""

    _among: str
    """What stands behind a column that is to be one of the list `$2`."""

    async def named(self, organisation: Organisation, names: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.named`."""
        return await self._listed("name", organisation, names)

    async def standing(self, organisation: Organisation, pseudonyms: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.standing`."""
        return await self._listed("pseudonym", organisation, pseudonyms)

    async def page(self, organisation: Organisation, *, after: str, limit: int) -> Sequence[Alias]:
        """See `Aliases.page`."""
        return await self._found(_PAGE, organisation, after, limit)

    async def _listed(
        self, column: str, organisation: Organisation, values: Sequence[str]
    ) -> Sequence[Alias]:
        if not values:
            return []
        statement = f"{_SELECT} AND {column} {self._among} ORDER BY pseudonym"
        return await self._found(statement, organisation, self._list_of(values))

    @abstractmethod
    def _list_of(self, values: Sequence[str]) -> object:
        """Return *values* as the driver takes a list."""

    @abstractmethod
    async def _found(self, statement: str, organisation: Organisation, *values: Any) -> list[Alias]:
        """Return what *statement* finds."""
