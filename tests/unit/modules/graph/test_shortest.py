from itertools import islice

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.graph import shortest
from chariot.modules.graph.adjacency import Adjacency
from chariot.modules.graph.shortest import UNREACHED, Search, distances
from support.graphs import as_networkx, edge_lists, edges_of, everything_alive


def search(rows, bounds=None) -> Search:
    graph = Adjacency(8, edges_of(rows))
    exact = distances(graph.edges(), 8, 0, everything_alive()).tolist()
    return Search(graph, 0, exact if bounds is None else bounds, lambda _: True)


def cost(path) -> int:
    return sum(step.cost for step in path)


@given(edge_lists)
def test_distances_are_those_of_networkx(rows) -> None:
    found = distances(Adjacency(8, edges_of(rows)).edges(), 8, 0, everything_alive()).tolist()

    expected = nx.single_source_dijkstra_path_length(as_networkx(rows), 0)
    assert found == [expected.get(node, UNREACHED) for node in range(8)]


@given(edge_lists, st.integers(1, 7))
def test_the_k_cheapest_loopless_paths_are_those_of_networkx(rows, target) -> None:
    graph = as_networkx(rows)
    expected = []
    if nx.has_path(graph, 0, target):
        paths = islice(nx.shortest_simple_paths(graph, 0, target, weight="weight"), 6)
        expected = [nx.path_weight(graph, path, "weight") for path in paths]

    found = search(rows).cheapest(target, 6)

    assert found.complete
    assert [cost(path) for path in found.paths] == expected
    assert all(path[0].source == 0 and path[-1].target == target for path in found.paths)
    assert all(len({step.target for step in path} | {0}) == len(path) + 1 for path in found.paths)


@given(edge_lists, st.integers(1, 7))
def test_lower_bounds_of_any_kind_give_the_same_paths(rows, target) -> None:
    exact, none = search(rows).cheapest(target, 4), search(rows, bounds=[0] * 8).cheapest(target, 4)

    assert [cost(path) for path in none.paths] == [cost(path) for path in exact.paths]


def test_of_paths_with_the_same_signature_only_the_cheapest_counts() -> None:
    rows = [(0, 1, 0, 1), (1, 3, 0, 1), (0, 2, 0, 2), (2, 3, 0, 2), (1, 2, 0, 1)]

    found = search(rows).cheapest(3, 5, lambda path: path[-1].source == 0)

    assert [cost(path) for path in found.paths] == [2]


def test_a_path_that_is_not_there_is_no_path() -> None:
    found = search([(1, 2, 0, 1)]).cheapest(2, 3)

    assert found.paths == ()
    assert found.complete


def test_a_search_that_is_ended_by_its_limit_says_so(monkeypatch) -> None:
    monkeypatch.setattr(shortest, "EXPANSIONS_LIMIT", 2)

    found = search([(n, n + 1, 0, 1) for n in range(7)]).cheapest(7, 1)

    assert not found.complete
