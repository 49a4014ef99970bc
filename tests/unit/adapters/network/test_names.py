import asyncio

import pytest

from chariot.adapters.network.names import NoResolver, Resolver, resolver_at, reverse_name
from chariot.capability import CannotRunError, DnsAnswer, NoAnswerError
from chariot.errors import ConfigurationError, InvalidError
from chariot.lab.dns import NameServer
from chariot.lab.world import Record, Zone

ZONE = Zone(
    "corp.example",
    "ns1.corp.example",
    (
        Record("corp.example", "MX", "10 Mail.corp.example"),
        Record("corp.example", "TXT", "v=spf1 -all."),
        Record("huge.corp.example", "TXT", "x" * 60_000),
        *(Record("big.corp.example", "TXT", f"{number:03}" * 80) for number in range(20)),
        Record("a.corp.example", "CNAME", "b.corp.example"),
        Record("b.corp.example", "CNAME", "a.corp.example"),
    ),
)


@pytest.fixture
async def resolver():
    """A real name server that speaks UDP and TCP on the same port."""
    server = NameServer((ZONE,))
    loop = asyncio.get_running_loop()
    listening = await asyncio.start_server(_closing(server), "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    transport, _ = await loop.create_datagram_endpoint(server.datagrams, local_addr=("127.0.0.1", port))
    yield Resolver("127.0.0.1", port, timeout_s=1)
    transport.close()
    listening.close()
    await listening.wait_closed()


def _closing(server: NameServer):
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await server.serve(reader, writer)
        except (EOFError, OSError):
            pass
        finally:
            writer.close()

    return serve


@pytest.mark.parametrize(
    ("name", "record", "expected"),
    [
        ("corp.example", "MX", DnsAnswer("NOERROR", ("10 mail.corp.example",))),
        ("corp.example", "TXT", DnsAnswer("NOERROR", ('"v=spf1 -all."',))),
        ("corp.example", "A", DnsAnswer("NOERROR")),
        ("nobody.corp.example", "A", DnsAnswer("NXDOMAIN")),
        ("www.other.example", "A", DnsAnswer("REFUSED")),
    ],
)
async def test_an_answer_is_status_and_plain_values(resolver, name, record, expected) -> None:
    assert await resolver.ask(name, record) == expected


async def test_names_in_a_record_lose_case_and_dot(resolver) -> None:
    (start,) = (await resolver.ask("corp.example", "SOA")).values

    assert start.startswith("ns1.corp.example hostmaster.corp.example 1 ")


async def test_an_answer_too_large_for_a_datagram_comes_by_tcp(resolver) -> None:
    assert len((await resolver.ask("big.corp.example", "TXT")).values) == 20


async def test_a_text_of_nearly_64_kb_is_one_value(resolver) -> None:
    (text,) = (await resolver.ask("huge.corp.example", "TXT")).values

    assert len(text) > 60_000


async def test_a_whole_answer_comes_by_tcp_where_it_is_large(resolver) -> None:
    assert len(await resolver.message("huge.corp.example", "TXT")) > 60_000


async def test_a_whole_answer_that_does_not_come_is_told() -> None:
    with pytest.raises(NoAnswerError, match=r"TXT of a\.example"):
        await Resolver("127.0.0.1", 1).message("a.example", "TXT")


async def test_aliases_in_a_circle_end(resolver) -> None:
    answer = await resolver.ask("a.corp.example", "A")

    assert answer.values == ()
    assert len(answer.aliases) <= 16


@pytest.mark.parametrize(
    ("name", "record"), [("a.example", "NONSENSE"), ("a.example", "AXFR"), ("a" * 64, "A"), ("a..b", "A")]
)
async def test_what_cannot_be_asked_is_refused(resolver, name, record) -> None:
    with pytest.raises(InvalidError):
        await resolver.ask(name, record)


async def test_silence_is_a_timeout() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]

    answer = await Resolver("127.0.0.1", port, timeout_s=0.05).ask("a.example", "A")

    assert answer == DnsAnswer("TIMEOUT")
    transport.close()


@pytest.mark.parametrize(
    ("setting", "address", "port"),
    [
        ("192.0.2.1:5353", "192.0.2.1", 5353),
        ("192.0.2.1", "192.0.2.1", 53),
        ("[2001:db8::1]:5353", "2001:db8::1", 5353),
        ("2001:db8::1", "2001:db8::1", 53),
    ],
)
def test_a_resolver_is_an_address_and_a_port(setting, address, port) -> None:
    resolver = resolver_at(setting)

    assert (resolver.address, resolver.port) == (address, port)


@pytest.mark.parametrize(
    "setting", ["dns.example:53", "192.0.2.1:0", "192.0.2.1:x", ":53", "192.0.2.1:70000"]
)
def test_a_wrong_resolver_is_named(setting) -> None:
    with pytest.raises(ConfigurationError, match="resolver must be address:port"):
        resolver_at(setting)


async def test_without_a_resolver_nothing_is_concluded() -> None:
    with pytest.raises(CannotRunError, match="no server"):
        await NoResolver("no server").ask("a.example", "A")


def test_reverse_names_follow_the_address_family() -> None:
    assert reverse_name("192.0.2.7") == "7.2.0.192.in-addr.arpa"
    assert reverse_name("2001:db8::1").endswith("8.b.d.0.1.0.0.2.ip6.arpa")


async def test_a_connection_that_says_nothing_is_followed_by_one_more() -> None:
    server = NameServer((ZONE,))
    asked = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            # Nobody answers here, until whoever asks has gone.
            await reader.read()
            writer.close()
        else:
            await _closing(server)(reader, writer)

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(server.datagrams, local_addr=("127.0.0.1", port))

    answer = await Resolver("127.0.0.1", port, timeout_s=1).ask("big.corp.example", "TXT")

    transport.close()
    listening.close()
    await listening.wait_closed()
    assert (len(answer.values), asked) == (20, 2)
