"""Findings of anything, in DefectDojo's generic import format: JSON and CSV."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Parsed, Refused
from chariot.formats.support.csv import csv_rows, header
from chariot.formats.support.dojo import add_finding
from chariot.formats.support.json import Value, json_members, json_values
from chariot.formats.support.record import Record
from chariot.formats.support.scanners import beginning, is_json, is_xml
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import items, line, mapping

_COLUMNS = {
    "date": "date", "title": "title", "cweid": "cwe", "url": "endpoints", "severity": "severity",
    "description": "description", "mitigation": "mitigation", "impact": "impact", "references": "references",
    "active": "active", "verified": "verified", "falsepositive": "false_p", "duplicate": "duplicate",
    "ismitigated": "is_mitigated", "mitigateddate": "mitigated", "vulnerabilityid": "vulnerability_ids",
    "cve": "cve", "epss_score": "epss_score", "epss_percentile": "epss_percentile", "cvssv3": "cvssv3",
    "cvssv3_score": "cvssv3_score", "component_name": "component_name", "component_version": "component_version",
    "riskaccepted": "risk_accepted", "outofscope": "out_of_scope", "filepath": "file_path", "line": "line",
    "fixavailable": "fix_available", "fixversion": "fix_version",
}  # fmt: skip
_SURE = frozenset({"mitigation", "impact", "falsepositive", "cweid", "description"})


class Generic(Skimmed):
    """A finding is a risk at each endpoint that it names, else at its file, its component, or the report's name.

    | severity | ours | | status | state |
    | --- | --- | --- | --- | --- |
    | Critical, High, Medium, Low, Info | the same | | false_p, out_of_scope | rejected |
    | none | none, until it is assessed | | risk_accepted | accepted |
    | | | | is_mitigated, mitigated | remediated |
    | | | | active and verified | open |
    | | | | active, duplicate, others | triage |

    The weakness is each CVE among `cve` and `vulnerability_ids`, else a GitHub advisory among them, else
    `generic:<vuln_id_from_tool>`, else `generic:<title without versions>`. Endpoints are addresses, names with or
    without port and path, and web addresses. Every finding or row counts as one; where no severity is told
    DefectDojo says info and we say nothing. Source: DefectDojo documentation, "Generic Findings Import".
    """

    name = "generic"
    title = "Findings in JSON or CSV (DefectDojo's generic format)"
    example = (
        'echo \'{"findings": [{"title": "...", "severity": "High", "endpoints": ["..."]}]}\' > findings.json'
    )

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if is_json(head):
            marks = (b'"findings"', b'"title"', b'"severity"', b'"description"')
            return 45 if all(mark in head for mark in marks) else 0
        if is_xml(head):
            return 0
        names = {_plain(name) for name in header(head)}
        if not {"title", "severity"} <= names or any(name not in _COLUMNS for name in names if name):
            return 0
        return 60 if names & _SURE else 30

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        if is_json(beginning(stream)):
            yield from _json(stream)
            return
        for row in csv_rows(stream):
            finding: dict[str, Any] = {}
            for column, value in row.values.items():
                name = _COLUMNS.get(_plain(column))
                if name is not None and value.strip():
                    finding[name] = value.split() if name in ("endpoints", "vulnerability_ids") else value
            yield _finding(finding, row.place, "findings")


def _plain(column: str) -> str:
    return column.strip().lower().replace(" ", "")


def _json(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    about = "findings"
    if beginning(stream).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
        for item in json_values(stream):
            yield _finding(mapping(item.value), item.place, about) if isinstance(item, Value) else item
        return
    listed = False
    for member in json_members(stream, ("findings",)):
        if member.member == "name":
            about = line(member.value, 300) or about
        elif member.member == "findings":
            listed = True
            for one in items(member.value):
                yield _finding(mapping(one), member.place, about)
        elif member.member:
            listed = listed or member.member in ("type", "description", "version")
    if not listed:
        raise InvalidError("holds no list called findings", place="end of the file")


def _finding(finding: dict[str, Any], place: str, about: str) -> Parsed | Refused:
    record = Record(place)
    try:
        seen_at = add_finding(record, finding, "generic", about)
    except ValueError as error:
        return Refused(place, str(error))
    return record.parsed(1, seen_at)
