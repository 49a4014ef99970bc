"""Mending history in several databases: each organisation's where it lives."""

from collections.abc import Mapping, Sequence

from chariot.model.keys import Organisation
from chariot.modules.surface.mending import Mend, Mended, Mender


class RoutedMender:
    """See `Mender`."""

    def __init__(self, shared: Mender, dedicated: Mapping[Organisation, Mender]) -> None:
        self._shared = shared
        self._dedicated = dict(dedicated)

    def _home(self, organisation: Organisation) -> Mender:
        return self._dedicated.get(organisation, self._shared)

    async def mend(
        self,
        organisation: Organisation,
        mend: Mend,
        *,
        why: str,
        kinds: Sequence[str] | None = None,
        after: int = 0,
        limit: int = 500,
    ) -> Mended:
        """See `Mender.mend`."""
        home = self._home(organisation)
        return await home.mend(organisation, mend, why=why, kinds=kinds, after=after, limit=limit)

    async def rename_origin(self, organisation: Organisation, was: str, name: str, *, why: str) -> int:
        """See `Mender.rename_origin`."""
        return await self._home(organisation).rename_origin(organisation, was, name, why=why)

    async def mendings(self, organisation: Organisation) -> int:
        """See `Mender.mendings`."""
        return await self._home(organisation).mendings(organisation)

    async def settle(self) -> None:
        """See `Mender.settle`."""
        for home in (self._shared, *self._dedicated.values()):
            await home.settle()
