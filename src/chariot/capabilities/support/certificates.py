"""Certificates: what is in one, the names that it leads to, and what is wrong with it."""

import contextlib
import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa

from chariot.capabilities.support.findings import Flaw, facts, flaws
from chariot.capabilities.support.reading import storable, try_address, try_domain
from chariot.capabilities.support.trust import UNREADABLE, judge
from chariot.capabilities.support.weaknesses import attribute
from chariot.capability import CannotRunError, Found
from chariot.model.keys import Key
from chariot.model.kinds.network import Certificate
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity
from chariot.modules.discovery.authorities import Authorities

NAMES_LIMIT = 10_000
LINE_LIMIT = 4_096
SOON = timedelta(days=14)
"""How long before its end a certificate is worth a word; most are renewed a month before."""
_KEY = re.compile(r"(RSA|DSA) (\d{1,6})|EC (?:secp|sect|prime|brainpoolP)(\d{3})[a-z0-9]{0,4}")
_WEAK_HASHES = frozenset({"md5", "sha1"})
_RSA_LEAST_BITS = 2_048
_EC_LEAST_BITS = 224
"""Source: NIST SP 800-131A, revision 2, section 3."""
_RENEW = "Put a new certificate in place, and let its renewal run by itself."


def presented(
    target: Key,
    chain: Sequence[bytes],
    *,
    authorities: Authorities,
    now: datetime,
    host: str = "",
    is_whole: bool = True,
) -> Iterator[Found]:
    """Yield the certificate that *target* showed, the names in it, and what is wrong with it and its chain.

    Nothing if it is unreadable. *chain* is DER, the leaf first; *host* is the name under which it was asked for,
    which the certificate should hold; *is_whole* as `trust.judge` has it.

    Raises:
        CannotRunError: last of all, where it is unknown whether the certificate is trusted.
    """
    certificate = read_certificate(chain[0]) if chain else None
    if certificate is None:
        return
    yield certificate
    yield Relationship(RelationshipType.PRESENTS_CERTIFICATE, target, certificate.key)
    yield from _certified(certificate)
    if _must_staple(chain[0]):
        yield from attribute(target, "ocsp-must-staple", "yes")
    judged = judge(chain, authorities, now=now, is_whole=is_whole)
    yield from facts(target, [("certificate-trust", judged.trust)])
    yield from flaws(target, flaws_of(certificate, now=now, host=host, is_named=judged.is_named))
    yield from flaws(target, judged.flaws)
    if judged.unknown:
        raise CannotRunError(judged.unknown)


def flaws_of(
    certificate: Certificate, *, now: datetime, host: str = "", is_named: bool = False
) -> Iterator[Flaw]:
    """Yield what is wrong with *certificate* at *now*; one that *is_named* as trusted may vouch for itself."""
    ends, begins = certificate.not_after, certificate.not_before
    if ends is not None and ends < now:
        yield _flaw(
            "expired",
            "The certificate has expired",
            Severity.MEDIUM,
            f"valid until {ends:%Y-%m-%d}",
            "CWE-298",
        )
    elif ends is not None and ends - now < SOON:
        yield _flaw(
            "expires-soon",
            "The certificate expires soon",
            Severity.LOW,
            f"valid until {ends:%Y-%m-%d}",
            "CWE-298",
        )
    if begins is not None and begins > now:
        yield _flaw(
            "not-yet-valid",
            "The certificate is not valid yet",
            Severity.LOW,
            f"valid from {begins:%Y-%m-%d}",
            "CWE-298",
        )
    if _is_weak_key(certificate.key_type):
        yield _flaw(
            "weak-key", "The certificate's key is too short", Severity.MEDIUM, certificate.key_type, "CWE-326"
        )
    if certificate.self_signed:
        if not is_named:
            yield _flaw(
                "self-signed",
                "The certificate vouches for itself alone",
                Severity.LOW,
                certificate.subject,
                "CWE-295",
            )
    elif certificate.signature_algorithm in _WEAK_HASHES:
        proof = f"signed with {certificate.signature_algorithm}"
        yield _flaw(
            "weak-signature", "The certificate's signature can be forged", Severity.MEDIUM, proof, "CWE-328"
        )
    if host and certificate.names and not any(_covers(name, host) for name in certificate.names):
        proof = f"asked for {host}, shown one for {', '.join(certificate.names[:5])}"
        yield _flaw("other-name", "The certificate is for another name", Severity.LOW, proof, "CWE-297")


def _flaw(what: str, title: str, severity: Severity, proof: str, cwe: str) -> Flaw:
    return Flaw(
        weakness=f"certificate-{what}",
        title=title,
        severity=severity,
        cwe=cwe,
        proof=proof,
        remediation=_RENEW,
    )


def _is_weak_key(key_type: str) -> bool:
    match = _KEY.fullmatch(key_type)
    if match is None:
        return False
    if match[3]:
        return int(match[3]) < _EC_LEAST_BITS
    return match[1] == "DSA" or int(match[2]) < _RSA_LEAST_BITS


def _covers(name: str, host: str) -> bool:
    """Tell whether a name in a certificate stands for *host*. Source: RFC 6125, section 6.4.3."""
    name = name.lower().rstrip(".")
    return name == host or (name.startswith("*.") and name[2:] == host.partition(".")[2])


def _must_staple(der: bytes) -> bool:
    """Tell whether the certificate demands a stapled OCSP answer. Source: RFC 7633."""
    with contextlib.suppress(*UNREADABLE, x509.ExtensionNotFound):
        features = x509.load_der_x509_certificate(der).extensions.get_extension_for_class(x509.TLSFeature)
        return x509.TLSFeatureType.status_request in features.value
    return False


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
    except UNREADABLE:
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
    with contextlib.suppress(*UNREADABLE):
        return storable(getattr(parsed, field).rfc4514_string(), LINE_LIMIT)
    return ""


def _names(parsed: x509.Certificate) -> tuple[str, ...]:
    with contextlib.suppress(*UNREADABLE, x509.ExtensionNotFound):
        names = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        texts = [
            *names.get_values_for_type(x509.DNSName),
            *map(str, names.get_values_for_type(x509.IPAddress)),
        ]
        return tuple(storable(text, LINE_LIMIT) for text in texts[:NAMES_LIMIT])
    return ()


def _key_type(parsed: x509.Certificate) -> str:
    with contextlib.suppress(*UNREADABLE):
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
    with contextlib.suppress(*UNREADABLE):
        algorithm = parsed.signature_hash_algorithm
        return (
            algorithm.name[:64]
            if algorithm is not None
            else parsed.signature_algorithm_oid.dotted_string[:64]
        )
    return parsed.signature_algorithm_oid.dotted_string[:64]


def _is_self_signed(parsed: x509.Certificate) -> bool:
    with contextlib.suppress(*UNREADABLE):
        return parsed.issuer == parsed.subject
    return False
