from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.keys import Key
from chariot.modules.surface.places import block_place, inside, place_in, place_of, root_of

PORT = "#port#192.0.2.7#tcp#443"


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("#domain#www.perimeter.test", "ntest.perimeter.www."),
        ("#address#192.0.2.7", place_in("192.0.2.7")),
        (PORT, place_in("192.0.2.7")),
        ("#netblock#192.0.2.0/28", place_in("192.0.2.7")[:29]),
        ("#webapplication#https://shop.test:8443/", "ntest.shop."),
        ("#webapplication#http://[2001:db8::1]/", place_in("2001:db8::1")),
        ("#dnsrecord#shop.test#MX#10 mail.shop.test.", "ntest.shop."),
        (f"#risk{PORT}#CVE-2023-12345", place_in("192.0.2.7")),
        (f"#comment#risk{PORT}#CVE-2023-12345#c1", place_in("192.0.2.7")),
        ("#job#tcp-connect#address#192.0.2.7", place_in("192.0.2.7")),
        ("#technology#cpe:2.3:a:f5:nginx:1.24.0:*:*:*:*:*:*:*", None),
        ("#attribute#planet#mars#colour#red", None),
        ("#risk#risk", None),
        ("no key", None),
        ("", None),
    ],
)
def test_a_thing_is_where_its_key_says(key: str, place: str | None) -> None:
    assert place_of(Key(key)) == place


@pytest.mark.parametrize(
    ("key", "root"),
    [
        (PORT, PORT),
        (f"#risk{PORT}#CVE-2023-12345", PORT),
        (f"#comment#attribute#risk{PORT}#CVE-2023-12345#os#linux#c1", PORT),
        ("#comment#planet#mars#c1", "#comment#planet#mars#c1"),
        ("#comment#risk", "#comment#risk"),
    ],
)
def test_what_is_about_something_stands_on_an_asset(key: str, root: str) -> None:
    assert root_of(Key(key)) == root


@given(st.ip_addresses(), st.ip_addresses(), st.integers(0, 128))
def test_an_address_lies_in_a_block_when_its_text_does(address: object, other: object, length: int) -> None:
    found, start = ip_address(str(address)), ip_address(str(other))
    block = ip_network((start, min(length, start.max_prefixlen)), strict=False)
    low, high = inside(block_place(str(block)))

    assert (low <= place_in(str(found)) < high) == (found.version == block.version and found in block)


@given(st.lists(st.sampled_from(("a", "b", "test", "a-b", "1")), min_size=1, max_size=4), st.integers(0, 3))
def test_a_name_lies_below_another_when_its_text_does(labels: list[str], cut: int) -> None:
    name, parent = ".".join([*labels, "test"]), ".".join([*labels, "test"][cut:])

    assert place_in(name).startswith(place_in(parent)) == (name == parent or name.endswith(f".{parent}"))


@given(st.text())
def test_no_text_is_without_an_answer(text: str) -> None:
    assert place_in(text)
    assert place_of(Key(f"#webapplication#{text}"))
    assert root_of(Key(f"#risk#{text}"))


def test_a_block_is_written_as_people_write_it() -> None:
    assert block_place("192.0.2.7") == place_in("192.0.2.7")
    with pytest.raises(ValueError, match="not appear"):
        block_place("shop.test")
