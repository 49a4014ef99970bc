"""CycloneDX bills of materials, JSON and XML, with vulnerabilities and VEX analyses."""

from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.cyclonedx_xml import documents
from chariot.formats.support.files import decoded, json_names
from chariot.formats.support.findings import Finding, advisory, gathered, resource_at
from chariot.formats.support.json_paths import json_at, look_ahead, require
from chariot.formats.support.sbom import (
    COMPONENTS_LIMIT,
    Component,
    component_record,
    full_version,
    guesses_cpes,
    settled_of,
)
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.systems import cvss_score
from chariot.formats.support.values import (
    instant,
    items,
    line,
    mapping,
    number,
    severity,
    severity_of_score,
    text,
)
from chariot.formats.support.xml import root_name
from chariot.model.kinds.work import File
from chariot.model.states import Severity

_RANK = list(Severity)
_SOURCES = tuple(f"aquasecurity:trivy:Src{part}" for part in ("Name", "Version", "Release", "Epoch"))
_PROPERTIES = 100
_DEPTH = 20


class CycloneDx(Skimmed):
    """A vulnerability becomes a risk at what the bill of materials describes, such as an image.

    | CycloneDX | severity |
    | --- | --- |
    | the highest of the ratings' severities: critical, high, medium, low | the same |
    | info, none / unknown | info / none |
    | no severity at all | the band of the highest CVSS score |

    | analysis (VEX) | status |
    | --- | --- |
    | exploitable, in_triage, none | a risk |
    | not_affected, false_positive, resolved, resolved_with_pedigree | no risk, but an attribute that says so |

    Each component that a vulnerability affects counts; in one bill they are one risk with a table of components.
    A component becomes the attribute `package` (its purl), and a Technology when its CPE was stated by somebody
    (those of Syft and Grype are guesses) or its purl is that of a known product. Vulnerabilities of the 1.0 extension
    stand inside their component.
    Source: CycloneDX 1.0 to 1.6, JSON and XML schemas, and the vulnerability extension 1.0.
    """

    name = "cyclonedx"
    title = "CycloneDX (JSON, XML) with VEX"
    example = "syft alpine:3.20 -o cyclonedx-json > bom.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        if decoded(head[:64]).startswith("<"):
            return 95 if b"cyclonedx.org/schema/bom" in head and root_name(head) == "bom" else 0
        names = json_names(head)
        if "bomFormat" in names or (b"cyclonedx.org/schema" in head and "$schema" in names):
            return 95
        return 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("CycloneDX", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Parsed | Refused]:
        start = stream.tell()
        is_xml = decoded(stream.read(64)).startswith("<")
        stream.seek(start)
        bill = _Bill()
        for place, part, value in documents(stream) if is_xml else _json(stream, start):
            try:
                yield from bill.read(place, part, value)
            except ValueError as error:
                yield Refused(place, str(error))


