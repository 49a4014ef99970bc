"""Grype JSON: vulnerable packages of images, folders and bills of materials."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, file_at, gathered, resource_at
from chariot.formats.support.json_paths import Found, json_at, look_ahead, require
from chariot.formats.support.sbom import Component, with_package
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.systems import operating_system
from chariot.formats.support.technologies import technology_of_cpe
from chariot.formats.support.values import instant, items, line, mapping, number, severity, text
from chariot.model.base import Entity
from chariot.model.kinds.weakness import Technology
from chariot.model.kinds.work import File
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity

_ABOUT = ("source", "distro", "descriptor.timestamp", "descriptor.name")


class Grype(Skimmed):
    """A match becomes a risk at the image, or in a folder at the file that names the package.

    | Grype | severity |
    | --- | --- |
    | Critical, High, Medium, Low | the same |
    | Negligible / Unknown | info / none |

    The weakness is the CVE, also where Grype names an advisory that is related to one. Each match counts; the
    same CVE in several packages of an image is one risk with a table of packages. Only a CPE by which Grype found
    the match becomes a Technology: those that it lists for a package are guesses from its name. Its package
    URL is the attribute `package`. What the user's rules ignore becomes the attribute `suppressed`.
    Source: Grype's JSON schema.
    """

    name = "grype"
    title = "Grype (JSON)"
    example = "grype alpine:3.20 -o json > grype.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        if "matches" not in names:
            return 0
        if names & {"matches.vulnerability", "matches.artifact", "matches.relatedVulnerabilities"}:
            return 95
        return 70 if {"source", "descriptor"} & names else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("Grype", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        subject: _Subject | None = None
        for found in json_at(stream, "matches.*", "ignoredMatches.*"):
            if subject is None:
                # Grype writes its subject behind the matches.
                subject = _Subject(look_ahead(stream, start, *_ABOUT))
            try:
                yield subject.finding(found)
            except ValueError as error:
                yield Refused(found.place, str(error))
        if subject is None:
            require(stream, start, "Grype", "matches")


class _Subject:
    """What was scanned."""

    def __init__(self, about: list[Found]) -> None:
        facts = {found.path[-1]: found.value for found in about}
        source = mapping(facts.get("source"))
        self._is_image = source.get("type") == "image"
        target = source.get("target")
        named = mapping(target)
        self._name = line(named.get("userInput") or (target if isinstance(target, str) else ""), 1_000).strip(
            '"'
        )
        self._digest = line(named.get("manifestDigest"), 100)
        distro = mapping(facts.get("distro"))
        self._system = operating_system(distro.get("name"), distro.get("version"))
        self._seen_at: datetime | None = instant(facts.get("timestamp"))

    def finding(self, found: Found) -> Finding:
        """Return what one match says.

        Raises:
            ValueError: it names no vulnerability or package.
        """
        match = mapping(found.value)
        known = mapping(match.get("vulnerability"))
        artifact = mapping(match.get("artifact"))
        related = [mapping(one) for one in items(match.get("relatedVulnerabilities"))]
        paths = [line(mapping(one).get("path"), 500) for one in items(artifact.get("locations"))]
        target = self._target(paths)
        fix = mapping(known.get("fix"))
        versions = [line(one, 100) for one in items(fix.get("versions"))]
        label = f"{line(artifact.get('name'), 200)} {line(artifact.get('version'), 100)}"
        settled = "suppressed" if found.path[0] == "ignoredMatches" else ""
        finding = Finding(
            place=found.place,
            target=target,
            weakness=advisory(known.get("id"), *(one.get("id") for one in related)),
            title=f"{line(known.get('id'), 200)} in {label}",
            severity=_severity(known, related),
            remediation=f"Update {line(artifact.get('name'), 200)} to {' or '.join(versions)}."
            if versions
            else "",
            facts={
                "id": known.get("id"),
                "description": _first("description", known, related),
                "cvss": _scores(known, related),
                "reference": known.get("dataSource"),
                "database": known.get("namespace"),
                "image digest": self._digest,
            },
            where={
                "package": artifact.get("name"),
                "installed": artifact.get("version"),
                "fixed in": " ".join(versions),
                "status": fix.get("state"),
                "type": artifact.get("type"),
                "purl": artifact.get("purl"),
                "paths": " ".join(paths[:5]),
            },
            seen_at=self._seen_at,
            settled=settled,
            findings=0 if settled else 1,
        )
        with_package(finding, _built_from(artifact).purl)
        self._technologies(finding, match, artifact)
        return finding

    def _target(self, paths: list[str]) -> File:
        if self._is_image or not any(paths):
            return resource_at(self._name or self._digest or "what Grype looked at")
        return file_at(next(path for path in paths if path))

    def _technologies(self, finding: Finding, match: dict[str, Any], artifact: dict[str, Any]) -> None:
        found: list[Technology] = [self._system] if self._system is not None and self._is_image else []
        well_founded = _matched_cpe(match, artifact)
        if well_founded is not None:
            found.append(well_founded)
        entities: tuple[Entity, ...] = tuple(found)
        finding.entities += entities
        finding.relationships += tuple(
            Relationship(RelationshipType.HAS_TECHNOLOGY, finding.target.key, one.key) for one in found
        )


def _built_from(artifact: dict[str, Any]) -> Component:
    """Return the package with the source that it was built from, which stands beside its address."""
    known = Component(
        line(artifact.get("name"), 500), line(artifact.get("version"), 200), line(artifact.get("purl"), 800)
    )
    source = mapping(next(iter(items(artifact.get("upstreams"))), None))
    return known.built_from(line(source.get("name"), 300), line(source.get("version"), 200))


def _matched_cpe(match: dict[str, Any], artifact: dict[str, Any]) -> Technology | None:
    """Return the CPE that Grype looked for and that the vulnerability's own record names too."""
    for detail in map(mapping, items(match.get("matchDetails"))):
        named = {_product(one) for one in items(mapping(detail.get("found")).get("cpes"))}
        for cpe in items(mapping(detail.get("searchedBy")).get("cpes")):
            if _product(cpe) in named and _product(cpe):
                return technology_of_cpe(cpe, artifact.get("name"), artifact.get("version"))
    return None


def _product(cpe: Any) -> str:
    parts = text(cpe, 500).lower().split(":")
    return ":".join(parts[2:5]) if len(parts) > 5 else ""


def _severity(known: dict[str, Any], related: list[dict[str, Any]]) -> Severity | None:
    for one in (known, *related):
        word = line(one.get("severity"), 40)
        if word.lower() == "negligible":
            return Severity.INFO
        if (found := severity(word)) is not None:
            return found
    return None


def _first(name: str, known: dict[str, Any], related: list[dict[str, Any]]) -> str:
    return next((text(one[name], 8_000) for one in (known, *related) if one.get(name)), "")


def _scores(known: dict[str, Any], related: list[dict[str, Any]]) -> str:
    scores = {
        f"{line(mapping(one).get('version'), 10)} {score}"
        for holder in (known, *related)
        for one in items(holder.get("cvss"))
        if (score := number(mapping(mapping(one).get("metrics")).get("baseScore")))
    }
    return ", ".join(sorted(scores))
