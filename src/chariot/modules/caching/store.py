"""Pages of the surface that all servers of an installation share: what one has read the others need not read again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Change, Difference, Edge, Record, Version
from chariot.model.registry import AnyEntity
from chariot.model.relationships import RelationshipType
from chariot.modules.caching.ports import Cache, Shelf
from chariot.modules.surface.ports import Direction, EntityStore, Span
from chariot.modules.surface.query import Page, Query
from chariot.modules.surface.sight import Sight
from chariot.modules.surface.states import Applied, Decide, EdgeId

_TTL_S = 5.0
"""A process that dies between a commit and its word to the others leaves them with pages no older than this."""
_PAGES = "pages"
_COUNTS = "counts"


class _KeptRecord(Record, frozen=True, kw_only=True):
    """A record whose entity says its kind, so that it can be read back."""

    entity: AnyEntity


class _KeptPage(msgspec.Struct, frozen=True, array_like=True):
    items: tuple[_KeptRecord, ...]
    cursor: str


def _shelf(organisation: Organisation) -> Shelf:
    """Return where pages of *organisation* stand; a name that no shelf takes stands under its digest."""
    try:
        return Shelf(organisation, _PAGES)
    except InvalidError:
        return Shelf(Organisation(f"#{blake2b(organisation.encode()).hexdigest()}"), _PAGES)


_encoder = msgspec.msgpack.Encoder()
_page_decoder = msgspec.msgpack.Decoder(_KeptPage)
_counts_decoder = msgspec.msgpack.Decoder(dict[str, dict[str, int]])


class TellingStore:
    """See `EntityStore`: the store below, and the word to all servers that what they keep of it is old.

    Who works on the surface uses this one: a stage reads the present, never what was kept.
    """

    def __init__(self, store: EntityStore, cache: Cache) -> None:
        self._store = store
        self._cache = cache

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`; whatever became of it, nobody is told the older thing after it."""
        try:
            return await self._store.apply(organisation, keys, edges, decide)
        finally:
            await self._cache.bump(_shelf(organisation))

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

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        return await self._store.counts(organisation, sight=sight)

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


class CachedStore(TellingStore):
    """See `EntityStore`: pages and counts of the present come from the shared cache where they are there.

    They are as old as the cache lets the word of another process wait (see `LayeredCache`). A page of what all
    organisations share is not kept: a write to any of them may change it.
    """

    async def find(self, organisation: Organisation, query: Query) -> Page[Record]:
        """See `EntityReader.find`."""
        if query.as_of is not None or organisation == SHARED:
            return await self._store.find(organisation, query)
        shelf, key = _shelf(organisation), msgspec.json.encode(query).decode()
        version = await self._cache.version(shelf)
        kept = (await self._cache.get_many(shelf, version, [key])).get(key)
        if kept is not None:
            page = _page_decoder.decode(kept)
            return Page(tuple(Record(**msgspec.structs.asdict(one)) for one in page.items), page.cursor)
        found = await self._store.find(organisation, query)
        await self._cache.set_many(
            shelf, version, {key: _encoder.encode((found.items, found.cursor))}, ttl_s=_TTL_S
        )
        return found

    async def counts(
        self, organisation: Organisation, *, sight: Sight | None = None
    ) -> Mapping[str, Mapping[str, int]]:
        """See `EntityReader.counts`."""
        if sight is not None:
            return await self._store.counts(organisation, sight=sight)
        shelf = _shelf(organisation)
        version = await self._cache.version(shelf)
        kept = (await self._cache.get_many(shelf, version, [_COUNTS])).get(_COUNTS)
        if kept is not None:
            return _counts_decoder.decode(kept)
        found = await self._store.counts(organisation)
        await self._cache.set_many(shelf, version, {_COUNTS: _encoder.encode(found)}, ttl_s=_TTL_S)
        return found
