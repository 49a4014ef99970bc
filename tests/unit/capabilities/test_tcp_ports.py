import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.parameters import PortParameters
from chariot.capabilities.tcp_ports import BANNER_LIMIT, TcpPorts, readable
from chariot.errors import OutOfScopeError
from chariot.model.kinds.network import Address, Port
from chariot.model.kinds.weakness import Technology
from chariot.model.relationships import Relationship
from chariot.testing.network import Conversation, FakeNetwork, response

TARGET = Address(ip="192.0.2.7")


async def scan(banners, ports=(), **options):
    network = FakeNetwork(banners={("192.0.2.7", port): said for port, said in banners.items()}, **options)
    capability = TcpPorts(network, PortParameters(ports=tuple(ports or banners)))
    return [found async for found in capability.run(TARGET)]


def only(kind, found):
    return [item for item in found if isinstance(item, kind)]


async def test_open_ports_are_found_and_closed_ones_are_not():
    found = await scan({80: b"", 443: b""}, ports=(22, 80, 443))

    assert sorted(port.number for port in only(Port, found)) == [80, 443]
    assert {(item.type.value, item.source) for item in only(Relationship, found)} == {
        ("HAS_PORT", TARGET.key)
    }


@pytest.mark.parametrize(
    ("said", "service", "cpe"),
    [
        (b"SSH-2.0-OpenSSH_9.3p1\r\n", "ssh", "cpe:2.3:a:openbsd:openssh:9.3:p1:*:*:*:*:*:*"),
        (b"220 (vsFTPd 2.3.4)\r\n", "ftp", "cpe:2.3:a:vsftpd_project:vsftpd:2.3.4:*:*:*:*:*:*:*"),
        (b"220 mx.example.com ESMTP Exim 4.89\r\n", "smtp", "cpe:2.3:a:exim:exim:4.89:*:*:*:*:*:*:*"),
        (b"+OK Dovecot v2.3.4 ready.\r\n", "pop3", "cpe:2.3:a:dovecot:dovecot:2.3.4:*:*:*:*:*:*:*"),
        (
            b"\x4a\x00\x00\x00\n5.7.33-log\x00\x08\x00\x00\x00random!!\x00",
            "mysql",
            "cpe:2.3:a:oracle:mysql:5.7.33:*:*:*:*:*:*:*",
        ),
    ],
)
async def test_a_service_is_known_by_what_it_says_first(said, service, cpe):
    found = await scan({2222: said})

    (port,) = only(Port, found)
    assert port.service == service
    assert [item.cpe for item in only(Technology, found)] == [cpe]
    assert only(Relationship, found)[-1].source == port.key


async def test_a_silent_service_has_no_banner_and_no_guessed_name():
    (port, _) = await scan({443: b""})

    assert (port.service, port.banner) == ("", None)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_silent_service_that_answers_http_is_called_so(scheme):
    url = f"{scheme}://192.0.2.7:8080/"

    found = await scan({8080: b""}, responses={url: response(status=200)})

    assert only(Port, found)[0].service == scheme


async def test_a_service_that_waits_to_be_asked_is_asked_at_its_usual_port():
    redis = Conversation(b"", {b"INFO server\r\n": b"$99\r\n# Server\r\nredis_version:6.0.16\r\n"})

    found = await scan({6379: redis})

    assert only(Port, found)[0].service == "redis"
    assert only(Technology, found)[0].version == "6.0.16"


def test_clock_times_in_a_greeting_are_left_out():
    first = readable(b"220 mx ESMTP Sendmail 8.14.4; Mon, 1 Jan 2024 10:00:01 +0100\r\n")
    later = readable(b"220 mx ESMTP Sendmail 8.14.4; Tue, 2 Jan 2024 11:30:59 +0100\r\n")

    assert first == later == "220 mx ESMTP Sendmail 8.14.4; …"


async def test_an_endless_greeting_is_cut():
    (port, *_) = await scan({21: b"220 " + b"A" * 100_000})

    assert len(port.banner) == BANNER_LIMIT


async def test_an_address_out_of_scope_is_refused():
    with pytest.raises(OutOfScopeError):
        await scan({22: b""}, out_of_scope={"192.0.2.7"})


@given(st.binary(max_size=300), st.sampled_from([b"", b"SSH-2.0-OpenSSH_", b"220 (vsFTPd ", b"x\0\0\0\n5."]))
async def test_any_greeting_is_read(said, prefix):
    found = await scan({22: prefix + said})

    assert len(only(Port, found)) == 1
