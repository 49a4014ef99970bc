"""The lab's certificate authority: the same keys, certificates and fingerprints on every machine.

Each private key is derived from a public label, so anybody can make it: this authority proves nothing, and
belongs into no trust store but the scan's own.
"""

import datetime as dt
import hashlib
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from chariot.lab.world import Certificate

VALID_FROM = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
VALID_UNTIL = dt.datetime(2055, 1, 1, tzinfo=dt.UTC)
AUTHORITY_SERIAL = 1
MAX_COMMON_NAME = 64
"""Characters of a common name. Source: RFC 5280, appendix A.1, ub-common-name."""


def authority_pem() -> bytes:
    """Return the authority's certificate, which a client of the lab trusts, as PEM."""
    return _authority().public_bytes(serialization.Encoding.PEM)


def leaf_pem(certificate: Certificate) -> tuple[bytes, bytes]:
    """Return the certificate and its unencrypted private key, each as PEM."""
    return (
        _leaf(certificate).public_bytes(serialization.Encoding.PEM),
        _key(certificate.label).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


@cache
def fingerprint(certificate: Certificate) -> str:
    """Return the SHA-256 of the certificate's DER form, in lower-case hex."""
    return _leaf(certificate).fingerprint(hashes.SHA256()).hex()


def _key(label: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(hashlib.sha256(f"chariot lab key: {label}".encode()).digest())


def _authority_key() -> Ed25519PrivateKey:
    return _key("certificate authority")


def _authority_name() -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Chariot lab authority (worthless)")])


def _authority() -> x509.Certificate:
    key = _authority_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return (
        _builder(_authority_name(), AUTHORITY_SERIAL)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(identifier, critical=False)
        .sign(key, None)
    )


def _leaf(certificate: Certificate) -> x509.Certificate:
    key = _key(certificate.label)
    authority_key = _authority_key().public_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, certificate.names[0][:MAX_COMMON_NAME])])
    names = x509.SubjectAlternativeName([x509.DNSName(name) for name in certificate.names])
    return (
        _builder(subject, certificate.serial)
        .public_key(key.public_key())
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key), critical=False)
        .sign(_authority_key(), None)
    )


def _builder(subject: x509.Name, serial: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_authority_name())
        .serial_number(serial)
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
