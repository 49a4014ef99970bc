import asyncio
import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.x509.oid import NameOID

from chariot.adapters.network.exchange import USER_AGENT
from chariot.adapters.network.names import NoResolver
from chariot.adapters.network.network import ScanNetwork
from chariot.capability import CannotRunError, DnsAnswer, NoAnswerError, Touch
from chariot.errors import InvalidError, OutOfScopeError
from chariot.model.kinds.work import Seed
from chariot.model.states import Depth
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.scope import Scope

from .loopback import ORGANISATION, answering, egress, listening, saying

CORP = Seed(value="corp.example")
LOOPBACK = Seed(value="127.0.0.0/24")
OUTSIDE = "127.9.9.9"


async def test_a_look_up_follows_aliases_and_tells_them(make_network, name_server) -> None:
    name_server.records = {
        ("shop.corp.example", "CNAME"): ["WWW.corp.example"],
        ("WWW.corp.example", "A"): ["192.0.2.8", "192.0.2.7"],
    }

    answer = await make_network(egress(CORP)).resolve("shop.corp.example", "A")

    assert answer == DnsAnswer("NOERROR", ("192.0.2.7", "192.0.2.8"), ("www.corp.example",))


async def test_an_address_has_its_reverse_names(make_network, name_server) -> None:
    name_server.records = {("7.0.0.127.in-addr.arpa", "PTR"): ["WWW.Corp.Example."]}

    answer = await make_network(egress(LOOPBACK)).resolve("127.0.0.7", "PTR")

    assert answer.values == ("www.corp.example",)


async def test_a_name_out_of_scope_is_not_even_asked_for(make_network, name_server, journal) -> None:
    with pytest.raises(OutOfScopeError, match="does not descend from any seed"):
        await make_network(egress(CORP)).resolve("www.other.example", "A")

    assert name_server.asked == []
    assert journal.counts.total() == 0


async def test_a_silent_resolver_is_a_timeout(make_network, name_server) -> None:
    name_server.transport.close()

    answer = await make_network(egress(CORP)).resolve("www.corp.example", "A")

    assert answer.status in ("TIMEOUT", "SERVFAIL")


async def test_what_a_service_says_first_is_read_and_everything_sent_is_in_the_journal(
    make_network, name_server, journal
) -> None:
    name_server.records = {("www.corp.example", "A"): ["127.0.0.1"]}
    async with listening(saying(b"SSH-2.0-OpenSSH_9.3p1\r\n")) as server:
        network = make_network(egress(CORP, LOOPBACK))
        async with network.connect("www.corp.example", server.port, timeout_s=2) as stream:
            banner = await stream.read(100, timeout_s=2)

    assert banner == b"SSH-2.0-OpenSSH_9.3p1\r\n"
    assert journal.counts == {(ORGANISATION, "dns"): 2, (ORGANISATION, "tcp"): 1}
    last = journal.last[-1]
    assert (last.host, last.address, last.port, last.scan) == (
        "www.corp.example",
        "127.0.0.1",
        server.port,
        "s1",
    )


async def test_a_read_is_bounded_in_size_and_time(make_network) -> None:
    async with listening(lambda reader, writer: reader.read()) as server:
        network = make_network(egress(LOOPBACK))
        async with network.connect("127.0.0.1", server.port, timeout_s=2) as stream:
            assert await stream.read(10, timeout_s=0.05) == b""


async def test_nothing_is_sent_to_a_denied_address(make_network, name_server) -> None:
    name_server.records = {("www.corp.example", "A"): ["127.0.0.1"]}
    seed = Seed(value="127.0.0.0/24", deny=("127.0.0.1",))
    async with listening(saying(b"hello")) as server:
        network = make_network(egress(CORP, seed))
        for host in ("127.0.0.1", "www.corp.example", "::ffff:127.0.0.1"):
            with pytest.raises(OutOfScopeError):
                async with network.connect(host, server.port, timeout_s=2):
                    pass
            with pytest.raises(OutOfScopeError):
                await network.tls(host, server.port, timeout_s=2)
        with pytest.raises(OutOfScopeError):
            await network.get(f"http://127.0.0.1:{server.port}/", timeout_s=2)

    assert server.visits == 0


