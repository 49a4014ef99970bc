import networkx as nx
import numpy as np
from hypothesis import given

from chariot.modules.graph.matrices import matrix, reached
from support.graphs import as_networkx, edge_lists, edges_of


@given(edge_lists)
def test_what_is_reached_is_what_networkx_says(rows) -> None:
    edges = edges_of(rows)

    found = reached(edges.source, edges.target, 8, 0)

    assert set(np.flatnonzero(found).tolist()) == {0, *nx.descendants(as_networkx(rows), 0)}


def test_edges_in_any_order_make_the_same_matrix() -> None:
    source, target = np.array([2, 0, 1], np.int32), np.array([0, 1, 2], np.int32)

    made = matrix(source, target, np.array([5, 6, 7]), 3)

    assert made.toarray().tolist() == [[0, 6, 0], [0, 0, 7], [5, 0, 0]]
