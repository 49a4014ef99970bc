"""What the correlator says of one target: its risks, and what cannot be told, in words."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chariot.errors import InvalidError
from chariot.model.evidence import Evidence, KeyValues
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk, Technology, Vulnerability
from chariot.model.kinds.work import Attribute
from chariot.model.records import Edge
from chariot.modules.intel.answers import Match
from chariot.modules.intel.cpe import Cpe, parse
from chariot.modules.intel.packages import Package, read_purl

CANNOT_TELL: Final = "cannot-tell"
"""Label of the attribute that says which CVEs a target may have, and what would tell."""
CVES_IN_ONE: Final = 100
"""So many CVE ids stand in one attribute; more make a second one."""
EVIDENCE_LIMIT: Final = 20
PACKAGE: Final = "package"
"""Label of the attribute that names a package which a target holds, as a package URL."""
MATCHED: Final = "Matched against the feeds"
"""Title of the evidence that says which product and version met which range."""

_TOGETHER: Final = timedelta(seconds=60)
"""Sightings of one run are at most so far apart."""
_PURL: Final = "purl"
"""Where evidence holds the package URL of what was matched."""
_BEFORE = re.compile(r"\bbefore ([^\s,()]+)")
_UP_TO = re.compile(r"\bup to ([^\s,()]+)")
_WHY: Final = {
    "package": "a distribution mends its packages without changing the version",
    "version": "the version is not known",
    "update": "the update level is not known",
    "edition": "the edition is not known",
    "platform": "it takes something else beside it that is not known to be there",
}


Product = tuple[str, str, str]
"""Part, vendor and product of a CPE name; of a package `package`, its ecosystem and its name."""


class Installed(msgspec.Struct, frozen=True):
    """A technology at a target, and what shows it."""

    technology: Technology
    edge: Edge
    cpe: Cpe

    @property
    def product(self) -> Product:
        """Whose version it is, whatever the version."""
        return self.cpe.part, self.cpe.vendor, self.cpe.product

    @property
    def versioned(self) -> bool:
        """Whether a version is known."""
        return self.cpe.version not in ("*", "-")

    @property
    def name(self) -> str:
        """Product and version, as people say it."""
        return self.technology.name

    @property
    def called(self) -> str:
        """The product, as people say it."""
        return self.technology.product or self.cpe.product.replace("_", " ")

    @property
    def facts(self) -> dict[str, str]:
        """What was matched, for evidence; `matched_products` reads it."""
        return {
            "product": self.technology.product or self.cpe.product,
            "version": self.technology.version or "not known",
            "cpe": self.technology.cpe,
        }


class InstalledPackage(msgspec.Struct, frozen=True):
    """A package that a bill of materials lists at a target."""

    purl: str
    edge: Edge
    package: Package

    @property
    def product(self) -> Product:
        """See `Installed.product`; of a distribution's package whatever the release."""
        ecosystem, name = self.package.key
        return PACKAGE, ecosystem.partition(":")[0], name

    @property
    def versioned(self) -> bool:
        """Whether a version is known."""
        return bool(self.package.version)

    @property
    def name(self) -> str:
        """Package and version."""
        return f"{self.called} {self.package.version}".rstrip()

    @property
    def called(self) -> str:
        """The package without its version."""
        return self.package.key.name

    @property
    def facts(self) -> dict[str, str]:
        """See `Installed.facts`."""
        return {
            "product": self.called,
            "version": self.package.version or "not known",
            _PURL: self.purl,
        }


Present = Installed | InstalledPackage


class Affected(msgspec.Struct, frozen=True):
    """One CVE that affects one technology or package at a target."""

    installed: Present
    match: Match


def read_present(edge: Edge, entity: Technology | Attribute) -> Present:
    """Return the technology, or the package that an attribute names, as matching takes it.

    Raises:
        InvalidError: its CPE name or package URL cannot be read, or no advisories exist for such packages.
    """
    if isinstance(entity, Attribute):
        return InstalledPackage(entity.value, edge, read_purl(entity.value))
    return Installed(entity, edge, parse(entity.cpe))


