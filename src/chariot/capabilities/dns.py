"""What the name service says of a name: addresses, aliases and records."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import ClassVar

from chariot.capabilities.support.name_service import ANSWERED, ask
from chariot.capabilities.support.reading import storable, try_address, try_domain
from chariot.capability import CannotRunError, Capability, DnsAnswer, Found, Touch
from chariot.model.fields import OUTSIDE_LIMIT
from chariot.model.kinds.network import DnsRecord, Domain
from chariot.model.relationships import Relationship, RelationshipType

ADDRESS_TYPES = ("A", "AAAA")
RECORD_TYPES = ("MX", "NS", "TXT", "SOA", "CAA", "HTTPS", "SVCB")
SERVICE_TYPES = ("SRV", "SVCB", "TXT")
"""What names of services (`_imaps._tcp`) have; see RFC 2782 and RFC 9460."""
VALUES_LIMIT = 500
"""Values of one type that are kept; an answer by TCP may hold thousands."""


class DnsRecords(Capability[Domain]):
    """Look up A, AAAA, CNAME, MX, NS, TXT, SOA, CAA, HTTPS and SVCB; for names of services SRV.

    An alias yields the name that it leads to and nothing behind it: that name, if it is in scope, has a look-up of
    its own, so an address behind a foreign alias is never taken for ours. Source: RFC 1034, section 3.6.2.
    """

    name = "dns"
    touch = Touch.LIGHT
    sends = "look-ups of every record type, and of names that cannot exist"
    packets = 14
    timeout_s: ClassVar[float] = 60.0

    async def run(self, target: Domain) -> AsyncIterator[Found]:
        """See `Capability.run`."""
        records = SERVICE_TYPES if target.host.startswith("_") else RECORD_TYPES
        types = ("CNAME", *ADDRESS_TYPES, *records)
        asked = (ask(self.network, target.host, kind) for kind in types)
        answers = dict(zip(types, await asyncio.gather(*asked), strict=True))
        alias = _alias(answers)
        if alias:
            for found in _alias_found(target, alias):
                yield found
        else:
            for kind in ADDRESS_TYPES:
                for found in _address_found(target, answers[kind]):
                    yield found
            for kind in records:
                for found in _records_found(target, kind, answers[kind]):
                    yield found
        unanswered = sorted(f"{kind} ({a.status})" for kind, a in answers.items() if a.status not in ANSWERED)
        if unanswered:
            raise CannotRunError(f"the resolver did not tell {', '.join(unanswered)} of {target.host}")
        many = sorted(kind for kind, a in answers.items() if len(a.values) > VALUES_LIMIT)
        if many:
            raise CannotRunError(
                f"{target.host} has more than {VALUES_LIMIT} values of {', '.join(many)}; the rest is not kept"
            )


def _alias(answers: dict[str, DnsAnswer]) -> str:
    """Return the next name on the way to the addresses; empty when the name has records of its own."""
    chains = [answers["CNAME"].values, *(answers[kind].aliases for kind in ADDRESS_TYPES)]
    return next((chain[0] for chain in chains if chain), "")


def _alias_found(target: Domain, alias: str) -> Iterator[Found]:
    yield from _record(target, "CNAME", alias)
    domain = try_domain(alias)
    if domain is not None and domain.key != target.key:
        yield domain
        yield Relationship(RelationshipType.ALIAS_OF, target.key, domain.key)


def _address_found(target: Domain, answer: DnsAnswer) -> Iterator[Found]:
    for value in answer.values[:VALUES_LIMIT]:
        address = try_address(value)
        if address is not None:
            yield address
            yield Relationship(RelationshipType.RESOLVES_TO, target.key, address.key)


def _records_found(target: Domain, kind: str, answer: DnsAnswer) -> Iterator[Found]:
    for value in answer.values[:VALUES_LIMIT]:
        if kind == "SOA":
            # The serial number moves with each change of the zone; kept, it would make a new record each day.
            yield from _record(target, kind, " ".join(value.split()[:2]))
            continue
        yield from _record(target, kind, value)
        domain = try_domain(_pointed_to(kind, value))
        if domain is not None and domain.key != target.key:
            yield domain


def _pointed_to(kind: str, value: str) -> str:
    """Return the name that a record leads to, or an empty text."""
    if kind in ("MX", "NS", "SRV"):
        return value.rpartition(" ")[2]
    if kind in ("HTTPS", "SVCB"):
        # Priority, name, parameters; a single dot is the owner itself. Source: RFC 9460, section 2.1.
        parts = value.split(" ", 2)
        return parts[1] if len(parts) > 1 and parts[1] != "." else ""
    return ""


def _record(target: Domain, kind: str, value: str) -> Iterator[Found]:
    record = DnsRecord(host=target.host, type=kind, value=storable(value, OUTSIDE_LIMIT))
    yield record
    yield Relationship(RelationshipType.HAS_RECORD, target.key, record.key)
