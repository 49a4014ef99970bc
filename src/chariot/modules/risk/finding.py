"""What the correlator says of one target: its risks, and what cannot be told, in words."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Final

import msgspec

from chariot.errors import InvalidError
from chariot.model.evidence import Evidence, KeyValues
from chariot.model.keys import Key
from chariot.model.kinds.weakness import Risk, Technology, Vulnerability
from chariot.model.kinds.work import Attribute
from chariot.model.records import Edge
from chariot.modules.intel.cpe import Cpe, parse
from chariot.modules.intel.matching import Match

CANNOT_TELL: Final = "cannot-tell"
"""Label of the attribute that says which CVEs a target may have, and what would tell."""
CVES_IN_ONE: Final = 100
"""So many CVE ids stand in one attribute; more make a second one."""
EVIDENCE_LIMIT: Final = 20
MATCHED: Final = "Matched against the feeds"
"""Title of the evidence that says which product and version met which range."""

_TOGETHER: Final = timedelta(seconds=60)
"""Sightings of one run are at most so far apart."""
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
"""Part, vendor and product of a CPE name."""


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


class Affected(msgspec.Struct, frozen=True):
    """One CVE that affects one technology at a target."""

    installed: Installed
    match: Match


def installed(pairs: Iterable[tuple[Edge, Technology]]) -> tuple[Installed, ...]:
    """Return what runs at a target now.

    A version that the same capability has since found replaced is no longer there, and a product whose version
    somebody saw is not also there without one.

    Raises:
        InvalidError: a CPE name cannot be read.
    """
    every: dict[Product, list[Installed]] = {}
    for edge, technology in sorted(pairs, key=lambda pair: pair[1].key):
        one = Installed(technology, edge, parse(technology.cpe))
        every.setdefault(one.product, []).append(one)
    return tuple(
        one
        for same in every.values()
        for one in same
        if not any(_replaces(other, one) for other in same if other is not one)
    )


def _replaces(newer: Installed, older: Installed) -> bool:
    if newer.versioned and not older.versioned:
        return True
    later = newer.edge.last_seen - older.edge.last_seen > _TOGETHER
    return later and not set(newer.edge.origins).isdisjoint(older.edge.origins)


def risk_at(target: Key, affected: Sequence[Affected], vulnerability: Vulnerability) -> Risk:
    """Return the risk of one CVE at *target*, with all that shows it; *affected* is in the order of the keys."""
    best = max(affected, key=lambda one: one.match.confidence)
    name = best.installed.technology.name
    return Risk(
        target=target,
        weakness=vulnerability.id,
        title=f"{name}: {vulnerability.title or vulnerability.id}"[:500],
        severity=vulnerability.severity,
        confidence=round(100 * best.match.confidence),
        remediation=remediation(best.installed.technology, best.match),
        evidence=_evidence(affected),
    )


def _evidence(affected: Sequence[Affected]) -> tuple[Evidence, ...]:
    matched: list[Evidence] = []
    seen: list[Evidence] = []
    for one in affected:
        technology = one.installed.technology
        values = {
            "product": technology.product or one.installed.cpe.product,
            "version": technology.version or "not known",
            "cpe": technology.cpe,
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
                cpe = parse(one.values.get("cpe", ""))
            except InvalidError:
                # Evidence may come from an importer too, and need not hold a name that can be read.
                continue
            yield cpe.part, cpe.vendor, cpe.product


def _distinct(evidence: Iterable[Evidence]) -> Iterator[Evidence]:
    seen: set[bytes] = set()
    for one in evidence:
        form = msgspec.json.encode(one)
        if form not in seen:
            seen.add(form)
            yield one


def remediation(technology: Technology, match: Match) -> str:
    """Return what to do, with the first mended version where the feed names one."""
    product = technology.product or parse(technology.cpe).product.replace("_", " ")
    if fixed := _BEFORE.search(match.criterion):
        return f"Update {product} to {fixed[1]} or later."
    if last := _UP_TO.search(match.criterion):
        return f"Update {product} to a version after {last[1]}."
    return f"Update {product} to its newest version; the feed names no first mended one."


def open_questions(target: Key, unknown: Iterable[tuple[Installed, Match]]) -> Iterator[Attribute]:
    """Yield what cannot be told at *target*: for each technology and probe, the CVEs that it would settle."""
    by_probe: dict[tuple[str, str, str], set[str]] = {}
    for one, match in unknown:
        kind, ask = (match.probe.kind, match.probe.ask) if match.probe else ("", match.reason)
        by_probe.setdefault((one.technology.name, kind, ask), set()).add(match.cve)
    for (name, kind, ask), cves in sorted(by_probe.items()):
        why = f" ({_WHY[kind]})" if kind in _WHY else ""
        ids = sorted(cves)
        for start in range(0, len(ids), CVES_IN_ONE):
            value = f"{', '.join(ids[start : start + CVES_IN_ONE])}: cannot tell for {name}{why}; {ask}"
            yield Attribute(owner=target, label=CANNOT_TELL, value=value[:4_096])
