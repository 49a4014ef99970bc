"""SPDX bills of materials: JSON and tag-value of version 2, JSON-LD of version 3 with security statements."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.errors import InvalidError
from chariot.format import Parsed, Refused
from chariot.formats.support.files import decoded, json_names
from chariot.formats.support.findings import Finding, advisory, gathered, resource_at
from chariot.formats.support.json_paths import json_at, look_ahead, require
from chariot.formats.support.sbom import (
    COMPONENTS_LIMIT,
    Component,
    component_record,
    guesses_cpes,
    settled_of,
)
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, instant, items, line, mapping, severity, text
from chariot.model.kinds.work import File

_ABOUT = ("name", "creationInfo", "spdxVersion")
_LINE_LIMIT = 1_000_000
_TAGS = {
    "PackageName": "name",
    "PackageVersion": "versionInfo",
    "SPDXID": "SPDXID",
    "ExternalRef": "externalRefs",
    "PackageSourceInfo": "sourceInfo",
}
_BUILT_FROM = "built package from:"
"""How Trivy begins the source of a distribution's package; name and version follow."""
_RELATIONSHIPS = {
    "affects": "affected",
    "doesNotAffect": "not_affected",
    "fixedIn": "fixed",
    "underInvestigationFor": "under_investigation",
}


class Spdx(Skimmed):
    """A package's security reference that names a CVE becomes a risk at what the document describes.

    | SPDX | ours |
    | --- | --- |
    | 2.x external reference of category SECURITY, type advisory or url, with a CVE or GHSA | a risk |
    | 2.x type fix | the attribute `fixed` |
    | 3.0 VEX affects, underInvestigationFor | a risk |
    | 3.0 VEX doesNotAffect, fixedIn | the attribute `not-affected`, `fixed` |
    | 3.0 severity of a CVSS assessment | not read: it stands apart from the VEX statement |

    SPDX 2 knows no severity. Each reference counts. A package becomes the attribute `package` (its purl), and a
    Technology where it states exactly one CPE and was not written by a tool that guesses them, or where its purl
    is that of a known product. Source: SPDX 2.3, clauses 7.21 and annex F; SPDX 3.0.1, profile Security.
    """

    name = "spdx"
    title = "SPDX (JSON, tag-value, JSON-LD)"
    example = "syft alpine:3.20 -o spdx-json > bom.spdx.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if decoded(head).startswith("SPDXVersion:") or b"\nSPDXVersion: SPDX-" in head:
            return 95
        names = json_names(head)
        if "spdxVersion" in names or {"SPDXID", "packages"} <= names:
            return 95
        return 95 if "@graph" in names and b"spdx.org/rdf/3" in head else 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("SPDX", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Parsed | Refused]:
        start = stream.tell()
        is_json = decoded(stream.read(64)).startswith(("{", "["))
        stream.seek(start)
        document = _Document()
        for place, part, value in _json(stream, start) if is_json else _tags(stream):
            try:
                yield from document.read(place, part, value)
            except ValueError as error:
                yield Refused(place, str(error))


def _json(stream: IO[bytes], start: int) -> Iterator[tuple[str, str, Any]]:
    """Yield the parts, first what the document says of itself wherever that stands."""
    known = False
    for found in json_at(stream, "packages.*", "@graph.*"):
        if not known:
            known = True
            paths = _ABOUT if found.path[0] == "packages" else ("@graph.*",)
            for more in look_ahead(stream, start, *paths):
                yield more.place, "known" if more.path[0] == "@graph" else more.path[0], more.value
        yield found.place, found.path[0], found.value
    if not known:
        require(stream, start, "SPDX", "spdxVersion", "@graph")


def _tags(stream: IO[bytes]) -> Iterator[tuple[str, str, Any]]:
    """Yield the parts of a tag-value document; a package ends where the next one begins."""
    package: dict[str, Any] = {}
    place, known = "line 1", False
    number = 0
    while raw := stream.readline(_LINE_LIMIT):
        number += 1
        tag, colon, value = raw.decode("utf-8-sig", "replace").partition(":")
        if not colon:
            continue
        known = known or tag == "SPDXVersion"
        if tag == "PackageName":
            if package:
                yield place, "packages", package
            package, place = {}, f"line {number}"
        if tag in ("DocumentName", "Created", "Creator"):
            yield f"line {number}", tag, value.strip()
        elif tag in _TAGS and (package or tag == "PackageName"):
            _tag(package, _TAGS[tag], value.strip())
    if package:
        yield place, "packages", package
    if not known:
        raise InvalidError("is no SPDX document: it has no SPDXVersion", place="line 1")


def _tag(package: dict[str, Any], name: str, value: str) -> None:
    if name != "externalRefs":
        package.setdefault(name, value)
        return
    words = value.split(None, 2)
    references = package.setdefault(name, [])
    if len(words) == 3 and len(references) < 10_000:
        references.append(
            dict(zip(("referenceCategory", "referenceType", "referenceLocator"), words, strict=True))
        )


