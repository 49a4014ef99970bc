"""Journals of organisations that stand apart, each in its own database."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import Head, JournalStore, Line, Row, Usage


class RoutedJournalStore:
    """See `JournalStore`."""

    def __init__(self, shared: JournalStore, apart: Mapping[Organisation, JournalStore]) -> None:
        self._shared = shared
        self._apart = apart

    async def append(self, organisation: Organisation, lines: Sequence[Line], usage: Usage) -> Usage:
        """See `JournalStore.append`."""
        return await self._of(organisation).append(organisation, lines, usage)

    async def rows(
        self, organisation: Organisation, *, after: int, limit: int, address: str = ""
    ) -> Sequence[Row]:
        """See `JournalStore.rows`."""
        return await self._of(organisation).rows(organisation, after=after, limit=limit, address=address)

    async def head(self, organisation: Organisation) -> Head:
        """See `JournalStore.head`."""
        return await self._of(organisation).head(organisation)

    async def usage(self, organisation: Organisation, day: date) -> Usage:
        """See `JournalStore.usage`."""
        return await self._of(organisation).usage(organisation, day)

    async def forget(self, organisation: Organisation, until: datetime) -> int:
        """See `JournalStore.forget`."""
        return await self._of(organisation).forget(organisation, until)

    def _of(self, organisation: Organisation) -> JournalStore:
        return self._apart.get(organisation, self._shared)