def _json(stream: IO[bytes], start: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield the parts, those that a vulnerability refers to before it whatever the order of the file."""
    paths = ("metadata", "components.*", "vulnerabilities.*")
    seen: set[str] = set()
    for found in json_at(stream, *paths):
        part = found.path[0]
        for earlier in paths[: 1 if part == "components" else 2] if part != "metadata" else ():
            name = earlier.removesuffix(".*")
            if name not in seen and name != part:
                seen.add(name)
                for more in look_ahead(stream, start, earlier):
                    yield more.place, name if part == "components" else f"known {name}", mapping(more.value)
        seen.add(part)
        yield found.place, part, mapping(found.value)
    if not seen:
        require(stream, start, "CycloneDX", "bomFormat")


class _Bill:
    """What the bill says so far."""

    def __init__(self) -> None:
        self._subject = File(path="bill of materials")
        self._components: dict[str, Component] = {}
        self._seen_at: datetime | None = None
        self._trusted = True

    def read(self, place: str, part: str, value: dict[str, Any]) -> Iterator[Finding | Parsed]:
        """Yield what one part says.

        Raises:
            ValueError: it names nothing.
        """
        match part:
            case "metadata" | "known metadata":
                self._describe(value)
            case "components":
                yield from self._component(place, value)
            case "known components":
                list(self._component(place, value))
            case _:
                inside = mapping(value.get("inside"))
                yield from self._vulnerability(place, value, self._remember(inside) if inside else None)

    def _describe(self, metadata: dict[str, Any]) -> None:
        component = mapping(metadata.get("component"))
        self._seen_at = instant(metadata.get("timestamp"))
        self._trusted = not guesses_cpes(metadata.get("tools"))
        name, version = line(component.get("name"), 800), line(component.get("version"), 200)
        if name:
            group = line(component.get("group"), 200)
            hashed = version.startswith("sha256:")
            self._subject = resource_at(group, name if not version or hashed else f"{name}@{version}")
            self._remember(component)

    def _remember(self, component: dict[str, Any]) -> Component:
        name = "/".join(filter(None, (line(component.get("group"), 200), line(component.get("name"), 300))))
        known = Component(
            name, line(component.get("version"), 200), line(component.get("purl"), 800)
        ).built_from(*_source_of(component))
        reference = line(component.get("bom-ref"), 1_000) or known.purl
        if reference and len(self._components) < COMPONENTS_LIMIT:
            self._components[reference] = known
        return known

    def _component(self, place: str, component: dict[str, Any], depth: int = 0) -> Iterator[Finding | Parsed]:
        known = self._remember(component)
        parsed = component_record(place, self._subject, known, component.get("cpe"), trusted=self._trusted)
        yield Parsed(place, parsed.entities, parsed.relationships, seen_at=self._seen_at)
        for inner in items(component.get("components")) if depth < _DEPTH else ():
            yield from self._component(place, mapping(inner), depth + 1)

    def _vulnerability(
        self, place: str, one: dict[str, Any], inside: Component | None = None
    ) -> Iterator[Finding]:
        analysis = mapping(one.get("analysis"))
        aliases = [mapping(reference).get("id") for reference in items(one.get("references"))]
        identifier = line(one.get("id"), 200)
        affected = [mapping(target) for target in items(one.get("affects"))] or [{}]
        vectors = [line(mapping(rating).get("vector"), 300) for rating in items(one.get("ratings"))]
        for target in affected:
            component = inside or self._named(line(target.get("ref"), 1_000))
            yield Finding(
                place=place,
                target=self._subject,
                weakness=advisory(identifier, *aliases),
                title=f"{identifier} in {component.name} {component.version}".strip()
                if component.name
                else identifier,
                severity=_severity(one),
                remediation=one.get("recommendation") or one.get("workaround") or "",
                facts={
                    "id": identifier,
                    "description": text(one.get("description"), 8_000),
                    "cwes": [f"CWE-{line(cwe, 10)}" for cwe in items(one.get("cwes"))][:50],
                    "cvss": [vector for vector in vectors if vector][:10],
                    "source": mapping(one.get("source")).get("url"),
                    "analysis": " ".join(
                        line(analysis.get(name), 2_000) for name in ("state", "justification", "detail")
                    ).strip(),
                    "response": [line(word, 60) for word in items(analysis.get("response"))][:10],
                },
                where={
                    "component": component.name,
                    "version": component.version,
                    "purl": component.purl,
                    "affected": _versions(target),
                },
                seen_at=self._seen_at,
                settled=settled_of(analysis.get("state")),
            )

    def _named(self, reference: str) -> Component:
        known = self._components.get(reference)
        # A BOM-Link names a component of another document: `urn:cdx:serial/version#ref`.
        known = known or self._components.get(reference.rpartition("#")[2])
        return known or Component(name=reference)


def _source_of(component: dict[str, Any]) -> tuple[str, str]:
    """Return name and version of the source package, which Trivy writes as properties of the component."""
    told = [mapping(one) for one in items(component.get("properties"))[:_PROPERTIES]]
    known = {name: line(one.get("value"), 300) for one in told if (name := one.get("name")) in _SOURCES}
    name, *parts = (known.get(part, "") for part in _SOURCES)
    return name, full_version(*parts)


def _versions(target: dict[str, Any]) -> str:
    return ", ".join(
        f"{line(one.get('version') or one.get('range'), 100)} {line(one.get('status'), 40)}".strip()
        for one in map(mapping, items(target.get("versions"))[:20])
    )


def _severity(one: dict[str, Any]) -> Severity | None:
    ratings = [mapping(rating) for rating in items(one.get("ratings"))]
    named = [found for rating in ratings if (found := severity(rating.get("severity"))) is not None]
    if named:
        return max(named, key=_RANK.index)
    scores = [
        number(rating.get("score")) or cvss_score(line(rating.get("vector"), 300)) for rating in ratings
    ]
    return severity_of_score(max(scores, default=0.0))
