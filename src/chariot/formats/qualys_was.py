"""Qualys web application scanning: scan and web application reports in XML and CSV."""

import binascii
import re
from collections.abc import Iterator
from typing import IO, Any

import msgspec

from chariot.format import Format, Parsed, Refused
from chariot.formats.qualys import Known
from chariot.formats.support.csv import Row, csv_rows
from chariot.formats.support.record import Record, web_root
from chariot.formats.support.scanners import add_risks, beginning, hour, is_xml, moment, plain, weakness
from chariot.formats.support.values import cves, key_values, line, text, whole
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.evidence import Evidence, HttpExchange
from chariot.model.keys import Key
from chariot.model.kinds.work import File
from chariot.model.states import Severity

_ROOTS = ("WAS_SCAN_REPORT", "WAS_WEBAPP_REPORT", "WAS_SCORECARD_REPORT")
_COLUMNS = ("QID", "Url")
_HEADER = re.compile(rb'"?(?:Detection )?ID"?,[^\n]{0,200}"?QID"?,[^\n]{0,100}"?U(?:rl|RL)"?', re.IGNORECASE)
_LEVELS = {1: Severity.LOW, 2: Severity.LOW, 3: Severity.MEDIUM, 4: Severity.HIGH, 5: Severity.CRITICAL}
_FINDINGS = ("VULNERABILITY", "SENSITIVE_CONTENT", "INFORMATION_GATHERED")
_CLOSED = frozenset({"FIXED", "RETEST FIXED"})
_DATE = "%d %b %Y %I:%M%p %z"
_GLOSSARY_LIMIT = 200_000
_CSV_DETAILS = (
    "QID", "Category", "Param", "Payload #1", "Authentication", "Ajax", "Status", "Times Detected", "Description",
    "Impact", "CWE", "OWASP", "WASC", "CVSS Base", "CVSS V3 Base", "Evidence #1", "Data #1",
)  # fmt: skip


class QualysWas(Format):
    """A finding's address becomes a WebApplication, the finding a risk there.

    | severity | ours | | status | ours |
    | --- | --- | --- | --- | --- |
    | 5 urgent | critical | | New, Active, Reopened | a risk |
    | 4 critical | high | | Fixed, or ignored | an attribute, no risk |
    | 3 serious | medium | | | |
    | 2 medium, 1 minimal | low | | information gathered | info |

    Titles and levels stand in a glossary behind the findings, so that the file is read twice. The weakness is each
    CVE of the glossary, else `qualys-was:<qid>:<path>`. Information gathered names no address: it is at the web
    application of the first finding, and where the report holds none, at a File that stands for the scan. Each
    vulnerability, sensitive content and information gathered counts as a finding. DefectDojo merges those of one QID,
    so that it expects 21 where QID 150246 stands at two addresses, leaves the sensitive content away, and reads a
    level from a CVSS score where there is one. Source: Qualys, "WAS API user guide", reports, and the DTD of the
    scan report.
    """

    name = "qualys-was"
    title = "Qualys WAS (XML, CSV)"
    example = "Web Applications, Reports, scan report, download XML"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if is_xml(head):
            return 98 if root_name(head) in _ROOTS else 0
        return 94 if _HEADER.search(head) and b"QUALYS" in head.upper() else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_xml(beginning(stream)):
            yield from _xml(stream)
            return
        for row in csv_rows(stream, known=_COLUMNS):
            if not whole(row.values.get("QID")):
                continue
            try:
                yield _row(row)
            except ValueError as error:
                yield Refused(row.place, str(error))


class _Overview(msgspec.Struct):
    """What must be known before the findings are read."""

    glossary: dict[str, Known] = {}
    root: str = ""
    scan: str = ""