async def test_a_name_that_turns_inward_or_away_is_refused(make_network, name_server) -> None:
    """First the name is at an address of ours, then at one that is not: the second is never connected to."""
    async with listening(saying(b"hello")) as ours, listening(saying(b"x"), host=OUTSIDE, port=0) as other:
        way_out = egress(CORP, LOOPBACK)
        name_server.records = {("www.corp.example", "A"): ["127.0.0.1"]}
        async with make_network(way_out).connect("www.corp.example", ours.port, timeout_s=2):
            pass
        name_server.records = {("www.corp.example", "A"): [OUTSIDE]}
        with pytest.raises(OutOfScopeError, match="leads out of scope"):
            async with make_network(way_out).connect("www.corp.example", other.port, timeout_s=2):
                pass

    assert (ours.visits, other.visits) == (1, 0)


async def test_within_a_run_the_checked_address_stays_pinned(make_network, name_server) -> None:
    async with listening(saying(b"hello")) as ours:
        network = make_network(egress(CORP, LOOPBACK))
        name_server.records = {("www.corp.example", "A"): ["127.0.0.1"]}
        assert await network.addresses("www.corp.example") == ("127.0.0.1",)
        name_server.records = {("www.corp.example", "A"): [OUTSIDE]}
        async with network.connect("www.corp.example", ours.port, timeout_s=2):
            pass

    assert ours.visits == 1


async def test_an_alias_out_of_scope_vouches_for_nothing(make_network, name_server) -> None:
    name_server.records = {
        ("cdn.corp.example", "CNAME"): ["edge.other.example"],
        ("edge.other.example", "A"): ["8.8.8.8"],
        ("www.corp.example", "A"): ["9.9.9.9"],
    }
    network = make_network(egress(CORP))

    assert await network.addresses("www.corp.example") == ("9.9.9.9",)
    with pytest.raises(OutOfScopeError, match="no name in scope resolves to it"):
        await network.addresses("cdn.corp.example")
    with pytest.raises(OutOfScopeError, match="no name in scope resolves to it"):
        await network.addresses("8.8.8.8")


async def test_the_kill_switch_stops_what_follows(make_network) -> None:
    way_out = egress(LOOPBACK)
    async with listening(saying(b"hello")) as server:
        network = make_network(way_out)
        way_out.guard.stop("an owner complained")
        with pytest.raises(CannotRunError, match="an owner complained"):
            async with network.connect("127.0.0.1", server.port, timeout_s=2):
                pass

    assert server.visits == 0


async def test_a_scope_that_changes_while_a_turn_is_waited_for_counts(name_server, journal) -> None:
    way_out = egress(LOOPBACK)

    async def sleep(_seconds: float) -> None:
        way_out.guard.update(Scope())

    buckets = Buckets(1, 1, clock=lambda: 0.0, sleep=sleep)
    await buckets.take("127.0.0.1")
    async with listening(saying(b"hello")) as server:
        network = ScanNetwork(way_out, NoResolver("none"), buckets, journal)
        with pytest.raises(OutOfScopeError):
            async with network.connect("127.0.0.1", server.port, timeout_s=2):
                pass
        way_out.guard.update(Scope.of([CORP, LOOPBACK]))
        with pytest.raises(OutOfScopeError):
            await network.resolve("www.corp.example", "A")

    assert server.visits == 0
    assert journal.counts.total() == 0


