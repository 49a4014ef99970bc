from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from chariot.formats.support.certificates import certificate_of_pem, present
from chariot.formats.support.record import Record


def made() -> str:
    key = ed25519.Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a.test")])
    now = datetime(2026, 1, 1, tzinfo=UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("*.a.test"), x509.IPAddress(ip_address("192.0.2.7"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=9))
        .add_extension(names, critical=False)
        .sign(key, None)
    )
    return certificate.public_bytes(Encoding.PEM).decode()


def test_a_certificate_is_read_with_its_names() -> None:
    certificate = certificate_of_pem(made())

    assert certificate is not None
    assert (certificate.names, certificate.key_type, certificate.self_signed) == (
        ("*.a.test", "192.0.2.7"),
        "Ed25519",
        True,
    )


def test_it_certifies_names_and_addresses() -> None:
    record = Record("here")
    certificate = certificate_of_pem(made())
    assert certificate is not None

    present(record, record.port("192.0.2.7", 443), certificate)

    assert {one.target for one in record.parsed().relationships if one.type.value == "CERTIFIES"} == {
        "#domain#a.test",
        "#address#192.0.2.7",
    }


@given(pem=st.text(max_size=200) | st.none() | st.integers())
def test_what_is_no_certificate_is_none(pem: object) -> None:
    assert certificate_of_pem(pem) is None
    assert certificate_of_pem(f"-----BEGIN CERTIFICATE-----\n{pem}\n-----END CERTIFICATE-----\n") is None
