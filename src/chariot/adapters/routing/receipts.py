"""Receipts of several databases: each organisation's where it lives."""

from collections.abc import Mapping

from chariot.model.keys import Organisation
from chariot.modules.receipts.ports import Receipt, Receipts


class RoutedReceipts:
    """See `Receipts`."""

    def __init__(self, shared: Receipts, dedicated: Mapping[Organisation, Receipts]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)

    def _home(self, organisation: Organisation) -> Receipts:
        return self._dedicated.get(organisation, self._shared)

    async def begin(self, organisation: Organisation, name: str, digest: bytes) -> Receipt | None:
        """See `Receipts.begin`."""
        return await self._home(organisation).begin(organisation, name, digest)

    async def finish(self, organisation: Organisation, name: str, answer: bytes) -> None:
        """See `Receipts.finish`."""
        await self._home(organisation).finish(organisation, name, answer)

    async def drop(self, organisation: Organisation, name: str) -> None:
        """See `Receipts.drop`."""
        await self._home(organisation).drop(organisation, name)
