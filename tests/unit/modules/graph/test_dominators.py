import networkx as nx
import numpy as np
import pytest
from hypothesis import given

from chariot.modules.graph import dominators as module
from chariot.modules.graph.dominators import dominators, sizes
from support.graphs import as_networkx, edge_lists, edges_of


def expected(rows) -> list[int]:
    found = dict(nx.immediate_dominators(as_networkx(rows), 0))
    found[0] = 0
    return [-1 if found.get(node) is None else found[node] for node in range(8)]


@pytest.mark.parametrize("rounds", [60, 0], ids=["lifted", "lengauer-tarjan"])
@given(rows=edge_lists)
def test_dominators_are_those_of_networkx(rounds, rows) -> None:
    edges = edges_of(rows)
    before, module.ROUNDS_LIMIT = module.ROUNDS_LIMIT, rounds
    try:
        found = dominators(8, 0, edges.source, edges.target)
    finally:
        module.ROUNDS_LIMIT = before

    assert found.tolist() == expected(rows)


def test_a_graph_deeper_than_is_lifted_has_its_dominators_too() -> None:
    count = 5_000
    source, target = np.arange(count - 1, dtype=np.int32), np.arange(1, count, dtype=np.int32)

    found = dominators(count, 0, source, target)

    assert found.tolist() == [0, *range(count - 1)]


@given(rows=edge_lists)
def test_a_node_carries_itself_and_all_that_it_dominates(rows) -> None:
    edges = edges_of(rows)
    tree = dominators(8, 0, edges.source, edges.target)

    found = sizes(tree).tolist()

    graph = as_networkx(rows)
    reached = {0, *nx.descendants(graph, 0)}
    for node in sorted(reached - {0}):
        without = graph.copy()
        without.remove_node(node)
        assert found[node] == len(reached) - len({0, *nx.descendants(without, 0)})
    assert all(found[node] == 0 for node in set(range(8)) - reached)
