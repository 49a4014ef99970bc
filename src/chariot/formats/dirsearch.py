"""dirsearch (JSON of both forms, CSV, plain text): paths that answered."""

import re
from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Format, Parsed, Refused
from chariot.formats.support.csv import csv_rows, header
from chariot.formats.support.files import begin, decoded, each, json_names
from chariot.formats.support.json import Value, json_members
from chariot.formats.support.lines import text_lines
from chariot.formats.support.record import Record
from chariot.formats.support.values import items, line, mapping, text

_PLAIN = re.compile(
    r"(?P<status>\d{3})\s{1,20}(?P<length>[\d.]{1,10} ?[KMG]?B)\s{1,20}(?P<url>https?://\S{1,4000})"
    r"(?:\s{1,20}-> REDIRECTS TO: (?P<redirect>\S{0,4000}))?"
)
_COLUMNS = {"URL", "Status"}


class Dirsearch(Format):
    """Each result becomes an Attribute `path` of its WebApplication.

    | dirsearch | here |
    | --- | --- |
    | `results[].url`, or in releases before 0.4.3 site and `path` | WebApplication and Attribute `path` |
    | `status`, `content-length`, `content-type`, `redirect` | evidence of the path |
    | `info.time` | left out: it does not tell its zone |

    There are no severities; each result counts as a finding and makes no risk. Source: dirsearch's `lib/report`.
    """

    name = "dirsearch"
    title = "dirsearch JSON, CSV and text"
    example = "dirsearch -u https://www.example.com --format=json -o paths.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"info.args", "results"} <= names or {"info.time", "results.url"} <= names:
            return 95
        if any(
            name.startswith(("http://", "https://")) and name.endswith(".content-length") for name in names
        ):
            return 90
        if names:
            return 0
        if decoded(head).startswith("# Dirsearch started"):
            return 95
        return 80 if set(header(head)) >= {"URL", "Status", "Size"} else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        head, rest = begin(stream)
        start = decoded(head)
        if start.startswith("{"):
            yield from _members(rest)
        elif set(header(head)) >= _COLUMNS:
            yield from each((Value(row.place, row.values) for row in csv_rows(rest)), _row)
        else:
            yield from each(text_lines(rest), _plain)


def _members(stream: IO[bytes]) -> Iterator[Parsed | Refused]:
    for member in json_members(stream, ("results",)):
        if member.member == "results":
            nested = mapping(member.value)
            sites = [name for name in nested if name.startswith(("http://", "https://"))]
            # Release 0.4.2 nests the sites in the results.
            for site in sites:
                yield from each(_of_site(member.place, site, nested[site]), _result)
            if not sites:
                yield from each([member], _result)
        elif member.member.startswith(("http://", "https://")):
            yield from each(_of_site(member.place, member.member, member.value), _result)


def _of_site(place: str, site: str, found: Any) -> Iterator[Value]:
    for one in items(found):
        values = mapping(one)
        yield Value(place, {**values, "url": f"{site.rstrip('/')}/{text(values.get('path')).lstrip('/')}"})


def _result(item: Value) -> Parsed:
    values = mapping(item.value)
    record = Record(item.place)
    record.page(
        values.get("url"),
        status=values.get("status"),
        length=values.get("content-length"),
        type=values.get("content-type"),
        redirect=values.get("redirect"),
    )
    return record.parsed(1)


def _row(item: Value) -> Parsed:
    row = mapping(item.value)
    values = {
        "url": row.get("URL"),
        "status": row.get("Status"),
        "content-length": row.get("Size"),
        "content-type": row.get("Content Type"),
        "redirect": row.get("Redirection"),
    }
    return _result(Value(item.place, values))


def _plain(item: Value) -> Parsed:
    if item.value.startswith("#"):
        return Parsed(item.place)
    known = _PLAIN.fullmatch(line(item.value, 9_000))
    if known is None:
        raise ValueError("expected status, length and address")
    values = {"content-length": known["length"], **known.groupdict()}
    return _result(Value(item.place, values))
