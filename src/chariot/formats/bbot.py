"""BBOT events of versions 2 and 3, as the json output module writes them."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import urlsplit

from chariot.format import Parsed, Refused
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.record import Record, host_entity, try_address, try_domain
from chariot.formats.support.scanners import add_risks, hour, is_json, plain, port_number, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import cves, instant, items, key_values, line, mapping, severity, text
from chariot.model.keys import Key
from chariot.model.kinds.network import Netblock
from chariot.model.relationships import RelationshipType
from chariot.model.states import Severity

_TEMPLATE = re.compile(r"template: \[([\w./-]{1,150})\]")
_MOVING = re.compile(r"[\[(:].*|https?://\S+|\d{3,}.*", re.DOTALL)
_CONFIDENCES = {"UNKNOWN": 30, "LOW": 30, "MODERATE": 60, "MEDIUM": 60, "HIGH": 90, "CONFIRMED": 100}
_HOSTS_LIMIT = 1_000
_RISKS = ("FINDING", "VULNERABILITY")
_DNS = ("DNS_NAME", "DNS_NAME_UNVERIFIED")


class Bbot(Skimmed):
    """Each event in scope becomes what its type says; findings and vulnerabilities become risks.

    | event | becomes |
    | --- | --- |
    | DNS_NAME | Domain, RESOLVES_TO the addresses in `resolved_hosts` |
    | IP_ADDRESS, IP_RANGE | Address, Netblock |
    | OPEN_TCP_PORT, OPEN_UDP_PORT, PROTOCOL | Port, with the protocol and its banner |
    | URL, HTTP_RESPONSE, VHOST | WebApplication, with status, title and server |
    | TECHNOLOGY | Technology, or an attribute where its CPE name is not known |
    | EMAIL_ADDRESS, STORAGE_BUCKET, CODE_REPOSITORY, SOCIAL, AZURE_TENANT, ASN, WAF | an attribute of the host |
    | FINDING, VULNERABILITY | a risk at the web application, the port or the host |

    | severity | ours | | confidence (3.x) | ours |
    | --- | --- | --- | --- | --- |
    | CRITICAL, HIGH, MEDIUM, LOW | the same | | CONFIRMED | 100 |
    | INFO, INFORMATIONAL, and FINDING of 2.x | info | | HIGH | 90 |
    | UNKNOWN | none | | MODERATE | 60 |
    | | | | LOW, UNKNOWN | 30 |

    Version 2 writes `data` as text or object, version 3 objects as `data_json`; both are read. The weakness is
    each CVE that the event names, else `nuclei:<template>` where BBOT ran Nuclei, else `bbot:<module>:<name or
    the constant part of the description>`. What is out of scope (`scope_distance` above 0) belongs to others and
    is left out, and so are types not named here. Each finding and vulnerability in scope counts as a finding.
    Source: BBOT documentation, "Events" and "Output", and its change notes for version 3.
    """

    name = "bbot"
    title = "BBOT events (JSON lines)"
    example = "bbot -t example.com -p subdomain-enum -om json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if not is_json(head):
            return 0
        marks = (
            b'"scope_description"',
            b'"scope_distance"',
            b'"discovery_context"',
            b'"resolved_hosts"',
            b'"web_spider',
        )
        types = re.search(rb'"type": ?"(SCAN|[A-Z]+_[A-Z_]+|FINDING|VULNERABILITY|TECHNOLOGY|URL)"', head)
        scanned = b'"scan": ' in head or b'"scan":"' in head or b'"SCAN:' in head
        return 95 if types and (any(mark in head for mark in marks) or scanned) else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for item in json_values(stream):
            if not isinstance(item, Value):
                yield item
                continue
            try:
                parsed = _event(mapping(item.value), item.place)
            except ValueError as error:
                yield Refused(item.place, str(error))
                continue
            if parsed is not None:
                yield parsed


def _event(event: dict[str, Any], place: str) -> Parsed | None:
    kind = line(event.get("type"), 60)
    if not kind:
        raise ValueError("is no event: it has no type")
    distance = event.get("scope_distance")
    if isinstance(distance, int) and distance > 0:
        return None
    data = _data(event, kind)
    record = Record(place)
    seen_at = hour(_instant(event.get("timestamp")))
    if kind in _RISKS:
        _finding(record, event, data, kind)
        return record.parsed(1, seen_at)
    write = _WRITERS.get(kind)
    if write is None:
        return None
    write(record, event, data)
    return record.parsed(0, seen_at)


def _data(event: dict[str, Any], kind: str) -> Any:
    """Return the data of an event; the option for SIEMs wraps it into an object under the type's name."""
    data = event.get("data_json") or event.get("data")
    if isinstance(data, dict) and set(data) == {kind}:
        return data[kind]
    return data


