"""Checkpoints of several databases: what is remembered about an organisation is kept where it lives."""

from collections.abc import Mapping

from chariot.model.keys import Organisation
from chariot.modules.work.ports import Checkpoints


class RoutedCheckpoints:
    """See `Checkpoints`. A name that ends in `/` and an organisation belongs to that organisation."""

    def __init__(self, shared: Checkpoints, dedicated: Mapping[Organisation, Checkpoints]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)

    def _home(self, name: str) -> Checkpoints:
        _, slash, organisation = name.rpartition("/")
        return self._dedicated.get(Organisation(organisation), self._shared) if slash else self._shared

    async def get(self, name: str) -> int:
        """See `Checkpoints.get`."""
        return await self._home(name).get(name)

    async def put(self, name: str, sequence: int) -> None:
        """See `Checkpoints.put`."""
        await self._home(name).put(name, sequence)