class _Document:
    """What the document says so far."""

    def __init__(self) -> None:
        self._subject = File(path="bill of materials")
        self._seen_at: datetime | None = None
        self._trusted = True
        self._components: dict[str, Component] = {}
        self._vulnerabilities: dict[str, str] = {}

    def read(self, place: str, part: str, value: Any) -> Iterator[Finding | Parsed]:
        """Yield what one part says.

        Raises:
            ValueError: it names nothing.
        """
        match part:
            case "name" | "DocumentName":
                self._subject = resource_at(value) if line(value) else self._subject
            case "creationInfo":
                self._seen_at = instant(mapping(value).get("created"))
                self._trusted = not guesses_cpes(mapping(value).get("creators"))
            case "Created":
                self._seen_at = instant(value)
            case "Creator":
                self._trusted = self._trusted and not guesses_cpes(value)
            case "packages":
                yield from self._package(place, mapping(value))
            case "known":
                self._know(mapping(value))
            case "@graph":
                yield from self._element(place, mapping(value))
            case _:
                pass

    def _package(self, place: str, package: dict[str, Any]) -> Iterator[Finding | Parsed]:
        references = [mapping(one) for one in items(package.get("externalRefs"))]
        by_type: dict[str, list[str]] = {}
        for one in references:
            kind = line(one.get("referenceType"), 200).rpartition("/")[2]
            by_type.setdefault(kind, []).append(line(one.get("referenceLocator"), 1_000))
        component = Component(
            line(package.get("name"), 500),
            line(package.get("versionInfo"), 200),
            next(iter(by_type.get("purl", [])), ""),
        ).built_from(*_source_of(package))
        cpes = by_type.get("cpe23Type", []) + by_type.get("cpe22Type", [])
        trusted = self._trusted and len(cpes) == 1
        parsed = component_record(place, self._subject, component, next(iter(cpes), ""), trusted=trusted)
        yield Parsed(place, parsed.entities, parsed.relationships, seen_at=self._seen_at)
        for kind, status in (("advisory", ""), ("url", ""), ("fix", "fixed")):
            for locator in by_type.get(kind, []):
                named = cves(locator) or [locator.rstrip("/").rpartition("/")[2]]
                if cves(*named) or named[0].upper().startswith("GHSA-"):
                    yield self._finding(place, named[0], component, status, {"reference": locator})

    def _finding(
        self, place: str, identifier: str, component: Component, status: str, facts: dict[str, Any]
    ) -> Finding:
        return Finding(
            place=place,
            target=self._subject,
            weakness=advisory(identifier),
            title=f"{identifier} in {component.name} {component.version}".strip(),
            severity=severity(facts.pop("severity", None)),
            remediation=facts.pop("remediation", ""),
            facts={"id": identifier, **facts},
            where={"package": component.name, "version": component.version, "purl": component.purl},
            seen_at=self._seen_at,
            settled=settled_of(status),
        )

    def _know(self, element: dict[str, Any]) -> None:
        """Remember the names of elements of version 3, which refer to one another in any order."""
        identifier = line(element.get("spdxId") or element.get("@id"), 1_000)
        kind = line(element.get("type"), 100).rpartition("_")[2]
        if kind == "Package" and len(self._components) < COMPONENTS_LIMIT:
            self._components[identifier] = _component(element)
        elif kind == "Vulnerability" and len(self._vulnerabilities) < COMPONENTS_LIMIT:
            external = [mapping(one).get("identifier") for one in items(element.get("externalIdentifier"))]
            self._vulnerabilities[identifier] = advisory(*external, element.get("name"), identifier)
        elif kind in ("SpdxDocument", "Sbom", "Bom") and line(element.get("name")):
            self._subject = resource_at(element.get("name"))
        elif kind == "CreationInfo":
            self._seen_at = self._seen_at or instant(element.get("created"))

    def _element(self, place: str, element: dict[str, Any]) -> Iterator[Finding | Parsed]:
        kind = line(element.get("type"), 100).rpartition("_")[2]
        if kind == "Package":
            parsed = component_record(place, self._subject, _component(element), "", trusted=False)
            yield Parsed(place, parsed.entities, parsed.relationships, seen_at=self._seen_at)
            return
        status = _RELATIONSHIPS.get(line(element.get("relationshipType"), 60), "")
        if not kind.startswith("Vex") or not status:
            return
        source = line(element.get("from"), 1_000)
        facts = {
            "status": status,
            "justification": element.get("justificationType"),
            "statement": text(element.get("impactStatement") or element.get("statusNotes"), 4_000),
            "remediation": text(element.get("actionStatement"), 4_000),
        }
        for target in items(element.get("to")):
            component = self._components.get(line(target, 1_000)) or Component(line(target, 500))
            name = self._vulnerabilities.get(source) or source
            yield self._finding(place, name, component, status, dict(facts))


def _source_of(package: dict[str, Any]) -> tuple[str, str]:
    """Return name and version of the source that a distribution built the package from, where it is told."""
    words = line(package.get("sourceInfo"), 500)
    name, _, version = words.removeprefix(_BUILT_FROM).strip().partition(" ")
    return (name, version.strip()) if words.startswith(_BUILT_FROM) else ("", "")


def _component(element: dict[str, Any]) -> Component:
    purl = line(element.get("software_packageUrl") or element.get("packageUrl"), 800)
    version = element.get("software_packageVersion") or element.get("packageVersion")
    return Component(line(element.get("name"), 500), line(version, 200), purl)
