from datetime import UTC, datetime

import pytest
from format_contract import entities, findings, read, refusals, sample

from chariot.errors import InvalidError
from chariot.format import Parsed
from chariot.formats.masscan import Masscan


def test_open_ports_become_ports_and_closed_ones_say_nothing() -> None:
    items = read(Masscan(), sample("masscan.1.json"))

    assert list(entities(items, "port")) == [
        "#port#192.0.2.7#tcp#443",
        "#port#192.0.2.8#tcp#22",
        "#port#192.0.2.9#tcp#80",
    ]
    assert findings(items) == 1


def test_a_banner_shows_its_product() -> None:
    items = read(Masscan(), sample("masscan.1.json"))

    assert {entity.name for entity in entities(items, "technology").values()} >= {"nginx 1.24.0"}
    assert entities(items, "port")["#port#192.0.2.8#tcp#22"].banner == "SSH-2.0-OpenSSH_9.2p1 Debian-2"


@pytest.mark.parametrize("name", ["masscan.2.jsonl", "masscan.3.xml", "masscan.4.txt"])
def test_lines_and_xml_say_the_same(name: str) -> None:
    items = read(Masscan(), sample(name))

    assert "#port#192.0.2.7#tcp#443" in entities(items, "port")
    assert refusals(items) == []


def test_the_instant_of_a_record_is_kept() -> None:
    first = read(Masscan(), sample("masscan.1.json"))[0]

    assert isinstance(first, Parsed)
    assert first.seen_at == datetime.fromtimestamp(1_780_000_000, UTC)


def test_an_address_that_is_none_refuses_its_record_alone() -> None:
    items = read(
        Masscan(),
        b'[{"ip":"999.1.1.1","ports":[{"port":1,"proto":"tcp","status":"open"}]},'
        b'\n{"ip":"192.0.2.1","ports":[{"port":1,"proto":"tcp","status":"open"}]}]',
    )

    assert [item.place for item in refusals(items)] == ["line 1"]
    assert findings(items) == 1


@pytest.mark.parametrize(
    "written",
    [
        b'[{"ip":"2001:db8::9","timestamp":"1763000001","ports":[{"port":0,"proto":"icmp","status":"open"}]}]',
        b"#masscan\nopen icmp 0 2001:db8::9 1763000001\n# end\n",
    ],
)
def test_an_answered_ping_shows_an_address_without_a_port(written: bytes) -> None:
    items = read(Masscan(), written)

    assert (list(entities(items, "address")), list(entities(items, "port"))) == (["#address#2001:db8::9"], [])
    assert (findings(items), refusals(items)) == (1, [])


def test_a_truncated_array_names_its_line() -> None:
    with pytest.raises(InvalidError, match="line 5"):
        read(Masscan(), sample("masscan.1.json")[:-25])


def test_a_list_has_open_ports_and_banners() -> None:
    items = read(Masscan(), sample("masscan.4.txt"))

    assert entities(items, "port")["#port#192.0.2.7#tcp#22"].banner == "SSH-2.0-OpenSSH_9.2p1 Debian-2"
    assert "#port#192.0.2.7#tcp#81" not in entities(items, "port")
    assert findings(items) == 1


def test_a_line_that_is_none_of_a_list_is_refused_alone() -> None:
    items = read(Masscan(), b"#masscan\nopen tcp 443 192.0.2.7 1772500000\nopen tcp\n")

    assert [item.place for item in refusals(items)] == ["line 3"]
