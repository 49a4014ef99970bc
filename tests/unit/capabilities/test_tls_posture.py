import asyncio
import datetime as dt
import ssl
import struct
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.network.names import NoResolver
from chariot.adapters.network.network import ScanNetwork
from chariot.capabilities.support.ciphers import CIPHERS, keeps_secrets
from chariot.capabilities.support.hello import TLS12, TLS13, client_hello, is_old_answer, server_hello
from chariot.capabilities.tls_posture import HANDSHAKES_LIMIT, Posture, TlsPosture, flaws_of
from chariot.capability import Touch
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Port, WebApplication
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Attribute, Seed
from chariot.modules.discovery.buckets import Buckets
from chariot.modules.discovery.guard import Egress, EgressGuard, Errand
from chariot.modules.discovery.journal import CountingJournal
from chariot.modules.discovery.scope import Scope
from chariot.testing.network import Conversation, FakeNetwork

HOST = "127.0.0.1"
TEST = "192.0.2.7"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "corp.example")])
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .serial_number(7)
        .public_key(key.public_key())
        .not_valid_before(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        .not_valid_after(dt.datetime(2050, 1, 1, tzinfo=dt.UTC))
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return path


def network() -> ScanNetwork:
    guard = EgressGuard(Organisation("acme"), Scope.of([Seed(value="127.0.0.0/24")]))
    errand = Errand(capability="test", touch=Touch.ACTIVE, target=Key("#address#127.0.0.1"), scan="s1")
    return ScanNetwork(Egress(guard, errand), NoResolver("none"), Buckets(10_000, 10_000), CountingJournal())


async def look(context: ssl.SSLContext) -> list[object]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0, ssl=context)
    try:
        port = Port(address=HOST, protocol="tcp", number=server.sockets[0].getsockname()[1])
        return [found async for found in TlsPosture(network()).run(port)]
    finally:
        server.close()
        await server.wait_closed()


LDAP_ACCEPTS = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"
MAIL = ((b"EHLO", b"250-mx\r\n250 STARTTLS\r\n"), (b"STARTTLS", b"220 go on\r\n"))


@pytest.mark.parametrize(
    ("number", "greeting", "answers"),
    [
        (25, b"220 mx.corp.example ESMTP\r\n", MAIL),
        (143, b"* OK ready\r\n", ((b"a1 STARTTLS", b"a1 OK begin\r\n"),)),
        (110, b"+OK ready\r\n", ((b"STLS", b"+OK begin\r\n"),)),
        (21, b"220 (vsFTPd 3.0.5)\r\n", ((b"AUTH TLS", b"234 go on\r\n"),)),
        (389, b"", ((b"1.3.6.1.4.1.1466.20037", LDAP_ACCEPTS),)),
        (5432, b"", ((b"\x04\xd2\x16\x2f", b"S"),)),
    ],
    ids=["smtp", "imap", "pop3", "ftp", "ldap", "postgresql"],
)
async def test_what_is_accepted_behind_words_in_clear_is_told(certificate, number, greeting, answers):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_ciphers("ECDHE+AESGCM")

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        with suppress(OSError):
            for word, answer in answers:
                if word not in await reader.read(1_000):
                    break
                writer.write(answer)
            else:
                await writer.start_tls(context)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    own = server.sockets[0].getsockname()[1]
    try:
        port = Port(address=HOST, protocol="tcp", number=number, banner=greeting.decode().rstrip() or None)
        found = [item async for item in TlsPosture(Elsewhere(network(), own)).run(port)]
    finally:
        server.close()
        await server.wait_closed()

    assert TlsPosture(network()).match(port)
    assert facts(found)["tls-versions"] == "TLSv1.2, TLSv1.3"


class Elsewhere:
    """Leads each connection to one port: the usual ones of the services are not ours to listen on."""

    def __init__(self, inner: ScanNetwork, port: int) -> None:
        self._inner = inner
        self._port = port

    def connect(self, host: str, _port: int, *, timeout_s: float):
        return self._inner.connect(host, self._port, timeout_s=timeout_s)


def test_a_greeting_of_something_else_is_no_reason_to_look():
    ssh = Port(address=HOST, protocol="tcp", number=22, banner="SSH-2.0-OpenSSH_9.3p1")

    assert not TlsPosture(network()).match(ssh)


def facts(found: list[object]) -> dict[str, str]:
    return {item.label: item.value for item in found if isinstance(item, Attribute)}


def weaknesses(found: list[object]) -> list[str]:
    return [item.weakness for item in found if isinstance(item, Risk)]


