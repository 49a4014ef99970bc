"""The graph in GraphQL answers as it does in REST, with the same permissions and limits."""

from types import SimpleNamespace

import pytest

from chariot.entrypoints.graphql.context import Asking
from chariot.entrypoints.graphql.graph import fields, keystones
from chariot.entrypoints.graphql.loading import Loading
from chariot.entrypoints.rest.caller import EVERYTHING, Caller
from chariot.errors import DeniedError
from chariot.model.keys import Key
from chariot.modules.access.grants import Access, Grant
from chariot.modules.surface.places import place_in
from chariot.modules.surface.sight import Rule
from rest_perimeter import ORGANISATION

WWW = "#domain#www.perimeter.test"


def test_every_answer_of_the_graph_has_a_field():
    assert sorted(fields()) == [
        "attack_paths",
        "blast_radius",
        "fix_plan",
        "keystones",
        "neighbourhood",
        "position",
        "prune_preview",
    ]


async def test_a_plan_is_the_one_that_the_service_makes(api):
    graph = await api.services.graph()

    told = await api.data("{ fix_plan(first: 3) { paths steps { closed fix { words kind } } possible } }")

    plan = await graph.fix_plan(ORGANISATION, steps=3)
    assert told["fix_plan"]["paths"] == plan.paths
    assert [one["fix"]["words"] for one in told["fix_plan"]["steps"]] == [one.fix.words for one in plan.steps]


async def test_what_stands_around_an_asset_is_that_of_the_service(api):
    graph = await api.services.graph()

    told = await api.data(
        "query($key: ID!) { neighbourhood(key: $key, first: 5) { keys links { source type target } } }",
        key=WWW,
    )

    around = await graph.neighbourhood(ORGANISATION, Key(WWW), hops=1, limit=5)
    assert told["neighbourhood"]["keys"] == list(around.keys)


@pytest.mark.parametrize(
    "query",
    [
        "{ attack_paths(first: 2) { assumed paths { target steps { move likelihood fix { cost } } } } }",
        '{ blast_radius(key: "#domain#www.perimeter.test") { held reached places { key held } } }',
        '{ position(key: "#domain#www.perimeter.test") { reachable likelihood leads_to_critical } }',
        "{ keystones(first: 3) { key carries } }",
        '{ prune_preview(keys: ["#domain#www.perimeter.test"]) { leaves items left_out } }',
    ],
)
async def test_each_question_is_answered(api, query):
    (answer,) = (await api.data(query)).values()

    assert answer is not None


@pytest.mark.parametrize(
    ("query", "status", "place"),
    [
        ('{ neighbourhood(key: "#domain#www.perimeter.test", hops: 11) { keys } }', 400, "hops"),
        ('{ blast_radius(key: "nothing") { held } }', 400, "key"),
        ('{ blast_radius(key: "#domain#nobody.test") { held } }', 404, ""),
        ("{ attack_paths(first: 101) { assumed } }", 400, "first"),
        ('{ attack_paths(as_of: "never") { assumed } }', 400, "as_of"),
        ("{ prune_preview(keys: []) { leaves } }", 400, "keys"),
    ],
)
async def test_what_is_asked_wrongly_is_told(api, query, status, place):
    told = await api.error(query)

    assert told[:2] == (status, place)


async def test_who_sees_a_part_alone_is_not_told_of_the_whole(api):
    part = Access(ORGANISATION, (Grant(frozenset({EVERYTHING}), Rule(places=(place_in("elsewhere.test"),))),))
    caller = Caller(
        user="ann", organisation=ORGANISATION, permissions=frozenset(), method="token", access=part
    )
    asking = Asking(api.services, caller, Loading(api.services.store, ORGANISATION))

    with pytest.raises(DeniedError, match="for a part of the surface"):
        await keystones(None, SimpleNamespace(context=asking))


async def test_many_plans_at_once_cost_too_much(api):
    plans = " ".join(f"p{number}: fix_plan {{ possible }}" for number in range(5))

    status, place, message = await api.error(f"{{ {plans} }}")

    assert (status, place) == (400, "query")
    assert "values" in message
