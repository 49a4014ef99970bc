"""What an export reads: the selected records and relationships of one organisation, page by page.

Secrets are taken out here, before any writer sees them.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import msgspec

from chariot.model.base import Entity
from chariot.model.keys import SHARED, Key, Organisation, kind_of
from chariot.model.records import Edge, Record
from chariot.model.registry import KINDS
from chariot.model.relationships import ENDS, RelationshipType
from chariot.modules.exchange.exports.narrowing import narrowed
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader, History
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Filter, Page, Query

_KEYS_AT_ONCE = 500
_READS_AT_ONCE = 16
_EDGES_AT_ONCE = 200
_JOINED = frozenset(kind for ends in ENDS.values() for end in ends for kind in end)
_SECRETS = {
    kind: {spec.name: spec.default for spec in cls.specs if spec.mark.sealed} for kind, cls in KINDS.items()
}
SECRET_FIELDS = tuple(f"{kind}.{name}" for kind, names in _SECRETS.items() for name in names)
"""Fields that no export holds."""


class Reader(EntityReader, History, Protocol):
    """The reads of an entity store."""


class Selection(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into an export.

    Raises:
        InvalidError: the filter is wrong; the text says how.
    """

    kinds: tuple[str, ...] = tuple(KINDS)
    filter: str = ""
    as_of: datetime | None = None
    """As it was then; None is now, read page by page while others write."""
    everything: bool = False
    """Also what is not on the surface (gone, excluded)."""

    def __post_init__(self) -> None:
        parse_filter(self.filter, self.kinds)


