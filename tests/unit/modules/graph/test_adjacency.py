from hypothesis import given
from hypothesis import strategies as st

from chariot.modules.graph import adjacency
from chariot.modules.graph.adjacency import Adjacency
from support.graphs import edge_lists, edges_of

changes = st.lists(
    st.tuples(
        st.sampled_from(["add", "remove", "fold"]), st.integers(0, 9), st.integers(0, 9), st.integers(0, 1)
    ),
    max_size=40,
)


def told(graph: Adjacency) -> dict[tuple[int, int, int], int]:
    edges = graph.edges()
    rows = zip(*(column.tolist() for column in edges), strict=True)
    return {(source, target, label): cost for source, target, label, cost in rows}


@given(edge_lists, changes)
def test_whatever_changes_it_holds_what_a_dictionary_would(rows, steps) -> None:
    graph = Adjacency(8, edges_of(rows))
    model = {(source, target, label): cost for source, target, label, cost in rows}

    for number, (act, source, target, label) in enumerate(steps):
        if act == "add":
            graph.add(source, target, label, number + 1)
            model[source, target, label] = number + 1
        elif act == "remove":
            assert graph.remove(source, target, label) == (
                model.pop((source, target, label), None) is not None
            )
        else:
            graph.fold()

    assert told(graph) == model
    assert {(s, t, label): c for s in range(10) for t, label, c in graph.out(s)} == model
    assert {(s, t, label): c for t in range(10) for s, label, c in graph.into(t)} == model


def test_it_says_when_changes_should_be_folded_in(monkeypatch) -> None:
    monkeypatch.setattr(adjacency, "FOLD_AT", 1)
    graph = Adjacency(4, edges_of([(0, 1, 0, 1)]))
    assert not graph.is_full

    graph.add(2, 3, 0)

    assert graph.is_full
    graph.fold()
    assert not graph.is_full


def test_a_graph_without_edges_has_none() -> None:
    graph = Adjacency(3)

    assert told(graph) == {}
    assert graph.out(2) == []
    assert graph.into(99) == []
