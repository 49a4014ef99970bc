import pytest
from format_contract import edges, entities, findings, read, refusals, sample

from chariot.formats.naabu import Naabu


def test_each_line_is_an_open_port_of_its_name() -> None:
    items = read(Naabu(), sample("naabu.1.jsonl"))

    assert list(entities(items, "port")) == [
        "#port#192.0.2.7#tcp#443",
        "#port#192.0.2.7#udp#53",
        "#port#192.0.2.8#tcp#8080",
    ]
    assert edges(items, "RESOLVES_TO") == {("#domain#www.perimeter.test", "#address#192.0.2.7")}
    assert findings(items) == 3


def test_a_content_network_is_a_fact_of_the_address() -> None:
    items = read(Naabu(), sample("naabu.1.jsonl"))

    assert list(entities(items, "attribute")) == ["#attribute#address#192.0.2.8#cdn#edge"]


@pytest.mark.parametrize(
    "line", [b'{"ip":"192.0.2.7","port":0}', b'{"ip":"192.0.2.7","port":70000}', b'{"port":1}']
)
def test_what_is_no_port_is_refused(line: bytes) -> None:
    items = read(Naabu(), line)

    assert len(refusals(items)) == 1


def test_a_broken_line_leaves_the_others() -> None:
    items = read(Naabu(), b'{"ip":"192.0.2.7","port":1}\n{"ip":"192\n{"ip":"192.0.2.8","port":2}\n')

    assert findings(items) == 2
    assert [item.place for item in refusals(items)] == ["line 2"]


def test_text_names_ports_of_addresses_and_names() -> None:
    items = read(Naabu(), sample("naabu.2.txt"))

    assert list(entities(items, "port")) == ["#port#192.0.2.7#tcp#443"]
    assert list(entities(items, "domain")) == ["#domain#www.perimeter.test"]
    assert findings(items) == 2


def test_a_line_without_a_time_is_known() -> None:
    line = b'{"host":"www.perimeter.test","ip":"192.0.2.7","port":80,"protocol":"tcp","tls":false}\n'

    assert Naabu().sniff(line) > 0
