"""Names behind pseudonyms in several databases: each organisation's where it lives."""

from collections.abc import Mapping, Sequence

from chariot.model.keys import Organisation
from chariot.modules.audit.aliases import Alias, Aliases


class RoutedAliases:
    """See `Aliases`."""

    def __init__(self, shared: Aliases, dedicated: Mapping[Organisation, Aliases]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)

    def _home(self, organisation: Organisation) -> Aliases:
        return self._dedicated.get(organisation, self._shared)

    async def add(self, organisation: Organisation, alias: Alias) -> None:
        """See `Aliases.add`."""
        await self._home(organisation).add(organisation, alias)

    async def named(self, organisation: Organisation, names: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.named`."""
        return await self._home(organisation).named(organisation, names)

    async def standing(self, organisation: Organisation, pseudonyms: Sequence[str]) -> Sequence[Alias]:
        """See `Aliases.standing`."""
        return await self._home(organisation).standing(organisation, pseudonyms)

    async def page(self, organisation: Organisation, *, after: str, limit: int) -> Sequence[Alias]:
        """See `Aliases.page`."""
        return await self._home(organisation).page(organisation, after=after, limit=limit)

    async def remove(self, organisation: Organisation, pseudonyms: Sequence[str]) -> None:
        """See `Aliases.remove`."""
        await self._home(organisation).remove(organisation, pseudonyms)
