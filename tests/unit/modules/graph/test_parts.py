from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.graph_memory.graph import MemoryGraph
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import NotFoundError
from chariot.model.keys import Key
from chariot.model.states import Severity, Surface
from chariot.modules.access.store import RestrictedStore
from chariot.modules.graph import questions
from chariot.modules.graph.adjacency import EdgeList
from chariot.modules.graph.facts import facts_of
from chariot.modules.graph.fixes import fix_plan
from chariot.modules.graph.parts import part_of
from chariot.modules.graph.service import GraphService
from chariot.modules.graph.surface_graph import TYPE_NUMBER, SurfaceGraph
from chariot.modules.surface.places import block_place
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule
from support.graphs import (
    ACME,
    COMPANY,
    CRITICAL,
    DEPLOY_KEY,
    LINKS,
    MAIL_HOLE,
    MAIL_HOST,
    ROLE,
    SHOP_HOLE,
    SHOP_HOST,
    SHOP_PORT,
    SHOP_RISK,
    VAULT,
    tell,
)

from .test_facts import record

OWN = {one.key: one for one in (*COMPANY, VAULT)}


def of_only(keys: set[Key]) -> SurfaceGraph:
    """Return the graph of a company that has nothing but *keys*."""
    graph, edges = SurfaceGraph(), EdgeList()
    for key in sorted(keys):
        is_vault = key == VAULT.key
        more = {"surface": Surface.INTERNAL, "tags": CRITICAL} if is_vault else {}
        graph.load([(key, facts_of(record(OWN[key], **more)))])
    graph.load([(one.key, facts_of(record(one))) for one in (SHOP_HOLE, MAIL_HOLE)])
    for type_, source, target in LINKS:
        if {source.key, target.key} <= keys:
            edges.add(graph.number(source.key), graph.number(target.key), TYPE_NUMBER[type_])
    graph.derive(edges)
    return graph


def all_answers(graph: SurfaceGraph, keys: set[Key]) -> list[object]:
    wanted, _, assumed = questions.targets(graph)
    told: list[object] = [
        questions.attack_paths(graph),
        fix_plan(graph, wanted, steps=10, assumed=assumed, complete=True),
    ]
    for key in sorted(keys):
        told += [
            questions.attack_paths(graph, key),
            questions.blast_radius(graph, key),
            questions.position(graph, key),
            questions.neighbourhood(graph, key, hops=3, limit=4),
        ]
    return told


@given(keys=st.sets(st.sampled_from(sorted(OWN))))
def test_a_part_is_answered_as_if_there_were_nothing_else(keys: set[Key]) -> None:
    part = part_of(of_only(set(OWN)), keys)

    assert all_answers(part, keys) == all_answers(of_only(keys), keys)


@given(keys=st.sets(st.sampled_from(sorted(OWN))), hidden=st.sampled_from(sorted(OWN)))
def test_what_is_hidden_is_as_if_it_were_not_there(keys: set[Key], hidden: Key) -> None:
    part = part_of(of_only(set(OWN)), keys - {hidden})

    with pytest.raises(NotFoundError):
        questions.attack_paths(part, hidden)
    assert str(hidden) not in {str(key) for key in part.keys if part.find(key) is not None}


@dataclass
class World:
    service: GraphService
    store: SqliteEntityStore

    def seen_by(self, *rules: Rule) -> tuple[GraphService, RestrictedStore]:
        seen = RestrictedStore(self.store, rules)
        return self.service.over(seen), seen


@pytest.fixture
async def world(tmp_path):
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "surface.db"))
    await tell(SurfaceService(store))
    service = GraphService(MemoryGraph(store), store)
    yield World(service, store)
    await service.close()
    await store.close()


async def test_a_path_is_told_as_far_as_it_is_seen(world) -> None:
    part, _ = world.seen_by(Rule(places=(block_place(f"{SHOP_HOST.ip}/32"),)))

    whole = await world.service.paths(ACME, SHOP_HOST.key)
    found = await part.paths(ACME, SHOP_HOST.key)

    assert found.paths == whole.paths
    assert [one.key for one in (await part.paths(ACME)).targets] == [SHOP_HOST.key]
    for hidden in (VAULT, ROLE, DEPLOY_KEY, MAIL_HOST):
        with pytest.raises(NotFoundError):
            await part.paths(ACME, hidden.key)


async def test_a_path_by_a_risk_that_is_too_severe_to_be_seen_is_not_told(world) -> None:
    part, seen = world.seen_by(Rule(highest=Severity.LOW))

    assert (await part.paths(ACME, SHOP_HOST.key)).paths == ()
    assert await seen.get(ACME, [SHOP_RISK.key]) == {}
    assert (await part.position(ACME, SHOP_HOST.key)).likelihood == 0


@pytest.mark.parametrize(
    "rule",
    [
        Rule(places=(block_place("192.0.2.0/29"),)),
        Rule(kinds=("address", "port", "webapplication")),
        Rule(kinds=("file", "credential")),
        Rule(tags=(("criticality", ""),)),
        Rule(highest=Severity.MEDIUM),
    ],
)
async def test_nothing_is_told_that_a_check_of_each_item_does_not_allow(world, rule) -> None:
    part, seen = world.seen_by(rule)
    shown = await seen.shown(ACME, OWN)

    told = [await part.paths(ACME), await part.fix_plan(ACME)]
    for key in sorted(shown):
        told += [
            await part.blast_radius(ACME, key),
            await part.neighbourhood(ACME, key, hops=5),
            await part.neighbourhood(ACME, key, hops=5, as_of=(await seen.get(ACME, [key]))[key].updated),
            await part.position(ACME, key),
        ]

    hidden = set(OWN) - shown
    assert hidden
    assert not [key for key in hidden if repr(key) in repr(told)]


async def test_what_is_hidden_beside_an_asset_does_not_show_in_what_is_left_out(world) -> None:
    part, _ = world.seen_by(Rule(kinds=("address", "port")))

    near = await part.neighbourhood(ACME, SHOP_HOST.key, hops=10, limit=2)

    assert set(near.keys) == {SHOP_HOST.key, SHOP_PORT.key}
    assert not near.left_out
