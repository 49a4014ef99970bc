from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.subfinder import Subfinder


def test_names_are_discovered_from_the_domain_that_was_asked() -> None:
    items = read(Subfinder(), sample("subfinder.1.jsonl"))

    assert edges(items, "DISCOVERED") == {
        ("#domain#perimeter.test", "#domain#www.perimeter.test"),
        ("#domain#perimeter.test", "#domain#mail.perimeter.test"),
    }
    assert edges(items, "RESOLVES_TO") == {("#domain#mail.perimeter.test", "#address#192.0.2.25")}
    assert findings(items) == 2


def test_a_plain_list_of_names_is_read() -> None:
    items = read(Subfinder(), sample("subfinder.2.txt"))

    assert list(entities(items, "domain")) == ["#domain#www.perimeter.test", "#domain#mail.perimeter.test"]


def test_a_wildcard_stands_for_its_parent() -> None:
    items = read(Subfinder(), b'{"host":"*.shop.perimeter.test","source":"x"}')

    assert list(entities(items, "domain")) == ["#domain#shop.perimeter.test"]


def test_what_is_no_name_is_refused() -> None:
    items = read(Subfinder(), b'{"host":"-bad-.perimeter.test","source":"x"}\n{"host":null,"source":"x"}')

    assert [item.place for item in refusals(items)] == ["line 1", "line 2"]


def test_prose_is_no_list_of_names() -> None:
    assert Subfinder().sniff(b"Hello, this is a text.\nAnd another line.\n") == 0
