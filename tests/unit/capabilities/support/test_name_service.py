import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.name_service import ask, is_zone, text_of
from chariot.capability import CannotRunError, DnsAnswer, NoAnswerError
from chariot.testing.network import FakeNetwork, aliased


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('"v=spf1 -all"', "v=spf1 -all"),
        ('"v=spf1 " "-all"', "v=spf1 -all"),
        (r'"a\"b\\c\059"', 'a"b\\c;'),
        ("bare", "bare"),
        ('""', ""),
    ],
)
def test_the_strings_of_a_text_record_are_joined(value, text):
    assert text_of(value) == text


@given(st.text())
def test_any_text_is_read(value):
    assert isinstance(text_of(value), str)


async def test_silence_is_an_answer():
    class Silent(FakeNetwork):
        async def resolve(self, name, record):
            raise NoAnswerError("nobody")

    assert await ask(Silent(), "example.com", "A") == DnsAnswer("TIMEOUT")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(["ns1.example.com root.example.com 1 2 3 4 5"], True), ([], False), (aliased("other.example"), False)],
)
async def test_a_zone_has_a_start_of_its_own(answer, expected):
    assert await is_zone(FakeNetwork(dns={("example.com", "SOA"): answer}), "example.com") is expected


async def test_a_resolver_that_does_not_tell_leaves_it_open():
    network = FakeNetwork(dns={("example.com", "SOA"): DnsAnswer("SERVFAIL")})

    with pytest.raises(CannotRunError, match="SERVFAIL"):
        await is_zone(network, "example.com")
