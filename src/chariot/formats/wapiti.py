"""Wapiti reports in XML and JSON."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.json import json_members
from chariot.formats.support.record import Record
from chariot.formats.support.scanners import add_risks, beginning, is_json, is_xml, moment, weakness
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, exchange, items, key_values, line, mapping, text
from chariot.formats.support.xml import elements, inner, root_name
from chariot.model.states import Severity

_LEVELS = {
    "0": Severity.INFO, "1": Severity.LOW, "2": Severity.MEDIUM, "3": Severity.HIGH, "4": Severity.CRITICAL,
}  # fmt: skip
_SECTIONS = ("vulnerabilities", "anomalies", "additionals")
_DATE = "%a, %d %b %Y %H:%M:%S %z"
_ENTRY = (
    "method",
    "path",
    "level",
    "parameter",
    "info",
    "module",
    "wstg",
    "http_request",
    "curl_command",
    "referer",
)
_FINGERPRINT = "Fingerprint web technology"


class Wapiti(Skimmed):
    """The target becomes a WebApplication, and each entry of a category a risk there.

    | level | ours |
    | --- | --- |
    | 4 | critical |
    | 3 | high |
    | 2 | medium |
    | 1 | low |
    | 0, and all additionals | info |

    The weakness is a CVE that the entry's text names, else `wapiti:<category>:<path>`. Entries of the category of
    fingerprints name technologies and make no risk. Every entry counts as a finding, also of anomalies and
    additionals; DefectDojo merges entries that are alike, so that it expects 3 where Wapiti wrote
    8 (demo.xml) and 15 (juicyshop.xml). Source: Wapiti's own documentation and its report generators' fields.
    """

    name = "wapiti"
    title = "Wapiti (XML, JSON)"
    example = "wapiti -u https://app.example.com/ -f xml -o report.xml"
    records = ("entry",)

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if is_xml(head):
            is_own = b"wapiti" in head.lower() or b"<report_infos>" in head
            return 96 if is_own and root_name(head) == "report" else 0
        own = b'"classifications"' in head and b'"vulnerabilities"' in head
        wapiti = own or (b'"infos"' in head and b"wapiti" in head.lower()) or b'"Backup file"' in head
        return 88 if is_json(head) and wapiti else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_json(beginning(stream)):
            yield from _json(stream)
            return
        for element in elements(stream, ("entry",), {"entry": "entries"}):
            category = next(element.iterancestors("vulnerability", "anomaly", "additional"), None)
            infos = element.getroottree().getroot().find("report_infos")
            about = {one.get("name", ""): inner(one) for one in infos} if infos is not None else {}
            entry = {name: inner(element, name) for name in _ENTRY}
            name = category.get("name") if category is not None else ""
            additional = category is not None and category.tag == "additional"
            yield _entry(
                f"line {element.sourceline}",
                about,
                name,
                entry,
                inner(category, "solution"),
                additional=additional,
            )


def _json(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    """Read a JSON report; its infos stand behind the findings, so that it is read twice."""
    about: dict[str, Any] = {}
    solutions: dict[str, Any] = {}
    for member in json_members(stream, ()):
        if member.member == "infos":
            about = mapping(member.value)
        elif member.member == "classifications":
            solutions = mapping(member.value)
    about = {**about, "dateOfScan": about.get("date"), "generatorVersion": about.get("version")}
    stream.seek(0)
    for member in json_members(stream, ()):
        if member.member not in _SECTIONS:
            continue
        for name, found in mapping(member.value).items():
            solution = mapping(solutions.get(name)).get("sol")
            for entry in items(found):
                additional = member.member == "additionals"
                yield _entry(member.place, about, name, mapping(entry), solution, additional=additional)


def _entry(
    place: str,
    about: dict[str, Any],
    category: Any,
    entry: dict[str, Any],
    solution: Any,
    *,
    additional: bool,
) -> Parsed | Refused:
    record = Record(place)
    seen_at = moment(about.get("dateOfScan"), _DATE, "%a, %d %b %Y %H:%M:%S")
    path = line(entry.get("path"), 4_096)
    try:
        target = record.web(path if "://" in path else about.get("target"))
        name = line(category, 300)
        info = text(entry.get("info"), 20_000)
        if additional and name == _FINGERPRINT:
            _technology(record, target, entry, info)
            return record.parsed(1, seen_at)
        facts = {key: value for key, value in entry.items() if key in _ENTRY and key != "http_request"}
        evidence = [key_values("Wapiti", facts)]
        add_risks(
            record,
            target,
            cves(name, info) or [weakness("wapiti", name, path)],
            title=f"{name}: {info}" if info else name,
            severity=Severity.INFO if additional else _LEVELS.get(text(entry.get("level"))),
            evidence=(*evidence, exchange("Wapiti", path, entry.get("http_request"), "")),
            remediation=solution,
        )
    except ValueError as error:
        return Refused(place, str(error))
    return record.parsed(1, seen_at)


def _technology(record: Record, target: Any, entry: dict[str, Any], info: str) -> None:
    """Add what Wapiti 3.1 writes as JSON in the text: a product's name and versions."""
    product = line(info.partition('"name": "')[2].partition('"')[0] or info.partition(" ")[0], 200)
    versions = info.partition('"versions": [')[2].partition("]")[0].split(",")
    record.runs(target, product or line(entry.get("parameter"), 100), versions[0].strip(' "'))
