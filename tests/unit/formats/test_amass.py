from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.amass import Amass


def test_addresses_know_their_block_and_who_announces_them() -> None:
    items = read(Amass(), sample("amass.1.jsonl"))

    address = entities(items, "address")["#address#192.0.2.7"]
    assert (address.asn, address.holder) == (64500, "EXAMPLE-AS, Example Networks")
    assert edges(items, "CONTAINS") == {("#netblock#192.0.2.0/24", "#address#192.0.2.7")}
    assert findings(items) == 2


def test_a_block_that_nobody_owns_is_left_out() -> None:
    items = read(Amass(), sample("amass.1.jsonl"))

    assert list(entities(items, "netblock")) == ["#netblock#192.0.2.0/24"]


def test_the_relations_of_release_four_are_read() -> None:
    items = read(Amass(), sample("amass.2.txt"))

    assert edges(items, "ALIAS_OF") == {("#domain#www.perimeter.test", "#domain#edge.perimeter.test")}
    assert edges(items, "RESOLVES_TO") == {("#domain#edge.perimeter.test", "#address#192.0.2.7")}
    assert list(entities(items, "dnsrecord")) == ["#dnsrecord#perimeter.test#MX#mail.perimeter.test"]
    assert refusals(items) == []


def test_a_line_of_another_form_is_refused() -> None:
    items = read(Amass(), b"perimeter.test (FQDN) --> node --> www.perimeter.test (FQDN)\nsomething else\n")

    assert [item.place for item in refusals(items)] == ["line 2"]