def _instant(written: Any) -> datetime | None:
    if isinstance(written, float):
        try:
            return datetime.fromtimestamp(written, UTC)
        except (ValueError, OverflowError, OSError):
            return None
    return instant(written)


def _dns(record: Record, event: dict[str, Any], data: Any) -> None:
    name = line(data if isinstance(data, str) else event.get("host"), 300)
    key = record.host(name)
    if not key.startswith("#domain#"):
        return
    for one in items(event.get("resolved_hosts"))[:_HOSTS_LIMIT]:
        if (address := try_address(one)) is not None:
            record.relate(RelationshipType.RESOLVES_TO, key, record.add(address))


def _address(record: Record, event: dict[str, Any], data: Any) -> None:
    record.host(data if isinstance(data, str) else event.get("host"))


def _range(record: Record, _event: dict[str, Any], data: Any) -> None:
    record.add(Netblock(cidr=line(data, 100)))


def _port(record: Record, event: dict[str, Any], data: Any, protocol: str = "tcp") -> Key:
    """Add a port at each address of its host; return the key of the first, or the host's."""
    told = mapping(data)
    written = line(data if isinstance(data, str) else told.get("host") or event.get("host"), 400)
    parts = urlsplit(f"//{written}")
    host = parts.hostname or ""
    number = port_number(told.get("port") or event.get("port") or parts.port)
    key = record.host(host)
    own = try_address(host)
    addresses = (
        [own] if own else [try_address(one) for one in items(event.get("resolved_hosts"))[:_HOSTS_LIMIT]]
    )
    ports = []
    for address in filter(None, addresses):
        if own is None:
            record.host(host, address.ip)
        if number:
            ports.append(record.port(address.ip, number, protocol))
    return ports[0] if ports else key


def _udp(record: Record, event: dict[str, Any], data: Any) -> None:
    _port(record, event, data, "udp")


def _protocol(record: Record, event: dict[str, Any], data: Any) -> None:
    told = mapping(data)
    key = _port(record, event, data)
    if key.startswith("#port#"):
        _, _, ip, protocol, number = key.split("#")
        service = line(told.get("protocol"), 60).lower()
        banner = text(told.get("banner"), 8_000) or None
        record.port(ip, int(number), protocol, service=service, banner=banner)


def _url(record: Record, event: dict[str, Any], data: Any) -> None:
    told = mapping(data)
    status = told.get("status_code") or event.get("http_status") or told.get("status-code")
    # Only the root's own answer describes the web application; a page below may say something else.
    url = text(data if isinstance(data, str) else told.get("url"), 4_096)
    root = urlsplit(url).path in ("", "/")
    address = next((one for one in items(event.get("resolved_hosts")) if try_address(one)), None)
    fields: dict[str, Any] = {}
    if root:
        fields["status_code"] = status if isinstance(status, int) and 100 <= status <= 999 else None
        fields["title"] = line(told.get("title") or event.get("http_title"), 1_000) or None
        fields["server"] = line(told.get("webserver"), 1_000)
    record.web(url, address, **fields)


