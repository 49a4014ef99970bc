"""OSV-Scanner JSON: vulnerable packages of lock files, bills of materials and images."""

from collections.abc import Iterator
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, file_at, gathered
from chariot.formats.support.json_paths import json_at, require
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.systems import cvss_score
from chariot.formats.support.values import items, line, mapping, number, severity, severity_of_score, text
from chariot.model.states import Severity


class OsvScanner(Skimmed):
    """A vulnerability of a package becomes a risk at the file that lists the package.

    | OSV-Scanner | severity |
    | --- | --- |
    | the group's `max_severity`, a CVSS score | its band |
    | else the CVSS vector of the vulnerability | the band of its score |
    | else `database_specific.severity` | critical, high, moderate, low |

    The weakness is the CVE among the id and its aliases, else the GitHub advisory, else the id. Each vulnerability
    of each package counts, aliases of one another too; with the same CVE they are one risk. An empty file is
    refused and not read as no findings: a scan that finished leaves at least an object. Source: the documentation
    of OSV-Scanner, chapter on output, and the OSV schema 1.7.
    """

    name = "osv-scanner"
    title = "OSV-Scanner (JSON)"
    example = "osv-scanner scan --format json --output osv.json ."

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"results.packages", "results.source"} & names and "results" in names:
            return 90
        if {"results", "experimental_config"} <= names:
            return 60
        # Nobody else writes nothing but an empty list of results.
        return 30 if names == {"results"} else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("OSV-Scanner", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        if not stream.read(1):
            # It writes nothing at all where it finds no package.
            return
        stream.seek(start)
        known = False
        for found in json_at(stream, "results.*"):
            known = True
            result = mapping(found.value)
            source = mapping(result.get("source"))
            for position, package in enumerate(items(result.get("packages")), start=1):
                place = f"{found.place}, package {position}"
                try:
                    yield from _package(place, source, mapping(package))
                except ValueError as error:
                    yield Refused(place, str(error))
        if not known:
            require(stream, start, "OSV-Scanner", "results")


def _package(place: str, source: dict[str, Any], entry: dict[str, Any]) -> Iterator[Finding]:
    package = mapping(entry.get("package"))
    groups = [mapping(one) for one in items(entry.get("groups"))]
    label = f"{line(package.get('name'), 200)} {line(package.get('version'), 100)}".strip()
    for one in map(mapping, items(entry.get("vulnerabilities"))):
        identifier = line(one.get("id"), 200)
        group = next((group for group in groups if identifier in items(group.get("ids"))), {})
        own = mapping(one.get("database_specific"))
        fixed = _fixed(one, package)
        yield Finding(
            place=place,
            target=file_at(source.get("path")),
            weakness=advisory(identifier, *items(one.get("aliases")), *items(group.get("aliases"))),
            title=one.get("summary") or f"{identifier} in {label}",
            severity=_severity(one, group, own),
            remediation=f"Update {line(package.get('name'), 200)} to {fixed}." if fixed else "",
            facts={
                "id": identifier,
                "aliases": items(one.get("aliases"))[:50],
                "description": text(one.get("details"), 8_000),
                "cwes": items(own.get("cwe_ids"))[:50] or _classes(one),
                "cvss": [mapping(rating).get("score") for rating in items(one.get("severity"))],
                "source": source.get("type"),
            },
            where={
                "package": package.get("name"),
                "installed": package.get("version"),
                "fixed in": fixed,
                "ecosystem": package.get("ecosystem"),
                "commit": package.get("commit"),
            },
        )


def _severity(one: dict[str, Any], group: dict[str, Any], own: dict[str, Any]) -> Severity | None:
    score = number(group.get("max_severity")) or max(
        (cvss_score(line(mapping(rating).get("score"), 300)) for rating in items(one.get("severity"))),
        default=0.0,
    )
    return severity_of_score(score) or severity(own.get("severity"))


def _fixed(one: dict[str, Any], package: dict[str, Any]) -> str:
    """Return the versions that mend it in this package, lowest branch first as the advisory lists them."""
    found: dict[str, None] = {}
    for affected in map(mapping, items(one.get("affected"))):
        if mapping(affected.get("package")).get("name") != package.get("name"):
            continue
        for span in map(mapping, items(affected.get("ranges"))):
            for event in map(mapping, items(span.get("events"))):
                if event.get("fixed") and span.get("type") != "GIT":
                    found.setdefault(line(event.get("fixed"), 100))
    return " or ".join(found)


def _classes(one: dict[str, Any]) -> list[str]:
    return [
        line(mapping(weakness).get("cweId"), 20)
        for affected in items(one.get("affected"))
        for weakness in items(mapping(mapping(affected).get("database_specific")).get("cwes"))
    ][:50]
