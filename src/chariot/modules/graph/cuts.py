"""The cheapest set of fixes after which nothing leads from the source to any target: a minimum cut."""

from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order, maximum_flow

from chariot.modules.graph.adjacency import Edges
from chariot.modules.graph.matrices import matrix, reached

UNFIXABLE: Final = 2**30
"""Cost of what cannot be fixed."""


class Cut(msgspec.Struct, frozen=True):
    """A minimum cut."""

    cost: int
    edges: tuple[int, ...]
    """Places in the list of edges, ascending."""
    nodes: tuple[int, ...]
    possible: bool = True
    """False when something leads to a target that nothing can fix."""


def minimum_cut(
    edges: Edges,
    nodes: int,
    source: int,
    targets: NDArray[np.int64],
    edge_costs: NDArray[np.int32],
    node_costs: NDArray[np.int32],
) -> Cut:
    """Return the cheapest set of edges and nodes whose removal parts *source* from all *targets*.

    Of several cheapest sets it is the one nearest to the source, which is unique.
    """
    relevant = between(edges, nodes, source, targets)
    kept = np.flatnonzero(relevant[edges.source] & relevant[edges.target])
    if not len(kept) or not relevant[targets].any():
        return Cut(0, (), ())
    wanted = targets[relevant[targets]]
    network = _Network(edges, nodes, kept, relevant, edge_costs, node_costs, source, wanted)
    return network.cut()


def between(edges: Edges, nodes: int, source: int, targets: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which nodes stand on some way from *source* to one of *targets*."""
    forward = reached(edges.source, edges.target, nodes, source)
    # All targets lead to one more node, so that one walk back from it reaches them all.
    back_source = np.concatenate([edges.target, np.full(len(targets), nodes, np.int32)])
    back_target = np.concatenate([edges.source, targets.astype(np.int32)])
    return forward & reached(back_source, back_target, nodes + 1, nodes)[:nodes]


class _Network:
    """The relevant part of the graph, renumbered, with each node that can be fixed split in two."""

    def __init__(
        self,
        edges: Edges,
        nodes: int,
        kept: NDArray[np.int64],
        relevant: NDArray[np.bool_],
        edge_costs: NDArray[np.int32],
        node_costs: NDArray[np.int32],
        source: int,
        targets: NDArray[np.int64],
    ) -> None:
        number = np.full(nodes, -1, np.int32)
        places = np.flatnonzero(relevant)
        number[places] = np.arange(len(places), dtype=np.int32)
        self._split = places[node_costs[places] < UNFIXABLE]
        leaving = number.copy()
        leaving[self._split] = len(places) + np.arange(len(self._split), dtype=np.int32)
        self._kept = kept
        self._size = len(places) + len(self._split) + 2
        self._sink, self._source = self._size - 1, self._size - 2
        goals = number[targets]
        # One edge before the source bounds the flow: sums of what cannot be fixed must not overflow.
        self._from = np.concatenate(
            [leaving[edges.source[kept]], number[self._split], leaving[targets], [self._source]]
        ).astype(np.int32)
        self._to = np.concatenate(
            [
                number[edges.target[kept]],
                leaving[self._split],
                np.full(len(goals), self._sink, np.int32),
                [leaving[source]],
            ]
        ).astype(np.int32)
        self._cost = np.concatenate(
            [edge_costs[kept], node_costs[self._split], np.full(len(goals) + 1, UNFIXABLE, np.int32)]
        ).astype(np.int64)

    def cut(self) -> Cut:
        """Return the minimum cut."""
        capacity = matrix(self._from, self._to, self._cost, self._size)
        capacity.sum_duplicates()
        capacity.data = np.minimum(capacity.data, UNFIXABLE)
        bounded = capacity.astype(np.int32)
        result = maximum_flow(bounded, self._source, self._sink)
        if result.flow_value >= UNFIXABLE or result.flow_value < 0:
            return Cut(0, (), (), possible=False)
        residual = bounded - result.flow
        residual.eliminate_zeros()
        near = np.zeros(self._size, bool)
        near[breadth_first_order(residual, self._source, return_predecessors=False)] = True
        crossing = np.flatnonzero(near[self._from] & ~near[self._to])
        edges = crossing[crossing < len(self._kept)]
        nodes = crossing[crossing >= len(self._kept)] - len(self._kept)
        return Cut(
            int(result.flow_value),
            tuple(self._kept[edges].tolist()),
            tuple(self._split[nodes].tolist()),
        )
