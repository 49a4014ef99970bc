"""Certificates that services present, and the names in them."""

import contextlib
import hashlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC
from typing import ClassVar
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from chariot.capabilities.support.reading import storable, try_address, try_domain
from chariot.capability import Capability, Found, NoAnswerError, Touch
from chariot.model.kinds.network import Certificate, Port, WebApplication
from chariot.model.relationships import Relationship, RelationshipType

HANDSHAKE_TIMEOUT_S = 4.0
"""A service that does not speak TLS may keep silent until the end of it."""
NAMES_LIMIT = 10_000
LINE_LIMIT = 4_096
# What the library raises for what it cannot read; the bytes were chosen by the target.
_UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


class TlsCertificate(Capability[Port | WebApplication]):
    """Shake hands (without SNI at a port, with it at a web application) and read the leaf certificate.

    A wildcard stands for its parent domain. Source: RFC 6125, section 6.4.3.
    """

    name = "tls-certificate"
    touch = Touch.LIGHT
    timeout_s: ClassVar[float] = 30.0

    def match(self, target: Port | WebApplication) -> bool:
        """Tell whether TLS may be there: an https application, or a port that said nothing first.

        A port's service is not asked: another capability may state it before or after, and whether TLS is looked
        for must not hang on which of them was quicker.
        """
        if isinstance(target, WebApplication):
            return target.url.startswith("https:")
        return target.protocol == "tcp" and not target.banner

    async def run(self, target: Port | WebApplication) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        host, port, server_name = _endpoint(target)
        with contextlib.suppress(NoAnswerError):
            peer = await self.network.tls(host, port, server_name=server_name, timeout_s=HANDSHAKE_TIMEOUT_S)
            certificate = read_certificate(peer.certificates[0]) if peer.certificates else None
            if certificate is not None:
                yield certificate
                yield Relationship(RelationshipType.PRESENTS_CERTIFICATE, target.key, certificate.key)
                for found in _certified(certificate):
                    yield found


def _endpoint(target: Port | WebApplication) -> tuple[str, int, str]:
    """Return host, port and server name; an address is no server name. Source: RFC 6066, section 3."""
    if isinstance(target, Port):
        return target.address, target.number, ""
    parts = urlsplit(target.url)
    host = parts.hostname or ""
    return host, parts.port or 443, "" if try_address(host) else host


def _certified(certificate: Certificate) -> Iterator[Found]:
    seen = set()
    for name in certificate.names:
        entity = try_address(name) or try_domain(name.removeprefix("*."))
        if entity is not None and entity.key not in seen:
            seen.add(entity.key)
            yield entity
            yield Relationship(RelationshipType.CERTIFIES, certificate.key, entity.key)


def read_certificate(der: bytes) -> Certificate | None:
    """Return the certificate in *der*, with the parts that can be read; None when it is none."""
    try:
        parsed = x509.load_der_x509_certificate(der)
        not_before, not_after = parsed.not_valid_before_utc, parsed.not_valid_after_utc
    except _UNREADABLE:
        return None
    subject, issuer = _text(parsed, "subject"), _text(parsed, "issuer")
    return Certificate(
        sha256=hashlib.sha256(der).hexdigest(),
        subject=subject,
        issuer=issuer,
        names=_names(parsed),
        not_before=not_before.astimezone(UTC),
        not_after=not_after.astimezone(UTC),
        key_type=_key_type(parsed),
        signature_algorithm=_signature_algorithm(parsed),
        self_signed=bool(subject) and _is_self_signed(parsed),
    )


def _text(parsed: x509.Certificate, field: str) -> str:
    with contextlib.suppress(*_UNREADABLE):
        return storable(getattr(parsed, field).rfc4514_string(), LINE_LIMIT)
    return ""


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    with contextlib.suppress(*_UNREADABLE, x509.ExtensionNotFound):
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        texts = [
            *names.get_values_for_type(x509.DNSName),
            *map(str, names.get_values_for_type(x509.IPAddress)),
        ]
        return tuple(storable(text, LINE_LIMIT) for text in texts[:NAMES_LIMIT])
    return ()


def _key_type(parsed: x509.Certificate) -> str:
    with contextlib.suppress(*_UNREADABLE):
        match parsed.public_key():
            case rsa.RSAPublicKey() as key:
                return f"RSA {key.key_size}"
            case ec.EllipticCurvePublicKey() as key:
                return f"EC {key.curve.name}"[:64]
            case dsa.DSAPublicKey() as key:
                return f"DSA {key.key_size}"
            case key:
                return type(key).__name__.removesuffix("PublicKey").lstrip("_")[:64]
    return ""


def _signature_algorithm(parsed: x509.Certificate) -> str:
    with contextlib.suppress(*_UNREADABLE):
        algorithm = parsed.signature_hash_algorithm
        return (
            algorithm.name[:64]
            if algorithm is not None
            else parsed.signature_algorithm_oid.dotted_string[:64]
        )
    return parsed.signature_algorithm_oid.dotted_string[:64]


def _is_self_signed(parsed: x509.Certificate) -> bool:
    with contextlib.suppress(*_UNREADABLE):
        return parsed.issuer == parsed.subject
    return False
