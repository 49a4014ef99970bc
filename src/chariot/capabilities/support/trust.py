"""Whether somebody known vouches for a certificate: the chain that was presented, followed to an authority.

The way is built here and not by `cryptography.x509.verification`: that holds to the rules for browsers alone (it
refuses the keys and certificates of many private authorities) and does not tell which step failed. Each step is
checked as RFC 5280, section 6.1 has it: name, signature, dates, the right to sign certificates, the length of the
way. Name constraints and revocation are not looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from chariot.capabilities.support.findings import Flaw
from chariot.capabilities.support.reading import storable
from chariot.model.states import Severity
from chariot.modules.discovery.authorities import Authorities

CHAIN_LIMIT = 12
"""Certificates of a chain that are looked at; an honest one has two to four."""
STEPS_LIMIT = 300
"""Steps that looking for a way may take: certificates that all sign one another have ways without end."""
_NAME_LIMIT = 300
UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What the library raises for what it cannot read; the bytes were chosen by the target."""
_PUBLIC_POLICIES = "2.23.140.1."
"""Policies that authorities of the public web alone put in. Source: CA/Browser Forum, Baseline Requirements, 7.1.6."""
_COMPLETE = (
    "Send the intermediates with the certificate, each after the one that it signed, without the root."
)
_RENEW = "Put a valid intermediate in place of it, as the authority offers it."
_VOUCH = "Use a certificate of an authority that clients know; name an authority of your own in `ca_file`."


class Judgement(msgspec.Struct, frozen=True):
    """What a chain is worth."""

    trust: str
    """In words, without what differs at each look."""
    flaws: tuple[Flaw, ...] = ()
    unknown: str = ""
    """Why it is not known; then no flaw is told of it."""
    is_named: bool = False
    """True where the certificate itself is among the authorities: it may sign itself."""


class _Member(msgspec.Struct, frozen=True, eq=False):
    """One certificate, with what is needed to make it a part of a way."""

    certificate: x509.Certificate
    subject: x509.Name
    issuer: x509.Name
    words: str
    """Its name for people, and then that of who signed it."""
    signer: str
    begins_at: datetime
    ends_at: datetime
    may_sign: bool
    way_limit: int | None = None
    """How many authorities may stand between it and the certificate at the end."""
    is_known: bool = False

    def holds_at(self, now: datetime) -> bool:
        return self.begins_at <= now <= self.ends_at


_Way = tuple[_Member, ...]


def judge(
    chain: Sequence[bytes], authorities: Authorities, *, now: datetime, is_whole: bool = True
) -> Judgement:
    """Return what *chain* (DER, the leaf first) is worth at *now*; the dates of the leaf are not looked at.

    *is_whole*: more than the leaf would be in it, had more been presented.
    """
    members = [_member(der) for der in chain[:CHAIN_LIMIT]]
    leaf = members[0]
    if leaf is None:
        return _unknown("the certificate cannot be read in full")
    if leaf.certificate in authorities.named(leaf.subject):
        return Judgement(trust="trusted: it is named itself", is_named=True)
    search = _Search([member for member in members[1:] if member is not None], authorities)
    way = search.way((leaf,), lambda member: member.holds_at(now))
    if way is not None:
        return Judgement(f"trusted: {way[-1].words}", tuple(_order(way, chain)))
    stale = search.way((leaf,), lambda _: True)
    if leaf.subject == leaf.issuer and leaf.subject.rdns:
        return Judgement("self-signed")
    doubts = (
        search.doubt,
        authorities.gap,
        "" if len(chain) <= CHAIN_LIMIT and None not in members else "not all of its chain can be read",
        "" if is_whole else "only the certificate itself is told here, and not its chain",
    )
    doubt = next(filter(None, doubts), "")
    return _unknown(doubt) if doubt else _distrusted(stale, search, authorities, chain, now)


def _unknown(why: str) -> Judgement:
    return Judgement(f"unknown: {why}", unknown=f"whether the certificate is trusted is unknown: {why}")


def _distrusted(
    stale: _Way | None,
    search: "_Search",
    authorities: Authorities,
    chain: Sequence[bytes],
    now: datetime,
) -> Judgement:
    """Return what is said of a chain that leads to nobody known, or did so at another time by the way *stale*."""
    if stale is not None:
        return Judgement("chain out of date", (*_dates(stale, now), *_order(stale, chain)))
    reached = search.farthest
    top = reached[-1]
    order = tuple(_order(reached, chain))
    if top.subject != top.issuer and _lacks_intermediate(reached, search.presented, authorities):
        flaw = _flaw(
            "incomplete-chain",
            "The certificate's chain is incomplete: an intermediate is missing",
            Severity.LOW,
            f"{top.words} is issued by {top.signer}, which is not presented",
            _COMPLETE,
        )
        return Judgement("incomplete chain", (flaw, *order))
    flaw = _flaw(
        "untrusted-issuer",
        "No known authority vouches for the certificate",
        Severity.LOW,
        f"the chain ends at {top.signer}, which is not among the known authorities",
        _VOUCH,
    )
    return Judgement("unknown issuer", (flaw, *order))


def _lacks_intermediate(reached: _Way, presented: Sequence[_Member], authorities: Authorities) -> bool:
    """Tell whether what is missing is an intermediate, and not the root, which nobody needs to send.

    An authority of the public web never signs with its root, and one whose organisation has a root that is known
    is no stranger. Others that are presented without having signed anything show a gap before them.
    """
    top = reached[-1]
    if len(reached) == 1 and (
        _is_public(top.certificate) or any(one.certificate != top.certificate for one in presented)
    ):
        return True
    wanted = _organisations(top.issuer)
    return bool(wanted) and any(wanted & _organisations(name) for name in authorities.by_name)


