"""Wrapped keys in several databases: each organisation's where it lives."""

from collections.abc import Mapping, Sequence

from chariot.model.keys import Organisation
from chariot.modules.secrets.ports import DataKey, DataKeys, Wrapped


class RoutedDataKeys:
    """See `DataKeys`."""

    def __init__(self, shared: DataKeys, dedicated: Mapping[Organisation, DataKeys]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)

    def _home(self, organisation: Organisation) -> DataKeys:
        return self._dedicated.get(organisation, self._shared)

    async def add(self, key: DataKey) -> bool:
        """See `DataKeys.add`."""
        return await self._home(key.organisation).add(key)

    async def of(self, organisation: Organisation) -> Sequence[DataKey]:
        """See `DataKeys.of`."""
        return await self._home(organisation).of(organisation)

    async def organisations(self) -> Sequence[Organisation]:
        """See `DataKeys.organisations`."""
        homes = (self._shared, *self._dedicated.values())
        return sorted({name for home in homes for name in await home.organisations()})

    async def rewrap(self, key: DataKey, wrapped: Wrapped) -> bool:
        """See `DataKeys.rewrap`."""
        return await self._home(key.organisation).rewrap(key, wrapped)

    async def remove(self, organisation: Organisation, version: int) -> None:
        """See `DataKeys.remove`."""
        await self._home(organisation).remove(organisation, version)
