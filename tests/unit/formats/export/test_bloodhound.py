"""The rules are those of BloodHound's own schemas for nodes, edges and metadata."""

import re
from typing import Any

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.formats.export.bloodhound import BloodHoundOpenGraph, node_id
from chariot.model.keys import Key
from support.exports import APP, CVE, NOW, SECRET, exported, exported_json

NAME = re.compile(r"[A-Za-z0-9_]+")


async def graph(store: SqliteEntityStore, **asked: Any) -> tuple[list[Any], list[Any]]:
    document = await exported_json(BloodHoundOpenGraph(), store, **asked)
    assert document.keys() == {"metadata", "graph"}
    assert document["metadata"] == {"source_kind": "Chariot"}
    return document["graph"]["nodes"], document["graph"]["edges"]


def is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return len({type(one) for one in value}) <= 1 and not any(
            isinstance(one, dict | list) for one in value
        )
    return isinstance(value, str | int | float | bool)


async def test_every_node_keeps_the_schema(store: SqliteEntityStore) -> None:
    nodes, _ = await graph(store)

    assert len({node["id"] for node in nodes}) == len(nodes)
    assert all(node["kinds"][1] == "Chariot" and len(node["kinds"]) <= 3 for node in nodes)
    assert all(NAME.fullmatch(kind) for node in nodes for kind in node["kinds"])
    assert all(is_plain(value) for node in nodes for value in node["properties"].values())
    assert all(NAME.fullmatch(name) for node in nodes for name in node["properties"])


async def test_every_edge_joins_two_nodes_of_the_file(store: SqliteEntityStore) -> None:
    nodes, edges = await graph(store)

    ids = {node["id"] for node in nodes}
    assert len(edges) == 12
    assert all(NAME.fullmatch(edge["kind"]) for edge in edges)
    assert all(
        edge[end]["match_by"] == "id" and edge[end]["value"] in ids
        for edge in edges
        for end in ("start", "end")
    )
    assert all(is_plain(value) for edge in edges for value in edge["properties"].values())


async def test_a_node_says_what_it_is(store: SqliteEntityStore) -> None:
    nodes, _ = await graph(store)

    by_id = {node["id"]: node for node in nodes}
    application = by_id[node_id(APP.key)]
    assert application["kinds"] == ["ChariotWebApplication", "Chariot"]
    assert application["properties"]["status_code"] == 200
    assert "\u202e" not in application["properties"]["title"]
    assert by_id[node_id(CVE.key)]["properties"]["identifier"] == CVE.id


def test_ids_are_capitals_and_differ_where_keys_differ_in_case_alone() -> None:
    one, other = node_id(Key("#attribute#a")), node_id(Key("#attribute#A"))

    assert one != other
    assert one == one.upper()


async def test_no_secret_comes_out_even_when_asked_for(store: SqliteEntityStore) -> None:
    data = await exported(BloodHoundOpenGraph(), store, kinds=("alertrule",))

    assert b"urgent" in data
    assert SECRET.encode() not in data


async def test_an_empty_surface_gives_an_empty_graph(empty: SqliteEntityStore) -> None:
    assert await graph(empty) == ([], [])


async def test_the_past_can_be_asked_for(store: SqliteEntityStore) -> None:
    assert await graph(store, as_of=NOW.replace(year=2020)) == ([], [])
