"""Whether a zone is signed, and whether its signatures hold."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import ClassVar

import dns.dnssec
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import msgspec

from chariot.capabilities.support.name_service import is_zone
from chariot.capabilities.support.weaknesses import attribute, risk
from chariot.capability import CannotRunError, Capability, Found, NoAnswerError, Touch
from chariot.model.kinds.network import Domain
from chariot.model.states import Severity

KEYS_LIMIT = 12
"""Keys and signatures that are tried: a zone with colliding key tags costs no more. Source: CVE-2023-50387."""
_CHECKED = frozenset({5, 7, 8, 10, 13, 14, 15, 16})
"""Algorithms whose signatures are checked here; by another one nothing is concluded."""
_WEAK = {
    1: "RSA/MD5",
    3: "DSA/SHA-1",
    5: "RSA/SHA-1",
    6: "DSA-NSEC3-SHA1",
    7: "RSASHA1-NSEC3-SHA1",
    12: "GOST",
}
"""Algorithms that signers must not use any more. Source: RFC 8624, section 3.1; RFC 9905."""


class _Answer(msgspec.Struct, frozen=True):
    """A record set with its signatures; either may be missing."""

    records: dns.rrset.RRset | None
    signatures: dns.rrset.RRset | None
    refused: bool


class Dnssec(Capability[Domain]):
    """Read the keys of a zone and what its parent says of them, and check the signatures of its start.

    The chain above the parent is the resolver's business: what is checked is what the owner of the zone can mend.
    Source: RFC 4035, section 5.
    """

    name = "dnssec"
    touch = Touch.LIGHT
    sends = "look-ups of keys and signatures up to the root"
    packets = 6
    period: ClassVar[timedelta] = timedelta(days=1)

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        try:
            if not await is_zone(self.network, target.host):
                return
            keys, delegation, start = [
                await self._read(target.host, record) for record in ("DNSKEY", "DS", "SOA")
            ]
        except NoAnswerError as error:
            raise CannotRunError(str(error)) from None
        if keys.refused or delegation.refused:
            raise CannotRunError(
                f"the resolver does not tell the keys of {target.host}, or those of its parent"
            )
        state, why = judge(target.host, keys, delegation, start)
        if state == "unknown":
            raise CannotRunError(f"the signatures of {target.host} cannot be checked: {why}")
        for found in _found(target, state, why, _weak(keys)):
            yield found

    async def _read(self, host: str, record: str) -> _Answer:
        wire = await self.network.dns_message(host, record)
        try:
            message = dns.message.from_wire(wire, ignore_trailing=True)
        except (dns.exception.DNSException, ValueError) as error:
            raise NoAnswerError(f"the answer for {record} of {host} cannot be read") from error
        name, kind = dns.name.from_text(host), dns.rdatatype.from_text(record)
        held = {(one.name, one.rdtype, one.covers): one for one in message.answer}
        none = dns.rdatatype.NONE
        is_told = message.rcode() in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
        return _Answer(
            held.get((name, kind, none)), held.get((name, dns.rdatatype.RRSIG, kind)), refused=not is_told
        )


def judge(  # noqa: PLR0911 - one for each state, in the order in which they exclude each other
    host: str, keys: _Answer, delegation: _Answer, start: _Answer
) -> tuple[str, str]:
    """Return the state of a zone and the reason: unsigned, signed, unchained, bogus or unknown."""
    if keys.records is None:
        if delegation.records is None:
            return "unsigned", ""
        return "bogus", "the parent has a DS record, and the zone has no key"
    if max(len(keys.records), len(keys.signatures or ()), len(start.signatures or ())) > KEYS_LIMIT:
        return "unknown", f"it has more than {KEYS_LIMIT} keys or signatures"
    if delegation.records is not None and not _is_vouched(host, keys.records, delegation.records):
        return "bogus", "no key is the one that the parent's DS record names"
    for what, answer in (("keys", keys), ("start of authority", start)):
        wrong = _fault(host, answer, keys.records)
        if wrong:
            return ("unknown" if wrong.startswith("?") else "bogus"), f"its {what}: {wrong.removeprefix('?')}"
    if delegation.records is None:
        return "unchained", "the zone is signed, and its parent has no DS record"
    return "signed", ""


def _is_vouched(host: str, keys: dns.rrset.RRset, delegation: dns.rrset.RRset) -> bool:
    for held in list(delegation)[:KEYS_LIMIT]:
        for key in keys:
            try:
                made = dns.dnssec.make_ds(
                    dns.name.from_text(host), key, held.digest_type, policy=dns.dnssec.allow_all_policy
                )
            except (dns.exception.DNSException, ValueError):
                continue
            if made == held:
                return True
    return False


def _fault(host: str, answer: _Answer, keys: dns.rrset.RRset) -> str:
    """Return what is wrong with the signatures of a record set; a question mark begins what cannot be told."""
    if answer.records is None or answer.signatures is None:
        return "there is no signature"
    if not any(int(one.algorithm) in _CHECKED for one in answer.signatures):
        return "?the algorithm is not known here"
    now = time.time()
    if all(one.expiration < now for one in answer.signatures):
        return "the signatures have expired"
    try:
        dns.dnssec.validate(
            answer.records,
            answer.signatures,
            {dns.name.from_text(host): keys},
            policy=dns.dnssec.allow_all_policy,
        )
    except (dns.exception.DNSException, ValueError) as error:
        return str(error) or type(error).__name__
    return ""


def _weak(keys: _Answer) -> list[str]:
    return sorted({_WEAK[int(key.algorithm)] for key in keys.records or () if int(key.algorithm) in _WEAK})


def _found(target: Domain, state: str, why: str, weak: list[str]) -> Iterator[Found]:
    yield from attribute(target.key, "dnssec", state)
    if state == "bogus":
        yield from risk(
            target.key,
            "dnssec-bogus",
            f"The signatures of {target.host} do not hold: whoever checks them cannot reach it",
            Severity.HIGH,
            remedy="Sign the zone again, and have the parent's DS record name the key that signs it.",
            seen={"zone": target.host, "reason": why},
        )
    elif state == "unchained":
        yield from risk(
            target.key,
            "dnssec-unchained",
            f"{target.host} is signed, but nobody can know it",
            Severity.LOW,
            remedy="Give the DS record of the zone's key to the registrar.",
            seen={"zone": target.host, "reason": why},
        )
    if weak:
        yield from risk(
            target.key,
            "dnssec-weak-algorithm",
            f"{target.host} is signed with an algorithm that is given up",
            Severity.LOW,
            remedy="Roll the keys to ECDSA P-256 (13) or Ed25519 (15).",
            seen={"zone": target.host, "algorithms": ", ".join(weak)},
        )
