import pytest

from chariot.capability import CannotRunError, DnsAnswer, NoAnswerError, TlsPeer
from chariot.errors import OutOfScopeError
from chariot.testing.network import Conversation, FakeNetwork, aliased, response

PEER = TlsPeer((b"leaf",), "TLSv1.3", "TLS_AES_256_GCM_SHA384")
OTHER = TlsPeer((b"other",), "TLSv1.3", "TLS_AES_256_GCM_SHA384")


@pytest.fixture
def network() -> FakeNetwork:
    return FakeNetwork(
        dns={
            ("www.example.com", "A"): ["192.0.2.7", "192.0.2.6"],
            ("shop.example.com", "A"): aliased("www.example.com"),
            ("loop.example.com", "A"): aliased("loop.example.com"),
            ("cdn.example.com", "A"): ["198.51.100.1"],
        },
        banners={
            ("192.0.2.7", 22): b"SSH-2.0-x\r\n",
            ("192.0.2.7", 6379): Conversation(replies={b"PING\r\n": b"+PONG\r\n"}),
        },
        peers={("192.0.2.7", 443): PEER, ("192.0.2.7", 443, "other.example.com"): OTHER},
        responses={"http://www.example.com/": response(headers={"Server": "nginx"}, body=b"0123456789")},
        out_of_scope={"partner.example", "198.51.100.1"},
    )


@pytest.mark.parametrize(
    ("name", "record", "expected"),
    [
        ("www.example.com", "A", DnsAnswer("NOERROR", ("192.0.2.6", "192.0.2.7"))),
        ("www.example.com", "MX", DnsAnswer("NOERROR")),
        ("nobody.example.com", "A", DnsAnswer("NXDOMAIN")),
        ("shop.example.com", "A", DnsAnswer("NOERROR", ("192.0.2.6", "192.0.2.7"), ("www.example.com",))),
        ("loop.example.com", "A", DnsAnswer("SERVFAIL")),
    ],
)
async def test_names_have_the_records_that_were_declared(network, name, record, expected) -> None:
    assert await network.resolve(name, record) == expected


async def test_a_service_greets_and_answers_what_was_declared(network) -> None:
    async with network.connect("www.example.com", 22, timeout_s=1) as stream:
        assert await stream.read(3, timeout_s=1) == b"SSH"
        assert await stream.read(100, timeout_s=1) == b"-2.0-x\r\n"
        assert await stream.read(100, timeout_s=1) == b""
    async with network.connect("192.0.2.7", 6379, timeout_s=1) as stream:
        await stream.send(b"PING\r\n")
        assert await stream.read(100, timeout_s=1) == b"+PONG\r\n"


async def test_a_server_name_chooses_the_certificate(network) -> None:
    assert await network.tls("192.0.2.7", 443, timeout_s=1) == PEER
    assert await network.tls("192.0.2.7", 443, server_name="other.example.com", timeout_s=1) == OTHER
    assert await network.tls("192.0.2.7", 443, server_name="any.example.com", timeout_s=1) == PEER


async def test_a_body_is_cut_at_the_limit(network) -> None:
    answer = await network.get("http://www.example.com/", timeout_s=1, limit_bytes=4)

    assert (answer.body, answer.cut, answer.address, answer.header("server")) == (
        b"0123",
        True,
        "192.0.2.6",
        "nginx",
    )


async def test_what_was_not_declared_does_not_answer(network) -> None:
    with pytest.raises(NoAnswerError):
        await network.get("http://www.example.com/other", timeout_s=1)
    with pytest.raises(NoAnswerError):
        await network.tls("192.0.2.6", 443, timeout_s=1)
    with pytest.raises(NoAnswerError):
        async with network.connect("192.0.2.7", 23, timeout_s=1):
            pass


async def test_what_is_out_of_scope_is_refused_and_nothing_is_sent(network) -> None:
    with pytest.raises(OutOfScopeError):
        await network.resolve("www.partner.example", "A")
    with pytest.raises(OutOfScopeError):
        await network.get("http://partner.example/", timeout_s=1)
    with pytest.raises(OutOfScopeError):
        await network.addresses("cdn.example.com")

    assert network.sent == []


async def test_addresses_are_those_in_scope(network) -> None:
    assert await network.addresses("shop.example.com") == ("192.0.2.6", "192.0.2.7")
    assert await network.addresses("192.0.2.9") == ("192.0.2.9",)
    assert await network.addresses("nobody.example.com") == ()


async def test_a_record_that_is_declared_leads_to_a_name_out_of_scope():
    network = FakeNetwork(
        dns={("a.example", "MX"): ["10 mx.b.example"], ("mx.b.example", "A"): ["192.0.2.7"]},
        out_of_scope={"b.example"},
    )

    assert (await network.follow("a.example", "MX", "mx.b.example", "A")).values == ("192.0.2.7",)
    with pytest.raises(OutOfScopeError, match="leads to"):
        await network.follow("a.example", "MX", "other.example", "A")


async def test_whole_answers_and_sources_are_what_was_declared():
    network = FakeNetwork(messages={("a.example", "DS"): b"wire"}, sources={("known", "/x"): b"1"})

    assert await network.dns_message("a.example", "DS") == b"wire"
    assert await network.consult("known", "/x") == b"1"
    with pytest.raises(NoAnswerError):
        await network.dns_message("a.example", "DNSKEY")
    with pytest.raises(NoAnswerError):
        await network.consult("known", "/y")
    with pytest.raises(CannotRunError, match="not enabled"):
        await network.consult("other", "/x")
