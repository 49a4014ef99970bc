"""Trivy JSON: vulnerable packages, misconfigurations, secrets and licences of images, folders and clusters."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, file_at, gathered, resource_at, rule
from chariot.formats.support.json_paths import Found, begins_with_array, json_at
from chariot.formats.support.sbom import Component, component_record, full_version, with_package
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.systems import operating_system
from chariot.formats.support.values import instant, items, line, mapping, number, severity, text
from chariot.model.kinds.work import File
from chariot.model.relationships import Relationship, RelationshipType

_CLUSTER = ("Resources", "Vulnerabilities", "Misconfigurations")
_LISTS = ("Vulnerabilities", "Misconfigurations", "Secrets", "Licenses")
_PASSED = ("PASS", "EXCEPTION")
_ABOUT = (
    "SchemaVersion",
    "ArtifactName",
    "ArtifactType",
    "Metadata.OS",
    "CreatedAt",
    "ClusterName",
    "TrivyVersion",
)


class Trivy(Skimmed):
    """A finding becomes a risk at the image, or at the file, or at the resource of a cluster.

    | Trivy | ours |
    | --- | --- |
    | CRITICAL, HIGH, MEDIUM, LOW | the same; UNKNOWN is none |
    | vulnerability | weakness is its CVE (or advisory id); at the image, else at the lock file |
    | misconfiguration (FAIL) | weakness `trivy:<id>` at the file or resource; PASS and EXCEPTION are left out |
    | secret | weakness `trivy:<rule>` at the file; Trivy hides the secret, so there is no digest of it |
    | licence | weakness `trivy:license:<name>` |

    Each entry of these lists counts as a finding. The same CVE in several packages of one image is one risk with
    a table of packages. A distribution becomes a Technology; a package with a package URL, found vulnerable or
    only listed, the attribute `package` of what holds it.
    Source: Trivy's documentation, chapters on reporting and on Kubernetes; its types `Report` and `Result`.
    """

    name = "trivy"
    title = "Trivy (JSON)"
    example = "trivy image --format json --output trivy.json alpine:3.20"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if {"SchemaVersion", "ArtifactName"} <= names or {"ArtifactType", "Results"} <= names:
            return 95
        if "ClusterName" in names and any(one in names for one in _CLUSTER):
            return 95
        older = {"Target", "Vulnerabilities"} <= names or {"Target", "Type", "Class"} <= names
        return 80 if older and not names & {"runs", "vulnerabilities", "Generated"} else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("Trivy", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Parsed | Refused]:
        report = _Report()
        known = False
        paths = (*_ABOUT, "Results.*", *(f"{one}.*" for one in _CLUSTER), "*.Target", "*.Vulnerabilities.*")
        for found in json_at(stream, *(paths if begins_with_array(stream) else paths[:-2])):
            known = True
            if found.path[0] in ("Results", *_CLUSTER):
                yield from report.results(found)
            elif found.path[0].isdecimal():
                yield from report.older(found)
            else:
                report.learn(found)
        if not known:
            raise InvalidError("is no report of Trivy", place="line 1")


class _Report:
    """What the report says of its subject."""

    def __init__(self) -> None:
        self._artifact = ""
        self._type = ""
        self._cluster = ""
        self._target = ""
        self._system: dict[str, Any] = {}
        self._seen_at: datetime | None = None
        self._listed: dict[str, Component] = {}
        """The packages of the present result by their address, each with its source."""

    def learn(self, found: Found) -> None:
        """Take in one fact of the report."""
        match found.path[-1]:
            case "ArtifactName":
                self._artifact = line(found.value, 500)
            case "ArtifactType":
                self._type = line(found.value, 100)
            case "ClusterName":
                self._cluster = line(found.value, 500)
            case "CreatedAt":
                self._seen_at = instant(found.value)
            case "OS":
                self._system = mapping(found.value)
            case _:
                pass

    def older(self, found: Found) -> Iterator[Finding | Parsed | Refused]:
        """Yield the findings of a report before version 2 of its form: an array of results."""
        if found.path[-1] == "Target":
            self._target = line(found.value, 500)
            return
        result = {"Target": self._target, "Vulnerabilities": [found.value]}
        yield from self._result(found.place, result, None)

    def results(self, found: Found) -> Iterator[Finding | Parsed | Refused]:
        """Yield the findings of one result, or of one resource of a cluster."""
        value = mapping(found.value)
        if found.path[0] == "Results":
            yield from self._result(found.place, value, None)
            return
        try:
            resource = resource_at(
                self._cluster, value.get("Namespace"), value.get("Kind"), value.get("Name")
            )
        except ValueError as error:
            yield Refused(found.place, str(error))
            return
        for result in items(value.get("Results")):
            yield from self._result(found.place, mapping(result), resource)

    def _result(
        self, place: str, result: dict[str, Any], resource: File | None
    ) -> Iterator[Finding | Parsed | Refused]:
        entries = [(kind, one) for kind in _LISTS for one in items(result.get(kind))]
        subject = line(result.get("Target"), 100)
        self._listed = {
            package.purl: package.built_from(*_source_of(one))
            for one in map(mapping, items(result.get("Packages")))
            if (package := _named(one)).purl
        }
        for position, (kind, one) in enumerate(entries, start=1):
            here = f"{place}, entry {position} of {subject}"
            try:
                finding = self._finding(here, kind, mapping(one), result, resource)
            except ValueError as error:
                yield Refused(here, str(error))
                continue
            if finding is not None:
                yield finding
        for position, one in enumerate(items(result.get("Packages")), start=1):
            yield from self._package(
                f"{place}, package {position} of {subject}", mapping(one), result, resource
            )

    def _package(
        self, place: str, one: dict[str, Any], result: dict[str, Any], resource: File | None
    ) -> Iterator[Parsed | Refused]:
        component = self._listed.get(_named(one).purl)
        if component is None:
            return
        try:
            owner = resource or self._file("Vulnerabilities", one, result)
        except ValueError as error:
            yield Refused(place, str(error))
            return
        parsed = component_record(place, owner, component, "", trusted=False)
        yield Parsed(place, parsed.entities, parsed.relationships, seen_at=self._seen_at)

    def _finding(
        self, place: str, kind: str, one: dict[str, Any], result: dict[str, Any], resource: File | None
    ) -> Finding | None:
        if one.get("Status") in _PASSED:
            return None
        target = resource or self._file(kind, one, result)
        finding = Finding(
            place=place,
            target=target,
            weakness=_weakness(kind, one),
            title=one.get("Title") or _headline(kind, one),
            severity=severity(one.get("Severity")),
            seen_at=self._seen_at,
        )
        if kind == "Vulnerabilities":
            self._vulnerability(finding, one, result)
        else:
            _other(finding, kind, one, result)
        return finding

    def _file(self, kind: str, one: dict[str, Any], result: dict[str, Any]) -> File:
        written = line(result.get("Target"), 1_000)
        image = line(result.get("Class"), 50) == "os-pkgs" or self._type == "container_image"
        if kind in ("Vulnerabilities", "Licenses") and (image or (not self._artifact and "(" in written)):
            # Without the name of an image its first result still begins with it: `name:tag (debian 12)`.
            return resource_at(self._artifact or written.partition(" (")[0])
        if kind == "Licenses" and one.get("FilePath"):
            written = line(one.get("FilePath"), 1_000)
        repository = self._artifact if self._type == "repository" and ":" in self._artifact else ""
        return file_at(written or self._artifact, repository)

    def _vulnerability(self, finding: Finding, one: dict[str, Any], result: dict[str, Any]) -> None:
        finding.facts = {
            "id": one.get("VulnerabilityID"),
            "description": text(one.get("Description"), 8_000),
            "cwes": items(one.get("CweIDs"))[:50],
            "cvss": _scores(one),
            "reference": one.get("PrimaryURL"),
            "severity from": one.get("SeveritySource"),
        }
        fixed = line(one.get("FixedVersion"), 200)
        finding.where = {
            "package": one.get("PkgName"),
            "installed": one.get("InstalledVersion"),
            "fixed in": fixed,
            "status": one.get("Status"),
            "purl": mapping(one.get("PkgIdentifier")).get("PURL"),
            "path": one.get("PkgPath"),
            "listed in": result.get("Target"),
        }
        if fixed:
            finding.remediation = f"Update {line(one.get('PkgName'), 200)} to {fixed}."
        purl = line(finding.where["purl"], 800)
        with_package(finding, self._listed.get(purl, Component(purl=purl)).purl)
        system = operating_system(self._system.get("Family"), self._system.get("Name"))
        if system is not None and result.get("Class") == "os-pkgs":
            finding.entities += (system,)
            finding.relationships += (
                Relationship(RelationshipType.HAS_TECHNOLOGY, finding.target.key, system.key),
            )


def _named(one: dict[str, Any]) -> Component:
    purl = line(mapping(one.get("Identifier")).get("PURL"), 800)
    return Component(line(one.get("Name"), 500), line(one.get("Version"), 200), purl)


def _source_of(one: dict[str, Any]) -> tuple[str, str]:
    """Return name and version of the source that a listed package was built from."""
    parts = (line(one.get(part), 200) for part in ("SrcVersion", "SrcRelease", "SrcEpoch"))
    return line(one.get("SrcName"), 300), full_version(*parts)


def _weakness(kind: str, one: dict[str, Any]) -> str:
    match kind:
        case "Vulnerabilities":
            return advisory(one.get("VulnerabilityID"), *items(one.get("VendorIDs")))
        case "Misconfigurations":
            return rule("trivy", one.get("AVDID") or one.get("ID"))
        case "Secrets":
            return rule("trivy", one.get("RuleID"))
        case _:
            return rule("trivy:license", one.get("Name"))


def _headline(kind: str, one: dict[str, Any]) -> str:
    if kind == "Licenses":
        return f"Licence {line(one.get('Name'), 200)} ({line(one.get('Category'), 100)})"
    name = one.get("VulnerabilityID") or one.get("ID") or one.get("RuleID")
    return f"{line(name, 200)} in {line(one.get('PkgName'), 200)}" if one.get("PkgName") else line(name)


def _other(finding: Finding, kind: str, one: dict[str, Any], result: dict[str, Any]) -> None:
    cause = mapping(one.get("CauseMetadata"))
    finding.remediation = one.get("Resolution", "")
    finding.facts = {
        "id": one.get("ID") or one.get("RuleID"),
        "category": one.get("Category"),
        "description": text(one.get("Description"), 8_000),
        "reference": one.get("PrimaryURL") or one.get("Link"),
        "type": result.get("Type"),
    }
    finding.where = {
        "line": cause.get("StartLine") or one.get("StartLine"),
        "end line": cause.get("EndLine") or one.get("EndLine"),
        "resource": cause.get("Resource"),
        "package": one.get("PkgName"),
        "path": one.get("FilePath"),
        # What a secret's rule matched is left out, although Trivy hides most of it.
        "message": line(one.get("Message"), 1_000) if kind == "Misconfigurations" else "",
    }


def _scores(one: dict[str, Any]) -> str:
    told: list[str] = []
    for source, given in mapping(one.get("CVSS")).items():
        scores = mapping(given)
        best = max(
            number(scores.get("V2Score")), number(scores.get("V3Score")), number(scores.get("V40Score"))
        )
        if best:
            told.append(f"{line(source, 40)} {best}")
    return ", ".join(told)