async def test_a_light_seed_is_not_probed(make_network) -> None:
    seed = Seed(value="127.0.0.0/24", depth=Depth.LIGHT)
    async with listening(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as server:
        with pytest.raises(OutOfScopeError, match="light"):
            await make_network(egress(seed)).get(f"http://127.0.0.1:{server.port}/", timeout_s=2)
        light = make_network(egress(seed, touch=Touch.LIGHT))
        assert (await light.get(f"http://127.0.0.1:{server.port}/", timeout_s=2)).status == 200

    assert server.visits == 1


async def test_a_page_is_asked_for_by_name_at_the_checked_address(make_network, name_server) -> None:
    name_server.records = {("www.corp.example", "A"): ["127.0.0.1"]}
    asked: list[bytes] = []

    async def handler(reader, writer) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nServer: nginx\r\nContent-Length: 5\r\n\r\nhello")

    async with listening(handler) as server:
        url = f"http://www.corp.example:{server.port}/a b?q=é"
        answer = await make_network(egress(CORP, LOOPBACK)).get(url, timeout_s=2)

    assert (answer.status, answer.body, answer.cut, answer.address) == (200, b"hello", False, "127.0.0.1")
    assert answer.headers == (("Server", "nginx"), ("Content-Length", "5"))
    head = asked[0].decode()
    assert head.startswith("GET /a%20b?q=%C3%A9 HTTP/1.1\r\n")
    assert f"Host: www.corp.example:{server.port}\r\n" in head
    assert f"User-Agent: {USER_AGENT}\r\n" in head
    assert "Cookie" not in head


async def test_a_redirect_is_told_and_not_followed(make_network) -> None:
    async with listening(saying(b"hello"), host=OUTSIDE) as other:
        answer = (
            f"HTTP/1.1 302 Found\r\nLocation: http://{OUTSIDE}:{other.port}/\r\nContent-Length: 0\r\n\r\n"
        )
        async with listening(answering(answer.encode())) as server:
            network = make_network(egress(LOOPBACK))
            response = await network.get(f"http://127.0.0.1:{server.port}/", timeout_s=2)
            with pytest.raises(OutOfScopeError):
                await network.get(response.header("location"), timeout_s=2)

    assert (response.status, other.visits) == (302, 0)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://127.0.0.1/", "http://u:p@127.0.0.1/", "http://"]
)
async def test_only_web_addresses_are_fetched(make_network, url) -> None:
    with pytest.raises(InvalidError):
        await make_network(egress(LOOPBACK)).get(url, timeout_s=2)


async def test_a_port_that_refused_is_not_asked_again_in_the_same_scan(make_network, journal) -> None:
    async with listening(lambda *_: None) as server:
        host, port = server.host, server.port
    network = make_network(egress(Seed(value="127.0.0.0/28")))

    for _ in range(2):
        with pytest.raises(NoAnswerError):
            async with network.connect(host, port, timeout_s=2):
                pass

    assert [(sent.address, sent.port) for sent in journal.last] == [(host, port)]


async def test_nobody_there_is_no_answer(make_network) -> None:
    async with listening(saying(b"")) as server:
        pass
    with pytest.raises(NoAnswerError):
        await make_network(egress(LOOPBACK)).get(f"http://127.0.0.1:{server.port}/", timeout_s=2)


@pytest.mark.parametrize(
    "key", [ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())]
)
async def test_the_certificate_is_shown_without_being_trusted(make_network, tmp_path, key) -> None:
    certificate = _self_signed(key)
    context = _server_context(tmp_path, certificate, key)
    named: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: named.append(name)
    async with listening(answering(b"HTTP/1.1 200 OK\r\n\r\nsecret"), ssl=context) as server:
        network = make_network(egress(LOOPBACK))
        peer = await network.tls("127.0.0.1", server.port, server_name="a.example", timeout_s=2)
        await network.tls("127.0.0.1", server.port, timeout_s=2)
        page = await network.get(f"https://127.0.0.1:{server.port}/", timeout_s=2)

    assert peer.certificates[0] == certificate.public_bytes(serialization.Encoding.DER)
    assert peer.version == "TLSv1.3"
    assert named == ["a.example", None, None]
    assert page.body == b"secret"


async def test_what_speaks_no_tls_or_nothing_is_no_answer(make_network) -> None:
    network = make_network(egress(LOOPBACK))
    async with listening(saying(b"220 mail ESMTP\r\n")) as plain:
        with pytest.raises(NoAnswerError, match="handshake"):
            await network.tls("127.0.0.1", plain.port, timeout_s=2)
    stop = asyncio.Event()
    async with listening(lambda reader, writer: stop.wait()) as silent:
        with pytest.raises(NoAnswerError, match="in time"):
            await network.tls("127.0.0.1", silent.port, timeout_s=0.1)
        with pytest.raises(NoAnswerError, match="in time"):
            await network.get(f"http://127.0.0.1:{silent.port}/", timeout_s=0.1)
        stop.set()


def _self_signed(key) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "corp.example")])
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(7)
        .public_key(key.public_key())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2021, 1, 1, tzinfo=dt.UTC))
        .sign(key, algorithm)
    )


def _server_context(folder, certificate, key) -> ssl.SSLContext:
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
