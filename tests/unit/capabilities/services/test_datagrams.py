import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.services.datagrams import DATAGRAMS, QUESTION_LIMIT_BYTES

from .talk import fact, versions, weaknesses


def read(service: str, answer: bytes):
    seen = (one.read(answer) for one in DATAGRAMS if one.service == service)
    return next((one for one in seen if one is not None), None)


def bind(text: bytes) -> bytes:
    question = b"\x07version\x04bind\x00" + struct.pack(">HH", 16, 3)
    record = b"\xc0\x0c" + struct.pack(">HHIH", 16, 3, 0, len(text) + 1) + bytes([len(text)]) + text
    return struct.pack(">HHHHHH", 7, 0x8580, 1, 1, 0, 0) + question + record


def test_a_name_server_tells_its_version():
    seen = read("domain", bind(b"9.18.24-1-Debian"))

    assert (seen.text, seen.place) == ("9.18.24-1-Debian", "version.bind")
    assert (fact(seen, "dns-version"), fact(seen, "dns-recursion")) == ("9.18.24-1-Debian", "available")


def test_ntp_that_tells_its_variables_is_a_flaw():
    seen = read(
        "ntp", b"\x16\x82\x00\x01" + bytes(8) + b'version="ntpd 4.2.8p15@1.3728-o", processor="x86_64"'
    )

    assert (versions(seen), weaknesses(seen)) == ([("a:ntp:ntp", "4.2.8p15")], ["ntp-mode-6"])


def test_ntp_that_only_tells_the_time_is_none():
    assert weaknesses(read("ntp", b"\x24" + bytes(47))) == []


def test_snmp_that_answers_to_public_is_a_flaw():
    text = b"Linux router 5.10"
    answer = (
        b"\x30\x50\x02\x01\x01\x04\x06public\xa2\x30"
        b"\x2b\x06\x01\x02\x01\x01\x01\x00" + bytes([4, len(text)]) + text
    )

    seen = read("snmp", answer)

    assert (fact(seen, "snmp-description"), weaknesses(seen)) == (
        "Linux router 5.10",
        ["snmp-public-community"],
    )


def test_snmp_3_is_known_by_its_report():
    assert fact(read("snmp", b"\x30\x70\x02\x01\x03\x30" + bytes(40) + b"\xa8\x20"), "snmp-version") == "3"


def test_quic_tells_its_versions_but_not_the_made_up_ones():
    answer = b"\xc0\x00\x00\x00\x00\x08scanner!\x08chariot!" + bytes.fromhex("000000013a4a5a6a6b3343cf")

    assert fact(read("quic", answer), "quic-versions") == "00000001, 6b3343cf"


@pytest.mark.parametrize(
    ("service", "answer", "expected"),
    [
        ("isakmp", b"chariot!" + b"answerer" + b"\x29\x20\x22\x20" + bytes(8), []),
        ("tftp", b"\x00\x05\x00\x01File not found\x00", ["tftp-exposed"]),
        ("memcached", bytes(8) + b"VERSION 1.6.18\r\n", ["memcached-udp"]),
        ("sunrpc", b"char\x00\x00\x00\x01" + bytes(16), ["portmap-exposed"]),
        ("sip", b"SIP/2.0 200 OK\r\nUser-Agent: Asterisk\r\n\r\n", []),
        ("ssdp", b"HTTP/1.1 200 OK\r\nSERVER: x\r\n\r\n", ["ssdp-exposed"]),
        ("mdns", b"\x00\x07\x84\x00" + bytes(8), ["mdns-exposed"]),
    ],
)
def test_what_should_not_answer_to_strangers_is_a_flaw(service, answer, expected):
    assert weaknesses(read(service, answer)) == expected


def test_windows_tells_its_names():
    names = b"FILES          \x00\x04\x00" + b"CORP           \x00\x84\x00"
    answer = b"\x00\x07\x84\x00" + bytes(52) + b"\x02" + names

    assert fact(read("netbios-ns", answer), "netbios-names") == "CORP, FILES"


@pytest.mark.parametrize("datagram", DATAGRAMS, ids=lambda one: one.service)
def test_each_question_is_one_small_packet_and_no_answer(datagram):
    assert len(datagram.question) <= QUESTION_LIMIT_BYTES
    assert datagram.read(datagram.question) is None


@given(
    st.sampled_from(DATAGRAMS),
    st.sampled_from([b"", b"\x00\x07\x84\x00", b"\xc0\x00\x00\x00\x00"]),
    st.binary(),
)
def test_any_answer_is_read(datagram, beginning, data):
    datagram.read(beginning + data)
