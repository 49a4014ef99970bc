import json

import pytest
from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.opengraph import OpenGraph


def test_nodes_that_are_hosts_become_hosts_and_others_files() -> None:
    items = read(OpenGraph(), sample("opengraph.1.json"))

    assert {target for _, target in edges(items, "DISCOVERED")} == {
        "#domain#web1.example.com",
        "#address#192.0.2.7",
        "#file#opengraph/ShopUser/BOB@EXAMPLE.COM",
    }
    assert findings(items) == 0


def test_an_edge_that_is_a_right_is_a_relationship_that_attack_paths_follow() -> None:
    items = read(OpenGraph(), sample("opengraph.1.json"))

    assert edges(items, "ADMIN_TO") == {
        ("#file#opengraph/ShopUser/BOB@EXAMPLE.COM", "#domain#web1.example.com")
    }


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("MemberOf", "MEMBER_OF"),
        ("GenericAll", "CONTROLS"),
        ("Contains", "CONTROLS"),
        ("sts:AssumeRole", "CAN_ASSUME"),
        ("HasSession", "HAS_SESSION"),
        ("CAN_REACH", "CAN_REACH"),
    ],
)
def test_kinds_of_rights_are_known_however_they_are_written(kind, type_) -> None:
    ends = {"start": {"value": "a"}, "end": {"value": "b"}}
    nodes = [{"id": name, "kinds": ["User"], "properties": {}} for name in "ab"]
    graph = {"graph": {"nodes": nodes, "edges": [{"kind": kind, **ends}]}}

    items = read(OpenGraph(), json.dumps(graph).encode())

    assert edges(items, type_) == {("#file#opengraph/User/a", "#file#opengraph/User/b")}


def test_any_other_edge_is_an_attribute_of_its_start() -> None:
    attributes = entities(read(OpenGraph(), sample("opengraph.1.json")), "attribute")

    assert set(attributes) == {"#attribute#address#192.0.2.7#sees#unknown"}


def test_an_edge_from_an_unknown_node_is_refused() -> None:
    assert len(refusals(read(OpenGraph(), sample("opengraph.1.json")))) == 1


def test_properties_about_secrets_are_left_out() -> None:
    assert "hunter2hunter2" not in str(read(OpenGraph(), sample("opengraph.1.json")))
