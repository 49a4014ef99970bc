"""AWS Security Finding Format: Security Hub, GuardDuty, Inspector, and Prowler's `json-asff`."""

import re
from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_address
from typing import IO, Any

from chariot.format import Parsed, Refused
from chariot.formats.support.files import json_names
from chariot.formats.support.findings import Finding, advisory, gathered, resource_at, rule
from chariot.formats.support.json_paths import begins_with_array, json_at, require
from chariot.formats.support.record import try_address
from chariot.formats.support.skim import Skimmed
from chariot.formats.support.values import cves, instant, items, line, mapping, severity, text, whole
from chariot.model.kinds.network import Address
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Severity

_ADVISED = re.compile(r"\s*((?:CVE-\d{4}-\d{4,19})|(?:GHSA(?:-[0-9a-z]{4}){3}))\b", re.IGNORECASE | re.ASCII)
_NORMALIZED = ((90, Severity.CRITICAL), (70, Severity.HIGH), (40, Severity.MEDIUM), (1, Severity.LOW))
_CONTROL = re.compile(r"(?:.*/)?([A-Za-z0-9]+\.\d+)\Z")
_NOT_SLUG = re.compile(r"[^a-z0-9._]+")


class Asff(Skimmed):
    """A finding becomes a risk at each of its resources (a File named by its ARN or id).

    | ASFF | ours |
    | --- | --- |
    | Label CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL | the same |
    | no label: Normalized 90 / 70 / 40 / 1 and more | critical / high / medium / low |
    | compliance FAILED, WARNING, NOT_AVAILABLE or none | a risk |
    | compliance PASSED | no risk, but the attribute `passed` |
    | workflow RESOLVED / SUPPRESSED, record ARCHIVED | no risk, but the attribute `fixed` / `suppressed` |

    The weakness is the CVE or GitHub advisory of `Vulnerabilities` or at the start of the title, else
    `prowler:<check>`, else `securityhub:<control>`, else `<product>:<type>`. Every record counts once, passed
    ones too, since the format calls each a finding. Public addresses of an instance become Address entities.
    The time is the earlier one of "last observed" and "updated", for products have written times to come.
    Source: AWS Security Hub's user guide, chapter on the finding format.
    """

    name = "asff"
    title = "AWS Security Hub (ASFF)"
    example = "aws securityhub get-findings > findings.json"

    def sniff(self, head: bytes) -> int:
        """See `Format.sniff`."""
        names = json_names(head)
        for prefix in ("", "Findings.", "findings."):
            if {f"{prefix}ProductArn", f"{prefix}AwsAccountId"} & names and f"{prefix}SchemaVersion" in names:
                return 95
            if {f"{prefix}GeneratorId", f"{prefix}AwsAccountId"} <= names:
                return 95
        return 0

    def parse(self, stream: IO[bytes]) -> Iterator[Parsed | Refused]:
        """See `Format.parse`."""
        return gathered("AWS finding", self._findings(stream))

    def _findings(self, stream: IO[bytes]) -> Iterator[Finding | Refused]:
        start = stream.tell()
        whole_file = begins_with_array(stream)
        known = False
        for found in json_at(stream, *(("*",) if whole_file else ("Findings.*", "findings.*"))):
            known = True
            try:
                yield from _finding(found.place, mapping(found.value))
            except ValueError as error:
                yield Refused(found.place, str(error))
        if known or whole_file:
            return
        require(stream, start, "Security Hub", "Findings", "findings")


