"""Burp Suite issues, exported as XML from the issue list or the report wizard."""

import binascii
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.record import Record
from chariot.formats.support.scanners import add_risks, moment, plain, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, exchange, key_values, severity
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.evidence import Evidence

_CONFIDENCES = {"certain": 100, "firm": 80, "tentative": 40}
_FALSE_POSITIVE = "false positive"
_EXCHANGES = 3
_EXTENSION = "134217728"


class Burp(Skimmed):
    """An issue's host becomes a WebApplication (with its address), the issue a risk there.

    | severity | ours | | confidence | ours |
    | --- | --- | --- | --- | --- |
    | High | high | | Certain | 100 |
    | Medium | medium | | Firm | 80 |
    | Low | low | | Tentative | 40 |
    | Information | info | | | |
    | False positive | an attribute, no risk | | | |

    The weakness is a CVE that the issue's name holds, else `burp:<type>:<path>`: the same type of issue at
    another path is another thing to mend, at another parameter it is not. Issues of extensions share one type, so
    their name stands in its place. Every `<issue>` counts as a finding; DefectDojo merges issues of one type and
    host, so that it expects 20 where Burp wrote 441 (issue4399.xml) and 1 where it wrote 3 (one_finding.xml).
    Requests and answers (often base64) become evidence, at most three. Source: PortSwigger, "Reporting scan
    results", and the document type that stands in each export.
    """

    name = "burp"
    title = "Burp Suite XML"
    example = "Target, Issues, Report issues for this host, XML"
    records = ("issue",)

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<issues" not in head and b"<!DOCTYPE issues" not in head:
            return 0
        if root_name(head) == "issues" and b"burpVersion" in head:
            return 97
        # The document type alone can be longer than what is looked at.
        return 95 if b"<!DOCTYPE issues" in head and b"burpVersion" in head else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        for element in elements(stream, ("issue",)):
            place = f"line {element.sourceline}"
            try:
                yield _issue(element, place)
            except ValueError as error:
                yield Refused(place, str(error))


def _issue(element: Any, place: str) -> Parsed:
    host = element.find("host")
    if host is None:
        raise ValueError("names no host")
    record = Record(place)
    target = record.web(inner(host), host.get("ip"))
    root = element.getparent()
    seen_at = moment(
        root.get("exportTime") if root is not None else "", "%a %b %d %H:%M:%S %Y", "%a %b %d %H:%M:%S %Z %Y"
    )
    level = inner(element, "severity")
    title = plain(inner(element, "name"), 500)
    rule = inner(element, "type")
    path = plain(inner(element, "path"), 4_096)
    names = cves(title) or [weakness("burp", title if rule in ("", _EXTENSION) else rule, path)]
    if level.lower() == _FALSE_POSITIVE:
        record.attribute(target, "false-positive", names[0])
        return record.parsed(1, seen_at)
    add_risks(
        record,
        target,
        names,
        title=title,
        severity=severity(level),
        evidence=_evidence(element),
        remediation="\n\n".join(
            filter(
                None, (plain(inner(element, name)) for name in ("remediationDetail", "remediationBackground"))
            )
        ),
        confidence=_CONFIDENCES.get(inner(element, "confidence").lower(), 100),
    )
    return record.parsed(1, seen_at)


def _evidence(element: Any) -> tuple[Evidence, ...]:
    about = {
        "type": inner(element, "type"),
        "serial number": inner(element, "serialNumber"),
        "path": inner(element, "path"),
        "location": inner(element, "location"),
        "detail": plain(inner(element, "issueDetail")),
        "items": [plain(inner(one), 2_000) for one in element.iterfind("issueDetailItems/issueDetailItem")][
            :100
        ],
        "background": plain(inner(element, "issueBackground")),
        "classifications": plain(inner(element, "vulnerabilityClassifications")),
        "references": plain(inner(element, "references")),
    }
    url = inner(element, "host") + inner(element, "path")
    exchanges = (
        exchange("Burp", url, _message(one.find("request")), _message(one.find("response")))
        for one, _ in zip(element.iterfind("requestresponse"), range(_EXCHANGES), strict=False)
    )
    return (key_values("Burp", about), *exchanges)


def _message(element: Any) -> str:
    """Return a request or an answer as text; what is called base64 and is none stays as it is."""
    written = inner(element)
    if element is None or element.get("base64") != "true":
        return written
    try:
        return binascii.a2b_base64(written).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return written
