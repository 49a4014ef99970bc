"""ZAP (Zed Attack Proxy) reports: XML, XML Plus, JSON and JSON Plus."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.json import json_members
from chariot.formats.support.record import Record
from chariot.formats.support.scanners import add_risks, beginning, is_json, moment, plain, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, exchange, items, key_values, mapping, table, text, whole
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.evidence import Evidence
from chariot.model.states import Severity

_RISKS = {"0": Severity.INFO, "1": Severity.LOW, "2": Severity.MEDIUM, "3": Severity.HIGH}
_CONFIDENCES = {"0": 0, "1": 30, "2": 60, "3": 90, "4": 100}
_FALSE_POSITIVE = "0"
_COLUMNS = ("uri", "method", "param", "attack", "evidence", "otherinfo")
_EXCHANGES = 3
_ALERT = (
    "pluginid", "alertRef", "alert", "name", "riskcode", "confidence", "riskdesc", "desc", "count", "solution",
    "otherinfo", "reference", "cweid", "wascid",
)  # fmt: skip
_PARTS = ("requestheader", "requestbody", "responseheader", "responsebody")


class Zap(Skimmed):
    """A site becomes a WebApplication, and each of its alerts a risk there, with its instances as a table.

    | riskcode | ours | | confidence | ours |
    | --- | --- | --- | --- | --- |
    | 3 high | high | | 4 confirmed by a person | 100 |
    | 2 medium | medium | | 3 high | 90 |
    | 1 low | low | | 2 medium | 60 |
    | 0 informational | info | | 1 low | 30 |

    An alert that a person marked as a false positive (confidence 0) counts as a finding and becomes an
    attribute of its site instead of a risk. The
    weakness is a CVE that the alert's name holds, else `zap:<alertRef>` (`zap:<pluginid>` before 2.10). Each
    alert of a site counts as one finding, however many instances it has; DefectDojo counts the same way.
    Source: ZAP's documentation of the report generation add-on, and the alert page ("risk", "confidence").
    """

    name = "zap"
    title = "ZAP (XML, JSON)"
    example = "zap.sh -cmd -quickurl https://app.example.com -quickout report.xml"
    records = ("alertitem",)

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if b"<OWASPZAPReport" in head:
            return 98 if root_name(head) == "OWASPZAPReport" else 0
        if not is_json(head):
            return 0
        if b'"@programName"' in head and b"ZAP" in head:
            return 97
        return 90 if b'"@version"' in head and b'"@generated"' in head and b'"site"' in head else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_json(beginning(stream)):
            yield from _json(stream)
            return
        for element in elements(stream, ("alertitem",)):
            place = f"line {element.sourceline}"
            site = next(element.iterancestors("site"), None)
            root = element.getroottree().getroot()
            alert = {name: inner(element, name) for name in _ALERT}
            instances = [
                {name: inner(one, name) for name in (*_COLUMNS, *_PARTS)}
                for one in element.iterfind("instances/instance")
            ]
            if not instances and inner(element, "uri"):
                # Versions before 2.5 wrote one place into the alert itself.
                instances = [{name: inner(element, name) for name in _COLUMNS}]
            name = site.get("name") if site is not None else ""
            yield _alert(place, name, alert, instances, root.get("generated"))


def _json(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    generated: Any = ""
    for member in json_members(stream, ("site",)):
        if member.member == "@generated":
            generated = member.value
        if member.member != "site":
            continue
        for site in items(member.value):
            name = mapping(site).get("@name")
            for found in items(mapping(site).get("alerts")):
                alert = mapping(found)
                instances = [
                    {key.replace("-", ""): value for key, value in mapping(one).items()}
                    for one in items(alert.get("instances"))
                ]
                yield _alert(member.place, name, alert, instances, generated)


def _alert(
    place: str, site: Any, alert: dict[str, Any], instances: list[dict[str, Any]], generated: Any
) -> Parsed | Refused:
    record = Record(place)
    seen_at = moment(generated, "%a, %d %b %Y %H:%M:%S", "%a., %d %b. %Y %H:%M:%S", "%d-%b-%Y %H:%M:%S")
    try:
        target = record.web(site or (instances[0].get("uri") if instances else ""))
        title = plain(alert.get("name") or alert.get("alert"), 500)
        names = cves(title) or [weakness("zap", alert.get("alertRef") or alert.get("pluginid") or title)]
        if text(alert.get("confidence")).strip() == _FALSE_POSITIVE:
            record.attribute(target, "false-positive", names[0])
            return record.parsed(1, seen_at)
        add_risks(
            record,
            target,
            names,
            title=title,
            severity=_RISKS.get(text(alert.get("riskcode")).strip()),
            evidence=_evidence(alert, instances),
            remediation=plain(alert.get("solution")),
            confidence=_CONFIDENCES.get(text(alert.get("confidence")).strip(), 100),
        )
    except ValueError as error:
        return Refused(place, str(error))
    return record.parsed(1, seen_at)


def _evidence(alert: dict[str, Any], instances: list[dict[str, Any]]) -> tuple[Evidence, ...]:
    about = {
        "rule": alert.get("alertRef") or alert.get("pluginid"),
        "description": plain(alert.get("desc")),
        "other": plain(alert.get("otherinfo")),
        "instances": whole(alert.get("count")) or len(instances),
        "references": plain(alert.get("reference")),
        "cwe": _positive(alert.get("cweid")),
        "wasc": _positive(alert.get("wascid")),
    }
    rows = ([one.get(name) for name in _COLUMNS] for one in instances)
    messages = (one for one in instances if one.get("requestheader"))
    exchanges = (
        exchange(
            "ZAP",
            one.get("uri"),
            text(one.get("requestheader"), 500_000).rstrip() + "\n\n" + text(one.get("requestbody"), 400_000),
            text(one.get("responseheader"), 500_000).rstrip()
            + "\n\n"
            + text(one.get("responsebody"), 400_000),
        )
        for one, _ in zip(messages, range(_EXCHANGES), strict=False)
    )
    return (key_values("ZAP", about), table("Instances", _COLUMNS, rows), *exchanges)


def _positive(written: Any) -> str:
    number = whole(written)
    return str(number) if number > 0 else ""
