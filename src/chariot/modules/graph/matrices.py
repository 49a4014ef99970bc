"""Sparse matrices out of edge columns, without the detours that the general way takes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

Ints = NDArray[np.int32]


def matrix(source: Ints, target: Ints, data: NDArray[Any], nodes: int) -> csr_array:
    """Return edges as a square sparse matrix; parallel edges stay apart."""
    start = np.zeros(nodes + 1, np.int32)
    np.cumsum(np.bincount(source, minlength=nodes), out=start[1:])
    if len(source) and (source[1:] < source[:-1]).any():
        order = np.argsort(source, kind="stable")
        target, data = target[order], data[order]
    return csr_array((data, target, start), shape=(nodes, nodes))


def reached(source: Ints, target: Ints, nodes: int, root: int) -> NDArray[np.bool_]:
    """Return which nodes some way leads to from *root*, itself included."""
    graph = matrix(source, target, np.ones(len(source), np.int8), nodes)
    found = np.zeros(nodes, bool)
    found[breadth_first_order(graph, root, return_predecessors=False)] = True
    return found
