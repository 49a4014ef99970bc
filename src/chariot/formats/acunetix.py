"""Acunetix: the XML report of the scanner."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.record import Record
from chariot.formats.support.scanners import add_risks, moment, plain, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import (
    cves,
    exchange,
    key_values,
    line,
    number,
    severity,
    severity_of_score,
)
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.evidence import Evidence

_DATES = ("%d/%m/%Y, %H:%M:%S", "%d/%m/%Y %H:%M:%S", "%m/%d/%Y, %H:%M:%S")
_EXCHANGES = 3
_UNKNOWN = frozenset({"", "none", "unknown"})


class Acunetix(Skimmed):
    """The scanned address becomes a WebApplication, and each alert a risk there.

    | severity | ours |
    | --- | --- |
    | critical | critical |
    | high | high |
    | medium | medium |
    | low | low |
    | info, informational | info |
    | marked as false positive | an attribute, no risk |

    The weakness is each CVE of the alert's CVE list, else `acunetix:<name>:<path>`: the report has no id of the
    test, and the same alert at another path is another thing to mend. The server's product becomes a technology.
    Every ReportItem counts as a finding; DefectDojo merges alerts of one name, so that it expects 7 where
    Acunetix wrote 19. An address without a scheme is taken as the crawler's, else as http. Reports of
    Acunetix 360 are JSON and have the form of Invicti's. Source: Acunetix, "Exporting scan results to XML".
    """

    name = "acunetix"
    title = "Acunetix XML"
    example = "Scans, Generate report, Export to, Acunetix XML"
    records = ("ReportItem", "SiteFile")

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<ScanGroup" not in head:
            return 0
        return 97 if root_name(head) == "ScanGroup" else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        # The crawler's files are not needed, but must be forgotten too.
        for element in elements(stream, ("ReportItem", "SiteFile"), {"ReportItem": "ReportItems"}):
            place = f"line {element.sourceline}"
            try:
                if element.tag == "ReportItem":
                    yield _item(element, place)
            except ValueError as error:
                yield Refused(place, str(error))


def _item(element: Any, place: str) -> Parsed:
    scan = next(element.iterancestors("Scan"), None)
    record = Record(place)
    start = inner(scan, "StartURL")
    if start and "://" not in start:
        crawler = scan.find("Crawler") if scan is not None else None
        given = crawler.get("StartUrl", "") if crawler is not None else ""
        start = given if "://" in given else f"http://{start}"
    target = record.web(start)
    for name in ("WebServer", "Banner"):
        product = line(inner(scan, name), 200)
        if product.lower() not in _UNKNOWN:
            server, _, version = product.split(" ", 1)[0].partition("/")
            record.runs(target, server, version)
            break
    seen_at = moment(inner(scan, "FinishTime") or inner(scan, "StartTime"), *_DATES)
    affects = inner(element, "Affects")
    title = plain(inner(element, "Name"), 500)
    names = cves(*(inner(one) for one in element.iterfind("CVEList/*")), inner(element, "CVEList"), title)
    names = names or [weakness("acunetix", title, affects if affects.startswith("/") else "")]
    if inner(element, "IsFalsePositive").lower() in ("true", "1"):
        record.attribute(target, "false-positive", names[0])
        return record.parsed(1, seen_at)
    score = number(inner(element, "CVSS3/Score") or inner(element, "CVSS/Score"))
    add_risks(
        record,
        target,
        names,
        title=title or names[0],
        severity=severity(inner(element, "Severity")) or severity_of_score(score),
        evidence=_evidence(element, start, affects),
        remediation=plain(inner(element, "Recommendation")),
    )
    return record.parsed(1, seen_at)


def _evidence(element: Any, start: str, affects: str) -> tuple[Evidence, ...]:
    about = {
        "affects": affects,
        "parameter": inner(element, "Parameter"),
        "details": plain(inner(element, "Details")),
        "description": plain(inner(element, "Description")),
        "impact": plain(inner(element, "Impact")),
        "information": plain(inner(element, "DetailedInformation")),
        "module": inner(element, "ModuleName"),
        "type": inner(element, "Type"),
        "source file": inner(element, "AOP_SourceFile"),
        "source line": inner(element, "AOP_SourceLine"),
        "cwe": [line(one.get("id") or inner(one), 40) for one in element.iterfind("CWEList/CWE")],
        "cvss": inner(element, "CVSS/Descriptor"),
        "cvss3": inner(element, "CVSS3/Descriptor"),
        "references": [line(inner(one, "URL"), 500) for one in element.iterfind("References/Reference")][:50],
    }
    url = start.rstrip("/") + affects if affects.startswith("/") else start
    exchanges = (
        exchange("Acunetix", url, inner(one, "Request"), inner(one, "Response"))
        for one, _ in zip(element.iterfind("TechnicalDetails"), range(_EXCHANGES), strict=False)
        if inner(one, "Request")
    )
    return (key_values("Acunetix", about), *exchanges)
