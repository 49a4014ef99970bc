"""Shortest paths: from one node to all, and the k cheapest loopless paths to one.

The k paths are Yen's (1971), each deviation found by A* that walks from the target back to the source; what the
distances from the source say is a lower bound that is exact until something changes, so it goes almost straight.
"""

from collections.abc import Callable, Sequence
from heapq import heappop, heappush, nsmallest
from itertools import count
from typing import Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra

from chariot.modules.graph.adjacency import Adjacency, Edges
from chariot.modules.graph.matrices import matrix

UNREACHED: Final = 2**60
"""Distance of what cannot be reached."""
EXPANSIONS_LIMIT: Final = 300_000
"""So many nodes one question may look at; then the answer says that it is not complete."""
SAME_LIMIT: Final = 6
"""For each wanted path, so many may be found that differ from an earlier one in nothing that counts."""


class Step(NamedTuple):
    """One edge of a path."""

    source: int
    target: int
    label: int
    cost: int


class Found(msgspec.Struct, frozen=True):
    """Paths, the cheapest first."""

    paths: tuple[tuple[Step, ...], ...]
    complete: bool = True
    """False when the search was ended by its limit."""


def distances(edges: Edges, nodes: int, source: int, alive: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the cost of the cheapest path from *source* to each node, over nodes that are alive."""
    kept = alive[edges.source] & alive[edges.target]
    graph = matrix(edges.source[kept], edges.target[kept], edges.cost[kept].astype(np.float64), nodes)
    found = dijkstra(graph, indices=source)
    return np.where(np.isinf(found), UNREACHED, found).astype(np.int64)


class Search:
    """Searches towards one source over one graph."""

    def __init__(
        self, graph: Adjacency, source: int, bounds: Sequence[int], is_alive: Callable[[int], bool]
    ) -> None:
        """*bounds* are lower bounds of the distance from the source; a node behind their end has the bound 0."""
        self._graph = graph
        self._source = source
        self._bounds = bounds
        self._is_alive = is_alive
        self._left = EXPANSIONS_LIMIT

    def cheapest(
        self, target: int, k: int, signature: Callable[[Sequence[Step]], object] | None = None
    ) -> Found:
        """Return the *k* cheapest loopless paths; with *signature*, only the cheapest of each one."""
        self._left = EXPANSIONS_LIMIT
        first = self._back(target, frozenset(), frozenset(), UNREACHED)
        if first is None:
            return Found((), self._left > 0)
        order = count()
        waiting = [(_cost(first), next(order), 0, first)]
        taken: list[tuple[Step, ...]] = []
        chosen: dict[object, tuple[Step, ...]] = {}
        known = {_nodes(first)}
        costs: dict[object, int] = {signature(first) if signature else _nodes(first): _cost(first)}
        while waiting and len(chosen) < k and len(taken) < SAME_LIMIT * k:
            _, _, deviated, path = heappop(waiting)
            taken.append(path)
            chosen.setdefault(signature(path) if signature else _nodes(path), path)
            for at in range(deviated, len(path)):
                # What costs more than k paths that are known already is not looked for.
                most = nsmallest(k, costs.values())[-1] if len(costs) >= k else UNREACHED
                found = self._deviate(path, at, taken, most)
                if found is not None and (nodes := _nodes(found)) not in known:
                    known.add(nodes)
                    heappush(waiting, (_cost(found), next(order), at, found))
                    mark = signature(found) if signature else nodes
                    costs[mark] = min(costs.get(mark, UNREACHED), _cost(found))
        ended = self._left > 0 and not (waiting and len(chosen) < k)
        return Found(tuple(_forward(path) for path in chosen.values()), ended)

    def _deviate(
        self, path: tuple[Step, ...], at: int, taken: Sequence[tuple[Step, ...]], most: int
    ) -> tuple[Step, ...] | None:
        """Return the cheapest path that keeps the first *at* steps back from the target, and then differs."""
        root = path[:at]
        spur = path[at].target
        banned_nodes = frozenset(step.target for step in root)
        banned_edges = frozenset(
            (one[at].source, one[at].target) for one in taken if len(one) > at and one[:at] == root
        )
        rest = self._back(spur, banned_nodes, banned_edges, most - _cost(root))
        return None if rest is None else root + rest

    def _back(
        self, target: int, banned_nodes: frozenset[int], banned_edges: frozenset[tuple[int, int]], most: int
    ) -> tuple[Step, ...] | None:
        """Return the cheapest path as steps from the target back to the source; None when all cost over *most*."""
        bounds, source = self._bounds, self._source
        known = len(bounds)
        best = {target: 0}
        after: dict[int, Step] = {}
        done: set[int] = set()
        waiting = [(bounds[target] if target < known else 0, target)]
        if waiting[0][0] >= UNREACHED:
            return None
        while waiting:
            _, node = heappop(waiting)
            if node == source:
                return _trail(after, source, target)
            if node in done:
                continue
            done.add(node)
            self._left -= 1
            if self._left <= 0:
                return None
            so_far = best[node]
            for before, label, cost in self._graph.into(node):
                total = so_far + cost
                bound = bounds[before] if before < known else 0
                if total + bound > most or bound >= UNREACHED or total >= best.get(before, UNREACHED):
                    continue
                if before in banned_nodes or (before, node) in banned_edges or not self._is_alive(before):
                    continue
                best[before] = total
                after[before] = Step(before, node, label, cost)
                heappush(waiting, (total + bound, before))
        return None


def _trail(after: dict[int, Step], source: int, target: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    node = source
    while node != target:
        steps.append(after[node])
        node = after[node].target
    return tuple(reversed(steps))


def _forward(path: tuple[Step, ...]) -> tuple[Step, ...]:
    return tuple(reversed(path))


def _cost(path: Sequence[Step]) -> int:
    return sum(step.cost for step in path)


def _nodes(path: Sequence[Step]) -> tuple[int, ...]:
    return tuple(step.target for step in path)