def present_now(every: Iterable[Present]) -> tuple[Present, ...]:
    """Return those of *every* that are at a target now.

    A version that the same capability has since found replaced is no longer there, and a product whose version
    somebody saw is not also there without one.
    """
    by_product: dict[Product, list[Present]] = {}
    for one in sorted(every, key=lambda one: one.edge.target):
        by_product.setdefault(one.product, []).append(one)
    return tuple(one for same in by_product.values() for one in _standing(same))


def _standing(same: Sequence[Present]) -> Iterator[Present]:
    """Yield those of the *same* product that nothing replaces."""
    versioned = any(one.versioned for one in same)
    newest: dict[str, datetime] = {}
    for one in same:
        for origin in one.edge.origins:
            newest[origin] = max(newest.get(origin, one.edge.last_seen), one.edge.last_seen)
    for one in same:
        later = any(newest[origin] - one.edge.last_seen > _TOGETHER for origin in one.edge.origins)
        if not later and (one.versioned or not versioned):
            yield one


def risk_at(target: Key, affected: Sequence[Affected], vulnerability: Vulnerability) -> Risk:
    """Return the risk of one CVE at *target*, with all that shows it; *affected* is in the order of the keys."""
    best = max(affected, key=lambda one: one.match.confidence)
    name = best.installed.name
    return Risk(
        target=target,
        weakness=vulnerability.id,
        title=f"{name}: {vulnerability.title or vulnerability.id}"[:500],
        severity=vulnerability.severity,
        confidence=round(100 * best.match.confidence),
        remediation=remediation(best.installed, best.match),
        evidence=_evidence(affected),
    )


def _evidence(affected: Sequence[Affected]) -> tuple[Evidence, ...]:
    matched: list[Evidence] = []
    seen: list[Evidence] = []
    for one in affected:
        values = {
            **one.installed.facts,
            "matched": one.match.criterion,
            "reason": one.match.reason,
        }
        matched.append(KeyValues(title=MATCHED, values=values))
        seen.extend(one.installed.edge.evidence)
    return (*matched, *_distinct(seen))[:EVIDENCE_LIMIT]


def matched_products(risk: Risk) -> Iterator[Product]:
    """Yield the products that *risk* was found in, told by its own evidence."""
    for one in risk.evidence:
        if isinstance(one, KeyValues) and one.title == MATCHED:
            try:
                yield _product_in(one.values)
            except InvalidError:
                # Evidence may come from an importer too, and need not hold a name that can be read.
                continue


def _product_in(values: Mapping[str, str]) -> Product:
    if purl := values.get(_PURL):
        ecosystem, name = read_purl(purl).key
        return PACKAGE, ecosystem.partition(":")[0], name
    cpe = parse(values.get("cpe", ""))
    return cpe.part, cpe.vendor, cpe.product


def _distinct(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    seen: set[bytes] = set()
    for one in evidence:
        form = msgspec.json.encode(one)
        if form not in seen:
            seen.add(form)
            yield one


def remediation(found: Present, match: Match) -> str:
    """Return what to do, with the first mended version where the feed names one."""
    product = found.called
    if fixed := _BEFORE.search(match.criterion):
        return f"Update {product} to {fixed[1]} or later."
    if last := _UP_TO.search(match.criterion):
        return f"Update {product} to a version after {last[1]}."
    return f"Update {product} to its newest version; the feed names no first mended one."


def open_questions(target: Key, unknown: Iterable[tuple[Present, Match]]) -> Iterator[Attribute]:
    """Yield what cannot be told at *target*: for each technology and probe, the CVEs that it would settle."""
    by_probe: dict[tuple[str, str, str], set[str]] = {}
    for one, match in unknown:
        kind, ask = (match.probe.kind, match.probe.ask) if match.probe else ("", match.reason)
        by_probe.setdefault((one.name, kind, ask), set()).add(match.cve)
    for (name, kind, ask), cves in sorted(by_probe.items()):
        why = f" ({_WHY[kind]})" if kind in _WHY else ""
        ids = sorted(cves)
        for start in range(0, len(ids), CVES_IN_ONE):
            value = f"{', '.join(ids[start : start + CVES_IN_ONE])}: cannot tell for {name}{why}; {ask}"
            yield Attribute(owner=target, label=CANNOT_TELL, value=value[:4_096])
