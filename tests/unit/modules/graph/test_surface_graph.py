from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chariot.model.keys import Key
from chariot.model.relationships import RelationshipType
from chariot.modules.graph.adjacency import EdgeList
from chariot.modules.graph.facts import GONE, Facts
from chariot.modules.graph.likelihood import Exploitable, Weak
from chariot.modules.graph.shortest import UNREACHED
from chariot.modules.graph.surface_graph import START, TYPE_NUMBER, SurfaceGraph

HOSTS = [Key(f"#address#192.0.2.{n}") for n in range(1, 4)]
PORTS = [Key(f"#port#192.0.2.{n}#tcp#80") for n in range(1, 4)]
RISKS = [Key(f"#risk{port}#CVE-2024-{n}") for port, n in product(PORTS, (1111, 2222))]
VULNERABILITIES = [Key("#vulnerability#CVE-2024-1111"), Key("#vulnerability#CVE-2024-2222")]
_T = RelationshipType
LINKS = [
    *((host, _T.HAS_PORT, port) for host, port in zip(HOSTS, PORTS, strict=True)),
    *((one, _T.CAN_REACH, other) for one in HOSTS for other in PORTS),
]
asset = st.builds(
    Facts, st.just("port"), alive=st.booleans(), exposed=st.booleans(), log_in=st.booleans()
) | st.just(GONE)


def weak(key: str) -> st.SearchStrategy[Facts]:
    target, _, weakness = key.removeprefix("#risk").rpartition("#")
    return st.builds(
        lambda mends, is_open, alive: Facts(
            "risk", alive=alive, weak=Weak(Key(target), weakness, mends, is_open, None, False, 100)
        ),
        st.sampled_from(["httpd", weakness]),
        st.booleans(),
        st.booleans(),
    )


known = st.builds(lambda share: Facts("vulnerability", known=Exploitable(share, 1.0)), st.floats(0, 1))
changes = st.one_of(
    st.tuples(st.sampled_from([*HOSTS, *PORTS]), asset),
    st.sampled_from(RISKS).flatmap(lambda key: st.tuples(st.just(key), weak(key))),
    st.tuples(st.sampled_from(VULNERABILITIES), known),
    st.tuples(st.sampled_from(LINKS), st.booleans()),
)


def anew(facts: dict, links: set) -> SurfaceGraph:
    graph = SurfaceGraph()
    graph.load(facts.items())
    edges = EdgeList()
    for source, type_, target in sorted(links, key=str):
        edges.add(graph.number(source), graph.number(target), TYPE_NUMBER[type_])
    graph.derive(edges)
    return graph


def moves(graph: SurfaceGraph) -> set[tuple[str, int, str, int, int, int]]:
    return {
        (graph.keys[s >> 1], s & 1, graph.keys[t >> 1], t & 1, label, cost)
        for s, t, label, cost in zip(*(column.tolist() for column in graph.moves.edges()), strict=True)
    }


@settings(max_examples=60, deadline=None)
@given(st.lists(changes, max_size=12), st.lists(changes, max_size=12))
def test_changes_one_by_one_make_the_same_graph_as_loading_it_anew(first, then) -> None:
    facts: dict = {}
    links: set = set()

    def note(change) -> None:
        what, value = change
        if isinstance(what, tuple):
            (links.add if value else links.discard)(what)
        else:
            facts[what] = value

    for one in first:
        note(one)
    graph = anew(facts, links)
    for what, value in then:
        note((what, value))
        graph.search()  # Distances are measured before the change, and kept right through it.
        if isinstance(what, tuple):
            (graph.link if value else graph.unlink)(*what)
        else:
            graph.put(what, value)

    expected = anew(facts, links)
    assert moves(graph) == moves(expected)
    exact = {key: expected.measure()[2 * n : 2 * n + 2] for n, key in enumerate(expected.keys)}
    bounds = graph.search()._bounds
    for number, key in enumerate(graph.keys):
        for place, bound in zip(exact.get(key, []), bounds[2 * number : 2 * number + 2], strict=False):
            assert bound <= place
    assert {key: graph.measure()[2 * graph.number(key)] for key in exact} == {
        key: places[0] for key, places in exact.items()
    }


@pytest.fixture
def graph() -> SurfaceGraph:
    weakness = Weak(PORTS[0], "CVE-2024-1111", "httpd", True, None, False, 100)
    facts = {
        HOSTS[0]: Facts("address"),
        PORTS[0]: Facts("port", exposed=True),
        RISKS[0]: Facts("risk", weak=weakness),
        VULNERABILITIES[0]: Facts("vulnerability", known=Exploitable(0.5, 1.0)),
    }
    return anew(facts, {LINKS[0]})


def held(graph: SurfaceGraph, key: Key) -> int:
    return graph.measure()[2 * graph.number(key) + 1]


def test_the_internet_gets_through_a_weakness_to_the_host(graph) -> None:
    assert START == 1
    assert 0 < held(graph, PORTS[0]) < held(graph, HOSTS[0]) < UNREACHED


def test_a_risk_that_is_mended_is_no_way_in_any_more(graph) -> None:
    risk = graph.facts[graph.number(RISKS[0])]
    mended = Weak(PORTS[0], "CVE-2024-1111", "httpd", False, None, False, 100)

    graph.put(RISKS[0], Facts("risk", weak=mended))

    assert risk != graph.facts[graph.number(RISKS[0])]
    assert held(graph, HOSTS[0]) == UNREACHED


def test_what_is_learned_of_a_vulnerability_moves_the_paths_of_its_risks(graph) -> None:
    before = held(graph, HOSTS[0])

    graph.put(VULNERABILITIES[0], Facts("vulnerability", known=Exploitable(0.9, 1.0)))

    assert held(graph, HOSTS[0]) < before


def test_what_left_the_surface_is_passed_by_no_path_and_found_by_no_key(graph) -> None:
    graph.put(PORTS[0], GONE)

    assert graph.find(PORTS[0]) is None
    assert held(graph, HOSTS[0]) == UNREACHED
    assert graph.search().cheapest(2 * graph.number(HOSTS[0]) + 1, 1).paths == ()


def test_an_opening_names_its_target_and_its_risks(graph) -> None:
    (opening,) = [number for number in range(1, len(graph)) if not graph.kind(number)]

    assert graph.opening_target(opening) == graph.number(PORTS[0])
    assert graph.opening_target(graph.number(PORTS[0])) is None
    assert [graph.keys[risk] for risk in graph.members(opening)] == [RISKS[0]]


def test_many_changes_are_folded_and_measured_anew(graph, monkeypatch) -> None:
    monkeypatch.setattr("chariot.modules.graph.adjacency.FOLD_AT", 1)
    monkeypatch.setattr("chariot.modules.graph.surface_graph._LOOSE_LIMIT", 0)
    monkeypatch.setattr("chariot.modules.graph.surface_graph._LOWERED_LIMIT", 0)
    graph.search()

    graph.put(PORTS[1], Facts("port", exposed=True))
    graph.link(HOSTS[1], _T.HAS_PORT, PORTS[1])
    graph.fold()
    graph.search()

    assert graph.measure()[2 * graph.number(PORTS[1])] == 1
