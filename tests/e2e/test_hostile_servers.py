"""Servers that mean harm, on real sockets, through the real runner: it ends, stays small and keeps its scope."""

import asyncio
import datetime as dt
import gzip
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chariot.adapters.network.names import NoResolver
from chariot.adapters.network.network import ScanNetworkFactory
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.capabilities.http import Http
from chariot.capabilities.http_posture import HttpPosture
from chariot.capabilities.tcp_ports import TcpPorts
from chariot.capabilities.tls_certificate import TlsCertificate
from chariot.capability import DnsAnswer
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Port, WebApplication
from chariot.model.kinds.work import Job, Seed
from chariot.model.observations import Edit, Observations
from chariot.model.states import Outcome
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.journal import CountingJournal
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.messages import JobOrder, job_message
from chariot.modules.discovery.registry import Registry
from chariot.modules.discovery.runner import Runner
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
HOST = "127.9.0.5"
NEIGHBOUR = "127.10.0.1"
LONGEST_S = 60.0
"""Far more than any of them may take; who stalls is caught by it."""
OPEN_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class _Nameless(NoResolver):
    """Knows no names at all."""

    async def ask(self, name: str, record: str) -> DnsAnswer:
        return DnsAnswer("NXDOMAIN")


class Looked:
    """One surface, and a runner that looks at it through the real network."""

    def __init__(self, store: SqliteEntityStore, port: int) -> None:
        self.journal = CountingJournal()
        self._store = store
        self._surface = SurfaceService(store)
        networks = ScanNetworkFactory(_Nameless("none"), Buckets(10_000, 10_000), self.journal)
        parameters = {"http": {"ports": [port]}, "tcp-ports": {"ports": [port]}}
        registry = Registry([Http, HttpPosture, TcpPorts, TlsCertificate], parameters)
        self._runner = Runner("capability-asset", registry, self._surface, ScopeKeeper(store), networks)

    async def at(self, target: Entity, capability: str) -> Job:
        """Run one capability at *target*, and return its job."""
        seed = Seed(value="127.9.0.0/24")
        await self._surface.edit(ACME, [Edit(actor="ann", entity=seed)])
        seen: Any = (target,)
        await self._surface.observe(
            ACME, Observations(capability="import", seen_at=datetime.now(UTC), entities=seen)
        )
        order = JobOrder(capability=capability, key=target.key, scan="s1")
        async with asyncio.timeout(LONGEST_S):
            await self._runner.handle(job_message(ACME, "capability-asset", order))
        job = await self.get(Key(f"#job#{capability}{target.key}"))
        assert isinstance(job, Job)
        return job

    async def get(self, key: Key) -> Entity | None:
        record = (await self._store.get(ACME, [key])).get(key)
        return None if record is None else record.entity


@asynccontextmanager
async def looking(
    tmp_path: Path, serve: Serve, context: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[Looked, int]]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(served, HOST, 0, ssl=context)
    database = SqliteDatabase(tmp_path / "hostile.db")
    try:
        port = server.sockets[0].getsockname()[1]
        yield Looked(SqliteEntityStore(database), port), port
    finally:
        server.close()
        await database.close()


def page(answer: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await answer(writer)
        await writer.drain()

    return serve


async def bomb(writer: asyncio.StreamWriter) -> None:
    packed = gzip.compress(bytes(64 << 20), compresslevel=9)
    writer.write(OPEN_HEAD + b"Content-Encoding: gzip\r\n\r\n" + packed)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(OPEN_HEAD + b"\r\n")
    while not writer.is_closing():
        writer.write(b"<p>more</p>" * 5_000)
        await writer.drain()


async def flood_of_headers(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n")
    while not writer.is_closing():
        writer.write(b"X-More: and more\r\n" * 1_000)
        await writer.drain()


@pytest.mark.parametrize(
    ("answer", "kept"),
    [(bomb, True), (endless, True), (flood_of_headers, False)],
    ids=lambda one: str(one)[:20],
)
async def test_a_page_without_measure_is_cut(tmp_path: Path, answer: Any, kept: bool) -> None:
    async with looking(tmp_path, page(answer)) as (looked, port):
        job = await looked.at(Address(ip=HOST), "http")
        application = await looked.get(Key(f"#webapplication#http://{HOST}:{port}/"))

    assert (application is not None) is kept, job
    assert {sent.address for sent in looked.journal.last if sent.what != "dns"} == {HOST}


async def test_a_greeting_without_an_end_is_kept_in_part(tmp_path: Path) -> None:
    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"SSH-2.0-x\x00\x1b[2J" * 5_000)
            await writer.drain()

    async with looking(tmp_path, serve) as (looked, number):
        await looked.at(Address(ip=HOST), "tcp-ports")
        port = await looked.get(Port(address=HOST, protocol="tcp", number=number).key)

    assert isinstance(port, Port)
    assert port.banner is not None
    assert len(port.banner) <= 4_096
    assert "\x00" not in port.banner


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", f"http://{NEIGHBOUR}:{{port}}/", "http://169.254.169.254/", "//[::1]/", "\\\\x"],
)
async def test_a_redirect_inward_or_to_a_file_is_written_down_and_not_followed(
    tmp_path: Path, location: str
) -> None:
    where: list[str] = []

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(
            f"HTTP/1.1 302 Found\r\nLocation: {where[0]}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )

    async with looking(tmp_path, page(answer)) as (looked, port):
        visited: list[object] = []
        neighbour = await asyncio.start_server(lambda *_: visited.append(_), NEIGHBOUR, port)
        where.append(location.format(port=port))
        target = WebApplication(url=f"http://{HOST}:{port}/")
        await looked.at(Address(ip=HOST), "http")
        await looked.at(target, "http-posture")
        neighbour.close()

    assert visited == []
    assert {sent.address for sent in looked.journal.last if sent.what != "dns"} == {HOST}


async def test_a_certificate_with_ten_thousand_names_is_read(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path, 10_000))

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(100)

    async with looking(tmp_path, serve, context) as (looked, number):
        job = await looked.at(Port(address=HOST, protocol="tcp", number=number), "tls-certificate")

    # The names are somebody else's: nothing is kept of them but that the certificate shows them.
    assert job.found is not None
    assert 1 <= job.found <= 100


@pytest.mark.parametrize(
    ("capability", "target"),
    [
        ("tls-certificate", lambda number: Port(address=HOST, protocol="tcp", number=number)),
        ("http", lambda _: Address(ip=HOST)),
    ],
)
async def test_a_certificate_that_is_too_large_to_be_read_is_unknown_and_not_clean(
    tmp_path: Path, capability: str, target: Callable[[int], Entity]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(_certificate(tmp_path, 10_000, ending=".example.com"))

    async def serve(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.read(100)

    async with looking(tmp_path, serve, context) as (looked, number):
        job = await looked.at(target(number), capability)

    assert job.outcome is Outcome.UNKNOWN
    assert "larger than what is read" in job.reason


def _certificate(folder: Path, names: int, *, ending: str = ".io") -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "corp.example")])
    # Short, so that all of them fit into what OpenSSL takes for a chain: 100 kB.
    others = [x509.DNSName(f"{number:x}{ending}") for number in range(names)]
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(7)
        .public_key(key.public_key())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2050, 1, 1, tzinfo=dt.UTC))
        .add_extension(x509.SubjectAlternativeName(others), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path
