"""Certificates out of other tools' files."""

import hashlib
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.values import line, text
from chariot.model.keys import Key
from chariot.model.kinds.network import Certificate
from chariot.model.relationships import RelationshipType

_PEM_LIMIT = 200_000
_NAMES_LIMIT = 1_000
_UNREADABLE = (ValueError, TypeError, NotImplementedError, OverflowError, x509.InvalidVersion)


def certificate_of_pem(pem: Any) -> Certificate | None:
    """Return the certificate in *pem*, or None where it cannot be read."""
    written = text(pem, _PEM_LIMIT)
    try:
        parsed = x509.load_pem_x509_certificate(written.encode())
        return Certificate(
            sha256=hashlib.sha256(parsed.public_bytes(Encoding.DER)).hexdigest(),
            subject=text(parsed.subject.rfc4514_string()),
            issuer=text(parsed.issuer.rfc4514_string()),
            names=_names(parsed),
            not_before=parsed.not_valid_before_utc,
            not_after=parsed.not_valid_after_utc,
            key_type=_key_type(parsed),
            signature_algorithm=_signature(parsed),
            self_signed=parsed.issuer == parsed.subject,
        )
    except _UNREADABLE:
        return None


def present(record: Record, holder: Key, certificate: Certificate) -> None:
    """Say that *holder* presents *certificate*, and which names it certifies."""
    key = record.add(certificate)
    record.relate(RelationshipType.PRESENTS_CERTIFICATE, holder, key)
    for name in certificate.names:
        entity = try_address(name) or try_domain(name)
        if entity is not None:
            record.relate(RelationshipType.CERTIFIES, key, record.add(entity))


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    try:
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (*_UNREADABLE, x509.ExtensionNotFound, x509.DuplicateExtension):
        return ()
    found = [*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))]
    return tuple(line(name, 300) for name in found[:_NAMES_LIMIT])


def _key_type(parsed: x509.Certificate) -> str:
    match parsed.public_key():
        case rsa.RSAPublicKey() as key:
            return f"RSA {key.key_size}"
        case ec.EllipticCurvePublicKey() as key:
            return f"EC {key.curve.name}"[:64]
        case key:
            return type(key).__name__.removesuffix("PublicKey").lstrip("_")[:64]


def _signature(parsed: x509.Certificate) -> str:
    algorithm = parsed.signature_hash_algorithm
    return (algorithm.name if algorithm is not None else parsed.signature_algorithm_oid.dotted_string)[:64]
