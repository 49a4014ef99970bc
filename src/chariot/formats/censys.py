"""Censys: host records of the Platform and of Legacy Search, one or many, in JSON."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Format, Parsed, Refused
from chariot.formats.support.certificates import present
from chariot.formats.support.json import Value, json_values
from chariot.formats.support.packed import peeked, unpacked
from chariot.formats.support.record import Record, try_domain
from chariot.formats.support.scanners import hour, is_json, port_number
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import (
    cves,
    instant,
    items,
    key_values,
    line,
    mapping,
    number,
    severity,
    severity_of_score,
    text,
)
from chariot.model.keys import Key
from chariot.model.kinds.network import Address, Certificate

_NAMES_LIMIT = 1_000
_WRAPPERS = ("result", "resource", "host_v1", "host")
_LISTS = ("hits", "hosts", "resources", "results")
_DEPTH = 6
_SERVICES = {"UNKNOWN": "", "": ""}


class Censys(Format):
    """A host becomes an Address with its names, a service a Port with its software, certificate and page.

    | what a service's `vulns` says | ours |
    | --- | --- |
    | severity in words: critical, high, medium, low | the same |
    | else the CVSS score | its band in CVSS 3.1 |

    The weakness is the CVE; Censys derives vulnerabilities from versions, so that their confidence is 50 unless it
    says that it is sure. Each service counts as a finding, and so does each entry of `vulns`. Records may stand
    bare, in lines, in a list, or in an API's answer (`result`, `hits`, `host_v1.resource`). Source: Censys,
    "Platform host dataset" and "Legacy Search: hosts", data definitions.
    """

    name = "censys"
    title = "Censys hosts (JSON, JSON lines)"
    example = "censys view 192.0.2.7 -o host.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        start = peeked(head)
        if not is_json(start) or (b'"services"' not in start and b'"host_v1"' not in start):
            return 0
        marks = (
            b'"transport_protocol"', b'"service_name"', b'"autonomous_system"', b'"extended_service_name"',
            b'"observed_at"', b'"host_v1"', b'"scan_time"', b'"service_count"',
        )  # fmt: skip
        return 92 if b'"ip"' in start and sum(mark in start for mark in marks) >= 2 else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for item in json_values(unpacked(stream)):
            if not isinstance(item, Value):
                yield item
                continue
            if not isinstance(item.value, dict):
                raise InvalidError("expected an object of Censys", place=item.place)
            for host in _hosts(item.value, _DEPTH):
                try:
                    yield from _host(host, item.place)
                except ValueError as error:
                    yield Refused(item.place, str(error))


def _hosts(answer: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
    """Yield the host records in an answer, however it wraps them."""
    if "ip" in answer or depth == 0:
        yield answer
        return
    for name in _WRAPPERS:
        if isinstance(answer.get(name), dict):
            yield from _hosts(answer[name], depth - 1)
            return
    for name in _LISTS:
        if isinstance(answer.get(name), list):
            for one in answer[name]:
                yield from _hosts(mapping(one), depth - 1)
            return
    yield answer


def _host(host: dict[str, Any], place: str) -> Iterator[Parsed]:
    record = Record(place)
    system = mapping(host.get("autonomous_system"))
    asn = system.get("asn")
    country = line(mapping(host.get("location")).get("country_code"), 10).upper()
    address = Address(
        ip=line(host.get("ip"), 100),
        asn=asn if isinstance(asn, int) and not isinstance(asn, bool) and 0 <= asn < 2**32 else None,
        holder=line(system.get("organization") or system.get("name") or system.get("description"), 500),
        country=country if len(country) == 2 else "",
    )
    key = record.add(address)
    dns = mapping(host.get("dns"))
    names = [*items(dns.get("names")), *items(mapping(dns.get("reverse_dns")).get("names")), host.get("name")]
    for name in names[:_NAMES_LIMIT]:
        if (domain := try_domain(name)) is not None:
            record.host(domain.host, address.ip)
    _software(record, key, [mapping(host.get("operating_system"))])
    seen_at = hour(instant(host.get("last_updated_at")))
    yield record.parsed(0, seen_at)
    for one in items(host.get("services")):
        service = mapping(one)
        found = port_number(service.get("port"))
        if found:
            yield _service(address, found, service, place, seen_at)


def _service(
    address: Address, number_of: int, service: dict[str, Any], place: str, seen_at: datetime | None
) -> Parsed:
    record = Record(f"{place}, port {number_of}")
    word = line(service.get("protocol") or service.get("service_name"), 60)
    transport = line(service.get("transport_protocol"), 20).lower()
    target = record.port(
        address.ip,
        number_of,
        # QUIC is what HTTP/3 uses over UDP.
        {"quic": "udp", "": "tcp"}.get(transport, transport),
        service=_SERVICES.get(word.upper(), word.lower()),
        banner=text(service.get("banner"), 8_000) or None,
    )
    _software(record, target, items(service.get("software")) + items(service.get("hardware")))
    secure = _certificate(record, target, service)
    _pages(record, address, number_of, service, secure=secure)
    listed = _vulns(record, target, items(service.get("vulns")))
    return record.parsed(
        1 + listed, hour(instant(service.get("scan_time") or service.get("observed_at"))) or seen_at
    )


def _software(record: Record, owner: Key, given: list[Any]) -> None:
    for one in given[:200]:
        told = mapping(one)
        product, version = line(told.get("product"), 200), line(told.get("version"), 100)
        known = technology_of_cpe(told.get("cpe") or told.get("uniform_resource_identifier"))
        if known is not None:
            record.has_technology(owner, known)
        elif product:
            record.runs(owner, product, version)


def _certificate(record: Record, target: Key, service: dict[str, Any]) -> bool:
    """Add the certificate of a service, in either dataset's words; return whether it speaks TLS."""
    new = mapping(service.get("cert"))
    old = mapping(mapping(mapping(service.get("tls")).get("certificates")).get("leaf_data"))
    parsed = mapping(new.get("parsed"))
    period = mapping(parsed.get("validity_period"))
    digest = line(new.get("fingerprint_sha256") or old.get("fingerprint") or service.get("certificate"), 100)
    names = items(new.get("names")) or items(old.get("names"))
    if len(digest) == 64:
        certificate = Certificate(
            sha256=digest,
            subject=line(parsed.get("subject_dn") or old.get("subject_dn"), 4_000),
            issuer=line(parsed.get("issuer_dn") or old.get("issuer_dn"), 4_000),
            names=tuple(written for name in names[:_NAMES_LIMIT] if (written := line(name, 300))),
            not_before=instant(period.get("not_before")),
            not_after=instant(period.get("not_after")),
        )
        present(record, target, certificate)
    return bool(digest or service.get("tls"))


