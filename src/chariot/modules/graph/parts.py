"""The graph as somebody has it who sees a part of the surface alone: as if there were nothing else.

What they are told follows from what they see and from what all share. So a path through what they do not see is not
told, and neither does its likelihood say that there is one.
"""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TypeVar

import numpy as np

from chariot.model.keys import Key, Organisation
from chariot.modules.graph import questions
from chariot.modules.graph.adjacency import EdgeList
from chariot.modules.graph.answers import Neighbourhood
from chariot.modules.graph.facts import GRAPH_KINDS
from chariot.modules.graph.following import vulnerability_key
from chariot.modules.graph.ports import Graph
from chariot.modules.graph.surface_graph import SurfaceGraph
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Query

T = TypeVar("T")
_KINDS: Final = tuple(kind for kind in GRAPH_KINDS if kind != "vulnerability")
"""What organisations have of their own; vulnerabilities are known to all."""


class PartGraph:
    """See `Graph`: the graph below, without what *seen* does not show."""

    def __init__(self, graph: Graph, seen: EntityReader) -> None:
        self._graph = graph
        self._seen = seen

    async def ask(
        self,
        organisation: Organisation,
        question: Callable[[SurfaceGraph], T],
        *,
        as_of: datetime | None = None,
    ) -> T:
        """See `Graph.ask`. What is seen now decides, whatever moment is asked about."""
        keys = await self._keys(organisation, everything=as_of is not None)
        part = await self._graph.ask(organisation, lambda graph: part_of(graph, keys), as_of=as_of)
        # The graph below is free for others while this one is asked.
        return await asyncio.to_thread(question, part)

    async def neighbourhood(
        self, organisation: Organisation, key: Key, *, hops: int = 1, limit: int = 200
    ) -> Neighbourhood:
        """See `Graph.neighbourhood`."""
        return await self.ask(
            organisation, lambda graph: questions.neighbourhood(graph, key, hops=hops, limit=limit)
        )

    async def close(self) -> None:
        """See `Graph.close`: the graph below is its owner's to close."""

    async def _keys(self, organisation: Organisation, *, everything: bool) -> list[Key]:
        """Return the keys of what is seen; *everything* is also what left the surface."""
        found: list[Key] = []
        for kind in _KINDS:
            cursor = ""
            while True:
                query = Query(kinds=(kind,), limit=PAGE_LIMIT, cursor=cursor, everything=everything)
                page = await self._seen.find(organisation, query)
                found += [record.key for record in page.items]
                cursor = page.cursor
                if not cursor:
                    break
        return found


def part_of(graph: SurfaceGraph, keys: Iterable[Key]) -> SurfaceGraph:
    """Return the graph that *graph* would be if there were only what has one of *keys*."""
    made = SurfaceGraph()
    numbers = {key: number for key in sorted(keys) if (number := graph.find(key)) is not None}
    made.load((key, graph.facts[number]) for key, number in numbers.items())
    weaknesses = {one.weak.weakness for one in made.facts if one.weak is not None}
    known = {vulnerability_key(one): graph.find(vulnerability_key(one)) for one in sorted(weaknesses)}
    made.load((key, graph.facts[number]) for key, number in known.items() if number is not None)
    # Which number each has in the part; below 0 where it has none.
    renumbered = np.full(len(graph), -1, np.int32)
    for key, number in numbers.items():
        renumbered[number] = made.number(key)
    links = graph.links.edges()
    sources, targets = renumbered[links.source], renumbered[links.target]
    kept = (sources >= 0) & (targets >= 0)
    edges = EdgeList()
    for source, target, label in zip(
        sources[kept].tolist(), targets[kept].tolist(), links.label[kept].tolist(), strict=True
    ):
        edges.add(source, target, label)
    made.derive(edges)
    return made
