"""Dependency-Track: its Finding Packaging Format, the export of a project's findings."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, gathered, resource_at
from chariot.formats.support.json_paths import json_at, look_ahead, require
from chariot.formats.support.sbom import Component, settled_of, with_package
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import instant, items, line, mapping, severity, text
from chariot.model.relationships import Relationship, RelationshipType


class DependencyTrack(Skimmed):
    """A finding becomes a risk at the project (a File named `name@version`).

    | Dependency-Track | ours |
    | --- | --- |
    | CRITICAL, HIGH, MEDIUM, LOW, INFO | the same; UNASSIGNED is none |
    | analysis EXPLOITABLE, IN_TRIAGE, NOT_SET | a risk |
    | FALSE_POSITIVE, NOT_AFFECTED, RESOLVED | no risk, but an attribute that says so |
    | suppressed | no risk, but the attribute `suppressed` |

    The weakness is the CVE among the id and its aliases, else the advisory. Each finding counts. A component's
    `cpe` was stated in its bill of materials and makes it a Technology, its `purl` the attribute
    `package`. Source: Dependency-Track's documentation,
    chapter on file formats, Finding Packaging Format 1.0 to 1.3.
    """

    name = "dependency-track"
    title = "Dependency-Track (FPF)"
    example = (
        "curl -H 'X-Api-Key: …' https://track.example.com/api/v1/finding/project/UUID/export > findings.json"
    )

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"findings.component", "findings.vulnerability"} & names and {
            "meta",
            "project",
            "version",
        } & names:
            return 95
        if "meta.application" in names and b"Dependency-Track" in head:
            return 95
        return 90 if {"component", "vulnerability", "attribution"} <= names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("Dependency-Track", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        about: dict[str, Any] | None = None
        for found in json_at(stream, "findings.*"):
            if about is None:
                about = {
                    one.path[0]: mapping(one.value) for one in look_ahead(stream, start, "meta", "project")
                }
            try:
                yield _finding(found.place, mapping(found.value), about)
            except ValueError as error:
                yield Refused(found.place, str(error))
        if about is None:
            require(stream, start, "Dependency-Track", "findings")


def _finding(place: str, one: dict[str, Any], about: dict[str, Any]) -> Finding:
    part, known = mapping(one.get("component")), mapping(one.get("vulnerability"))
    analysis, project = mapping(one.get("analysis")), mapping(about.get("project"))
    component = Component(
        "/".join(filter(None, (line(part.get("group"), 200), line(part.get("name"), 300)))),
        line(part.get("version"), 200),
        line(part.get("purl"), 800),
    )
    aliases = [alias for names in items(known.get("aliases")) for alias in mapping(names).values()]
    version = line(project.get("version"), 200)
    name = line(project.get("name"), 500) or line(part.get("project"), 100) or "project"
    seen_at: datetime | None = instant(mapping(about.get("meta")).get("timestamp"))
    suppressed = analysis.get("isSuppressed") is True
    finding = Finding(
        place=place,
        target=resource_at(f"{name}@{version}" if version else name),
        weakness=advisory(known.get("vulnId"), *aliases),
        title=known.get("title")
        or f"{line(known.get('vulnId'), 200)} in {component.name} {component.version}",
        severity=severity(known.get("severity")),
        remediation=text(known.get("recommendation"), 8_000),
        facts={
            "id": known.get("vulnId"),
            "source": known.get("source"),
            "description": text(known.get("description"), 8_000),
            "cwes": [f"CWE-{line(mapping(cwe).get('cweId'), 10)}" for cwe in items(known.get("cwes"))][:20]
            or known.get("cweId"),
            "cvss": known.get("cvssV3BaseScore") or known.get("cvssV2BaseScore"),
            "epss": known.get("epssScore"),
            "analysis": analysis.get("state"),
        },
        where={
            "component": component.name,
            "version": component.version,
            "latest": part.get("latestVersion"),
            "purl": component.purl,
        },
        seen_at=seen_at,
        settled="suppressed" if suppressed else settled_of(analysis.get("state")),
    )
    with_package(finding, component.purl)
    technology = (
        technology_of_cpe(part.get("cpe"), part.get("name"), component.version) if part.get("cpe") else None
    )
    if technology is not None:
        finding.entities += (technology,)
        finding.relationships += (
            Relationship(RelationshipType.HAS_TECHNOLOGY, finding.target.key, technology.key),
        )
    return finding
