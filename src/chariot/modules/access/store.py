"""The surface as somebody sees it: a store that shows nothing which their sight does not show.

Lists, counts and series are narrowed in the query; what is asked for by its key is checked. What is not shown is
answered as if it were not there, and cannot be written.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from chariot.errors import DeniedError
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.registry import entity_decoder
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.merge import read_common
from chariot.modules.surface.ports import Direction, EntityStore, Groups, Span, Tally
from chariot.modules.surface.query import PAGE_LIMIT, Filter, Page, Query
from chariot.modules.surface.sight import Sight, asset_of, needs_tags, shows_entity
from chariot.modules.surface.states import Applied, Decide, EdgeId, Stored, StoredEdge, Writes

ITEM = TypeVar("ITEM", Edge, Difference)


class RestrictedStore:
    """See `EntityStore`: the store below, without what *sight* does not show. What all share is shown to all."""

    def __init__(self, store: EntityStore, sight: Sight) -> None:
        self._store = store
        self._sight = sight

    async def shown(self, organisation: Organisation, keys: Iterable[Key]) -> set[Key]:
        """Return those of *keys* that are there and are shown, as they are now."""
        wanted = list(dict.fromkeys(keys))
        found: set[Key] = set()
        for first in range(0, len(wanted), PAGE_LIMIT):
            some = wanted[first : first + PAGE_LIMIT]
            found |= await self._shown(organisation, await self._store.get(organisation, some))
        return found

    async def _shown(self, organisation: Organisation, records: Mapping[Key, Record]) -> set[Key]:
        """Return the keys of those of *records*, which are of the present, that are shown."""
        tags = await self._tags(organisation, records)
        return {
            key
            for key, record in records.items()
            if record.organisation == SHARED
            or shows_entity(self._sight, key, record.entity, tags.get(asset_of(record.entity)))
        }

    async def _tags(
        self, organisation: Organisation, records: Mapping[Key, Record]
    ) -> Mapping[Key, Mapping[str, str]]:
        """Return the tags of the assets that *records* are, or are about, where the sight looks at them."""
        if not needs_tags(self._sight):
            return {}
        assets = {asset_of(record.entity) for record in records.values()} - records.keys()
        others = await self._store.get(organisation, sorted(assets)) if assets else {}
        return {
            key: record.tags
            for key, record in {**records, **others}.items()
            if record.organisation == organisation
        }

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`.

        Raises:
            DeniedError: it would write what is not shown, or make what would not be shown.
        """
        ends = {end for source, _, target in edges for end in (source, target)}
        present = await self._store.get(organisation, sorted({*keys, *ends}))
        shown = await self._shown(organisation, present)
        assets = await self._tags(organisation, present)

        def decide_on_shown(stored: Mapping[Key, Stored], linked: Mapping[EdgeId, StoredEdge]) -> Writes:
            hidden = next((key for key in stored if key not in shown), None)
            if hidden is not None:
                raise DeniedError(f"this is not among what you may see: {hidden[:200]}")
            writes = decide(stored, linked)
            self._check(writes, assets)
            return writes

        return await self._store.apply(organisation, keys, edges, decide_on_shown)

    def _check(self, writes: Writes, assets: Mapping[Key, Mapping[str, str]]) -> None:
        """Refuse to make what would not be shown.

        Raises:
            DeniedError: something would not be.
        """
        new = {write.key: read_common(write.common).tags for write in writes.entities}
        tags = {**assets, **new}
        for write in writes.entities:
            entity = entity_decoder.decode(write.doc)
            if not shows_entity(self._sight, write.key, entity, tags.get(asset_of(entity))):
                raise DeniedError(f"what you may see would not have this in it: {write.key[:200]}")

    async def get(
        self, organisation: Organisation, keys: Sequence[Key], *, as_of: datetime | None = None
    ) -> Mapping[Key, Record]:
        """See `EntityReader.get`."""
        found = await self._store.get(organisation, keys, as_of=as_of)
        if as_of is None:
            shown = await self._shown(organisation, found)
        else:
            shown = await self.shown(organisation, found)
        return {key: record for key, record in found.items() if key in shown}

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """See `EntityReader.find`."""
        if organisation == SHARED:
            return await self._store.find(organisation, query)
        return await self._store.find(organisation, msgspec.structs.replace(query, sight=self._sight))

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
        """See `EntityReader.edges`; both ends must be shown."""
        if key not in await self.shown(organisation, (key,)):
            return Page(())

        async def read(cursor: str) -> Page[Edge]:
            return await self._store.edges(
                organisation, key, direction=direction, types=types, as_of=as_of, limit=limit, cursor=cursor
            )

        async def choose(items: Sequence[Edge]) -> list[Edge]:
            shown = await self.shown(organisation, {end for one in items for end in (one.source, one.target)})
            return [one for one in items if one.source in shown and one.target in shown]

        return await _filled(read, choose, cursor)

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
        """See `EntityReader.edges_of_many`; both ends must be shown."""
        there = await self.shown(organisation, keys)
        pages = await self._store.edges_of_many(
            organisation,
            [key for key in keys if key in there],
            direction=direction,
            types=types,
            as_of=as_of,
            limit=limit,
        )
        items = [one for page in pages.values() for one in page.items]
        shown = await self.shown(organisation, {end for one in items for end in (one.source, one.target)})
        found: dict[Key, Page[Edge]] = dict.fromkeys(keys, Page(()))
        for key, page in pages.items():
            chosen = tuple(one for one in page.items if one.source in shown and one.target in shown)
            found[key] = Page(chosen, page.cursor)
            if page.cursor and not chosen:
                # What is shown of this one stands behind its first page.
                found[key] = await self.edges(
                    organisation,
                    key,
                    direction=direction,
                    types=types,
                    as_of=as_of,
                    limit=limit,
                    cursor=page.cursor,
                )
        return found

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        del sight
        if organisation == SHARED:
            return await self._store.counts(organisation)
        return await self._store.counts(organisation, sight=self._sight)

    async def tally(
        self,
        organisation: Organisation,
        query: Query,
        fields: Sequence[str],
        *,
        moments: Sequence[datetime] = (),
    ) -> Sequence[Tally]:
        """See `Tallies.tally`."""
        return await self._store.tally(organisation, self._seen(organisation, query), fields, moments=moments)

    async def group(
        self, organisation: Organisation, query: Query, field: str, conditions: Sequence[Filter] = ()
    ) -> Groups:
        """See `Tallies.group`."""
        return await self._store.group(organisation, self._seen(organisation, query), field, conditions)

    def _seen(self, organisation: Organisation, query: Query) -> Query:
        return query if organisation == SHARED else msgspec.structs.replace(query, sight=self._sight)

    async def versions(
        self, organisation: Organisation, key: Key, *, limit: int = 100, cursor: str = ""
    ) -> Page[Version]:
        """See `History.versions`."""
        if key not in await self.shown(organisation, (key,)):
            return Page(())
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

        async def read(cursor: str) -> Page[Difference]:
            return await self._store.differences(
                organisation, since, until, kinds=kinds, limit=limit, cursor=cursor
            )

        async def choose(items: Sequence[Difference]) -> list[Difference]:
            shown = await self.shown(organisation, (one.key for one in items))
            return [one for one in items if one.key in shown]

        return await _filled(read, choose, cursor)

    async def series(
        self, organisation: Organisation, kind: str, field: str, span: Span, *, sight: Sight | None = None
    ) -> Mapping[str | None, Sequence[int]]:
        """See `History.series`."""
        del sight
        own = None if organisation == SHARED else self._sight
        return await self._store.series(organisation, kind, field, span, sight=own)

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """See `History.changes`.

        Raises:
            DeniedError: no organisation is named; the log of all is for the installation itself.
        """
        if organisation is None:
            raise DeniedError("the log of all organisations is for those who see all of them")
        while True:
            found = await self._store.changes(after, limit, organisation=organisation)
            ends = {key for one in found for key in (one.key, one.target) if key is not None}
            shown = await self.shown(organisation, ends)
            chosen = [
                one for one in found if one.key in shown and (one.target is None or one.target in shown)
            ]
            if chosen or len(found) < limit:
                return chosen
            after = found[-1].sequence

    async def last_sequence(self, organisation: Organisation | None = None) -> int:
        """See `History.last_sequence`."""
        return await self._store.last_sequence(organisation)

    async def silent(
        self, organisation: Organisation, kind: str, *, before: datetime, limit: int, after: Key | None = None
    ) -> Sequence[Key]:
        """See `History.silent`."""
        while True:
            found = await self._store.silent(organisation, kind, before=before, limit=limit, after=after)
            shown = await self.shown(organisation, found)
            chosen = [key for key in found if key in shown]
            if chosen or len(found) < limit:
                return chosen
            after = found[-1]

    async def organisations(self) -> Sequence[Organisation]:
        """See `History.organisations`: what somebody sees is of one organisation, so none is told."""
        return ()

    @property
    def max_age_s(self) -> float:
        """See `Freshness.max_age_s`."""
        return self._store.max_age_s

    def stamp(self) -> int:
        """See `Freshness.stamp`."""
        return self._store.stamp()

    async def close(self) -> None:
        """See `EntityStore.close`: the store below is its owner's to close."""


async def _filled(
    read: Callable[[str], Awaitable[Page[ITEM]]],
    choose: Callable[[Sequence[ITEM]], Awaitable[list[ITEM]]],
    cursor: str,
) -> Page[ITEM]:
    """Return the first page of which something is shown, or the end."""
    while True:
        page = await read(cursor)
        chosen = await choose(page.items)
        if chosen or not page.cursor:
            return Page(tuple(chosen), page.cursor)
        cursor = page.cursor
