import datetime as dt
import hashlib
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from chariot.capabilities.support.certificates import read_certificate
from chariot.capabilities.tls_certificate import TlsCertificate
from chariot.capability import TlsPeer
from chariot.model.kinds.network import Certificate, Port, WebApplication
from chariot.model.kinds.weakness import Technology
from chariot.model.relationships import Relationship, RelationshipType
from chariot.testing.network import FakeNetwork

KEY = ec.derive_private_key(7, ec.SECP256R1())
PORT = Port(address="192.0.2.7", protocol="tcp", number=443)
WEB = WebApplication(url="https://www.example.com:8443/")
DAY = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)


def certificate(*names, subject="www.example.com"):
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    builder = x509.CertificateBuilder(who, who, KEY.public_key(), 7, DAY, DAY + dt.timedelta(days=90))
    # The library checks what it writes; a target need not, so names are put in unchecked.
    general = [x509.DNSName._init_without_validation(name) for name in names if not name[:1].isdigit()]
    general += [x509.IPAddress(ip_address(name)) for name in names if name[:1].isdigit()]
    builder = builder.add_extension(x509.SubjectAlternativeName(general), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


async def look(target, *certificates):
    network = FakeNetwork(
        peers={
            ("192.0.2.7", 443): TlsPeer(certificates, "TLSv1.3", "x"),
            ("www.example.com", 8443, "www.example.com"): TlsPeer(certificates, "TLSv1.3", "x"),
        }
    )
    found = [item async for item in TlsCertificate(network).run(target)]
    return found, network


async def test_a_port_presents_its_certificate_without_a_server_name():
    der = certificate("www.example.com")

    found, network = await look(PORT, der)

    assert found[0].sha256 == hashlib.sha256(der).hexdigest()
    assert (found[1].type.value, found[1].source) == ("PRESENTS_CERTIFICATE", PORT.key)
    assert network.sent == [("tls", "192.0.2.7", "443", "")]


async def test_a_web_application_is_asked_by_its_name():
    found, network = await look(WEB, certificate("www.example.com"))

    assert isinstance(found[0], Certificate)
    assert network.sent == [("tls", "www.example.com", "8443", "www.example.com")]


async def test_the_names_in_a_certificate_show_an_appliance():
    found, _ = await look(PORT, certificate("nas.example.com", subject="QNAP NAS"))

    shown = [item for item in found if isinstance(item, Technology)]
    assert [item.product for item in shown] == ["QNAP QTS"]
    assert any(isinstance(item, Relationship) and item.target == shown[0].key for item in found)


async def test_a_wildcard_stands_for_its_parent():
    found, _ = await look(
        PORT, certificate("*.shop.example.com", "example.com", "shop.example.com", "192.0.2.9")
    )

    certified = [
        item.target
        for item in found
        if isinstance(item, Relationship) and item.type is RelationshipType.CERTIFIES
    ]
    assert sorted(certified) == ["#address#192.0.2.9", "#domain#example.com", "#domain#shop.example.com"]


async def test_hostile_names_are_passed_over_and_the_others_kept():
    found, _ = await look(
        PORT, certificate("*", "", "a b", "<script>", "x" * 300, "*.*.example.com", "ok.example.com")
    )

    assert [item.key for item in found if item.__class__.__name__ == "Domain"] == ["#domain#ok.example.com"]


def test_what_a_certificate_says_is_read():
    read = read_certificate(certificate("www.example.com"))

    assert (read.subject, read.issuer, read.self_signed) == ("CN=www.example.com", "CN=www.example.com", True)
    assert (read.key_type, read.signature_algorithm) == ("EC secp256r1", "sha256")
    assert (read.not_before, read.not_after) == (DAY, DAY + dt.timedelta(days=90))
    assert read.names == ("www.example.com",)


async def test_a_port_without_tls_has_no_certificate():
    assert [found async for found in TlsCertificate(FakeNetwork()).run(PORT)] == []


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (PORT, True),
        (Port(address="192.0.2.7", protocol="tcp", number=22, banner="SSH-2.0-x"), False),
        (Port(address="192.0.2.7", protocol="udp", number=443), False),
        (Port(address="192.0.2.7", protocol="tcp", number=80, service="http"), True),
        (WEB, True),
        (WebApplication(url="http://www.example.com/"), False),
    ],
)
def test_only_what_may_speak_tls_is_asked(target, expected):
    assert TlsCertificate(FakeNetwork()).match(target) is expected


@given(st.binary(max_size=200))
async def test_any_bytes_for_a_certificate_are_read(der):
    found, _ = await look(PORT, der)

    assert found == []


@given(st.integers(0, 400), st.integers(0, 255))
def test_a_damaged_certificate_is_read_as_far_as_it_goes(place, byte):
    der = bytearray(certificate("www.example.com", "*.example.com"))
    der[place % len(der)] = byte

    read = read_certificate(bytes(der))

    assert read is None or read.sha256 == hashlib.sha256(der).hexdigest()
