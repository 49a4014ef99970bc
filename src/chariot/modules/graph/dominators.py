"""Dominators: what every way from the root to a node passes.

Two ways to the same tree. On arrays: begin with the tree of breadth-first search and lift each node to the nearest
common ancestor of all that leads to it, until nothing moves; quick on graphs that are not deep. Lengauer and
Tarjan's (1979, the simple version) is slower to begin with and does not mind depth.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order

from chariot.modules.graph.matrices import matrix

Nodes = NDArray[np.int32]

DEPTH_LIMIT: Final = 200
"""A deeper graph is not lifted: each round would climb step by step."""
ROUNDS_LIMIT: Final = 60


def dominators(nodes: int, root: int, source: Nodes, target: Nodes) -> Nodes:
    """Return the immediate dominator of each node; of the root itself, and -1 of what it does not reach."""
    graph = matrix(source, target, np.ones(len(source), np.int8), nodes)
    visited, parent = breadth_first_order(graph, root)
    tree = np.full(nodes, -1, np.int32)
    tree[visited] = parent[visited]
    tree[root] = root
    kept = (tree[source] >= 0) & (target != root) & (source != target)
    lifted = _lift(tree, visited, source[kept], target[kept])
    return lifted if lifted is not None else _lengauer_tarjan(nodes, root, graph.indptr, graph.indices)


def _depths(tree: Nodes, visited: Nodes) -> Nodes | None:
    """Return how deep each node stands in *tree*, or None when it is too deep."""
    depth = np.zeros(len(tree), np.int32)
    above = visited.copy()
    for _ in range(DEPTH_LIMIT):
        parent = tree[above]
        moved = parent != above
        if not moved.any():
            return depth
        depth[visited[moved]] += 1
        above = parent
    return None


def _lift(tree: Nodes, visited: Nodes, source: Nodes, target: Nodes) -> Nodes | None:
    for _ in range(ROUNDS_LIMIT):
        depth = _depths(tree, visited)
        if depth is None:
            return None
        # An edge is in order when the parent of its target stands above its source, or is it.
        above = _climb(tree, depth, source.copy(), depth[tree[target]])
        wrong = above != tree[target]
        if not wrong.any():
            return tree
        meeting = _meet(tree, depth, above[wrong], tree[target[wrong]].copy())
        # All places where one node may go lie on one way to the root: the highest is right for all its edges.
        moved = target[wrong]
        order = np.lexsort((depth[meeting], moved))
        first = np.ones(len(order), bool)
        first[1:] = moved[order][1:] != moved[order][:-1]
        tree[moved[order][first]] = meeting[order][first]
    return None


def _climb(tree: Nodes, depth: Nodes, node: Nodes, to: Nodes) -> Nodes:
    """Return the ancestors of *node* that are no deeper than *to*."""
    active = np.flatnonzero(depth[node] > to)
    while len(active):
        node[active] = tree[node[active]]
        active = active[depth[node[active]] > to[active]]
    return node


def _meet(tree: Nodes, depth: Nodes, one: Nodes, other: Nodes) -> Nodes:
    """Return the nearest common ancestors."""
    other = _climb(tree, depth, other, depth[one])
    one = _climb(tree, depth, one, depth[other])
    active = np.flatnonzero(one != other)
    while len(active):
        one[active] = tree[one[active]]
        other[active] = tree[other[active]]
        active = active[one[active] != other[active]]
    return one


def _lengauer_tarjan(nodes: int, root: int, start: Nodes, far: Nodes) -> Nodes:
    starts, fars = start.tolist(), far.tolist()
    number = [-1] * nodes
    vertex: list[int] = []
    parent = [-1] * nodes
    before: list[list[int]] = [[] for _ in range(nodes)]
    _walk(root, starts, fars, number, vertex, parent, before)
    semi = number[:]
    ancestor = [-1] * nodes
    label = list(range(nodes))
    bucket: list[list[int]] = [[] for _ in range(nodes)]
    dominator = [-1] * nodes
    for node in reversed(vertex[1:]):
        for one in before[node]:
            semi[node] = min(semi[node], semi[_evaluate(one, ancestor, label, semi)])
        bucket[vertex[semi[node]]].append(node)
        above = parent[node]
        ancestor[node] = above
        for one in bucket[above]:
            lowest = _evaluate(one, ancestor, label, semi)
            dominator[one] = lowest if semi[lowest] < semi[one] else above
        bucket[above].clear()
    for node in vertex[1:]:
        if dominator[node] != vertex[semi[node]]:
            dominator[node] = dominator[dominator[node]]
    dominator[root] = root
    return np.array(dominator, np.int32)


def _walk(
    root: int,
    starts: list[int],
    fars: list[int],
    number: list[int],
    vertex: list[int],
    parent: list[int],
    before: list[list[int]],
) -> None:
    """Number the nodes by depth-first search, and note what leads to each."""
    number[root] = 0
    vertex.append(root)
    stack = [(root, starts[root])]
    while stack:
        node, at = stack.pop()
        while at < starts[node + 1]:
            one = fars[at]
            at += 1
            before[one].append(node)
            if number[one] < 0:
                number[one] = len(vertex)
                vertex.append(one)
                parent[one] = node
                stack.append((node, at))
                node, at = one, starts[one]


def _evaluate(node: int, ancestor: list[int], label: list[int], semi: list[int]) -> int:
    """Return the node with the lowest semidominator on the way up, and shorten the way."""
    if ancestor[node] < 0:
        return label[node]
    way = []
    one = node
    while ancestor[ancestor[one]] >= 0:
        way.append(one)
        one = ancestor[one]
    for low in reversed(way):
        high = ancestor[low]
        if semi[label[high]] < semi[label[low]]:
            label[low] = label[high]
        ancestor[low] = ancestor[high]
    return label[node]


def sizes(dominator: Nodes) -> NDArray[np.int64]:
    """Return how many nodes each node dominates, itself included; 0 where it is not reached."""
    nodes = len(dominator)
    size = (dominator >= 0).astype(np.int64)
    own = np.arange(nodes)
    level = np.full(nodes, -1, np.int64)
    frontier = np.flatnonzero(dominator == own)
    level[frontier] = 0
    children = np.argsort(dominator, kind="stable")
    start = np.searchsorted(dominator[children], np.arange(nodes + 1))
    levels = []
    while len(frontier):
        levels.append(frontier)
        below = np.concatenate([children[start[one] : start[one + 1]] for one in frontier])
        frontier = below[level[below] < 0]
        level[frontier] = len(levels)
    for here in reversed(levels[1:]):
        np.add.at(size, dominator[here], size[here])
    return size
