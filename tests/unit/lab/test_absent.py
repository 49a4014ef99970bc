import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.lab.absent import AbsentNames

ZONE, LAME, INNER = (dns.name.from_text(name) for name in ("a.test", "lame.a.test", "in.a.test"))
NODES = (
    ZONE,
    LAME,
    INNER,
    *(dns.name.from_text(name) for name in ("www.a.test", "*.apps.a.test", "apps.a.test")),
)
STARTS = {
    name: dns.rrset.from_text(name, 300, "IN", "SOA", f"ns.{name} host.{name} 1 2 3 4 5")
    for name in (ZONE, LAME, INNER)
}
ABSENT = AbsentNames(NODES, STARTS, {LAME})


def query(name: str, rdtype: str = "A", **options) -> dns.message.Message:
    return dns.message.make_query(name, rdtype, **options)


@pytest.mark.parametrize(
    ("asked", "zone"),
    [
        (query("nobody.a.test"), ZONE),
        (query("Deep.Below.WWW.a.TEST", "TXT"), ZONE),
        (query("nobody.in.a.test", "CAA", use_edns=0, payload=1232), INNER),
        (query("nobody.a.test", "AAAA", want_dnssec=True), ZONE),
    ],
)
def test_a_name_that_is_not_there_gets_what_the_general_way_would_say(asked, zone):
    expected = dns.message.make_response(asked)
    expected.flags |= dns.flags.AA
    expected.set_rcode(dns.rcode.NXDOMAIN)
    expected.authority.append(STARTS[zone])

    answer = dns.message.from_wire(ABSENT.answer(asked.to_wire()))

    assert (answer, answer.edns, answer.payload) == (expected, expected.edns, expected.payload)


@pytest.mark.parametrize(
    "asked",
    [
        query("www.a.test"),
        query("a.test", "SOA"),
        query("made-up.apps.a.test"),
        query("nobody.lame.a.test"),
        query("nobody.elsewhere.test"),
        query(".", "NS"),
        query("nobody.a.test", "ANY"),
        query("nobody.a.test", "A", rdclass="CH"),
        query("nobody.a.test", use_edns=0, options=[dns.edns.GenericOption(10, b"12345678")]),
        dns.message.make_response(query("nobody.a.test")),
    ],
)
def test_everything_else_is_left_to_the_general_way(asked):
    assert ABSENT.answer(asked.to_wire()) is None


WIRE = query("nobody.a.test").to_wire()


@given(st.sampled_from([0, 2, 12, 20, len(WIRE)]), st.binary(max_size=60), st.integers(0, len(WIRE)))
def test_any_octets_are_read(kept, odd, rest):
    data = WIRE[:kept] + odd + WIRE[rest:]

    answer = ABSENT.answer(data)

    assert answer is None or answer[:2] == data[:2]
