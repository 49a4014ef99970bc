"""Nmap XML (`-oX`): hosts, names, ports, services, certificates, and what its scripts say of them."""

from collections.abc import Iterator
from functools import lru_cache
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.certificates import certificate_of_pem, present
from chariot.formats.support.files import each
from chariot.formats.support.json import Value
from chariot.formats.support.record import Record, try_address, try_domain
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.technologies import technology_of_cpe, technology_of_service
from chariot.formats.support.values import (
    cves,
    instant,
    key_values,
    line,
    number,
    severity_of_score,
    text,
    whole,
)
from chariot.formats.support.xml import elements, root_name
from chariot.model.evidence import KeyValues
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Technology
from chariot.model.relationships import RelationshipType

_VULNERABLE = ("VULNERABLE", "LIKELY VULNERABLE", "VULNERABLE (Exploitable)")
_RISK_FACTORS = {"High": 7.0, "Medium": 4.0, "Low": 0.1}

_REMEMBERED = 4_096
_TOLD_LENGTH = 1_000
"""What is remembered of a service is at most so long, so that it stays small."""
_NO_ANSWER = frozenset({"unknown", "tcpwrapped"})
"""What Nmap writes where a port is open and says nothing that it knows."""


class Nmap(Skimmed):
    """Open ports become Port entities; a service's CPE becomes a Technology; vulners' CVEs become risks.

    | Nmap | here |
    | --- | --- |
    | `address` (IPv4, IPv6), `hostname` | Address, Domain, RESOLVES_TO |
    | `port` with state open | Port, HAS_PORT; closed and filtered ports say nothing about the surface |
    | `service`, its `cpe` | service of the Port; Technology |
    | the first `osmatch` | Attribute `operating-system` with its accuracy |
    | script `banner` | banner of the Port |
    | script `ssl-cert` with its `pem` | Certificate with its names |
    | script `vulners` | a Risk for each CVE, severity of its `cvss`; confidence 50, as versions are compared |
    | a script that says VULNERABLE or LIKELY VULNERABLE | a Risk for each CVE it names, else `nmap:<script>`; |
    |  | severity of its CVSS score, else of its risk factor: high, medium, low |
    | the same of a host as a whole (`hostscript`, such as smb-vuln-ms17-010) | a Risk at the Address |
    | a host that is down | nothing |

    Each open port counts as a finding, and so do each record that the vulners script lists for it and each
    script that says VULNERABLE. A name or port that cannot be one is left out; an address that is none refuses
    its host. Source: the Nmap reference guide, chapter on output, nmap.dtd, and the NSE library `vulns`.
    """

    name = "nmap"
    title = "Nmap XML"
    example = "nmap -sV -oX scan.xml 192.0.2.0/28"
    records = ("host",)

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`. masscan writes the same root element under its own name."""
        if b"<nmaprun" not in head or root_name(head) != "nmaprun":
            return 0
        return 40 if b'scanner="masscan"' in head else 95

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for number_, element in enumerate(elements(stream, ("host",)), start=1):
            yield from each([Value(f"host {number_} (line {element.sourceline})", element)], _parsed)


def _parsed(item: Value) -> Parsed:
    element = item.value
    record = Record(item.place)
    seen_at = instant(element.get("endtime") or element.get("starttime"))
    state = element.find("status")
    addresses = [
        one.get("addr") for one in element.iterfind("address") if one.get("addrtype") in ("ipv4", "ipv6")
    ]
    if not addresses or (state is not None and state.get("state") == "down"):
        return record.parsed(0, seen_at)
    address = record.host(addresses[0])
    if try_address(addresses[0]) is None:
        raise ValueError(f"not an IP address: {line(addresses[0], 80)!r}")
    for hostname in element.iterfind("hostnames/hostname"):
        # A PTR record may hold anything; what is not a name names nothing.
        domain = try_domain(hostname.get("name") or "")
        if domain is not None:
            record.relate(RelationshipType.RESOLVES_TO, record.add(domain), address)
    _system(record, address, element.find("os/osmatch"))
    findings = 0
    for port in element.iterfind("ports/port"):
        findings += _port(record, addresses[0], port)
    for script in element.iterfind("hostscript/script"):
        findings += _script(record, address, script)
    return record.parsed(findings, seen_at)


def _system(record: Record, address: Key, match: Any) -> None:
    """Add the system that the answers of the host look like most; Nmap lists the likeliest first."""
    if match is not None and match.get("name"):
        accuracy = {"accuracy in %": match.get("accuracy")}
        record.attribute(
            address,
            "operating-system",
            line(match.get("name"), 300),
            key_values("Nmap OS detection", accuracy),
        )


def _port(record: Record, address: str, element: Any) -> int:
    children = list(element)
    state = next((one for one in children if one.tag == "state"), None)
    found = whole(element.get("portid"))
    if state is None or state.get("state") != "open" or not 0 < found < 65_536:
        return 0
    service = next((one for one in children if one.tag == "service"), None)
    scripts = [one for one in children if one.tag == "script"]
    key = record.port(
        address,
        found,
        element.get("protocol") or "tcp",
        service=_spoken(service) if service is not None else "",
        banner=_banner(scripts),
    )
    if service is not None:
        _technologies(record, key, service)
    return 1 + sum([_script(record, key, script) for script in scripts])


def _spoken(service: Any) -> str:
    """Return what is spoken at a port; empty where Nmap could not tell, which takes back nothing that others know."""
    name = line(service.get("name"), 64)
    if name in _NO_ANSWER:
        return ""
    return "https" if name == "http" and service.get("tunnel") == "ssl" else name


def _banner(scripts: list[Any]) -> str | None:
    for script in scripts:
        if script.get("id") == "banner":
            return text(script.get("output"), 4_096)
    return None


def _technologies(record: Record, port: Key, service: Any) -> None:
    told = (service.get("product"), service.get("version"), service.get("extrainfo"))
    is_short = sum([len(one) for one in told if one]) <= _TOLD_LENGTH
    for child in service:
        if child.tag != "cpe":
            continue
        written = child.text or ""
        found = (
            _detected(written, *told) if is_short and len(written) <= _TOLD_LENGTH else _read(written, *told)
        )
        if found is not None:
            record.has_technology(port, *found)


def _read(
    written: str, product: str | None, version: str | None, more: str | None
) -> tuple[Technology, KeyValues] | None:
    """Return the technology of a CPE name and what shows it; None where the name is none."""
    # The service's product and version are those of the application, not of its operating system.
    own = written.startswith("cpe:/a")
    known = technology_of_service(written, product, version, more) if own else technology_of_cpe(written)
    facts = {"product": product, "version": version, "extrainfo": more}
    return (known, key_values("Nmap service detection", facts)) if known is not None else None


# The same service is at many ports.
_detected = lru_cache(maxsize=_REMEMBERED)(_read)


def _script(record: Record, target: Key, script: Any) -> int:
    """Add what a script says of a port or a host, and return how many findings it lists."""
    name = line(script.get("id"), 200)
    if name == "vulners":
        return _vulners(record, target, script)
    if name == "ssl-cert" and target.startswith("#port#"):
        pem = next((one.text for one in script.iterfind("elem") if one.get("key") == "pem"), None)
        certificate = certificate_of_pem(pem)
        if certificate is not None:
            present(record, target, certificate)
        return 0
    return sum(_vulnerable(record, target, name, table) for table in script.iterfind("table"))


def _vulners(record: Record, port: Key, script: Any) -> int:
    """Add a risk for each CVE that the script lists, and return how many records it lists.

    A record is a CVE, or an exploit or advisory whose name usually holds the CVE that it is about.
    """
    found: dict[str, float] = {}
    listed = 0
    for row in script.iter("table"):
        values = {item.get("key"): (item.text or "") for item in row.iterfind("elem")}
        if not values.get("id"):
            continue
        listed += 1
        for cve in cves(values["id"]):
            score = min(max(number(values.get("cvss")), 0.0), 10.0)
            found[cve] = max(found.get(cve, 0.0), score)
    for cve, score in found.items():
        record.risk(
            port,
            cve,
            title=f"{cve} reported by Nmap's vulners script",
            severity=severity_of_score(score),
            confidence=50,
            evidence=(key_values("vulners", {"cvss": score}),),
        )
    return listed


def _vulnerable(record: Record, target: Key, script: str, table: Any) -> int:
    """Add the risks of one table in the form of the library `vulns`; return 1 when it says VULNERABLE."""
    values = {one.get("key"): one.text for one in table.iterfind("elem")}
    if (values.get("state") or "").strip() not in _VULNERABLE:
        return 0
    ids = [one.text for one in table.iterfind("table[@key='ids']/elem")]
    scores = [number(one.text) for one in table.iterfind("table[@key='scores']/elem")]
    factor = _RISK_FACTORS.get((values.get("risk_factor") or "").strip().title(), 0.0)
    for weakness in cves(table.get("key"), *ids) or [f"nmap:{script}"]:
        record.risk(
            target,
            weakness,
            title=values.get("title") or script,
            severity=severity_of_score(max(scores, default=factor)),
            confidence=50 if "LIKELY" in (values.get("state") or "") else 100,
            evidence=(key_values(f"Nmap script {script}", values),),
        )
    return 1
