"""Chains of certificates of servers on loopback, seen by the scanners through the real network."""

import datetime as dt
import ssl

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chariot.adapters.network.streams import peer_of
from chariot.capabilities.service_probes import ServiceProbes
from chariot.capabilities.support.parameters import PeerParameters
from chariot.capabilities.tls_certificate import TlsCertificate
from chariot.capability import CannotRunError
from chariot.model.kinds.network import Port
from chariot.model.kinds.weakness import Risk
from chariot.model.kinds.work import Attribute, Seed
from chariot.modules.discovery.authorities import authorities_of

from .loopback import egress, listening, saying

LOOPBACK = Seed(value="127.0.0.0/24")
NOW = dt.datetime.now(dt.UTC)
DAY = dt.timedelta(days=1)

KNOWING = pytest.mark.skipif(
    bool(authorities_of().gap), reason="without authorities of this machine nobody is known to be a stranger"
)


def signed(common, signer=None, *, ca=True, until=NOW + 90 * DAY):
    """Return a certificate and its key, signed by *signer* (such a pair too) or by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(signer[0].subject if signer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 90 * DAY)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
    )
    return builder.sign(signer[1] if signer else key, hashes.SHA256()), key


ROOT = signed("Root of the test")
MIDDLE = signed("Intermediate of the test", ROOT)
OLD = signed("Old intermediate of the test", ROOT, until=NOW - DAY)
LEAF = signed("a.example", MIDDLE, ca=False)
LEAF_OF_OLD = signed("b.example", OLD, ca=False)
UPPER = signed("Upper of the test", ROOT)
LEAF_OF_LOWER = signed("c.example", lower := signed("Lower of the test", UPPER), ca=False)
STRANGER = signed("Root that nobody knows")
LEAF_OF_STRANGER = signed("d.example", STRANGER, ca=False)
ALONE = signed("e.example", ca=False)


def pem(*pairs):
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one, _ in pairs)


def serving(folder, *chain, newest=ssl.TLSVersion.TLSv1_3):
    private = chain[0][1].private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "server.pem"
    path.write_bytes(private + pem(*chain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.maximum_version = newest
    context.load_cert_chain(path)
    return context


@pytest.fixture
def ca_file(tmp_path):
    path = tmp_path / "ca.pem"
    path.write_bytes(pem(ROOT))
    return str(path)


async def look(capability, target):
    """Return the weaknesses, the words on trust, and why it is unknown."""
    found, unknown = [], ""
    try:
        async for item in capability.run(target):
            found.append(item)  # noqa: PERF401 - what came before the error is kept
    except CannotRunError as error:
        unknown = str(error)
    weaknesses = [item.weakness for item in found if isinstance(item, Risk)]
    trust = [
        item.value for item in found if isinstance(item, Attribute) and item.label == "certificate-trust"
    ]
    return weaknesses, trust, unknown


@KNOWING
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize(
    ("chain", "weaknesses", "trust"),
    [
        ((LEAF, MIDDLE), [], "trusted: CN=Root of the test"),
        ((LEAF, MIDDLE, ROOT), [], "trusted: CN=Root of the test"),
        ((LEAF, ROOT), ["certificate-incomplete-chain"], "incomplete chain"),
        ((LEAF_OF_OLD, OLD), ["certificate-chain-expired"], "chain out of date"),
        ((LEAF_OF_LOWER, UPPER, lower), ["certificate-chain-order"], "trusted: CN=Root of the test"),
        ((LEAF_OF_STRANGER, STRANGER), ["certificate-untrusted-issuer"], "unknown issuer"),
        ((ALONE,), ["certificate-self-signed"], "self-signed"),
    ],
    ids=["whole", "with its root", "a gap", "expired", "wrong order", "a stranger", "self-signed"],
)
async def test_what_is_wrong_with_a_chain_is_told(
    make_network, tmp_path, ca_file, chain, weaknesses, trust, newest
) -> None:
    async with listening(saying(b""), ssl=serving(tmp_path, *chain, newest=newest)) as server:
        capability = TlsCertificate(make_network(egress(LOOPBACK)), PeerParameters(ca_file=ca_file))
        seen = await look(capability, Port(address="127.0.0.1", protocol="tcp", number=server.port))

    assert seen == (weaknesses, [trust], "")


@KNOWING
async def test_without_the_file_of_authorities_a_chain_is_not_trusted(make_network, tmp_path) -> None:
    async with listening(saying(b""), ssl=serving(tmp_path, LEAF, MIDDLE)) as server:
        capability = TlsCertificate(make_network(egress(LOOPBACK)))
        weaknesses, trust, unknown = await look(
            capability, Port(address="127.0.0.1", protocol="tcp", number=server.port)
        )

    assert (weaknesses, trust, unknown) == (["certificate-untrusted-issuer"], ["unknown issuer"], "")


async def test_with_a_file_that_cannot_be_read_it_is_unknown_and_no_finding(make_network, tmp_path) -> None:
    gone = str(tmp_path / "gone.pem")
    async with listening(saying(b""), ssl=serving(tmp_path, LEAF, MIDDLE)) as server:
        capability = TlsCertificate(make_network(egress(LOOPBACK)), PeerParameters(ca_file=gone))
        weaknesses, _, unknown = await look(
            capability, Port(address="127.0.0.1", protocol="tcp", number=server.port)
        )

    assert weaknesses == []
    assert gone in unknown


async def test_a_connection_that_is_upgraded_shows_its_chain_as_well(make_network, tmp_path, ca_file) -> None:
    context = serving(tmp_path, LEAF, MIDDLE)

    async def mail(reader, writer) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        while line := await reader.readline():
            if line.upper().startswith(b"EHLO"):
                writer.write(b"250-mail.example\r\n250 STARTTLS\r\n")
            elif line.upper().startswith(b"STARTTLS"):
                writer.write(b"220 go on\r\n")
                await writer.drain()
                await writer.start_tls(context)
            else:
                writer.write(b"250 fine\r\n")
            await writer.drain()

    async with listening(mail) as server:
        capability = ServiceProbes(make_network(egress(LOOPBACK)), PeerParameters(ca_file=ca_file))
        _, trust, unknown = await look(
            capability, Port(address="127.0.0.1", protocol="tcp", number=server.port)
        )

    assert (trust, unknown) == (["trusted: CN=Root of the test"], "")


class Told:
    """What a TLS connection tells of itself in a Python that tells the leaf alone."""

    def get_extra_info(self, name):
        return {"ssl_object": self}[name]

    def getpeercert(self, *, binary_form):
        return b"leaf" if binary_form else {}

    def cipher(self):
        return ("TLS_AES_128_GCM_SHA256", "TLSv1.3", 128)

    def version(self):
        return "TLSv1.3"


def test_a_python_that_tells_no_chain_tells_so() -> None:
    peer = peer_of(Told())

    assert (peer.certificates, peer.is_whole) == ((b"leaf",), False)
