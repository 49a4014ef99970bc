"""A small company's surface as a graph, without a store."""

import pytest

from chariot.model.states import Surface
from chariot.modules.graph.adjacency import EdgeList
from chariot.modules.graph.facts import facts_of
from chariot.modules.graph.surface_graph import TYPE_NUMBER, SurfaceGraph
from support.graphs import COMPANY, CRITICAL, LINKS, MAIL_HOLE, SHOP_HOLE, VAULT

from .test_facts import record


@pytest.fixture
def company() -> SurfaceGraph:
    graph = SurfaceGraph()
    entities = [(one.key, facts_of(record(one))) for one in (*COMPANY, SHOP_HOLE, MAIL_HOLE)]
    vault = record(VAULT, surface=Surface.INTERNAL, tags=CRITICAL)
    graph.load([*entities, (vault.key, facts_of(vault))])
    edges = EdgeList()
    for type_, source, target in LINKS:
        edges.add(graph.number(source.key), graph.number(target.key), TYPE_NUMBER[type_])
    graph.derive(edges)
    return graph