def _xml(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    overview = _overview(stream)
    stream.seek(0)
    for element in elements(
        stream, ("QID", *_FINDINGS), {"QID": "QID_LIST", **{n: f"{n}_LIST" for n in _FINDINGS}}
    ):
        place = f"line {element.sourceline}"
        try:
            if element.tag != "QID":
                yield _finding(element, overview, place)
        except ValueError as error:
            yield Refused(place, str(error))


def _overview(stream: IO[bytes]) -> _Overview:
    found = _Overview(glossary={})
    within = {"QID": "QID_LIST", "SCAN": "TARGET", **{name: f"{name}_LIST" for name in _FINDINGS}}
    for element in elements(stream, ("QID", "SCAN", *_FINDINGS), within):
        if element.tag == "SCAN":
            found.scan = found.scan or line(inner(element), 300)
        elif element.tag != "QID":
            found.root = found.root or _root(inner(element, "URL"))
        elif len(found.glossary) < _GLOSSARY_LIMIT:
            tags = (
                "CATEGORY",
                "GROUP",
                "DESCRIPTION",
                "IMPACT",
                "CWE",
                "OWASP",
                "WASC",
                "CVSS_BASE",
                "CVSS_V3",
            )
            found.glossary[line(inner(element, "QID"), 40)] = Known(
                line(inner(element, "TITLE")),
                inner(element, "SEVERITY"),
                {name.lower().replace("_", " "): plain(inner(element, name)) for name in tags},
                plain(inner(element, "SOLUTION")),
                tuple(cves(*(inner(one) for one in element.iter("CVE", "ID")))),
            )
    return found


def _root(url: str) -> str:
    try:
        return web_root(url)
    except ValueError:
        return ""


def _finding(element: Any, overview: _Overview, place: str) -> Parsed:
    record = Record(place)
    qid = line(inner(element, "QID"), 40)
    known = overview.glossary.get(qid, Known("", "", {}, "", ()))
    url = inner(element, "URL")
    target = _target(record, url or overview.root, overview.scan)
    seen = inner(element, "DETECTION_DATE") or inner(element, "LAST_TIME_DETECTED")
    # "GMT-0400" is a zone and its offset in one.
    seen_at = hour(moment(seen.replace("GMT", ""), _DATE))
    names = list(known.cves) or [weakness("qualys-was", qid, url)]
    ignored = inner(element, "IGNORED").lower() == "true"
    status = inner(element, "STATUS")
    if ignored or status.upper() in _CLOSED:
        record.attribute(target, "ignored" if ignored else "fixed", names[0])
        return record.parsed(1, seen_at)
    about = {
        "qid": qid,
        "url": url,
        "parameter": inner(element, "PARAM"),
        "form": inner(element, "FORM_ENTRY_POINT"),
        "authentication": inner(element, "AUTHENTICATION"),
        "data": _text(element.find("DATA")),
        **known.details,
    }
    add_risks(
        record,
        target,
        names,
        title=known.title or f"Qualys QID {qid}",
        severity=Severity.INFO
        if element.tag == "INFORMATION_GATHERED"
        else _LEVELS.get(whole(known.severity)),
        evidence=(key_values("Qualys WAS", about), *_exchanges(element)),
        remediation=known.solution,
        confidence=50 if inner(element, "POTENTIAL").lower() == "true" else 100,
    )
    return record.parsed(1, seen_at)


def _exchanges(element: Any) -> Iterator[Evidence]:
    for payload, _ in zip(element.iterfind("PAYLOADS/PAYLOAD"), range(3), strict=False):
        headers = tuple(
            (text(inner(one, "key"), 100), text(inner(one, "value"), 400))
            for one, _ in zip(payload.iterfind("REQUEST/HEADERS/HEADER"), range(30), strict=False)
        )
        answer = _text(payload.find("RESPONSE/CONTENTS"))
        body = inner(payload, "REQUEST/BODY")
        yield HttpExchange(
            title=line(f"Payload {inner(payload, 'PAYLOAD')}", 200),
            method=line(inner(payload, "REQUEST/METHOD"), 20),
            url=text(inner(payload, "REQUEST/URL")),
            request_headers=headers,
            request_body=text(body, 15_000),
            response_body=text(answer, 15_000),
            cut=len(answer) > 15_000 or len(body) > 15_000,
        )


def _text(element: Any) -> str:
    written = inner(element)
    if element is None or element.get("base64") != "true":
        return written
    try:
        return binascii.a2b_base64(written).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return written


def _target(record: Record, url: str, scan: str) -> Key:
    return record.web(url) if url else record.add(File(path=f"qualys-was/{scan or 'scan'}"))


def _row(row: Row) -> Parsed:
    values = row.values
    record = Record(row.place)
    url = values.get("Url") or values.get("URL") or ""
    target = _target(record, url, line(values.get("Web Application Name") or values.get("Scan"), 300))
    names = cves(values.get("CVE")) or [weakness("qualys-was", values["QID"], url)]
    status = values.get("Status", "")
    ignored = values.get("Ignored", "").lower() in ("true", "yes")
    if ignored or status.upper() in _CLOSED:
        record.attribute(target, "ignored" if ignored else "fixed", names[0])
        return record.parsed(1)
    level = values.get("Severity Level") or values.get("Severity") or ""
    add_risks(
        record,
        target,
        names,
        title=values.get("Title") or f"Qualys QID {values['QID']}",
        severity=_LEVELS.get(whole(level)),
        evidence=(
            key_values(
                "Qualys WAS", {"url": url, **{name: plain(values.get(name)) for name in _CSV_DETAILS}}
            ),
        ),
        remediation=plain(values.get("Solution")),
    )
    return record.parsed(1, moment(values.get("Last Time Detected", "").replace("GMT", ""), _DATE))
