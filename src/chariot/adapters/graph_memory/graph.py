"""MemoryGraph: built from the entity store when first asked, brought up to date by the change log at each question."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from chariot.model.keys import Key, Organisation
from chariot.modules.graph import following, walking
from chariot.modules.graph.answers import Neighbourhood
from chariot.modules.graph.facts import Weigh, tagged_weight
from chariot.modules.graph.ports import Reader
from chariot.modules.graph.surface_graph import SurfaceGraph

T = TypeVar("T")


class _Kept(msgspec.Struct):
    graph: SurfaceGraph
    reached: following.Reached
    edition: int


class MemoryGraph:
    """See `Graph`. Keeps the graphs of the organisations that asked last."""

    def __init__(
        self,
        reader: Reader,
        *,
        weigh: Weigh = tagged_weight,
        reweigh: Callable[[Organisation], Awaitable[int]] | None = None,
        kept: int = 8,
    ) -> None:
        """*reweigh* is called before each question; another number than before says that weights are others now."""
        self._reader = reader
        self._reweigh = reweigh
        self._weigh = weigh
        self._most = kept
        self._kept: OrderedDict[Organisation, _Kept] = OrderedDict()
        self._locks: dict[Organisation, asyncio.Lock] = {}
        self._loading: dict[Organisation, asyncio.Task[SurfaceGraph]] = {}

    async def ask(
        self,
        organisation: Organisation,
        question: Callable[[SurfaceGraph], T],
        *,
        as_of: datetime | None = None,
    ) -> T:
        """See `Graph.ask`."""
        if as_of is not None:
            await self._edition(organisation)
            past, _ = await following.load(self._reader, organisation, self._weigh, as_of=as_of)
            return await asyncio.to_thread(question, past)
        async with self._locks.setdefault(organisation, asyncio.Lock()):
            graph = await self._loaded(organisation)
            return await asyncio.to_thread(question, graph)

    async def neighbourhood(
        self, organisation: Organisation, key: Key, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """See `Graph.neighbourhood`: it is walked in the store, which is quicker than to load all for a part."""
        return await walking.neighbourhood(self._reader, organisation, key, hops=hops, limit=limit)

    async def close(self) -> None:
        """See `Graph.close`."""
        loading = list(self._loading.values())
        for one in loading:
            one.cancel()
        await asyncio.gather(*loading, return_exceptions=True)
        self._kept.clear()

    async def _loaded(self, organisation: Organisation) -> SurfaceGraph:
        """Return the graph as it is now. It is loaded to its end also when whoever asked gives up before."""
        loading = self._loading.get(organisation)
        if loading is None:
            loading = self._loading[organisation] = asyncio.create_task(self._current(organisation))
            loading.add_done_callback(lambda done: self._end(organisation, done))
        return await asyncio.shield(loading)

    def _end(self, organisation: Organisation, done: asyncio.Task[SurfaceGraph]) -> None:
        self._loading.pop(organisation, None)
        if not done.cancelled():
            # Whoever still waits is told of it; where nobody does, the next one tries again.
            done.exception()

    async def _edition(self, organisation: Organisation) -> int:
        return await self._reweigh(organisation) if self._reweigh is not None else 0

    async def _current(self, organisation: Organisation) -> SurfaceGraph:
        edition = await self._edition(organisation)
        # What fails half-way may have been applied half-way: it is kept again only when it is whole.
        kept = self._kept.pop(organisation, None)
        if (
            kept is None
            or kept.edition != edition
            or not await following.follow(self._reader, organisation, self._weigh, kept.graph, kept.reached)
        ):
            graph, reached = await following.load(self._reader, organisation, self._weigh)
            kept = _Kept(graph, reached, edition)
            # What was written while it was loaded is in the log behind what was read.
            await following.follow(self._reader, organisation, self._weigh, graph, reached)
        self._kept[organisation] = kept
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return kept.graph
