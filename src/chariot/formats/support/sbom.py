"""What bills of materials have in common: components, and what is said of vulnerabilities in them."""

import re
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace
from packageurl import PackageURL

from chariot.format import Parsed
from chariot.formats.support.findings import Finding
from chariot.formats.support.record import Record
from chariot.formats.support.redaction import redacted
from chariot.formats.support.technologies import technology_of_cpe, technology_of_purl
from chariot.formats.support.values import line
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Technology
from chariot.model.kinds.work import Attribute, File
from chariot.model.relationships import Relationship, RelationshipType

COMPONENTS_LIMIT = 500_000
"""Components whose names are kept until a vulnerability refers to them."""

_BUILT = ("pkg:deb/", "pkg:rpm/", "pkg:apk/")

_GUESSING_TOOLS = ("syft", "grype")
"""They write a CPE for each package, made from its name; it is a candidate, not a fact."""


class Component(msgspec.Struct, frozen=True, gc=False):
    """One component by the names that evidence needs."""

    name: str = ""
    version: str = ""
    purl: str = ""

    @property
    def label(self) -> str:
        """What says best which component it is: its package URL, with the version that is told beside it."""
        if not self.purl:
            return f"{self.name}@{self.version}".rstrip("@")
        end = re.search(r"[?#]|$", self.purl)
        at = end.start() if end else len(self.purl)
        if not self.version or "@" in self.purl[:at].rpartition("/")[2]:
            return self.purl
        return f"{self.purl[:at]}@{quote(self.version, safe=':+~')}{self.purl[at:]}"

    def built_from(self, source: str, version: str = "") -> "Component":
        """Return it with the *source* package that a distribution built it from: advisories are about that.

        Its *version* is told where it is another one than that of what was built from it.
        """
        if not source or "upstream=" in self.purl or not self.purl.startswith(_BUILT):
            return self
        other = version and not self.purl.startswith("pkg:rpm/") and version != self._built
        if source == self.name and not other:
            return self
        told = f"{source}@{version}" if other else source
        head, fragment, path = self.purl.partition("#")
        mark = "&" if "?" in head else "?"
        return replace(self, purl=f"{head}{mark}upstream={quote(told, safe='')}{fragment}{path}")

    @property
    def _built(self) -> str:
        """The version that its package URL tells, with the epoch beside it; else the one it has by itself."""
        try:
            known = PackageURL.from_string(self.purl)
        except ValueError:
            return self.version
        epoch = known.qualifiers.get("epoch", "") if isinstance(known.qualifiers, dict) else ""
        return (f"{epoch}:{known.version}" if epoch else known.version) or self.version


def full_version(version: str, release: str, epoch: str) -> str:
    """Return a distribution's version of its parts, as its tools write it: `epoch:version-release`."""
    if not version:
        return ""
    return f"{epoch}:" * (epoch not in ("", "0")) + version + f"-{release}" * bool(release)


def guesses_cpes(tools: Any) -> bool:
    """Tell whether one of the tools that wrote a bill of materials makes CPEs up."""
    written = str(tools).lower()
    return any(tool in written for tool in _GUESSING_TOOLS)


def component_record(place: str, owner: File, component: Component, cpe: Any, *, trusted: bool) -> Parsed:
    """Return a component as the attribute `package` of *owner*, and as a Technology where one is known for sure.

    That is by its CPE where it is *trusted*, else by the product that its package URL is known to be.
    """
    record = Record(place)
    key = record.add(owner)
    known: Technology | None = (
        technology_of_cpe(cpe, component.name, component.version) if trusted and cpe else None
    ) or technology_of_purl(component.purl, component.version)
    if known is not None:
        record.has_technology(key, known)
    if component.label:
        record.attribute(key, "package", line(component.label, 1_000))
    return record.parsed()


def with_package(finding: Finding, purl: Any) -> None:
    """Say that the target of *finding* has the package, as its bill of materials would; nothing without an address."""
    label = redacted(line(purl, 1_000))
    if label.startswith("pkg:"):
        fact, relationship = _package(finding.target.key, label)
        finding.entities += (fact,)
        finding.relationships += (relationship,)


# Scanners name a package once for each of its weaknesses.
@lru_cache(maxsize=4_096)
def _package(owner: Key, label: str) -> tuple[Attribute, Relationship]:
    fact = Attribute(owner=owner, label="package", value=label)
    return fact, Relationship(RelationshipType.HAS_ATTRIBUTE, owner, fact.key)


def settled_of(state: Any) -> str:
    """Return how a VEX statement settles a finding, as a label; empty where it stays a risk.

    The states are those of CycloneDX, CSAF, OpenVEX and Dependency-Track, whatever their case and dashes.
    """
    word = line(state, 60).lower().replace("-", "_")
    match word:
        case "not_affected":
            return "not-affected"
        case "false_positive":
            return "false-positive"
        case "fixed" | "resolved" | "resolved_with_pedigree":
            return "fixed"
        case _:
            return ""
