"""From what a capability found outside of scope to clues, by candidate. Pure; see `clues` for what each weighs."""

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_network

from chariot.model.base import Entity
from chariot.model.keys import Key
from chariot.model.kinds.candidate import Clue
from chariot.model.kinds.network import Certificate, DnsRecord, Domain, Netblock
from chariot.model.kinds.work import Attribute
from chariot.model.records import Record
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.discovery.clues import (
    DATUM_LIMIT,
    PAGE_TITLE,
    WEIGHTS,
    Terms,
    certificate_clue,
    name_clues,
    plain_organisation,
    registrant_clue,
    text_clue,
)
from chariot.modules.discovery.registrable import registrable
from chariot.modules.discovery.scope import host_of

CANDIDATES_LIMIT = 1_000
"""Candidates that one run may bring; a certificate may hold ten thousand names of other people."""
_SAID_BY: Mapping[str, str] = {
    "reverse-dns": "reverse-name",
    "http": "redirect",
    "icons": "favicon",
    "wayback": "archive",
    "crtsh": "associated",
    "certspotter": "associated",
    "securitytrails": "associated",
}
"""What it says that one of these found a name; other capabilities say that it was seen."""
_RECORDS: Mapping[str, str] = {"MX": "mail-exchanger", "NS": "name-server"}


def clues_of(
    target: Record,
    capability: str,
    found: Sequence[Entity | Relationship],
    outside: Sequence[Entity],
    terms: Terms,
) -> dict[Key, list[Clue]]:
    """Return clues by the key of what they are about; *outside* is the part of *found* that no seed admits."""
    clues: dict[Key, dict[Clue, None]] = {}
    kinds = _Kinds(target, capability, found)
    for entity in outside:
        if isinstance(entity, Domain):
            host = registrable(entity.host)
            # What lies below a registered domain of ours is a matter of seeds and denials, not of whose it is.
            if not host or host in terms.domains:
                continue
            about = Domain(host=host).key
            new = [*kinds.of(entity, terms), *name_clues(host, terms, target.key)]
        elif isinstance(entity, Attribute) and entity.label == PAGE_TITLE:
            host = registrable(host_of(entity.owner))
            if not host or host in terms.domains:
                continue
            said = text_clue(entity.value, terms, target.key)
            about, new = Domain(host=host).key, [said] if said is not None else []
        elif isinstance(entity, Netblock):
            about, new = entity.key, list(_block_clues(entity, target.key, terms))
        else:
            continue
        if about in clues or len(clues) < CANDIDATES_LIMIT:
            clues.setdefault(about, {}).update(dict.fromkeys(new))
    if target.kind == "candidate":
        about = Key(str(getattr(target.entity, "about", "")))
        new = list(_registrant_clues(found, target.key, terms))
        if new:
            clues.setdefault(about, {}).update(dict.fromkeys(new))
    return {about: list(held) for about, held in clues.items() if held}


class _Kinds:
    """What one run says of each name that it found."""

    def __init__(self, target: Record, capability: str, found: Sequence[Entity | Relationship]) -> None:
        self._via = target.key
        # What was looked at may itself be the datum of ours that is seen elsewhere, as an icon is.
        self._term = target.entity.value if isinstance(target.entity, Attribute) else ""
        self._usual = _SAID_BY.get(capability, "seen")
        self._certificates = [item for item in found if isinstance(item, Certificate)]
        self._aliases = {
            item.target
            for item in found
            if isinstance(item, Relationship) and item.type is RelationshipType.ALIAS_OF
        }
        self._pointed = {
            (item.value.rpartition(" ")[2], _RECORDS[item.type])
            for item in found
            if isinstance(item, DnsRecord) and item.type in _RECORDS
        }

    def of(self, domain: Domain, terms: Terms) -> Iterator[Clue]:
        """Yield the clues that the way of finding *domain* is."""
        certified = False
        for certificate in self._certificates:
            if domain.host in certificate.names or f"*.{domain.host}" in certificate.names:
                certified = True
                yield certificate_clue(domain.host, certificate.names, terms, self._via)
        pointing = sorted(kind for host, kind in self._pointed if host == domain.host)
        for kind in pointing:
            yield self._clue(kind, domain)
        if domain.key in self._aliases:
            yield self._clue("alias", domain)
        elif not certified and not pointing:
            yield self._clue(self._usual, domain)

    def _clue(self, kind: str, domain: Domain) -> Clue:
        return Clue(kind, domain.host[:DATUM_LIMIT], self._term[:DATUM_LIMIT], self._via, WEIGHTS[kind])


def _block_clues(block: Netblock, via: Key, terms: Terms) -> Iterator[Clue]:
    # A whole network of a provider says nothing; a small one around our address may be assigned to us.
    if ip_network(block.cidr).num_addresses > 1:
        held = plain_organisation(block.holder)
        if held and held in terms.registrants:
            yield Clue("registrant", block.holder[:DATUM_LIMIT], held, via, WEIGHTS["registrant"])
        yield Clue("network", block.cidr, "", via, WEIGHTS["network"])


def _registrant_clues(found: Sequence[Entity | Relationship], via: Key, terms: Terms) -> Iterator[Clue]:
    for item in found:
        if isinstance(item, Attribute) and item.label == "registrant":
            clue = registrant_clue(item.value, terms, via)
            if clue is not None:
                yield clue
