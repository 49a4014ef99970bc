"""Pages of the surface that all servers of an installation share: what one has read the others need not read again."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import SHARED, Key, Organisation
from chariot.model.records import Record
from chariot.model.registry import AnyEntity
from chariot.modules.caching.ports import Cache, Shelf
from chariot.modules.surface.passing import PassingStore
from chariot.modules.surface.ports import EntityStore
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


class TellingStore(PassingStore):
    """See `EntityStore`: the store below, and the word to all servers that what they keep of it is old.

    Who works on the surface uses this one: a stage reads the present, never what was kept.
    """

    def __init__(self, store: EntityStore, cache: Cache) -> None:
        super().__init__(store)
        self._cache = cache

    async def apply(
        self, organisation: Organisation, keys: Sequence[Key], edges: Sequence[EdgeId], decide: Decide
    ) -> Applied:
        """See `EntityWriter.apply`; whatever became of it, nobody is told the older thing after it."""
        try:
            return await self._store.apply(organisation, keys, edges, decide)
        finally:
            await self._cache.bump(_shelf(organisation))


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