def _pages(
    record: Record, address: Address, number_of: int, service: dict[str, Any], *, secure: bool
) -> None:
    pages = [mapping(mapping(one).get("http")) for one in items(service.get("endpoints"))[:20]]
    pages.append(mapping(mapping(service.get("http")).get("response")))
    for page in filter(None, pages):
        literal = f"[{address.ip}]" if ":" in address.ip else address.ip
        status = page.get("status_code")
        record.web(
            f"{'https' if secure else 'http'}://{literal}:{number_of}/",
            status_code=status if isinstance(status, int) and 100 <= status <= 999 else None,
            title=line(page.get("html_title"), 1_000) or None,
        )
        return


def _vulns(record: Record, target: Key, given: list[Any]) -> int:
    count = 0
    for one in given[:5_000]:
        told = mapping(one)
        metrics = mapping(told.get("metrics"))
        score = number(mapping(metrics.get("cvss_v31") or metrics.get("cvss_v30")).get("score"))
        for cve in cves(told.get("id") or told.get("cve_id") or told.get("name")):
            count += 1
            record.risk(
                target,
                cve,
                title=f"{cve} reported by Censys",
                severity=severity(told.get("severity")) or severity_of_score(score),
                evidence=(
                    key_values(
                        "Censys",
                        {name: told.get(name) for name in ("confidence", "severity", "evidence", "kev")},
                    ),
                ),
                confidence=100 if told.get("confidence") in (1, 1.0, "high", "HIGH") else 50,
            )
    return count
