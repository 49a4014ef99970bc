"""GitLab security reports: SAST, secrets, dependencies, containers, DAST and fuzzing."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import (
    Finding,
    advisory,
    file_at,
    gathered,
    resource_at,
    rule,
    web_target,
)
from chariot.formats.support.json_paths import json_at, look_ahead, require
from chariot.formats.support.secrets import certain_secret, secret_finding
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, items, line, mapping, severity, text
from chariot.model.base import Entity
from chariot.model.kinds.work import File

_ADVISORIES = ("cve", "ghsa", "osvdb", "rhsa", "usn", "elsa", "dsa", "hackerone")
_CLASSES = ("cwe", "owasp", "wasc")
_NOT_SLUG = re.compile(r"[^a-z0-9._]+")
_FALSE = "flagged-as-likely-false-positive"


class GitLab(Skimmed):
    """A vulnerability becomes a risk at its file, its image, or the web application that answered.

    | GitLab | ours |
    | --- | --- |
    | Critical, High, Medium, Low, Info | the same; Unknown and Undefined are none |
    | flagged as likely false positive | a risk with confidence 20 |
    | fuzzing crash, leak, rule of a SAST analyser | weakness `<scanner>:<value of the first identifier>` |
    | identifier of type cwe, owasp, wasc | passed over: without another one the name tells rules apart |
    | identifier of type cve, ghsa and other registers | that id |

    Each entry of `vulnerabilities` counts; entries of one weakness at one target are one risk with a table of
    places. In a secret detection report the source extract is never kept; where it holds a secret of certain form,
    that becomes a Credential (type and SHA-256). Source: GitLab's security report schemas 14 and 15.
    """

    name = "gitlab"
    title = "GitLab security reports (JSON)"
    example = "the artifacts gl-sast-report.json, gl-dependency-scanning-report.json, … of a pipeline"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if b"security-report-schemas" in head or {"scan.scanner", "vulnerabilities"} <= names:
            return 90 if "bomFormat" not in names else 0
        if "vulnerabilities" in names and {"vulnerabilities.location", "vulnerabilities.identifiers"} & names:
            return 90 if "bomFormat" not in names else 0
        known = {"scan.analyzer", "scan.scanner", "scan.type"} & names
        return 85 if known and "version" in names and "runs" not in names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("GitLab", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        scan: dict[str, Any] | None = None
        for found in json_at(stream, "vulnerabilities.*"):
            if scan is None:
                scan = next((mapping(one.value) for one in look_ahead(stream, start, "scan")), {})
            try:
                yield _finding(found.place, mapping(found.value), scan)
            except ValueError:
                # The reason might quote what it refuses, and that might be a secret.
                yield Refused(found.place, "names no weakness or no place")
        if scan is None:
            require(stream, start, "GitLab", "vulnerabilities", "scan")


def _finding(place: str, one: dict[str, Any], scan: dict[str, Any]) -> Finding:
    scanner = mapping(one.get("scanner")) or mapping(scan.get("scanner"))
    tool = (
        _NOT_SLUG.sub("-", line(scanner.get("id") or scanner.get("name"), 60).lower()).strip("-") or "gitlab"
    )
    category = line(one.get("category") or scan.get("type"), 60)
    location, identifiers = (
        mapping(one.get("location")),
        [mapping(entry) for entry in items(one.get("identifiers"))],
    )
    dependency = mapping(location.get("dependency"))
    target, context = _target(place, location, category)
    seen_at: datetime | None = instant(scan.get("end_time") or scan.get("start_time"))
    finding = Finding(
        place=place,
        target=target,
        weakness=_weakness(tool, one, identifiers),
        title=one.get("name")
        or one.get("message")
        or line(identifiers[0].get("name") if identifiers else "", 300),
        severity=severity(one.get("severity")),
        remediation=text(one.get("solution"), 8_000),
        facts={
            "scanner": scanner.get("name"),
            "report": category,
            "identifiers": [line(entry.get("name"), 200) for entry in identifiers][:50],
            # The description of a leaked secret may quote it.
            "description": "" if "secret" in category else text(one.get("description"), 8_000),
            "links": [line(mapping(link).get("url"), 500) for link in items(one.get("links"))][:20],
        },
        where={
            "line": location.get("start_line"),
            "end line": location.get("end_line"),
            "in": ".".join(
                filter(None, (line(location.get("class"), 300), line(location.get("method"), 300)))
            ),
            "package": mapping(dependency.get("package")).get("name"),
            "installed": dependency.get("version"),
            "system": location.get("operating_system"),
            "path": location.get("path"),
            "method": location.get("method") if "hostname" in location else "",
            "parameter": location.get("param"),
            "commit": mapping(location.get("commit")).get("sha"),
        },
        entities=context.entities,
        relationships=context.relationships,
        seen_at=seen_at,
        confidence=20 if _FALSE in [mapping(flag).get("type") for flag in items(one.get("flags"))] else 100,
    )
    if "secret" in category and isinstance(target, File):
        name = finding.weakness.partition(":")[2]
        return secret_finding(finding, target, name, certain_secret(one.get("raw_source_code_extract")))
    return finding


def _weakness(tool: str, one: dict[str, Any], identifiers: list[dict[str, Any]]) -> str:
    named = [
        entry.get("value") for entry in identifiers if line(entry.get("type"), 60).lower() in _ADVISORIES
    ]
    if named:
        return advisory(*named)
    # A class of weaknesses is no rule: findings of different rules may have it first.
    own = (entry for entry in identifiers if line(entry.get("type"), 60).lower() not in _CLASSES)
    first = next(own, {})
    name = first.get("value") or first.get("name") or one.get("name") or one.get("message")
    # A report may name the class alone.
    return rule(tool, name or (identifiers[0].get("value") if identifiers else None))


def _target(place: str, location: dict[str, Any], category: str) -> tuple[Entity, Parsed]:
    hostname = line(location.get("hostname"), 1_000)
    if hostname:
        return web_target(hostname if "://" in hostname else f"https://{hostname}", place)
    if location.get("image"):
        return resource_at(location.get("image")), Parsed(place)
    if location.get("file"):
        return file_at(location.get("file")), Parsed(place)
    resource = mapping(location.get("kubernetes_resource"))
    names = (
        resource.get("cluster_id"),
        resource.get("namespace"),
        resource.get("kind"),
        resource.get("name"),
    )
    return resource_at(*(names if any(names) else (f"GitLab {category or 'report'}",))), Parsed(place)
