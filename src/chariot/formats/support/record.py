"""One record on its way into the graph: entities and relationships, each once, sources before what they lead to."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec.structs import force_setattr

from chariot.format import Decided, Parsed
from chariot.formats.support.redaction import redacted, redacted_header
from chariot.formats.support.technologies import technology
from chariot.formats.support.values import REMEDIATION_LIMIT, TITLE_LIMIT, copied, key_values, line, text
from chariot.model.base import Entity
from chariot.model.checks import shown
from chariot.model.evidence import Evidence
from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Domain, Port, WebApplication
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.kinds.work import Attribute
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity
from chariot.modules.discovery.fingerprints.matching import Hit, built_in

_EVIDENCE_LIMIT = 20
_REMEMBERED = 8_192
_RULES = 2_048
_RULE_LENGTH = 2_000
"""What a rule says is remembered up to so many characters, so that what is remembered stays small."""
_ORDER = list(Severity)
_ANYWHERE = "#domain#anywhere.invalid"
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ORIGIN = re.compile(r"https?://[a-z0-9._-]++(?::[0-9]{1,5}+)?+(?=[/?#]|\Z)", re.IGNORECASE)
_PLAIN_ROOT = re.compile(r"(https?)://([a-z0-9_-]++(?:\.[a-z0-9_-]++)*+)(?::([1-9][0-9]{0,3}))?")
"""What `web_root` returns for names and addresses of version 4, without its last character."""


def host_entity(written: Any) -> Address | Domain:
    """Return the address or name that *written* is.

    Raises:
        ValueError: it is neither.
    """
    return _host(line(written, 300).removeprefix("[").removesuffix("]").rstrip("."))


def try_address(written: Any) -> Address | None:
    """Return the address that *written* is, or None."""
    return _address(line(written, 100).rstrip(".")) if written else None


def try_domain(written: Any) -> Domain | None:
    """Return the name that *written* is, a wildcard as its parent, or None."""
    return _domain(line(written, 300).removeprefix("*.")) if written else None


# Files say the same hosts and ports again and again; entities never change, so one of each serves all records.
@lru_cache(maxsize=_REMEMBERED)
def _host(host: str) -> Address | Domain:
    address = _address(host)
    return address if address is not None else Domain(host=host)


@lru_cache(maxsize=_REMEMBERED)
def _address(ip: str) -> Address | None:
    # A name is no address, which is seen sooner than tried.
    if ip[-1:].isalpha() and ":" not in ip:
        return None
    try:
        return Address(ip=ip)
    except ValueError:
        return None


@lru_cache(maxsize=_REMEMBERED)
def _domain(host: str) -> Domain | None:
    try:
        return Domain(host=host)
    except ValueError:
        return None


@lru_cache(maxsize=_REMEMBERED)
def _hits_of(headers: tuple[tuple[str, str], ...]) -> tuple[Hit, ...]:
    return built_in().page(headers, "")


@lru_cache(maxsize=_REMEMBERED)
def _relationship(kind: RelationshipType, source: Key, target: Key) -> Relationship:
    return Relationship(kind, source, target)


@lru_cache(maxsize=_REMEMBERED)
def _hold(target: Key) -> Relationship:
    """Return a relationship by which a risk hangs at *target*, once it is clear that one can."""
    return Relationship(RelationshipType.HAS_RISK, target, Risk(target=target, weakness="any").key)


def _rule_of(weakness: str, title: Any, severity: Severity | None, remediation: Any, confidence: int) -> Risk:
    return Risk(
        target=_ANYWHERE,
        weakness=line(weakness, 500),
        title=redacted(line(title, TITLE_LIMIT)),
        severity=severity,
        remediation=redacted(text(remediation, REMEDIATION_LIMIT)),
        confidence=min(max(confidence, 0), 100),
    )


# A tool says the same words wherever its rule finds something, and a risk is checked word for word.
_known_rule = lru_cache(maxsize=_RULES)(_rule_of)


@lru_cache(maxsize=_REMEMBERED)
def _host_parts(written: str, ip: str | None) -> "_Parts":
    record = Record("")
    entity = _host(written)
    key = record.add(entity)
    address = try_address(ip) if ip else None
    if address is not None and isinstance(entity, Domain):
        record.relate(RelationshipType.RESOLVES_TO, key, record.add(address))
    return record.parts(key)


@lru_cache(maxsize=_REMEMBERED)
def _port_parts(address: str, protocol: str, number: int, service: str) -> "_Parts":
    record = Record("")
    host = try_address(address)
    if host is None:
        raise ValueError(f"not an IP address: {shown(address)}")
    port = Port(address=host.ip, protocol=protocol, number=number, service=service)
    record.relate(RelationshipType.HAS_PORT, record.add(host), record.add(port))
    return record.parts(port.key)


@lru_cache(maxsize=_REMEMBERED)
def _web_parts(root: str, ip: str | None) -> "_Parts":
    record = Record("")
    scheme, named, number = _taken_apart(root)
    host = record.host(named, ip)
    key = record.add(WebApplication(url=root))
    record.relate(RelationshipType.NAMES, host, key)
    address = try_address(ip) or try_address(named)
    if address is not None:
        port = record.port(address.ip, number or _DEFAULT_PORTS[scheme], service=scheme)
        record.relate(RelationshipType.SERVES, port, key)
    return record.parts(key)


def _taken_apart(root: str) -> tuple[str, str, int]:
    """Return scheme, host and port of a web address; no port where none is told."""
    plain = _PLAIN_ROOT.fullmatch(root, 0, len(root) - 1)
    if plain is not None:
        return plain[1], plain[2], int(plain[3] or 0)
    parts = urlsplit(root)
    return parts.scheme, parts.hostname or "", parts.port or 0


class _Parts(msgspec.Struct, frozen=True, gc=False):
    """What a host, a port or a web application says each time that a file names it."""

    key: Key
    entities: dict[Key, Entity]
    relationships: dict[tuple[RelationshipType, Key, Key], Relationship]


class Record:
    """Collects what one record says. Everything may raise ValueError, which refuses the record."""

    __slots__ = ("_decided", "_entities", "_relationships", "place")

    def __init__(self, place: str) -> None:
        self.place = place
        self._entities: dict[Key, Entity] = {}
        self._relationships: dict[tuple[RelationshipType, Key, Key], Relationship] = {}
        self._decided: list[Decided] = []

    def add(self, entity: Entity) -> Key:
        """Add *entity*, or its later words about what is already there; return its key."""
        key = entity.key
        self._put(key, entity)
        return key

    def _put(self, key: Key, entity: Entity) -> None:
        known = self._entities.setdefault(key, entity)
        if known is not entity and known != entity:
            self._entities[key] = _together(known, entity)

    def _join(self, parts: "_Parts") -> Key:
        if self._entities:
            for key, entity in parts.entities.items():
                self._put(key, entity)
        else:
            self._entities.update(parts.entities)
        for place, relationship in parts.relationships.items():
            self._relationships.setdefault(place, relationship)
        return parts.key

    def parts(self, key: Key) -> "_Parts":
        """Return what was collected about *key*, to be joined to other records."""
        return _Parts(key, self._entities, self._relationships)

    def relate(self, kind: RelationshipType, source: Key, target: Key, *evidence: Evidence) -> None:
        """Add a relationship; the first evidence for it stays."""
        place = (kind, source, target)
        if source != target and place not in self._relationships:
            self._relationships[place] = (
                Relationship(kind, source, target, evidence)
                if evidence
                else _relationship(kind, source, target)
            )

    def host(self, written: Any, ip: Any = None) -> Key:
        """Add a host by name or address, and the address that the name was seen to have; return the host's key."""
        name = line(written, 300).removeprefix("[").removesuffix("]").rstrip(".")
        return self._join(_host_parts(name, line(ip, 100) if ip else None))

    def port(
        self,
        address: Any,
        number: Any,
        protocol: Any = "tcp",
        *,
        service: str = "",
        banner: str | None = None,
    ) -> Key:
        """Add an open port and its address; return the port's key."""
        parts = _port_parts(line(address, 100), line(protocol, 20).lower() or "tcp", number, service)
        key = self._join(parts)
        if banner is not None:
            port = self._entities[key]
            self._entities[key] = msgspec.structs.replace(port, banner=redacted(banner))
        return key

    def endpoint(self, written: Any, number: int, ip: Any = None, **fields: Any) -> Key:
        """Add a host and its port; return the port's key, or the host's where its address is not known."""
        key = self.host(written, ip)
        known = try_address(ip) or try_address(written)
        return self.port(known.ip, number, **fields) if known is not None and number else key

    def web(self, url: Any, ip: Any = None, **fields: Any) -> Key:
        """Add the web application that *url* is in, its host, and its port where the address is known."""
        root = web_root(url)
        parts = _web_parts(root, line(ip, 100) if ip else None)
        key = self._join(parts)
        if fields:
            told = WebApplication(url=root, **{name: _shown(value) for name, value in fields.items()})
            if self._entities[key] is parts.entities[key]:
                # Nothing but its address was said of it by now.
                self._entities[key] = told
            else:
                self.add(told)
        return key

    def runs(self, owner: Key, name: Any, version: Any = "", *evidence: Evidence) -> None:
        """Say that *owner* runs a product; one whose CPE name is not known becomes an attribute."""
        known = technology(name, version)
        if known is not None:
            self.has_technology(owner, known, *evidence)
        elif label := line(f"{line(name, 200)} {line(version, 100)}", 400):
            self.attribute(owner, "technology", label)

    def has_technology(self, owner: Key, known: Technology, *evidence: Evidence) -> None:
        """Say that *owner* runs *known*."""
        self.relate(RelationshipType.HAS_TECHNOLOGY, owner, self.add(known), *evidence)

    def banner(self, owner: Key, written: Any) -> None:
        """Say what the first words of a service show."""
        self._hits(owner, built_in().banner(text(written)))

    def headers(self, owner: Key, headers: tuple[tuple[str, str], ...]) -> None:
        """Say what the headers of an HTTP answer show."""
        self._hits(owner, _hits_of(headers))

    def _hits(self, owner: Key, hits: tuple[Hit, ...]) -> None:
        for hit in hits:
            self.has_technology(owner, hit.technology)

    def attribute(self, owner: Key, label: str, value: Any, *evidence: Evidence) -> None:
        """Add a small fact about *owner*."""
        fact = Attribute(owner=owner, label=label, value=redacted(text(value, 4_096)))
        self.relate(RelationshipType.HAS_ATTRIBUTE, owner, self.add(fact), *evidence)

    def page(self, url: Any, **facts: Any) -> Key:
        """Add a path that was found, as an attribute of its web application; return the application's key.

        What was answered there is evidence, so that another answer is the same path.
        """
        application = self.web(url)
        parts = urlsplit(text(url, 4_096).strip())
        path = redacted((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        self.attribute(application, "path", path, key_values("Answer", facts))
        return application

    def risk(
        self,
        target: Key,
        weakness: str,
        *,
        title: Any,
        severity: Severity | None,
        evidence: tuple[Evidence, ...] = (),
        remediation: Any = "",
        confidence: int = 100,
    ) -> Key:
        """Add a risk at *target*; the same one again adds its evidence and keeps the higher severity."""
        hold = _hold(target)
        is_short = (
            title.__class__ is remediation.__class__ is str and len(title) + len(remediation) <= _RULE_LENGTH
        )
        rule = (_known_rule if is_short else _rule_of)(weakness, title, severity, remediation, confidence)
        # All its parts were checked, here or where they were made, and to check them again takes five times as long.
        risk = copied(rule)
        force_setattr(risk, "target", target)
        force_setattr(risk, "evidence", evidence[:_EVIDENCE_LIMIT])
        key = risk.key
        self._put(key, risk)
        place = (RelationshipType.HAS_RISK, target, key)
        if place not in self._relationships:
            link = copied(hold)
            force_setattr(link, "target", key)
            self._relationships[place] = link
        return key

    def decide(self, decided: Decided) -> None:
        """Say what people decided about a risk of this record."""
        self._decided.append(decided)

    def parsed(self, findings: int = 0, seen_at: datetime | None = None) -> Parsed:
        """Return what was collected."""
        return Parsed(
            self.place,
            tuple(self._entities.values()),
            tuple(self._relationships.values()),
            findings,
            seen_at,
            decided=tuple(self._decided),
        )


def _shown(value: Any) -> Any:
    """Return what a web application answered as it may be kept: a text, or the headers by name."""
    if isinstance(value, str):
        return redacted(value)
    if isinstance(value, tuple):
        return tuple((name, redacted_header(name, one)) for name, one in value)
    return value


def web_root(url: Any) -> str:
    """Return `scheme://host[:port]/` of a web address.

    Raises:
        ValueError: it is none.
    """
    written = text(url, 4_096).strip()
    # Addresses on one host have the same beginning, so that each is taken apart once.
    plain = _ORIGIN.match(written)
    return _root(plain[0] if plain else written)


@lru_cache(maxsize=_REMEMBERED)
def _root(written: str) -> str:
    if _PLAIN_ROOT.fullmatch(written):
        return f"{written}/"
    try:
        parts = urlsplit(written)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"not a web address: {shown(written)} ({error})") from None
    scheme = parts.scheme.lower()
    if scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError(f"not a web address: {shown(written)}")
    host = parts.hostname.rstrip(".")
    literal = f"[{host}]" if ":" in host else host
    return f"{scheme}://{literal}{f':{port}' if port is not None else ''}/"


def _together(known: Entity, again: Entity) -> Entity:
    if isinstance(known, Risk) and isinstance(again, Risk):
        evidence = (*known.evidence, *(one for one in again.evidence if one not in known.evidence))
        worse = max(
            (one for one in (known.severity, again.severity) if one is not None),
            key=_ORDER.index,
            default=None,
        )
        return msgspec.structs.replace(known, severity=worse, evidence=evidence[:_EVIDENCE_LIMIT])
    stated = {
        spec.name: value
        for spec in again.specs
        if (value := getattr(again, spec.name)) not in (spec.default, "", None)
    }
    return msgspec.structs.replace(known, **stated)
