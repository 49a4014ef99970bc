import asyncio

import dns.asyncquery
import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import dns.rdatatype
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.lab.dns import UDP_LIMIT_BYTES, NameServer
from chariot.lab.perimeter import HOSTILE_TEXT, PERIMETER
from chariot.lab.world import Record, Zone

SERVER = NameServer(PERIMETER.zones)


WILD = Zone(
    "wild.test",
    "ns.wild.test",
    (Record("*.apps.wild.test", "A", "127.0.0.9"), Record("own.apps.wild.test", "A", "127.0.0.8")),
)
LAME = Zone("lame.wild.test", "ns.gone.test", is_lame=True)


def _ask(name: str, rdtype: str, **options) -> dns.message.Message:
    return dns.message.from_wire(SERVER.answer(dns.message.make_query(name, rdtype, **options).to_wire()))


def _texts(response: dns.message.Message) -> set[str]:
    return {rdata.to_text() for rrset in response.answer for rdata in rrset}


@pytest.mark.parametrize(
    ("name", "rdtype", "values"),
    [
        ("www.perimeter.test", "A", {"127.77.0.1", "127.77.0.12"}),
        ("WWW.Perimeter.TEST", "A", {"127.77.0.1", "127.77.0.12"}),
        ("shop.perimeter.test", "A", {"blog.perimeter.test.", "127.77.0.8"}),
        ("shop.perimeter.test", "CNAME", {"blog.perimeter.test."}),
        ("cdn.perimeter.test", "A", {"edge.neighbour.test.", "127.77.1.20"}),
        ("perimeter.test", "MX", {"10 mail.perimeter.test.", "20 mx.neighbour.test."}),
        ("perimeter.test", "NS", {"ns1.perimeter.test.", "ns.neighbour.test."}),
        ("2.0.77.127.in-addr.arpa", "PTR", {"mail.perimeter.test.", "ns1.perimeter.test."}),
        ("perimeter.test", "SOA", {"ns1.perimeter.test. hostmaster.perimeter.test. 1 3600 600 86400 300"}),
    ],
)
def test_a_zone_answers_with_authority(name, rdtype, values):
    response = _ask(name, rdtype)

    assert (response.rcode(), _texts(response)) == (dns.rcode.NOERROR, values)
    assert response.flags & dns.flags.AA


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode"),
    [
        ("nobody.perimeter.test", "A", dns.rcode.NXDOMAIN),
        ("9.0.77.127.in-addr.arpa", "PTR", dns.rcode.NXDOMAIN),
        ("app.perimeter.test", "AAAA", dns.rcode.NOERROR),
        ("0.77.127.in-addr.arpa", "PTR", dns.rcode.NOERROR),
    ],
)
def test_a_negative_answer_carries_the_zones_start(name, rdtype, rcode):
    response = _ask(name, rdtype)

    assert (response.rcode(), response.answer) == (rcode, [])
    assert [rrset.rdtype for rrset in response.authority] == [dns.rdatatype.SOA]


@pytest.mark.parametrize(
    ("name", "rdtype"), [("example.com", "A"), ("test", "NS"), ("perimeter.test", "AXFR"), (".", "NS")]
)
def test_other_zones_and_transfers_are_refused(name, rdtype):
    response = _ask(name, rdtype)

    assert (response.rcode(), response.answer) == (dns.rcode.REFUSED, [])


def test_an_update_is_not_implemented():
    query = dns.message.make_query("perimeter.test", "SOA")
    query.set_opcode(dns.opcode.NOTIFY)

    assert dns.message.from_wire(SERVER.answer(query.to_wire())).rcode() == dns.rcode.NOTIMP


def test_a_response_is_not_answered():
    query = dns.message.make_query("perimeter.test", "A")
    query.flags |= dns.flags.QR

    assert SERVER.answer(query.to_wire()) is None


@pytest.mark.parametrize("payload", [512, 1232, 65535])
def test_a_set_too_large_for_a_datagram_is_truncated_to_nothing(payload):
    query = dns.message.make_query("perimeter.test", "TXT", use_edns=0, payload=payload)

    wire = SERVER.answer(query.to_wire(), limit_bytes=UDP_LIMIT_BYTES)

    response = dns.message.from_wire(wire)
    assert (bool(response.flags & dns.flags.TC), response.answer) == (True, [])


def test_the_hostile_text_arrives_octet_for_octet():
    strings = [b"".join(rdata.strings) for rdata in _ask("perimeter.test", "TXT").answer[0]]

    assert HOSTILE_TEXT.encode() in strings


@given(wire=st.binary(max_size=600))
def test_any_datagram_gets_an_answer_or_silence(wire):
    answer = SERVER.answer(wire, limit_bytes=UDP_LIMIT_BYTES)

    assert answer is None or len(answer) <= UDP_LIMIT_BYTES


async def test_a_truncated_answer_is_whole_over_tcp(lab):
    address, _, port = lab.profile.resolver.partition(":")
    query = dns.message.make_query("perimeter.test", "TXT")

    response, used_tcp = await dns.asyncquery.udp_with_fallback(query, address, port=int(port), timeout=5)

    assert (used_tcp, len(response.answer[0])) == (True, 14)


async def test_nonsense_over_tcp_ends_that_connection_only(lab):
    address, _, port = lab.profile.resolver.partition(":")
    reader, writer = await asyncio.open_connection(address, int(port))
    writer.write(b"\x00\x03abc")

    assert await reader.read() == b""

    writer.close()
    query = dns.message.make_query("app.perimeter.test", "A")
    response = await dns.asyncquery.tcp(query, address, port=int(port), timeout=5)
    assert response.rcode() == dns.rcode.NOERROR


@pytest.mark.parametrize(
    ("name", "rcode", "values"),
    [
        ("anything.apps.wild.test", dns.rcode.NOERROR, {"127.0.0.9"}),
        ("a.b.apps.wild.test", dns.rcode.NOERROR, {"127.0.0.9"}),
        ("own.apps.wild.test", dns.rcode.NOERROR, {"127.0.0.8"}),
        ("below.own.apps.wild.test", dns.rcode.NXDOMAIN, set()),
        ("apps.wild.test", dns.rcode.NOERROR, set()),
        ("other.wild.test", dns.rcode.NXDOMAIN, set()),
        ("lame.wild.test", dns.rcode.SERVFAIL, set()),
        ("www.lame.wild.test", dns.rcode.SERVFAIL, set()),
    ],
)
def test_a_wildcard_stands_for_what_is_not_there_and_a_lame_zone_for_nothing(name, rcode, values):
    query = dns.message.make_query(name, "A")

    response = dns.message.from_wire(NameServer((WILD, LAME)).answer(query.to_wire()))

    assert (response.rcode(), _texts(response)) == (rcode, values)
    assert all(rrset.name == query.question[0].name for rrset in response.answer)