class Source:
    """The selected part of one organisation's surface. Vulnerabilities are those that it is related to."""

    def __init__(
        self,
        reader: Reader,
        organisation: Organisation,
        selection: Selection | None = None,
        *,
        made_at: datetime,
        program: str,
        page_size: int = PAGE_LIMIT,
    ) -> None:
        self.reader = reader
        self.organisation = organisation
        self.selection = selection or Selection()
        self.made_at = made_at
        self.program = program
        """Name and version of the program that makes the export."""
        self._page_size = page_size
        self._where = parse_filter(self.selection.filter, self.selection.kinds)

    async def pages(self, *kinds: str, sort: str = "key") -> AsyncIterator[Sequence[Record]]:
        """Yield the selected records of *kinds* (by default all that are selected), kind after kind."""
        for kind in kinds or self.selection.kinds:
            if kind not in self.selection.kinds:
                continue
            async for page in self._found(self.organisation, kind, sort):
                yield page
            if kind == "vulnerability" and self.organisation != SHARED:
                async for page in self._found(SHARED, kind, sort):
                    if related := await self._related(page):
                        yield related

    async def records(self, *kinds: str, sort: str = "key") -> AsyncIterator[Record]:
        """Yield what `pages` does, one by one."""
        async for page in self.pages(*kinds, sort=sort):
            for record in page:
                yield record

    async def get(self, keys: Collection[Key]) -> Mapping[Key, Record]:
        """Return what there is under *keys*, also what is not selected itself."""
        wanted = sorted(set(keys))
        found: dict[Key, Record] = {}
        for start in range(0, len(wanted), _KEYS_AT_ONCE):
            part = wanted[start : start + _KEYS_AT_ONCE]
            records = await self.reader.get(self.organisation, part, as_of=self.selection.as_of)
            found.update((key, _shown(record)) for key, record in records.items())
        return found

    async def edges(self, *types: RelationshipType) -> AsyncIterator[Edge]:
        """Yield the relationships of *types* (by default all) whose two ends are selected."""
        waiting: list[Edge] = []
        async for edges in self._edge_pages(types):
            waiting.extend(edges)
            # Their ends are looked up many at once: a look-up for each entity would take most of the time.
            if len(waiting) >= _KEYS_AT_ONCE:
                for edge in await self._between_selected(waiting):
                    yield edge
                waiting = []
        for edge in await self._between_selected(waiting):
            yield edge

    async def _between_selected(self, edges: Sequence[Edge]) -> list[Edge]:
        held = await self._selected({edge.target for edge in edges})
        return [edge for edge in edges if edge.target in held]

    async def _edge_pages(self, types: tuple[RelationshipType, ...]) -> AsyncIterator[Sequence[Edge]]:
        beginnings = {kind for one in types or ENDS for kind in ENDS[one][0]}
        for kind in self.selection.kinds:
            if kind not in beginnings:
                continue
            async for page in self._found(self.organisation, kind, "key"):
                for start in range(0, len(page), _READS_AT_ONCE):
                    keys = [record.key for record in page[start : start + _READS_AT_ONCE]]
                    firsts = await asyncio.gather(*(self._edges_of(key, types) for key in keys))
                    for key, found in zip(keys, firsts, strict=True):
                        yield found.items
                        while found.cursor:
                            found = await self._edges_of(key, types, found.cursor)  # noqa: PLW2901
                            yield found.items

    async def _edges_of(self, key: Key, types: tuple[RelationshipType, ...], cursor: str = "") -> Page[Edge]:
        return await self.reader.edges(
            self.organisation,
            key,
            direction="out",
            types=types,
            as_of=self.selection.as_of,
            limit=_EDGES_AT_ONCE,
            cursor=cursor,
        )

    async def _found(self, home: Organisation, kind: str, sort: str) -> AsyncIterator[Sequence[Record]]:
        where = self._for(kind)
        if where is not False:
            async for page in self._walk(home, kind, where, sort):
                yield [_shown(record) for record in page]

    async def _walk(
        self, home: Organisation, kind: str, where: Filter | bool | None, sort: str
    ) -> AsyncIterator[Sequence[Record]]:
        cursor = ""
        while True:
            page = await self.reader.find(home, self._query(kind, where, sort=sort, cursor=cursor))
            if page.items:
                yield page.items
            cursor = page.cursor
            if not cursor:
                return

    def _for(self, kind: str) -> Filter | bool | None:
        if self._where is None:
            return None
        left = narrowed(self._where, kind)
        return None if left is True else left

    def _query(self, kind: str, where: Filter | bool | None, *, sort: str = "key", cursor: str = "") -> Query:
        return Query(
            kinds=(kind,),
            where=where if not isinstance(where, bool) else None,
            sort=sort,
            limit=self._page_size,
            cursor=cursor,
            as_of=self.selection.as_of,
            everything=self.selection.everything,
        )

    async def _related(self, page: Sequence[Record]) -> Sequence[Record]:
        """Return the shared records that the organisation is related to and has no version of its own of."""
        held = await self.reader.get(
            self.organisation, [record.key for record in page], as_of=self.selection.as_of
        )
        related = []
        for record in page:
            own = held.get(record.key)
            if own is not None and own.organisation == self.organisation:
                continue
            edges = await self.reader.edges(
                self.organisation, record.key, direction="in", as_of=self.selection.as_of, limit=1
            )
            if edges.items:
                related.append(record)
        return related

    async def _selected(self, keys: set[Key]) -> set[Key]:
        """Return which of *keys* the selection holds."""
        chosen = self.selection
        if chosen.everything and not chosen.filter and set(chosen.kinds) >= _JOINED:
            return keys
        by_kind: dict[str, list[Key]] = defaultdict(list)
        for key in sorted(keys):
            by_kind[kind_of(key)].append(key)
        held: set[Key] = set()
        for kind, wanted in by_kind.items():
            where = self._for(kind) if kind in chosen.kinds else False
            if where is False:
                continue
            homes = {self.organisation, SHARED} if kind == "vulnerability" else {self.organisation}
            for start in range(0, len(wanted), _KEYS_AT_ONCE):
                one_of = Compare("key", "=", tuple(wanted[start : start + _KEYS_AT_ONCE]))
                both = one_of if where is None or where is True else All((where, one_of))
                for home in homes:
                    async for page in self._walk(home, kind, both, "key"):
                        held.update(record.key for record in page)
        return held


def without_secrets(entity: Entity) -> Entity:
    """Return *entity* with its secret fields empty."""
    secrets = _SECRETS[entity.kind]
    return msgspec.structs.replace(entity, **secrets) if secrets else entity


def _shown(record: Record) -> Record:
    secrets = _SECRETS[record.kind]
    if not secrets:
        return record
    decided = tuple(name for name in record.decided if name not in secrets)
    return msgspec.structs.replace(record, entity=without_secrets(record.entity), decided=decided)
