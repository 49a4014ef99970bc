"""Batched loading: what all fields of one level ask for is read together."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.model.records import Edge, Record
from chariot.model.relationships import RelationshipType
from chariot.modules.surface.ports import Direction, EntityStore
from chariot.modules.surface.query import Page

_AT_A_TIME = 8
_ANY = Key("")
K = TypeVar("K")
V = TypeVar("V")


class Loader(Generic[K, V]):
    """Gathers what is asked for until nothing more can be asked without an answer, and reads it at once."""

    def __init__(self, read: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._read = read
        self._waiting: dict[K, asyncio.Future[V | None]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def load(self, key: K) -> V | None:
        """Return what *key* names; None when there is nothing."""
        known = self._waiting.get(key)
        if known is None:
            loop = asyncio.get_running_loop()
            known = self._waiting[key] = loop.create_future()
            if len(self._waiting) == 1:
                # Fields of one level are resolved in one round of the loop; the read begins in the next.
                loop.call_soon(loop.call_soon, self._begin)
        return await asyncio.shield(known)

    def _begin(self) -> None:
        waiting, self._waiting = self._waiting, {}
        task = asyncio.create_task(self._answer(waiting))
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)

    async def _answer(self, waiting: Mapping[K, "asyncio.Future[V | None]"]) -> None:
        outcome = await asyncio.gather(self._read(list(waiting)), return_exceptions=True)
        for key, one in waiting.items():
            if one.done():
                continue
            if isinstance(outcome[0], BaseException):
                one.set_exception(outcome[0])
            else:
                one.set_result(outcome[0].get(key))


class EdgesOf(msgspec.Struct, frozen=True):
    """Relationships of one entity, as a field asks for them."""

    key: Key
    direction: Direction
    types: tuple[RelationshipType, ...]
    limit: int
    cursor: str
    as_of: datetime | None


class Loading:
    """The loaders of one request."""

    def __init__(self, store: EntityStore, organisation: Organisation) -> None:
        self._store = store
        self._organisation = organisation
        self._records: dict[datetime | None, Loader[Key, Record]] = {}
        self.edges: Loader[EdgesOf, Page[Edge]] = Loader(self._read_edges)

    def records(self, as_of: datetime | None) -> Loader[Key, Record]:
        """Return the loader of records at a moment."""
        if as_of not in self._records:
            self._records[as_of] = Loader(lambda keys: self._store.get(self._organisation, keys, as_of=as_of))
        return self._records[as_of]

    async def _read_edges(self, asked: Sequence[EdgesOf]) -> Mapping[EdgesOf, Page[Edge]]:
        """Read first pages together where all but whose they are is alike; a page further on is read by itself."""
        alike: dict[EdgesOf, list[EdgesOf]] = {}
        for one in asked:
            alike.setdefault(one if one.cursor else msgspec.structs.replace(one, key=_ANY), []).append(one)
        room = asyncio.Semaphore(_AT_A_TIME)

        async def read(how: EdgesOf, some: Sequence[EdgesOf]) -> Mapping[Key, Page[Edge]]:
            async with room:
                return await self._pages(how, [one.key for one in some])

        pages = await asyncio.gather(*(read(how, some) for how, some in alike.items()))
        return {
            one: found[one.key] for found, some in zip(pages, alike.values(), strict=True) for one in some
        }

    async def _pages(self, how: EdgesOf, keys: Sequence[Key]) -> Mapping[Key, Page[Edge]]:
        store, organisation = self._store, self._organisation
        if not how.cursor:
            return await store.edges_of_many(
                organisation, keys, direction=how.direction, types=how.types, as_of=how.as_of, limit=how.limit
            )
        page = await store.edges(
            organisation,
            how.key,
            direction=how.direction,
            types=how.types,
            as_of=how.as_of,
            limit=how.limit,
            cursor=how.cursor,
        )
        return {how.key: page}
