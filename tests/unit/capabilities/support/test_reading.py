import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.reading import storable, try_address, try_domain
from chariot.model.kinds.network import WebApplication


def test_a_name_is_read_in_its_canonical_form():
    assert try_domain("WWW.Example.COM.").host == "www.example.com"


@pytest.mark.parametrize("text", ["", ".", "a b", "-x.example", "192.0.2.7", "a\0b", "x" * 300, "<script>"])
def test_what_is_no_name_is_none(text):
    assert try_domain(text) is None


def test_an_address_is_read_in_its_canonical_form():
    assert try_address("2001:DB8::0001").ip == "2001:db8::1"
    assert try_address("example.com") is None


@given(st.text(st.characters(), max_size=200))
def test_any_text_becomes_text_that_an_entity_holds(text):
    assert WebApplication(url="http://a.example/", title=storable(text, 100)).title is not None
    try_domain(text)
    try_address(text)
