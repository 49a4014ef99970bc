"""OpenVAS and Greenbone: report XML of the management protocol, and CSV results."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.csv import Row, csv_rows, header
from chariot.formats.support.record import Record, host_entity, try_address, try_domain
from chariot.formats.support.scanners import add_risks, beginning, hour, is_xml, port_number, weakness
from chariot.formats.support.settled import settle
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import (
    cves,
    instant,
    key_values,
    line,
    number,
    severity,
    severity_of_score,
    whole,
)
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.keys import Key
from chariot.model.states import Severity

_HEADER = ("IP", "NVT Name", "NVT OID")
_THREATS = {"log": Severity.INFO, "debug": Severity.INFO, "alarm": Severity.HIGH}
_SETTLED = {"false positive": "false-positive"}
_FALSE_POSITIVE_SCORE = -1.0
_TAGS = ("summary", "insight", "affected", "impact", "vuldetect", "cvss_base_vector")
_CSV_DETAILS = (
    "NVT OID", "CVSS", "QoD", "Solution Type", "Summary", "Specific Result", "Impact", "Affected Software/OS",
    "Vulnerability Insight", "Vulnerability Detection Method", "Product Detection Result", "BIDs", "CERTs",
    "Other References",
)  # fmt: skip


class OpenVas(Skimmed):
    """A host becomes an Address with its name, a result's port a Port, and each result a risk there.

    | threat (words of the report) | score | ours |
    | --- | --- | --- |
    | Critical | 9.0 to 10.0 | critical |
    | High | 7.0 to 10.0 | high, and critical from 9.0 |
    | Medium | 4.0 to 6.9 | medium |
    | Low | 0.1 to 3.9 | low |
    | Log, Debug | 0.0 | info |
    | False Positive | -1.0 | an attribute, no risk |

    Reports of CVSS 2 classes call 9.0 and more High; the score decides, so that old and new reports agree. The
    weakness is each CVE that the test names, else `openvas:<oid>`. Confidence is the quality of detection (QoD).
    CPE names among the host's details become technologies. Every result counts as a finding; DefectDojo merges
    the same test at the same host and port, and keeps the word High for scores from 9.0. Where a result's threat
    is empty its score decides: DefectDojo calls those two of many_vuln.xml info, we call their 4.0 medium.
    Source: Greenbone, GMP protocol definition, element "report", and the report format CSV Results.
    """

    name = "openvas"
    title = "OpenVAS, Greenbone (XML, CSV)"
    example = 'gvm-cli socket --xml \'<get_reports report_id="ID" details="1" ignore_pagination="1"/>\''
    records = ("result", "host")

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if not is_xml(head):
            return 95 if set(_HEADER) <= set(header(head)) else 0
        root = root_name(head)
        if root == "get_reports_response":
            return 95
        own = (b"<gmp>", b"<omp>", b"report_format", b"<results", b"scan_run_status", b"<nvt ")
        if root != "report" or b'type="security"' in head:
            return 0
        return 93 if sum(mark in head for mark in own) >= 2 else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_xml(beginning(stream)):
            for element in elements(stream, ("result", "host"), {"result": "results", "host": "report"}):
                place = f"line {element.sourceline}"
                try:
                    yield _result(element, place) if element.tag == "result" else _host(element, place)
                except ValueError as error:
                    yield Refused(place, str(error))
            return
        for row in csv_rows(stream, known=_HEADER):
            try:
                yield _row(row)
            except ValueError as error:
                yield Refused(row.place, str(error))


def _result(element: Any, place: str) -> Parsed:
    nvt = element.find("nvt")
    host = element.find("host")
    tags = _tags(inner(nvt, "tags"))
    oid = nvt.get("oid") if nvt is not None else ""
    references = [
        f"{one.get('type')}:{one.get('id')}" for one in (nvt.iterfind("refs/ref") if nvt is not None else ())
    ]
    details = {
        "oid": oid,
        "family": inner(nvt, "family"),
        "result": inner(element, "description"),
        **{name: tags.get(name) for name in _TAGS},
        "references": references,
        "epss": inner(nvt, "epss/max_epss/score"),
    }
    return _finding(
        Record(place),
        host=(inner(host), inner(host, "hostname") or inner(element, "hostname")),
        port=inner(element, "port"),
        names=cves(*references, inner(nvt, "cve")) or [weakness("openvas", oid or inner(element, "name"))],
        title=inner(nvt, "name") or inner(element, "name"),
        threat=inner(element, "threat"),
        score=inner(element, "severity") or inner(nvt, "cvss_base"),
        details=details,
        solution=inner(nvt, "solution") or tags.get("solution", ""),
        quality=inner(element, "qod/value"),
        seen=inner(element, "creation_time"),
    )


def _row(row: Row) -> Parsed:
    values = row.values
    number_of = values.get("Port", "").strip()
    oid = values.get("NVT OID", "").strip()
    return _finding(
        Record(row.place),
        host=(values.get("IP", ""), values.get("Hostname", "")),
        port=f"{number_of}/{values.get('Port Protocol') or 'tcp'}" if number_of else "",
        names=cves(values.get("CVEs")) or [weakness("openvas", oid or values.get("NVT Name"))],
        title=values.get("NVT Name", ""),
        threat=values.get("Severity", ""),
        score=values.get("CVSS", ""),
        details={name: values.get(name) for name in _CSV_DETAILS},
        solution=values.get("Solution", ""),
        quality=values.get("QoD", ""),
        seen=values.get("Timestamp", ""),
    )


def _finding(
    record: Record,
    *,
    host: tuple[str, str],
    port: str,
    names: list[str],
    title: str,
    threat: str,
    score: str,
    details: dict[str, Any],
    solution: str,
    quality: str,
    seen: str,
) -> Parsed:
    target = _target(record, host, port)
    settled = _SETTLED.get(threat.lower())
    if settled is not None or number(score) == _FALSE_POSITIVE_SCORE:
        for name in names:
            settle(record, target, settled or "false-positive", name, "OpenVAS", at=hour(instant(seen)))
        return record.parsed(1, hour(instant(seen)))
    add_risks(
        record,
        target,
        names,
        title=title or names[0],
        severity=severity_of_score(number(score)) or severity(threat) or _THREATS.get(threat.lower()),
        evidence=(key_values("OpenVAS", details),),
        remediation=solution,
        confidence=whole(quality) if quality else 100,
    )
    return record.parsed(1, hour(instant(seen)))


def _target(record: Record, host: tuple[str, str], port: str) -> Key:
    address = try_address(host[0])
    if address is None:
        # The last label of a name is never a number, so that such a text is a broken address.
        named = host[1] if host[0].rpartition(".")[2].isdecimal() else host[0]
        return record.host(host_entity(named or host[1]).name)
    name = try_domain(host[1])
    if name is not None:
        record.host(name.host, address.ip)
    first, _, protocol = line(port, 100).rpartition("/")
    found = port_number(first.rpartition("(")[2] or first)
    if not found and "(" in port:
        # Old versions write `https (443/tcp)`.
        inside = port.rpartition("(")[2].rstrip(")")
        first, _, protocol = inside.partition("/")
        found = port_number(first)
    key = record.host(address.ip)
    return record.port(address.ip, found, protocol.rstrip(")") or "tcp") if found else key


def _host(element: Any, place: str) -> Parsed:
    record = Record(place)
    address = try_address(inner(element, "ip"))
    if address is None:
        raise ValueError(f"the host has no address: {line(inner(element, 'ip'), 80)!r}")
    key = record.host(address.ip)
    for detail in element.iterfind("detail"):
        name, value = inner(detail, "name"), inner(detail, "value")
        if name == "hostname" and (domain := try_domain(value)) is not None:
            record.host(domain.host, address.ip)
        elif name in ("App", "best_os_cpe", "OS") and (found := technology_of_cpe(value)) is not None:
            record.has_technology(key, found)
        elif name == "best_os_txt" and value:
            record.attribute(key, "operating-system", value)
    return record.parsed(0, hour(instant(inner(element, "end"))))


def _tags(written: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in written.split("|"))
    return {name.strip(): value.strip() for name, _, value in pairs if value}
