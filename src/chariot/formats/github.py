"""GitHub security alerts: code scanning, Dependabot and secret scanning, as the REST API and GraphQL write them."""

import re
from collections.abc import Iterator
from typing import IO, Any
from urllib.parse import urlsplit

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, file_at, gathered, resource_at, rule
from chariot.formats.support.json_paths import begins_with_array, json_at, look_ahead, require
from chariot.formats.support.secrets import SEVERITY, secret_finding
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import instant, items, line, mapping, severity, text
from chariot.model.states import Severity

_RULES = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "note": Severity.INFO, "none": Severity.INFO}
_SETTLED = {
    "dismissed": "suppressed",
    "auto_dismissed": "suppressed",
    "fixed": "fixed",
    "resolved": "fixed",
}
_VALID = {"active": True, "inactive": False}
_NODES = "data.repository.vulnerabilityAlerts.nodes.*"
_ABOUT = ("data.repository.nameWithOwner", "data.repository.url", "data.repository.name")
_NOT_SLUG = re.compile(r"[^a-z0-9._]+")


class GitHub(Skimmed):
    """An alert becomes a risk at its file, below its repository.

    | GitHub | ours |
    | --- | --- |
    | security severity critical, high, medium (moderate), low | the same |
    | code scanning without one: error / warning / note | high / medium / info |
    | secret scanning | high; critical where GitHub saw it to be active |
    | state open | a risk |
    | dismissed, auto_dismissed / fixed, resolved | no risk, but the attribute `suppressed` / `fixed` |

    Code scanning: weakness `<tool>:<rule>`, as in that tool's SARIF. Dependabot: the CVE, else the GitHub advisory.
    Secret scanning: a Credential (type and SHA-256, never the secret). Each alert counts. Source: GitHub's REST API
    reference, version 2022-11-28, and the GraphQL object RepositoryVulnerabilityAlert.
    """

    name = "github"
    title = "GitHub security alerts (JSON)"
    example = "gh api --paginate repos/OWNER/NAME/dependabot/alerts > alerts.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "data.repository" in names and b"vulnerabilityAlerts" in head:
            return 95
        if not {"number", "html_url", "state"} & names:
            return 0
        if names & {"security_advisory", "security_vulnerability", "most_recent_instance", "secret_type"}:
            return 95
        return 80 if {"rule", "tool"} <= names or {"dependency", "number"} <= names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("GitHub", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        repository: str | None = None
        # `gh api --paginate --slurp` writes an array of pages.
        is_array = begins_with_array(stream)
        for found in json_at(stream, "*" if is_array else _NODES):
            if not is_array and repository is None:
                about = {one.path[-1]: one.value for one in look_ahead(stream, start, *_ABOUT)}
                repository = line(about.get("url") or about.get("nameWithOwner") or about.get("name"), 500)
            for value in items(found.value):
                try:
                    yield _alert(found.place, mapping(value), repository or "")
                except ValueError:
                    # The reason might quote what it refuses, and that might be a secret.
                    yield Refused(found.place, "names no weakness or file")
        if not is_array and repository is None:
            require(stream, start, "GitHub", "data")


def _alert(place: str, one: dict[str, Any], repository: str) -> Finding:
    full_name = mapping(one.get("repository")).get("full_name")
    known = f"https://github.com/{line(full_name, 300)}" if full_name else _repository(one.get("html_url"))
    known = repository or known
    settled = _SETTLED.get(line(one.get("state"), 40).lower(), "")
    if "secret_type" in one:
        finding = _secret(place, one, known)
    elif "rule" in one:
        finding = _code(place, one, known)
    elif "securityVulnerability" in one or "security_advisory" in one or "security_vulnerability" in one:
        finding = _dependency(place, one, known)
    else:
        raise ValueError("is no alert of a known kind")
    finding.settled = settled
    finding.seen_at = instant(one.get("updated_at") or one.get("created_at") or one.get("createdAt"))
    return finding


def _repository(address: Any) -> str:
    try:
        parts = urlsplit(line(address, 1_000))
    except ValueError:
        return ""
    names = parts.path.strip("/").split("/")
    return (
        f"{parts.netloc.rpartition('@')[2]}/{names[0]}/{names[1]}" if parts.netloc and len(names) > 1 else ""
    )


def _code(place: str, one: dict[str, Any], repository: str) -> Finding:
    known, tool = mapping(one.get("rule")), line(mapping(one.get("tool")).get("name"), 100)
    instance = mapping(one.get("most_recent_instance"))
    location = mapping(instance.get("location"))
    path = location.get("path")
    return Finding(
        place=place,
        target=file_at(path, repository) if path else resource_at(repository),
        weakness=rule(
            _NOT_SLUG.sub("-", tool.lower()).strip("-") or "github", known.get("id") or known.get("name")
        ),
        title=known.get("description") or known.get("name"),
        severity=severity(known.get("security_severity_level"))
        or _RULES.get(line(known.get("severity"), 20).lower()),
        remediation=text(known.get("help"), 8_000),
        facts={
            "tool": tool,
            "rule": known.get("id"),
            "tags": [line(tag, 100) for tag in items(known.get("tags"))][:50],
            "alert": one.get("html_url"),
        },
        where={
            "line": location.get("start_line"),
            "end line": location.get("end_line"),
            "ref": instance.get("ref"),
            "commit": instance.get("commit_sha"),
            "message": line(mapping(instance.get("message")).get("text"), 1_000),
        },
    )


def _dependency(place: str, one: dict[str, Any], repository: str) -> Finding:
    affected = mapping(one.get("security_vulnerability") or one.get("securityVulnerability"))
    about = mapping(one.get("security_advisory") or affected.get("advisory") or one.get("securityAdvisory"))
    dependency = mapping(one.get("dependency"))
    package = mapping(dependency.get("package") or affected.get("package"))
    fixed = mapping(affected.get("first_patched_version") or affected.get("firstPatchedVersion")).get(
        "identifier"
    )
    path = dependency.get("manifest_path") or one.get("vulnerableManifestPath")
    identifiers = [mapping(entry).get("value") for entry in items(about.get("identifiers"))]
    return Finding(
        place=place,
        target=file_at(path, repository) if path else resource_at(repository),
        weakness=advisory(about.get("cve_id"), about.get("ghsa_id") or about.get("ghsaId"), *identifiers),
        title=about.get("summary"),
        severity=severity(affected.get("severity") or about.get("severity")),
        remediation=f"Update {line(package.get('name'), 200)} to {line(fixed, 100)}." if fixed else "",
        facts={
            "ids": [line(identifier, 60) for identifier in identifiers][:20],
            "description": text(about.get("description"), 8_000),
            "cvss": mapping(about.get("cvss")).get("vector_string")
            or mapping(about.get("cvss")).get("vectorString"),
            "cwes": [mapping(cwe).get("cwe_id") for cwe in items(about.get("cwes"))][:20],
            "alert": one.get("html_url"),
        },
        where={
            "package": package.get("name"),
            "ecosystem": package.get("ecosystem"),
            "affected": affected.get("vulnerable_version_range") or affected.get("vulnerableVersionRange"),
            "fixed in": fixed,
            "scope": dependency.get("scope"),
        },
    )


def _secret(place: str, one: dict[str, Any], repository: str) -> Finding:
    location = mapping(one.get("first_location_detected"))
    kind = line(one.get("secret_type"), 100)
    valid = _VALID.get(line(one.get("validity"), 20))
    path = location.get("path")
    file = file_at(path, repository) if path else resource_at(repository)
    finding = Finding(
        place=place,
        target=file,
        weakness=rule("github", kind),
        title=f"Exposed secret: {line(one.get('secret_type_display_name'), 200) or kind}",
        severity=Severity.CRITICAL if valid else SEVERITY,
        remediation="Revoke the secret where it is valid, then take it out of the history.",
        facts={"type": kind, "alert": one.get("html_url"), "resolution": one.get("resolution")},
        where={"line": location.get("start_line"), "commit": location.get("commit_sha")},
    )
    return secret_finding(finding, file, kind, one.get("secret"), valid=valid)
