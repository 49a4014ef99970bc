"""DefectDojo's own exports: findings of its API in JSON, and the CSV of its finding lists."""

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
from chariot.formats.support.values import items, mapping

_OWN = (
    b'"numerical_severity"',
    b'"found_by"',
    b'"risk_accepted"',
    b'"false_p"',
    b'"is_mitigated"',
    b'"test"',
)
_COLUMNS = frozenset({"title", "severity", "active", "false_p", "risk_accepted"})
_LISTS = ("endpoints", "vulnerability_ids")


class DefectDojo(Skimmed):
    """A finding is a risk at each endpoint that it names, else at its file, its component, or its product.

    | flags | state |
    | --- | --- |
    | false_p | rejected: false positive |
    | out_of_scope | rejected: out of scope |
    | risk_accepted | accepted, with the acceptance's words and its end |
    | is_mitigated, or mitigated and not active | remediated |
    | active and verified | open |
    | all others, duplicates too | triage |

    Severities have the same names. Notes become evidence. The weakness is each CVE of the finding, else its GitHub
    advisory, else `defectdojo:<vuln_id_from_tool>`, else `defectdojo:<title without versions>`. The API names
    endpoints by number unless `related_fields=true` asks for them; a finding of which only numbers are known is at
    its file, component or product. Every finding counts as one. Source: DefectDojo's OpenAPI description, schema
    "Finding", and its documentation on exporting findings.
    """

    name = "defectdojo"
    title = "DefectDojo export (JSON, CSV)"
    example = (
        "curl -H 'Authorization: Token ...' https://dojo.example.com/api/v2/findings/?related_fields=true"
    )

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if is_json(head):
            own = any(mark in head for mark in _OWN[:2]) and sum(mark in head for mark in _OWN) >= 3
            return 92 if own and b'"title"' in head else 0
        return 93 if not is_xml(head) and set(header(head)) >= _COLUMNS else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head = beginning(stream)
        if not is_json(head):
            for row in csv_rows(stream, known=tuple(_COLUMNS)):
                yield _finding(_row(row.values), row.place)
        elif head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
            for item in json_values(stream):
                yield _finding(mapping(item.value), item.place) if isinstance(item, Value) else item
        else:
            listed = False
            for member in json_members(stream, ("results", "findings")):
                if member.member in ("results", "findings"):
                    listed = True
                    for one in items(member.value):
                        yield _finding(mapping(one), member.place)
                listed = listed or member.member == "count"
            if not listed:
                raise InvalidError("holds no list called results", place="end of the file")


def _row(values: dict[str, str]) -> dict[str, Any]:
    finding: dict[str, Any] = {name: value for name, value in values.items() if value not in ("", "None")}
    for name in _LISTS:
        written = finding.get(name, "")
        finding[name] = written.replace(";", " ").replace(",", " ").split()
    return finding


def _finding(finding: dict[str, Any], place: str) -> Parsed | Refused:
    record = Record(place)
    related = mapping(finding.get("related_fields"))
    test = mapping(related.get("test"))
    engagement = mapping(test.get("engagement"))
    product = mapping(engagement.get("product"))
    endpoints = items(related.get("endpoints")) or items(finding.get("endpoints"))
    notes = [one for one in items(finding.get("notes")) if isinstance(one, dict)]
    known = {**finding, "endpoints": endpoints, "notes": notes}
    if isinstance(product.get("name"), str):
        known["product_name"] = product["name"]
    try:
        seen_at = add_finding(record, known, "defectdojo", "defectdojo")
    except ValueError as error:
        return Refused(place, str(error))
    return record.parsed(1, seen_at)
