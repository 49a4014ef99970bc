"""Nmap XML (`-oX`): hosts, names, ports, services, and what the vulners script says of them."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import IO, Any

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.xml import elements, root_name
from chariot.model.base import Entity
from chariot.model.evidence import KeyValues
from chariot.model.kinds.network import Address, Domain, Port
from chariot.model.kinds.weakness import Risk, Technology
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity

_CPE22 = re.compile(r"cpe:/([aoh]):([^:]+):([^:]+)(?::([^:]*))?(?::([^:]*))?", re.IGNORECASE)
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
_SPECIAL = re.compile(r"([^a-z0-9._\-%])")
_SEVERITIES = ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM), (0.1, Severity.LOW))


class Nmap(Format):
    """Open ports become Port entities; a service's CPE becomes a Technology; vulners' CVEs become risks.

    Closed and filtered ports say nothing about the surface and are left out. Each open port counts as a finding,
    and so does each record that the vulners script lists for it. Source: the Nmap
    reference guide, chapter on output, and nmap.dtd.
    """

    name = "nmap"
    title = "Nmap XML"
    example = "nmap -sV -oX scan.xml 192.0.2.0/28"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        return 95 if b"<nmaprun" in head and root_name(head) == "nmaprun" else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for number, element in enumerate(elements(stream, ("host",)), start=1):
            place = f"host {number} (line {element.sourceline})"
            try:
                yield _Host(element, place).parsed()
            except ValueError as error:
                yield Refused(place, str(error))


class _Host:
    """One `<host>` element."""

    def __init__(self, element: Any, place: str) -> None:
        self._element = element
        self._place = place
        self._seen_at = _instant(element.get("endtime") or element.get("starttime"))
        self._entities: list[Entity] = []
        self._relationships: list[Relationship] = []
        self._findings = 0

    def parsed(self) -> Parsed:
        ip = next(
            (
                a.get("addr")
                for a in self._element.iterfind("address")
                if a.get("addrtype") in ("ipv4", "ipv6")
            ),
            None,
        )
        state = self._element.find("status")
        if ip is None or (state is not None and state.get("state") == "down"):
            return Parsed(self._place, seen_at=self._seen_at)
        address = Address(ip=ip)
        self._entities.append(address)
        self._names(address)
        for port in self._element.iterfind("ports/port"):
            self._port(address, port)
        return Parsed(
            self._place, tuple(self._entities), tuple(self._relationships), self._findings, self._seen_at
        )

    def _names(self, address: Address) -> None:
        for hostname in self._element.iterfind("hostnames/hostname"):
            try:
                domain = Domain(host=hostname.get("name") or "")
            except ValueError:
                # A PTR record may hold anything; what is not a name names nothing.
                continue
            self._entities.append(domain)
            self._relationships.append(Relationship(RelationshipType.RESOLVES_TO, domain.key, address.key))

    def _port(self, address: Address, element: Any) -> None:
        state = element.find("state")
        number = int(element.get("portid") or 0)
        if state is None or state.get("state") != "open" or number == 0:
            return
        service = element.find("service")
        port = Port(
            address=address.ip,
            protocol=(element.get("protocol") or "tcp").lower(),
            number=number,
            service=(service.get("name") or "")[:64] if service is not None else "",
            banner=_banner(element),
        )
        self._entities.append(port)
        self._relationships.append(Relationship(RelationshipType.HAS_PORT, address.key, port.key))
        if service is not None:
            self._technologies(port, service)
        self._findings += 1 + self._risks(port, element)

    def _technologies(self, port: Port, service: Any) -> None:
        version = service.get("version") or ""
        product = service.get("product") or ""
        evidence = KeyValues(
            title="Nmap service detection",
            values={
                name: value for name in ("product", "version", "extrainfo") if (value := service.get(name))
            },
        )
        for text in service.iterfind("cpe"):
            cpe = formatted_cpe(text.text or "")
            if cpe is None:
                continue
            own = cpe.startswith("cpe:2.3:a")
            technology = Technology(
                cpe=cpe, product=product[:200] if own else "", version=version[:200] if own else ""
            )
            self._entities.append(technology)
            self._relationships.append(
                Relationship(RelationshipType.HAS_TECHNOLOGY, port.key, technology.key, (evidence,))
            )

    def _risks(self, port: Port, element: Any) -> int:
        """Add a risk for each CVE in what the vulners script lists, and return how many records it listed.

        A record is a CVE, or an exploit or advisory whose name usually holds the CVE that it is about.
        """
        found: dict[str, float] = {}
        listed = 0
        for script in element.iterfind("script"):
            if script.get("id") != "vulners":
                continue
            for row in script.iter("table"):
                values = {item.get("key"): (item.text or "") for item in row.iterfind("elem")}
                if not values.get("id"):
                    continue
                listed += 1
                for cve in _CVE.findall(values["id"]):
                    found[cve] = max(found.get(cve, 0.0), _number(values.get("cvss")))
        for cve, score in found.items():
            risk = Risk(
                target=port.key,
                weakness=cve,
                title=f"{cve} reported by Nmap's vulners script",
                severity=next((severity for least, severity in _SEVERITIES if score >= least), None),
                confidence=50,
                evidence=(KeyValues(title="vulners", values={"cvss": str(score)}),),
            )
            self._entities.append(risk)
            self._relationships.append(Relationship(RelationshipType.HAS_RISK, port.key, risk.key))
        return listed


def formatted_cpe(text: str) -> str | None:
    """Return a CPE 2.2 URI as a CPE 2.3 formatted string, None when it is not one. Source: NISTIR 7695, 6.1."""
    known = _CPE22.fullmatch(text.strip())
    if known is None:
        return None
    part, *rest = known.groups()
    fields = [_SPECIAL.sub(r"\\\1", (value or "").lower().replace("%", "")) or "*" for value in rest]
    return ":".join(["cpe:2.3", part.lower(), *fields, *["*"] * (10 - len(fields))])


def _banner(element: Any) -> str | None:
    for script in element.iterfind("script"):
        if script.get("id") == "banner":
            return str(script.get("output") or "")
    return None


def _number(text: str | None) -> float:
    try:
        return min(max(float(text or 0), 0.0), 10.0)
    except ValueError:
        return 0.0


def _instant(text: str | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(int(text), UTC) if text else None
    except (ValueError, OverflowError, OSError):
        return None
