"""Nexpose and InsightVM: the XML Export and XML Export 2.0 reports."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.qualys import Known
from chariot.formats.support.record import Record, try_domain
from chariot.formats.support.scanners import add_risks, beginning, moment, port_number, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import cves, key_values, line, number, severity_of_score, text, whole
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.keys import Key
from chariot.model.states import Severity

_VULNERABLE = frozenset({"vulnerable-exploited", "vulnerable-version", "vulnerable-potential"})
_EXCEPTED = frozenset(
    {"exception-vulnerable-exploited", "exception-vulnerable-version", "exception-vulnerable-potential"}
)
_LEVELS = (
    (9, Severity.CRITICAL),
    (7, Severity.HIGH),
    (4, Severity.MEDIUM),
    (2, Severity.LOW),
    (1, Severity.INFO),
)
_INSTANT = re.compile(r"(\d{8}T\d{6})\d*")
_TEXT_LIMIT = 20_000
_DEFINITIONS_LIMIT = 200_000


class Nexpose(Skimmed):
    """A node becomes an Address with its names, an endpoint a Port, and each vulnerable test a risk there.

    | CVSS score, else severity of 10 | ours | | test's status | ours |
    | --- | --- | --- | --- | --- |
    | 9.0 to 10, or 9 and 10 | critical | | vulnerable-exploited, vulnerable-version | a risk |
    | 7.0 to 8.9, or 7 and 8 | high | | vulnerable-potential | a risk, confidence 50 |
    | 4.0 to 6.9, or 4 to 6 | medium | | exception-vulnerable-… | an attribute, no risk |
    | 0.1 to 3.9, or 2 and 3 | low | | not-vulnerable and others | left out |
    | 0, or 1 | info | | | |

    The weakness is each CVE that the definition refers to, else `nexpose:<test id>`. Definitions stand behind the
    nodes, so that the file is read twice; a test without one keeps its id as title. Service and system
    fingerprints with a CPE become technologies. Every vulnerable test counts as a finding. XML Export 2.0 lists a
    test once for each thing it found (26 in report_auth.xml); DefectDojo merges a test over all nodes (4), and adds
    one info finding for the nodes that answered, which is all that it expects of no_vuln.xml: the one test there
    has no definition, and DefectDojo leaves such tests out, where we keep them without a severity. Source: Rapid7,
    report template reference "XML Export 2.0" and its schema.
    """

    name = "nexpose"
    title = "Nexpose, InsightVM XML"
    example = "Reports, Create a report, Export, XML Export 2.0"
    records = ("vulnerability", "scan", "test", "node")

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        return 98 if b"<NexposeReport" in head and root_name(head) == "NexposeReport" else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        beginning(stream)
        definitions: dict[str, Known] = {}
        ended: datetime | None = None
        for element in elements(stream, ("vulnerability", "scan", "test", "node")):
            if element.tag == "scan":
                ended = _instant(element.get("endTime")) or ended
            elif element.tag == "vulnerability" and len(definitions) < _DEFINITIONS_LIMIT:
                definitions[(element.get("id") or "").lower()] = _definition(element)
        stream.seek(0)
        for node in elements(stream, ("node", "vulnerability")):
            if node.tag == "node":
                yield from _node(node, definitions, ended)


def _node(node: Any, definitions: dict[str, Known], ended: datetime | None) -> Iterator[Parsed | Refused]:
    place = f"line {node.sourceline}"
    record = Record(place)
    ip = line(node.get("address"), 100)
    try:
        key = record.host(ip)
        for name in node.iterfind("names/name"):
            if key.startswith("#address#") and (domain := try_domain(inner(name))) is not None:
                record.host(domain.host, ip)
        for os in node.iterfind("fingerprints/os"):
            _system(record, key, os)
        yield record.parsed(0, ended)
    except ValueError as error:
        yield Refused(place, str(error))
        return
    for test in node.iterfind("tests/test"):
        yield from _test(key, test, definitions, ended)
    for endpoint in node.iterfind("endpoints/endpoint"):
        yield from _endpoint(ip, endpoint, definitions, ended)


def _system(record: Record, key: Key, os: Any) -> None:
    found = technology_of_cpe(os.get("cpe")) if os.get("cpe") else None
    if found is not None:
        record.has_technology(key, found)
    words = (os.get(name) for name in ("vendor", "product", "version"))
    if label := line(" ".join(dict.fromkeys(filter(None, words))), 300):
        record.attribute(key, "operating-system", label)


def _endpoint(
    ip: str, endpoint: Any, definitions: dict[str, Known], ended: datetime | None
) -> Iterator[Parsed | Refused]:
    place = f"line {endpoint.sourceline}"
    number_of = port_number(endpoint.get("port"))
    if endpoint.get("status") not in (None, "open") or not number_of:
        return
    record = Record(place)
    services = list(endpoint.iterfind("services/service"))
    names = [line(one.get("name"), 60).lower() for one in services]
    try:
        key = record.port(
            ip,
            number_of,
            endpoint.get("protocol") or "tcp",
            service=next((one for one in names if one and not one.startswith("<")), ""),
        )
        for one in endpoint.iterfind("services/service/fingerprints/fingerprint"):
            found = technology_of_cpe(one.get("cpe")) if one.get("cpe") else None
            if found is not None:
                record.has_technology(key, found)
            else:
                record.runs(key, one.get("product"), one.get("version") or "")
        yield record.parsed(0, ended)
    except ValueError as error:
        yield Refused(place, str(error))
        return
    for test in endpoint.iterfind("services/service/tests/test"):
        yield from _test(key, test, definitions, ended)


def _test(
    target: Key, test: Any, definitions: dict[str, Known], ended: datetime | None
) -> Iterator[Parsed | Refused]:
    status = test.get("status") or ""
    if status not in _VULNERABLE | _EXCEPTED:
        return
    place = f"line {test.sourceline}"
    rule = line(test.get("id"), 200).lower()
    known = definitions.get(rule, Known(rule, "", {}, "", ()))
    names = list(known.cves) or [weakness("nexpose", rule)]
    record = Record(place)
    try:
        if status in _EXCEPTED:
            record.attribute(target, "excepted", names[0])
            yield record.parsed(1, ended)
            return
        facts = {
            "test": rule,
            "status": status,
            "key": test.get("key"),
            "vulnerable since": test.get("vulnerable-since"),
            "result": _text(test),
            **known.details,
        }
        add_risks(
            record,
            target,
            names,
            title=known.title or rule,
            severity=_severity(known),
            evidence=(key_values("Nexpose", facts),),
            remediation=known.solution,
            confidence=50 if status == "vulnerable-potential" else 100,
        )
        yield record.parsed(1, ended)
    except ValueError as error:
        yield Refused(place, str(error))


def _severity(known: Known) -> Severity | None:
    score = number(known.details.get("cvss v3 score")) or number(known.details.get("cvss score"))
    rank = whole(known.severity)
    if rank == 1 and not score:
        return Severity.INFO
    return severity_of_score(score) or next((level for least, level in _LEVELS if rank >= least), None)


def _definition(element: Any) -> Known:
    references = [f"{one.get('source')}: {inner(one)}" for one in element.iterfind("references/reference")]
    details = {
        "description": _text(element.find("description")),
        "cvss score": element.get("cvssScore") or "",
        "cvss vector": element.get("cvssVector") or "",
        "cvss v3 score": element.get("cvssV3Score") or "",
        "cvss v3 vector": element.get("cvssV3Vector") or "",
        "pci severity": element.get("pciSeverity") or "",
        "published": element.get("published") or "",
        "references": text("\n".join(references), 5_000),
        "tags": ", ".join(inner(one) for one in element.iterfind("tags/tag"))[:1_000],
    }
    return Known(
        line(element.get("title")),
        line(element.get("severity"), 10),
        details,
        _text(element.find("solution"))[:10_000],
        tuple(cves(*references)),
    )


def _text(element: Any) -> str:
    if element is None:
        return ""
    pieces = (" ".join(piece.split()) for piece in element.itertext())
    return text("\n".join(piece for piece in pieces if piece), _TEXT_LIMIT)


def _instant(written: Any) -> datetime | None:
    known = _INSTANT.match(line(written, 40))
    return moment(known[1], "%Y%m%dT%H%M%S") if known else None
