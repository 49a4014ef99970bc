"""A store before a store: what stands before another inherits from it, and says only what it does otherwise."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from chariot.model.keys import Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import Direction, EntityStore, Groups, Span, Tally
from chariot.modules.surface.query import Filter, Page, Query
from chariot.modules.surface.sight import Sight
from chariot.modules.surface.states import Applied, Decide, EdgeId


class PassingStore:
    """See `EntityStore`: the store below, as it is.

    What hides something does not inherit from it: a method that is new to the port would show all.
    """

    def __init__(self, store: EntityStore) -> None:
        self._store = store

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`."""
        return await self._store.apply(organisation, keys, edges, decide)

    async def get(
        self, organisation: Organisation, keys: Sequence[Key], *, as_of: datetime | None = None
    ) -> Mapping[Key, Record]:
        """See `EntityReader.get`."""
        return await self._store.get(organisation, keys, as_of=as_of)

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """See `EntityReader.find`."""
        return await self._store.find(organisation, query)

    async def edges(
        self,
        organisation: Organisation,
        key: Key,
        *,
        direction: Direction,
        types: Sequence[RelationshipType] = (),
        as_of: datetime | None = None,
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Edge]:
        """See `EntityReader.edges`."""
        return await self._store.edges(
            organisation, key, direction=direction, types=types, as_of=as_of, limit=limit, cursor=cursor
        )

    async def edges_of_many(
        self,
        organisation: Organisation,
        keys: Sequence[Key],
        *,
        direction: Direction,
        types: Sequence[RelationshipType] = (),
        as_of: datetime | None = None,
        limit: int = 100,
    ) -> Mapping[Key, Page[Edge]]:
        """See `EntityReader.edges_of_many`."""
        return await self._store.edges_of_many(
            organisation, keys, direction=direction, types=types, as_of=as_of, limit=limit
        )

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        return await self._store.counts(organisation, sight=sight)

    async def tally(
        self,
        organisation: Organisation,
        query: Query,
        fields: Sequence[str],
        *,
        moments: Sequence[datetime] = (),
    ) -> Sequence[Tally]:
        """See `Tallies.tally`."""
        return await self._store.tally(organisation, query, fields, moments=moments)

    async def group(
        self, organisation: Organisation, query: Query, field: str, conditions: Sequence[Filter] = ()
    ) -> Groups:
        """See `Tallies.group`."""
        return await self._store.group(organisation, query, field, conditions)

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        return await self._store.versions(organisation, key, limit=limit, cursor=cursor)

    async def differences(
        self,
        organisation: Organisation,
        since: datetime,
        until: datetime,
        *,
        kinds: Sequence[str] = (),
        limit: int = 100,
        cursor: str = "",
    ) -> Page[Difference]:
        """See `History.differences`."""
        return await self._store.differences(
            organisation, since, until, kinds=kinds, limit=limit, cursor=cursor
        )

    async def series(
        self, organisation: Organisation, kind: str, field: str, span: Span, *, sight: Sight | None = None
    ) -> Mapping[str | None, Sequence[int]]:
        """See `History.series`."""
        return await self._store.series(organisation, kind, field, span, sight=sight)

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """See `History.changes`."""
        return await self._store.changes(after, limit, organisation=organisation)

    async def last_sequence(self, organisation: Organisation | None = None) -> int:
        """See `History.last_sequence`."""
        return await self._store.last_sequence(organisation)

    async def silent(
        self, organisation: Organisation, kind: str, *, before: datetime, limit: int, after: Key | None = None
    ) -> Sequence[Key]:
        """See `History.silent`."""
        return await self._store.silent(organisation, kind, before=before, limit=limit, after=after)

    async def organisations(self) -> Sequence[Organisation]:
        """See `History.organisations`."""
        return await self._store.organisations()

    @property
    def max_age_s(self) -> float:
        """See `Freshness.max_age_s`."""
        return self._store.max_age_s

    def stamp(self) -> int:
        """See `Freshness.stamp`."""
        return self._store.stamp()

    async def close(self) -> None:
        """See `EntityStore.close`."""
        await self._store.close()