def _organisations(name: x509.Name) -> set[str]:
    return {str(one.value) for one in name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME) if one.value}


def _is_public(certificate: x509.Certificate) -> bool:
    """Tell whether it was logged before it was issued, or keeps to the rules of the public web."""
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.PrecertificateSignedCertificateTimestamps):
            return True
        if isinstance(extension.value, x509.CertificatePolicies):
            oids = (policy.policy_identifier.dotted_string for policy in extension.value)
            if any(oid.startswith(_PUBLIC_POLICIES) for oid in oids):
                return True
    return False


def _dates(way: _Way, now: datetime) -> Iterator[Flaw]:
    """Yield what is out of date on *way*, which would otherwise be good."""
    for member in way[1:]:
        if member.ends_at < now:
            proof = f"{member.words}, valid until {member.ends_at:%Y-%m-%d}"
            title = "A certificate between it and its authority has expired"
            yield _flaw("chain-expired", title, Severity.MEDIUM, proof, _RENEW, "CWE-298")
            return
        if member.begins_at > now:
            proof = f"{member.words}, valid from {member.begins_at:%Y-%m-%d}"
            title = "A certificate between it and its authority is not valid yet"
            yield _flaw("chain-not-yet-valid", title, Severity.LOW, proof, _RENEW, "CWE-298")
            return


def _order(way: _Way, chain: Sequence[bytes]) -> Iterator[Flaw]:
    """Yield that *way* does not stand in *chain* as it goes. Source: RFC 5246, section 7.4.2."""
    places = {der: place for place, der in reversed(list(enumerate(chain)))}
    ders = (member.certificate.public_bytes(Encoding.DER) for member in way)
    found = [places[der] for der in ders if der in places]
    if found != list(range(len(found))):
        proof = "presented as " + ", ".join(str(place + 1) for place in found)
        title = "The certificates of the chain are in the wrong order"
        yield _flaw("chain-order", title, Severity.INFO, proof, _COMPLETE)


def _flaw(
    what: str, title: str, severity: Severity, proof: str, remediation: str, cwe: str = "CWE-295"
) -> Flaw:
    return Flaw(
        weakness=f"certificate-{what}",
        title=title,
        severity=severity,
        cwe=cwe,
        proof=proof,
        remediation=remediation,
    )


class _Search:
    """Ways from a certificate to an authority that is known."""

    def __init__(self, presented: Sequence[_Member], authorities: Authorities) -> None:
        self.presented = presented
        self.farthest: _Way = ()
        """The longest way that was gone, be it to nobody known."""
        self.doubt = ""
        """What could not be checked on the way."""
        self._authorities = authorities
        self._signed: dict[tuple[x509.Certificate, x509.Certificate], bool] = {}
        self._left = STEPS_LIMIT

    def way(self, below: _Way, is_usable: Callable[[_Member], bool]) -> _Way | None:
        """Return a way that begins with *below* and ends at a known authority; None where there is none."""
        if len(below) > len(self.farthest):
            self.farthest = below
        if below[-1].is_known:
            return below
        for issuer in self._issuers(below):
            if self._left <= 0:
                self.doubt = "its chain has too many ways"
                return None
            self._left -= 1
            if is_usable(issuer) and self._has_signed(issuer, below[-1]):
                found = self.way((*below, issuer), is_usable)
                if found is not None:
                    return found
        return None

    def _issuers(self, below: _Way) -> Iterator[_Member]:
        """Yield who may have signed the last of *below*, those who are known first."""
        top = below[-1]
        known = (_read(one, is_known=True) for one in self._authorities.named(top.issuer))
        others = (one for one in self.presented if one.subject == top.issuer)
        # A name that signs itself once more, as on a change of keys, is not counted. Source: RFC 5280, section 6.1.
        between = sum(one.subject != one.issuer for one in below[1:])
        for one in (*filter(None, known), *others):
            if one.may_sign and one not in below and (one.way_limit is None or between <= one.way_limit):
                yield one

    def _has_signed(self, issuer: _Member, member: _Member) -> bool:
        pair = (issuer.certificate, member.certificate)
        if pair not in self._signed:
            try:
                member.certificate.verify_directly_issued_by(issuer.certificate)
                self._signed[pair] = True
            except InvalidSignature:
                self._signed[pair] = False
            except UNREADABLE:
                self._signed[pair] = False
                self.doubt = "a signature in its chain is of a kind that cannot be checked"
        return self._signed[pair]


def _member(der: bytes) -> _Member | None:
    try:
        return _read(x509.load_der_x509_certificate(der))
    except UNREADABLE:
        return None


def _read(certificate: x509.Certificate, *, is_known: bool = False) -> _Member | None:
    """Return *certificate* as a member; None when it cannot be read."""
    try:
        # Of an authority that is known, old ones do not say themselves that they may sign.
        may_sign, way_limit = is_known, None
        usage = True
        for extension in certificate.extensions:
            if isinstance(extension.value, x509.BasicConstraints):
                may_sign, way_limit = extension.value.ca, extension.value.path_length
            elif isinstance(extension.value, x509.KeyUsage):
                usage = extension.value.key_cert_sign
        return _Member(
            certificate=certificate,
            subject=certificate.subject,
            issuer=certificate.issuer,
            words=storable(certificate.subject.rfc4514_string(), _NAME_LIMIT),
            signer=storable(certificate.issuer.rfc4514_string(), _NAME_LIMIT),
            begins_at=certificate.not_valid_before_utc,
            ends_at=certificate.not_valid_after_utc,
            may_sign=may_sign and usage,
            way_limit=way_limit,
            is_known=is_known,
        )
    except UNREADABLE:
        return None