def _technology(record: Record, event: dict[str, Any], data: Any) -> None:
    told = mapping(data)
    owner = _target(record, event, told)
    name = line(told.get("technology"), 300)
    known = technology_of_cpe(name)
    if known is not None:
        record.has_technology(owner, known)
        return
    product, _, version = name.partition(":") if ":" in name else name.partition("/")
    record.runs(owner, product, version)


def _attribute(label: str) -> Callable[[Record, dict[str, Any], Any], None]:
    def write(record: Record, event: dict[str, Any], data: Any) -> None:
        told = mapping(data)
        value = (
            data
            if isinstance(data, str)
            else told.get("url") or told.get("name") or told.get("waf") or told.get("asn")
        )
        host = line(told.get("host") or event.get("host") or text(data, 300).rpartition("@")[2], 300)
        if value and (try_address(host) or try_domain(host)):
            record.attribute(record.host(host), label, line(value, 1_000))

    return write


_WRITERS: dict[str, Callable[[Record, dict[str, Any], Any], Any]] = {
    **dict.fromkeys(_DNS, _dns),
    "IP_ADDRESS": _address,
    "IP_RANGE": _range,
    "OPEN_TCP_PORT": _port,
    "OPEN_UDP_PORT": _udp,
    "PROTOCOL": _protocol,
    "URL": _url,
    "HTTP_RESPONSE": _url,
    "VHOST": _url,
    "TECHNOLOGY": _technology,
    "EMAIL_ADDRESS": _attribute("email"),
    "STORAGE_BUCKET": _attribute("storage-bucket"),
    "CODE_REPOSITORY": _attribute("code-repository"),
    "SOCIAL": _attribute("social-account"),
    "AZURE_TENANT": _attribute("azure-tenant"),
    "ASN": _attribute("asn"),
    "WAF": _attribute("waf"),
}


def _target(record: Record, event: dict[str, Any], told: dict[str, Any]) -> Key:
    url = line(told.get("url") or told.get("full_url"), 4_096)
    if url.lower().startswith(("http://", "https://")):
        address = next((one for one in items(event.get("resolved_hosts")) if try_address(one)), None)
        return record.web(url, address)
    host = line(told.get("host") or event.get("host"), 300)
    number = port_number(told.get("port") or event.get("port"))
    entity = host_entity(urlsplit(f"//{host}").hostname or host)
    return record.endpoint(entity.name, number)


def _finding(record: Record, event: dict[str, Any], data: Any, kind: str) -> None:
    told = mapping(data)
    description = plain(told.get("description"), 20_000)
    name = line(told.get("name"), 200)
    module = line(event.get("module"), 100)
    word = line(told.get("severity"), 40)
    level = severity(word)
    if level is None and kind == "FINDING" and not word:
        level = Severity.INFO
    certain = line(told.get("confidence"), 40).upper()
    facts = {
        "description": description,
        "module": module,
        "url": told.get("url"),
        "path": told.get("path"),
        "context": event.get("discovery_context"),
        "tags": [line(one, 100) for one in items(event.get("tags"))[:50]],
        "cves": told.get("cves"),
    }
    add_risks(
        record,
        _target(record, event, told),
        cves(name, *items(told.get("cves")), description) or [_weakness(module, name, description, told)],
        title=name or description.split("\n")[0] or kind,
        severity=level,
        evidence=(key_values("BBOT", facts),),
        remediation=told.get("remediation"),
        confidence=_CONFIDENCES.get(certain, 100),
    )


def _weakness(module: str, name: str, description: str, told: dict[str, Any]) -> str:
    template = _TEMPLATE.search(description)
    if template is not None:
        return f"nuclei:{template[1]}"
    constant = name or " ".join(_MOVING.sub("", description).split())[:80]
    return weakness("bbot", f"{module}:{constant}" if constant else module or "finding", told.get("url"))
