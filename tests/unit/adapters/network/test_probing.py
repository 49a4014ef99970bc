"""What probes need beyond a page: one packet, TLS on an open connection, requests of any method."""

import asyncio
import datetime as dt
import ssl
from contextlib import asynccontextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import NameOID

from chariot.capability import NoAnswerError
from chariot.errors import InvalidError, OutOfScopeError
from chariot.model.kinds.work import Seed

from .loopback import ORGANISATION, egress, listening

LOOPBACK = Seed(value="127.0.0.0/24")
OUTSIDE = "127.9.9.9"


class Echo(asyncio.DatagramProtocol):
    """Answers each packet with *answer*, and remembers what came."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.received: list[bytes] = []
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr) -> None:
        self.received.append(data)
        if self.answer:
            self.transport.sendto(self.answer, addr)


@asynccontextmanager
async def udp(answer: bytes, host: str = "127.0.0.1"):
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: Echo(answer), local_addr=(host, 0)
    )
    try:
        yield server, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


async def test_one_packet_brings_one_answer_and_stands_in_the_journal(make_network, journal) -> None:
    async with udp(b"pong" * 10) as (server, port):
        network = make_network(egress(LOOPBACK))
        answer = await network.datagram("127.0.0.1", port, b"ping", timeout_s=5, limit_bytes=8)

    assert (answer, server.received) == (b"pongpong", [b"ping"])
    assert journal.counts == {(ORGANISATION, "udp"): 1}


async def test_a_packet_goes_to_nobody_out_of_scope(make_network, journal) -> None:
    async with udp(b"pong", OUTSIDE) as (server, port):
        with pytest.raises(OutOfScopeError):
            await make_network(egress(LOOPBACK)).datagram(OUTSIDE, port, b"ping", timeout_s=5)

    assert server.received == []
    assert journal.counts.total() == 0


async def test_a_silent_or_closed_port_is_no_answer(make_network) -> None:
    network = make_network(egress(LOOPBACK))
    async with udp(b"") as (_, port):
        with pytest.raises(NoAnswerError):
            await network.datagram("127.0.0.1", port, b"ping", timeout_s=0.05)
    with pytest.raises(NoAnswerError):
        await network.datagram("127.0.0.1", port, b"ping", timeout_s=5)


async def test_a_connection_goes_on_inside_tls(make_network, tmp_path) -> None:
    context = _server_context(tmp_path)

    async def handler(reader, writer) -> None:
        writer.write(b"220 mx ESMTP\r\n")
        await reader.readuntil(b"\n")
        writer.write(b"220 go on\r\n")
        await writer.start_tls(context)
        writer.write(b"heard " + await reader.readuntil(b"\n"))
        await writer.drain()

    async with listening(handler) as server:
        network = make_network(egress(LOOPBACK))
        async with network.connect("127.0.0.1", server.port, timeout_s=5) as stream:
            await stream.read(100, timeout_s=5)
            await stream.send(b"STARTTLS\r\n")
            await stream.read(100, timeout_s=5)
            peer = await stream.upgrade(server_name="mx.example.com", timeout_s=5)
            await stream.send(b"EHLO me\r\n")
            said = await stream.read(100, timeout_s=5)

    assert (peer.version, len(peer.certificates)) == ("TLSv1.3", 1)
    assert said == b"heard EHLO me\r\n"


async def test_who_speaks_no_tls_cannot_be_upgraded(make_network) -> None:
    async def handler(reader, writer) -> None:
        await reader.read(100)
        writer.write(b"500 what?\r\n")

    async with listening(handler) as server:
        network = make_network(egress(LOOPBACK))
        async with network.connect("127.0.0.1", server.port, timeout_s=5) as stream:
            with pytest.raises(NoAnswerError):
                await stream.upgrade(timeout_s=5)


async def test_a_request_has_its_method_headers_and_body(make_network, journal) -> None:
    asked: list[bytes] = []

    async def handler(reader, writer) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n") + await reader.readexactly(2))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with listening(handler) as server:
        await make_network(egress(LOOPBACK)).request(
            "POST",
            f"http://127.0.0.1:{server.port}/graphql",
            headers=(("Origin", "https://elsewhere.example"), ("Accept", "application/json")),
            body=b"{}",
            timeout_s=5,
        )

    head = asked[0].decode()
    assert head.startswith("POST /graphql HTTP/1.1\r\n")
    assert head.endswith("\r\n\r\n{}")
    assert {"Origin: https://elsewhere.example", "Accept: application/json", "Content-Length: 2"} <= set(
        head.split("\r\n")
    )
    assert "Accept: */*" not in head
    assert journal.last[-1].detail == "POST /graphql"


async def test_an_answer_to_head_has_no_body_to_wait_for(make_network) -> None:
    stop = asyncio.Event()

    async def handler(reader, writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        await stop.wait()

    async with listening(handler) as server:
        network = make_network(egress(LOOPBACK))
        answer = await network.request("HEAD", f"http://127.0.0.1:{server.port}/", timeout_s=60)
        stop.set()

    assert (answer.status, answer.body, answer.cut) == (200, b"", False)


@pytest.mark.parametrize(
    ("method", "header"),
    [("GET /x", ("A", "b")), ("GET", ("A b", "c")), ("GET", ("A", "b\r\nHost: other.example"))],
)
async def test_what_would_smuggle_a_request_is_refused(make_network, method, header) -> None:
    with pytest.raises(InvalidError):
        await make_network(egress(LOOPBACK)).request(
            method, "http://127.0.0.1:1/", headers=(header,), timeout_s=5
        )


def _server_context(folder) -> ssl.SSLContext:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "corp.example")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(7)
        .public_key(key.public_key())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2021, 1, 1, tzinfo=dt.UTC))
        .sign(key, None)
    )
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context