async def test_a_sound_server_has_no_flaw(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM")

    found = await look(context)

    assert facts(found)["tls-versions"] == "TLSv1.2, TLSv1.3"
    assert "TLS_AES_256_GCM_SHA384" in facts(found)["tls-ciphers"]
    assert "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256" in facts(found)["tls-ciphers"]
    assert weaknesses(found) == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_old_versions_and_missing_forward_secrecy_are_flaws(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_ciphers("AES128-SHA:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_2

    found = await look(context)

    assert facts(found) == {
        "tls-versions": "TLSv1.0, TLSv1.1, TLSv1.2",
        "tls-ciphers": "TLS_RSA_WITH_AES_128_CBC_SHA",
    }
    assert weaknesses(found) == ["tls-accepts-tlsv1.0", "tls-accepts-tlsv1.1", "tls-no-forward-secrecy"]


@pytest.mark.parametrize(
    ("cipher", "weakness"),
    [
        ("TLS_RSA_WITH_NULL_SHA256", "tls-null-ciphers"),
        ("TLS_ECDH_anon_WITH_AES_128_CBC_SHA", "tls-anonymous-ciphers"),
        ("TLS_RSA_EXPORT_WITH_RC4_40_MD5", "tls-export-ciphers"),
        ("TLS_ECDHE_RSA_WITH_RC4_128_SHA", "tls-rc4-ciphers"),
        ("TLS_DHE_RSA_WITH_DES_CBC_SHA", "tls-des-ciphers"),
        ("TLS_ECDHE_RSA_WITH_3DES_EDE_CBC_SHA", "tls-3des-ciphers"),
    ],
)
def test_a_weak_cipher_is_a_flaw(cipher, weakness):
    strong = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"

    found = [flaw.weakness for flaw in flaws_of(Posture((TLS12,), (strong, cipher)))]

    assert cipher in CIPHERS.values()
    assert found == [weakness]


def test_what_an_attacker_on_the_way_could_use_is_a_flaw():
    posture = Posture((TLS12,), ("TLS_AES_128_GCM_SHA256",), compresses=True, renegotiates_safely=False)

    assert [flaw.weakness for flaw in flaws_of(posture)] == ["tls-compression", "tls-unsafe-renegotiation"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("TLS_AES_128_GCM_SHA256", True),
        ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", True),
        ("TLS_RSA_WITH_AES_128_GCM_SHA256", False),
    ],
)
def test_forward_secrecy_hangs_on_the_key_exchange(name, expected):
    assert keeps_secrets(name) is expected


def hello(version: int, cipher: int) -> bytes:
    body = (
        struct.pack(">H", version)
        + bytes(32)
        + b"\x00"
        + struct.pack(">HB", cipher, 0)
        + b"\x00\x05\xff\x01\x00\x01\x00"
    )
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return struct.pack(">BHH", 22, 0x0303, len(message)) + message


async def run(target, replies):
    fake = FakeNetwork(
        banners={(TEST, 443): Conversation(b"", replies)}, dns={("www.example.com", "A"): [TEST]}
    )
    found = [item async for item in TlsPosture(fake).run(target)]
    return found, fake


PORT = Port(address=TEST, protocol="tcp", number=443)


async def test_a_server_that_takes_whatever_is_offered_gets_a_bounded_number_of_hellos():
    found, fake = await run(PORT, lambda asked: hello(TLS12, struct.unpack(">H", asked[46:48])[0]))

    assert len([entry for entry in fake.sent if entry[0] == "connect"]) <= HANDSHAKES_LIMIT
    assert facts(found)["tls-versions"].endswith("TLSv1.2")


async def test_a_server_that_chooses_what_was_not_offered_ends_the_look():
    _, fake = await run(PORT, lambda _: hello(TLS12, 0xABCD))

    assert len([entry for entry in fake.sent if entry[0] == "connect"]) < 12


async def test_what_speaks_no_tls_gets_one_hello():
    found, fake = await run(PORT, lambda _: b"HTTP/1.1 400 Bad Request\r\n\r\n")

    assert (found, len(fake.sent)) == ([], 2)


async def test_a_web_application_is_looked_at_only_where_its_port_wants_a_name():
    target = WebApplication(url="https://www.example.com/")

    def wants_name(asked: bytes) -> bytes:
        return hello(TLS12, 0xC02F) if b"www.example.com" in asked else b"\x15\x03\x01\x00\x02\x02\x28"

    alike, _ = await run(target, lambda _: hello(TLS12, 0xC02F))
    named, _ = await run(target, wants_name)

    assert alike == []
    assert facts(named)["tls-versions"] == "TLSv1.2"


def test_ssl_2_is_known_by_its_own_answer():
    assert is_old_answer(b"\x80\x12\x04\x00\x01\x00\x02\x00\x00\x00\x03\x00\x00")
    assert not is_old_answer(b"\x15\x03\x00\x00\x02\x02\x28")


@pytest.mark.parametrize("port", [Port(address=TEST, protocol="tcp", number=22, banner="SSH-2.0"), PORT])
def test_what_speaks_first_speaks_no_tls(port):
    assert TlsPosture(FakeNetwork()).match(port) is (port.banner is None)


@given(st.binary(max_size=200))
async def test_any_answer_is_read(data):
    server_hello(data)
    server_hello(hello(TLS13, 0x1301)[:9] + data)
    await run(PORT, lambda _: data)


@given(st.sets(st.sampled_from([0x0300, 0x0301, 0x0303, 0x0304]), min_size=1))
def test_a_hello_says_its_own_length(versions):
    data = client_hello(versions, CIPHERS, server_name="www.example.com")

    assert len(data) == 5 + struct.unpack(">H", data[3:5])[0]
    assert len(data) == 9 + int.from_bytes(data[6:9], "big")
