from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.dnsx import Dnsx


def test_addresses_are_those_of_the_name_and_of_the_end_of_its_aliases() -> None:
    items = read(Dnsx(), sample("dnsx.1.jsonl"))

    assert {
        ("#domain#www.perimeter.test", "#address#192.0.2.7"),
        ("#domain#edge.perimeter.test", "#address#2001:db8::7"),
    } <= edges(items, "RESOLVES_TO")
    assert edges(items, "ALIAS_OF") == {("#domain#www.perimeter.test", "#domain#edge.perimeter.test")}


def test_other_records_are_kept_as_records() -> None:
    items = read(Dnsx(), sample("dnsx.1.jsonl"))

    assert {key.split("#")[3] for key in entities(items, "dnsrecord")} == {"MX", "TXT", "SOA"}


def test_the_autonomous_system_is_a_fact_of_the_address() -> None:
    first = read(Dnsx(), sample("dnsx.1.jsonl").splitlines()[0])

    assert entities(first, "address")["#address#192.0.2.7"].asn == 64500


def test_a_name_that_does_not_exist_says_nothing() -> None:
    items = read(Dnsx(), sample("dnsx.1.jsonl"))

    assert "#domain#old.perimeter.test" not in entities(items, "domain")
    assert findings(items) == 3


def test_a_host_that_is_none_is_refused() -> None:
    items = read(Dnsx(), b'{"host":"a..b","a":["192.0.2.1"]}\n{"host":"ok.perimeter.test","a":["not-one"]}')

    assert [item.place for item in refusals(items)] == ["line 1"]
    assert entities(items, "address") == {}
