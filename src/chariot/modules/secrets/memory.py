"""Wrapped keys in memory: the reference, and what tests use."""

from collections.abc import Sequence

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.secrets.ports import DataKey, Wrapped


class MemoryDataKeys:
    """See `DataKeys`."""

    def __init__(self) -> None:
        self._keys: dict[Organisation, dict[int, DataKey]] = {}

    async def add(self, key: DataKey) -> bool:
        """See `DataKeys.add`."""
        own = self._keys.setdefault(key.organisation, {})
        return own.setdefault(key.version, key) is key

    async def of(self, organisation: Organisation) -> Sequence[DataKey]:
        """See `DataKeys.of`."""
        return [key for _, key in sorted(self._keys.get(organisation, {}).items())]

    async def organisations(self) -> Sequence[Organisation]:
        """See `DataKeys.organisations`."""
        return sorted(name for name, keys in self._keys.items() if keys)

    async def rewrap(self, key: DataKey, wrapped: Wrapped) -> bool:
        """See `DataKeys.rewrap`."""
        own = self._keys.get(key.organisation, {})
        if own.get(key.version) != key:
            return False
        own[key.version] = msgspec.structs.replace(key, wrapped=wrapped)
        return True

    async def remove(self, organisation: Organisation, version: int) -> None:
        """See `DataKeys.remove`."""
        self._keys.get(organisation, {}).pop(version, None)
