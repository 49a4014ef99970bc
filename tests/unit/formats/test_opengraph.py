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


def test_an_edge_is_an_attribute_of_its_start() -> None:
    attributes = entities(read(OpenGraph(), sample("opengraph.1.json")), "attribute")

    assert set(attributes) == {
        "#attribute#file#opengraph/ShopUser/BOB@EXAMPLE.COM#adminto#WEB1.example.com",
        "#attribute#address#192.0.2.7#sees#unknown",
    }


def test_an_edge_from_an_unknown_node_is_refused() -> None:
    assert len(refusals(read(OpenGraph(), sample("opengraph.1.json")))) == 1


def test_properties_about_secrets_are_left_out() -> None:
    assert "hunter2hunter2" not in str(read(OpenGraph(), sample("opengraph.1.json")))
