"""One record on its way into the graph: entities and relationships, each once, sources before what they lead to."""

from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import msgspec

from chariot.format import Parsed
from chariot.formats.support.technologies import technology
from chariot.formats.support.values import REMEDIATION_LIMIT, TITLE_LIMIT, key_values, line, text
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
_ORDER = list(Severity)
_DEFAULT_PORTS = {"http": 80, "https": 443}


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
def _port(ip: str, protocol: str, number: int, service: str) -> Port:
    return Port(address=ip, protocol=protocol, number=number, service=service)


@lru_cache(maxsize=_REMEMBERED)
def _application(root: str) -> WebApplication:
    return WebApplication(url=root)


@lru_cache(maxsize=_REMEMBERED)
def _relationship(kind: RelationshipType, source: Key, target: Key) -> Relationship:
    return Relationship(kind, source, target)


class Record:
    """Collects what one record says. Everything may raise ValueError, which refuses the record."""

    def __init__(self, place: str) -> None:
        self.place = place
        self._entities: dict[Key, Entity] = {}
        self._relationships: dict[tuple[RelationshipType, Key, Key], Relationship] = {}

    def add(self, entity: Entity) -> Key:
        """Add *entity*, or its later words about what is already there; return its key."""
        key = entity.key
        known = self._entities.get(key)
        self._entities[key] = entity if known is None else _together(known, entity)
        return key

    def relate(self, kind: RelationshipType, source: Key, target: Key, *evidence: Evidence) -> None:
        """Add a relationship; the first evidence for it stays."""
        if source != target:
            place = (kind, source, target)
            if place not in self._relationships:
                plain = not evidence
                self._relationships[place] = (
                    _relationship(kind, source, target)
                    if plain
                    else Relationship(kind, source, target, evidence)
                )

    def host(self, written: Any, ip: Any = None) -> Key:
        """Add a host by name or address, and the address that the name was seen to have; return the host's key."""
        entity = host_entity(written)
        key = self.add(entity)
        address = try_address(ip) if ip else None
        if address is not None and isinstance(entity, Domain):
            self.relate(RelationshipType.RESOLVES_TO, key, self.add(address))
        return key

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
        host = try_address(address)
        if host is None:
            raise ValueError(f"not an IP address: {shown(address)}")
        port = _port(host.ip, line(protocol, 20).lower() or "tcp", number, service)
        if banner is not None:
            port = msgspec.structs.replace(port, banner=banner)
        self.relate(RelationshipType.HAS_PORT, self.add(host), self.add(port))
        return port.key

    def endpoint(self, written: Any, number: int, ip: Any = None, **fields: Any) -> Key:
        """Add a host and its port; return the port's key, or the host's where its address is not known."""
        key = self.host(written, ip)
        known = try_address(ip) or try_address(written)
        return self.port(known.ip, number, **fields) if known is not None and number else key

    def web(self, url: Any, ip: Any = None, **fields: Any) -> Key:
        """Add the web application that *url* is in, its host, and its port where the address is known."""
        root = web_root(url)
        application = WebApplication(url=root, **fields) if fields else _application(root)
        parts = urlsplit(root)
        host = self.host(parts.hostname or "", ip)
        key = self.add(application)
        self.relate(RelationshipType.NAMES, host, key)
        address = try_address(ip) or try_address(parts.hostname)
        if address is not None:
            number = parts.port or _DEFAULT_PORTS[parts.scheme]
            self.relate(RelationshipType.SERVES, self.port(address.ip, number, service=parts.scheme), key)
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
        self._hits(owner, built_in().page(headers, ""))

    def _hits(self, owner: Key, hits: tuple[Hit, ...]) -> None:
        for hit in hits:
            self.has_technology(owner, hit.technology)

    def attribute(self, owner: Key, label: str, value: Any, *evidence: Evidence) -> None:
        """Add a small fact about *owner*."""
        fact = Attribute(owner=owner, label=label, value=text(value, 4_096))
        self.relate(RelationshipType.HAS_ATTRIBUTE, owner, self.add(fact), *evidence)

    def page(self, url: Any, **facts: Any) -> Key:
        """Add a path that was found, as an attribute of its web application; return the application's key.

        What was answered there is evidence, so that another answer is the same path.
        """
        application = self.web(url)
        parts = urlsplit(text(url, 4_096).strip())
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
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
        risk = Risk(
            target=target,
            weakness=line(weakness, 500),
            title=line(title, TITLE_LIMIT),
            severity=severity,
            evidence=evidence[:_EVIDENCE_LIMIT],
            remediation=text(remediation, REMEDIATION_LIMIT),
            confidence=min(max(confidence, 0), 100),
        )
        key = self.add(risk)
        self.relate(RelationshipType.HAS_RISK, target, key)
        return key

    def parsed(self, findings: int = 0, seen_at: datetime | None = None) -> Parsed:
        """Return what was collected."""
        return Parsed(
            self.place,
            tuple(self._entities.values()),
            tuple(self._relationships.values()),
            findings,
            seen_at,
        )


def web_root(url: Any) -> str:
    """Return `scheme://host[:port]/` of a web address.

    Raises:
        ValueError: it is none.
    """
    return _root(text(url, 4_096).strip())


@lru_cache(maxsize=_REMEMBERED)
def _root(written: str) -> str:
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
