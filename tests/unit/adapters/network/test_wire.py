import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.network import wire
from chariot.capability import DnsAnswer

A, AAAA, MX = 1, 28, 15


def question(name="www.example.com", kind=A):
    return wire.question_of(wire.plain_labels(name), kind)


def response(*rrsets, name="www.example.com", kind="A", rcode=0):
    message = dns.message.make_response(dns.message.make_query(name, kind))
    message.set_rcode(rcode)
    for owner, rdtype, *values in rrsets:
        message.answer.append(dns.rrset.from_text(owner, 60, "IN", rdtype, *values))
    return message.to_wire()


def test_a_query_is_what_the_general_parser_reads():
    message = dns.message.from_wire(wire.query_of(4_711, question("a-b.example.com", AAAA), dnssec=True))

    (asked,) = message.question
    assert (message.id, asked.name.to_text(), asked.rdtype) == (4_711, "a-b.example.com.", dns.rdatatype.AAAA)
    assert message.payload == wire.PAYLOAD_BYTES
    assert message.ednsflags & 0x8000


@pytest.mark.parametrize(
    ("rrsets", "expected"),
    [
        (
            [("www.example.com.", "A", "192.0.2.9", "192.0.2.7")],
            DnsAnswer("NOERROR", ("192.0.2.7", "192.0.2.9")),
        ),
        (
            [("www.example.com.", "CNAME", "Edge.Example.net."), ("edge.example.net.", "A", "192.0.2.7")],
            DnsAnswer("NOERROR", ("192.0.2.7",), ("edge.example.net",)),
        ),
        ([("other.example.", "A", "192.0.2.7")], DnsAnswer("NOERROR")),
        (
            [("www.example.com.", "CNAME", "a.example."), ("a.example.", "CNAME", "www.example.com.")],
            DnsAnswer("SERVFAIL", (), ("a.example", "www.example.com")),
        ),
    ],
)
def test_addresses_and_aliases_are_read_without_the_general_parser(rrsets, expected):
    assert wire.read_quickly(response(*rrsets), question()) == expected


def test_a_longer_chain_than_anybody_needs_is_a_fault():
    chain = [(f"n{number}.example.", "CNAME", f"n{number + 1}.example.") for number in range(40)]

    answer = wire.read_quickly(response(("www.example.com.", "CNAME", "n0.example."), *chain), question())

    assert (answer.status, len(answer.aliases)) == ("SERVFAIL", wire.ALIAS_LIMIT)


@pytest.mark.parametrize(
    ("rcode", "status"), [(0, "NOERROR"), (3, "NXDOMAIN"), (5, "REFUSED"), (2, "SERVFAIL")]
)
def test_an_empty_answer_is_its_status(rcode, status):
    assert wire.read_quickly(response(rcode=rcode), question()) == DnsAnswer(status)


def test_other_types_are_left_to_the_general_parser():
    answer = response(("www.example.com.", "MX", "10 mail.example.com."), kind="MX")

    assert wire.read_quickly(answer, question(kind=MX)) is None


def test_an_answer_repeats_the_question():
    answer = response(("www.example.com.", "A", "192.0.2.7"))

    assert wire.answers(answer, question())
    assert not wire.answers(answer, question("www.example.org"))
    assert not wire.answers(answer, question(kind=AAAA))
    assert not wire.answers(wire.query_of(1, question()), question())


@pytest.mark.parametrize("name", ["a" * 64, "a..b", "", "x" * 300])
def test_names_that_are_none_are_not_written(name):
    assert wire.plain_labels(name) is None


@given(st.binary(max_size=300))
def test_any_octets_behind_a_question_are_read(tail):
    asked = question()
    head = b"\0\1\x81\x80\0\1" + (tail[:2] + b"\0\1")[:2] + b"\0\0\0\0"

    answer = wire.read_quickly(head + asked + tail, asked)

    assert answer is None or isinstance(answer, DnsAnswer)


@given(st.lists(st.binary(min_size=4, max_size=4), min_size=1, max_size=5))
def test_what_is_read_quickly_is_what_the_general_parser_reads(addresses):
    texts = {".".join(map(str, one)) for one in addresses}

    answer = wire.read_quickly(response(("www.example.com.", "A", *texts)), question())

    assert answer == DnsAnswer("NOERROR", tuple(sorted(texts)))
