"""A directed graph on plain arrays, both directions, with changes laid over them until they are folded in.

An edge is (source, target, label, cost). Of one source, target and label there is one edge. Arrays hold what was
there when they were made; beside them stands what is new and what is gone since.
"""

from array import array
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Row = dict[tuple[int, int], int]
"""The edges of one node: other end and label → cost."""

FOLD_AT: Final = 20_000
"""So many changes are folded into new arrays."""


class Edges(NamedTuple):
    """Edges as columns."""

    source: Ints
    target: Ints
    label: NDArray[np.uint8]
    cost: Ints


class EdgeList:
    """Edges on their way into a graph, eleven bytes each and no object."""

    def __init__(self) -> None:
        self._source = array("i")
        self._target = array("i")
        self._label = array("B")
        self._cost = array("i")

    def __len__(self) -> int:
        return len(self._source)

    def add(self, source: int, target: int, label: int, cost: int = 1) -> None:
        """Take one edge."""
        self._source.append(source)
        self._target.append(target)
        self._label.append(label)
        self._cost.append(cost)

    def edges(self) -> Edges:
        """Return all of them as columns, which share this list's memory."""
        return Edges(
            np.frombuffer(self._source, dtype=np.int32) if self._source else np.zeros(0, np.int32),
            np.frombuffer(self._target, dtype=np.int32) if self._target else np.zeros(0, np.int32),
            np.frombuffer(self._label, dtype=np.uint8) if self._label else np.zeros(0, np.uint8),
            np.frombuffer(self._cost, dtype=np.int32) if self._cost else np.zeros(0, np.int32),
        )


class _Side:
    """One direction: for each node, where it leads."""

    def __init__(self, nodes: int, near: Ints, far: Ints, label: NDArray[np.uint8], cost: Ints) -> None:
        order = np.argsort(near, kind="stable")
        self.start = np.zeros(nodes + 1, np.int64)
        np.cumsum(np.bincount(near, minlength=nodes), out=self.start[1:])
        self.far, self.label, self.cost = far[order], label[order], cost[order]
        self.nodes = nodes
        self.new: dict[int, Row] = {}
        self.gone: dict[int, set[tuple[int, int]]] = {}

    def degree(self, node: int) -> int:
        """Return how many edges the arrays have at *node*."""
        return int(self.start[node + 1] - self.start[node]) if node < self.nodes else 0

    def folded(self, node: int) -> list[tuple[int, int, int]]:
        """Return (other end, label, cost) of each edge that the arrays have at *node*."""
        if node >= self.nodes:
            return []
        first, last = self.start[node], self.start[node + 1]
        return list(
            zip(
                self.far[first:last].tolist(),
                self.label[first:last].tolist(),
                self.cost[first:last].tolist(),
                strict=True,
            )
        )

    def items(self, node: int) -> list[tuple[int, int, int]]:
        """Return (other end, label, cost) of each edge at *node*."""
        found = self.folded(node)
        gone = self.gone.get(node)
        if gone:
            found = [one for one in found if one[:2] not in gone]
        new = self.new.get(node)
        if new:
            found += [(far, label, cost) for (far, label), cost in new.items()]
        return found


class Adjacency:
    """See the module."""

    def __init__(self, nodes: int = 0, edges: Edges | None = None) -> None:
        self._set(nodes, _unique(edges) if edges is not None else EdgeList().edges())

    def _set(self, nodes: int, edges: Edges) -> None:
        self.nodes = nodes
        self._out = _Side(nodes, edges.source, edges.target, edges.label, edges.cost)
        self._in = _Side(nodes, edges.target, edges.source, edges.label, edges.cost)
        self._changes = 0

    def out(self, node: int) -> list[tuple[int, int, int]]:
        """Return (target, label, cost) of each edge that begins at *node*."""
        return self._out.items(node)

    def into(self, node: int) -> list[tuple[int, int, int]]:
        """Return (source, label, cost) of each edge that ends at *node*."""
        return self._in.items(node)

    def add(self, source: int, target: int, label: int, cost: int = 1) -> None:
        """Add an edge, or give it another cost."""
        self.nodes = max(self.nodes, source + 1, target + 1)
        self._changes += 1
        if self._is_folded(source, target, label):
            self._out.gone.setdefault(source, set()).add((target, label))
            self._in.gone.setdefault(target, set()).add((source, label))
        self._out.new.setdefault(source, {})[target, label] = cost
        self._in.new.setdefault(target, {})[source, label] = cost

    def remove(self, source: int, target: int, label: int) -> bool:
        """Take an edge away; tell whether it was there."""
        self._changes += 1
        if self._out.new.get(source, {}).pop((target, label), None) is not None:
            del self._in.new[target][source, label]
            return True
        if not self._is_folded(source, target, label):
            return False
        gone = self._out.gone.setdefault(source, set())
        if (target, label) in gone:
            return False
        gone.add((target, label))
        self._in.gone.setdefault(target, set()).add((source, label))
        return True

    def _is_folded(self, source: int, target: int, label: int) -> bool:
        # The internet leads to nearly everything: the end with fewer edges is looked at.
        if self._out.degree(source) < self._in.degree(target):
            return any(one[:2] == (target, label) for one in self._out.folded(source))
        return any(one[:2] == (source, label) for one in self._in.folded(target))

    def grow(self, nodes: int) -> None:
        """Let there be *nodes* nodes at least."""
        self.nodes = max(self.nodes, nodes)

    @property
    def is_full(self) -> bool:
        """Whether changes should be folded in."""
        return self._changes >= FOLD_AT

    def fold(self) -> None:
        """Make new arrays that hold all changes."""
        if self._changes or self.nodes > self._out.nodes:
            self._set(self.nodes, self.edges())

    def edges(self) -> Edges:
        """Return all edges as columns."""
        side = self._out
        source = np.repeat(np.arange(side.nodes, dtype=np.int32), np.diff(side.start))
        new, kept = EdgeList(), np.ones(len(source), bool)
        for node, gone in side.gone.items():
            for place, one in enumerate(side.folded(node), int(side.start[node])):
                kept[place] = one[:2] not in gone
        for node, row in side.new.items():
            for (far, label), cost in row.items():
                new.add(node, far, label, cost)
        if not len(new) and kept.all():
            return Edges(source, side.far, side.label, side.cost)
        added = new.edges()
        return Edges(
            np.concatenate([source[kept], added.source]),
            np.concatenate([side.far[kept], added.target]),
            np.concatenate([side.label[kept], added.label]),
            np.concatenate([side.cost[kept], added.cost]),
        )


def _unique(edges: Edges) -> Edges:
    """Return *edges* with one of each source, target and label: the last one given."""
    if not len(edges.source):
        return edges
    mark = (edges.source.astype(np.int64) << 32) | edges.target
    order = np.lexsort((edges.label, mark))
    mark, label = mark[order], edges.label[order]
    last = np.ones(len(mark), bool)
    last[:-1] = (mark[1:] != mark[:-1]) | (label[1:] != label[:-1])
    keep = np.sort(order[last])
    return Edges(edges.source[keep], edges.target[keep], edges.label[keep], edges.cost[keep])