def _finding(place: str, one: dict[str, Any]) -> Iterator[Finding]:
    if "Title" not in one and "GeneratorId" not in one:
        raise ValueError("has neither a title nor a generator")
    found = [mapping(vulnerability) for vulnerability in items(one.get("Vulnerabilities"))]
    advice = mapping(mapping(one.get("Remediation")).get("Recommendation"))
    resources = [mapping(resource) for resource in items(one.get("Resources"))] or [{}]
    known = [line(vulnerability.get("Id"), 200) for vulnerability in found]
    weakness = _weakness(one, known)
    for position, resource in enumerate(resources):
        finding = Finding(
            place=place,
            target=resource_at(resource.get("Id") or one.get("AwsAccountId") or "aws"),
            weakness=weakness,
            title=one.get("Title") or weakness,
            severity=_severity(mapping(one.get("Severity"))),
            remediation=" ".join(
                filter(None, (text(advice.get("Text"), 4_000), line(advice.get("Url"), 500)))
            ),
            facts={
                "product": one.get("ProductName"),
                "generator": one.get("GeneratorId"),
                "types": [line(kind, 300) for kind in items(one.get("Types"))][:20],
                "description": text(one.get("Description"), 8_000),
                "source": one.get("SourceUrl"),
                "requirements": [line(ref, 200) for ref in _requirements(one)][:50],
                "packages": _packages(found),
            },
            where={
                "id": line(one.get("Id"), 500),
                "account": one.get("AwsAccountId"),
                "region": resource.get("Region") or one.get("Region"),
                "resource type": resource.get("Type"),
                "record": one.get("RecordState"),
                "workflow": mapping(one.get("Workflow")).get("Status"),
            },
            seen_at=_seen_at(one),
            settled=_settled(one),
            findings=1 if position == 0 else 0,
        )
        _addresses(finding, resource)
        yield finding


def _weakness(one: dict[str, Any], known: list[str]) -> str:
    title, generator = line(one.get("Title")), line(one.get("GeneratorId"), 500)
    advised = _ADVISED.match(title)
    if any(known) or advised:
        # A record about several vulnerabilities has one title: the first is its name, the others its evidence.
        return advisory(*(known[:1] if cves(*known[:1]) or not advised else [advised[1]]))
    if generator.startswith("prowler-"):
        return rule("prowler", generator.removeprefix("prowler-"))
    control = line(mapping(one.get("Compliance")).get("SecurityControlId"), 100)
    named = _CONTROL.match(generator)
    if control or (named and "arn:" not in generator):
        return rule("securityhub", control or (named[1] if named else ""))
    product = _NOT_SLUG.sub("-", line(one.get("ProductName"), 60).lower()).strip("-") or "aws"
    kinds = [line(kind, 300) for kind in items(one.get("Types"))]
    return rule(product, kinds[0] if kinds else title or generator)


def _severity(value: dict[str, Any]) -> Severity | None:
    named = severity(value.get("Label"))
    if named is not None or "Normalized" not in value:
        return named
    score = whole(value.get("Normalized"))
    return next((band for least, band in _NORMALIZED if score >= least), Severity.INFO)


def _settled(one: dict[str, Any]) -> str:
    workflow = line(mapping(one.get("Workflow")).get("Status"), 40)
    if workflow == "SUPPRESSED":
        return "suppressed"
    if workflow == "RESOLVED" or one.get("RecordState") == "ARCHIVED":
        return "fixed"
    return "passed" if mapping(one.get("Compliance")).get("Status") == "PASSED" else ""


def _seen_at(one: dict[str, Any]) -> datetime | None:
    times = [at for name in ("LastObservedAt", "UpdatedAt") if (at := instant(one.get(name))) is not None]
    return min(times, default=instant(one.get("CreatedAt")))


def _requirements(one: dict[str, Any]) -> list[Any]:
    return items(mapping(one.get("Compliance")).get("RelatedRequirements"))


def _packages(found: list[dict[str, Any]]) -> list[str]:
    return [
        line(f"{one.get('Name')} {one.get('Version')} (fixed in {one.get('FixedInVersion')})", 300)
        for vulnerability in found
        for one in map(mapping, items(vulnerability.get("VulnerablePackages")))
    ][:50]


def _addresses(finding: Finding, resource: dict[str, Any]) -> None:
    instance = mapping(mapping(resource.get("Details")).get("AwsEc2Instance"))
    written = [*items(instance.get("IpV4Addresses")), *items(instance.get("IpV6Addresses"))]
    public: list[Address] = [
        address
        for one in written[:50]
        if (address := try_address(one)) is not None and ip_address(address.ip).is_global
    ]
    finding.entities = tuple(public)
    finding.relationships = tuple(
        Relationship(RelationshipType.DISCOVERED, finding.target.key, address.key) for address in public
    )
