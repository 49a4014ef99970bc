import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.graph.cuts import UNFIXABLE, minimum_cut
from support.graphs import edge_lists, edges_of

node_costs = st.lists(st.sampled_from([1, 2, UNFIXABLE]), min_size=8, max_size=8)
targets = st.lists(st.integers(1, 7), min_size=1, max_size=3, unique=True)


def cheapest(rows, costs, wanted) -> int:
    """Return the cost of the minimum cut by networkx, over a graph with every node split."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["s", "t", *((node, side) for node in range(8) for side in "io")])
    graph.add_edge("s", (0, "o"), capacity=UNFIXABLE)
    for node, price in enumerate(costs):
        graph.add_edge((node, "i"), (node, "o"), capacity=price)
    for source, target, _, price in rows:
        known = graph.get_edge_data((source, "o"), (target, "i"), {"capacity": 0})["capacity"]
        graph.add_edge((source, "o"), (target, "i"), capacity=known + price)
    for target in wanted:
        graph.add_edge((target, "o"), "t", capacity=UNFIXABLE)
    return nx.minimum_cut_value(graph, "s", "t")


@given(edge_lists, node_costs, targets)
def test_the_cut_costs_what_networkx_says_and_parts_the_two_sides(rows, costs, wanted) -> None:
    edges = edges_of(rows)

    cut = minimum_cut(edges, 8, 0, np.array(wanted), edges.cost, np.array(costs, np.int32))

    assert cut.cost == cheapest(rows, costs, wanted)
    assert cut.cost == sum(rows[place][3] for place in cut.edges) + sum(costs[node] for node in cut.nodes)
    left = nx.DiGraph()
    left.add_nodes_from(range(8))
    left.add_edges_from(row[:2] for place, row in enumerate(rows) if place not in cut.edges)
    left.remove_nodes_from(node for node in cut.nodes if node != 0)
    reachable = {0, *nx.descendants(left, 0)}
    assert reachable.isdisjoint(set(wanted))


def test_what_nothing_can_fix_has_no_cut() -> None:
    edges = edges_of([(0, 1, 0, UNFIXABLE), (0, 1, 1, UNFIXABLE), (0, 2, 0, UNFIXABLE), (2, 1, 0, UNFIXABLE)])

    cut = minimum_cut(edges, 8, 0, np.array([1]), edges.cost, np.full(8, UNFIXABLE, np.int32))

    assert not cut.possible


def test_where_nothing_leads_nothing_is_cut() -> None:
    edges = edges_of([(1, 0, 0, 1)])

    cut = minimum_cut(edges, 8, 0, np.array([1]), edges.cost, np.full(8, UNFIXABLE, np.int32))

    assert (cut.cost, cut.edges, cut.nodes, cut.possible) == (0, (), (), True)
