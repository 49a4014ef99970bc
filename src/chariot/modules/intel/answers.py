"""What is told of one CVE in one technology, and the words it is told in."""

from enum import StrEnum
from typing import Final

import msgspec

from chariot.modules.intel.conditions import CompiledCve, Verdict
from chariot.modules.intel.cpe import plain
from chariot.modules.intel.criteria import YES, Criterion
from chariot.modules.intel.records import CveId
from chariot.modules.intel.technology import ATTRIBUTES, Technology

CONFIDENCE_EXACT: Final = 0.95
CONFIDENCE_RANGE: Final = 0.9
CONFIDENCE_UNBOUNDED: Final = 0.6
CONFIDENCE_NOT_AFFECTED: Final = 0.9
CONFIDENCE_CANNOT_TELL: Final = 0.5

MEANT: Final = -1
"""A `Ground`: the version is one that the criterion means."""
TOGETHER: Final = -2
"""A `Ground`: another product has to be there too."""
UNCLEAR: Final = -3
"""A `Ground`: no rule reads how the feed words the versions."""
Ground = int
"""What an answer about a known version rests on: one of the above, or the attribute (its place in `ATTRIBUTES`)
that decides and is not known."""


class State(StrEnum):
    """What is known about one CVE in one technology."""

    AFFECTED = "affected"
    NOT_AFFECTED = "not_affected"
    CANNOT_TELL = "cannot_tell"


class Probe(msgspec.Struct, frozen=True, gc=False):
    """The one thing to find out that would tell."""

    kind: str
    """`version`, `update`, `edition`, `platform`, `package` or `advisory`."""
    ask: str


class Match(msgspec.Struct, frozen=True, gc=False):
    """The answer for one CVE."""

    cve: CveId
    state: State
    reason: str
    confidence: float
    """0 to 1: how likely the state is right; even odds when it cannot be told."""
    criterion: str = ""
    """The CPE name and versions, as the feed has them, that decided."""
    probe: Probe | None = None


def ground_of(verdict: Verdict, cve: CompiledCve, technology: Technology) -> Ground:
    """Return what a *verdict* other than no rests on, that *cve* gave of a *technology* of known version."""
    criterion = verdict.criterion
    if verdict.truth == YES:
        return MEANT
    if criterion is None or criterion.product not in technology.names:
        return TOGETHER
    if criterion.match.unclear:
        return UNCLEAR
    open_ = criterion.unknown_attribute(technology, cve.lenient)
    return ATTRIBUTES.index(open_ or "edition")


def told(cve: str, ground: Ground, criterion: Criterion | None) -> Match:
    """Return the answer about a known version that rests on *ground*."""
    if ground == MEANT:
        return _told_affected(cve, criterion)
    if criterion is None:
        reason, probe = _needs("another product")
    elif ground == TOGETHER:
        reason, probe = _needs(criterion.named())
    elif ground == UNCLEAR:
        reason = "the feed names the product and words the versions in a way that no rule reads"
        probe = Probe("advisory", "read the CVE's references for the versions that are affected")
    else:
        name = ATTRIBUTES[ground]
        words = name.replace("_", " ")
        reason = f"the {words} is not known, and it decides: {criterion.describe()}"
        probe = Probe("update" if name == "update" else "edition", f"find out the {words}")
    return cannot_tell(cve, reason, probe, criterion)


def _needs(needed: str) -> tuple[str, Probe]:
    return (
        f"affected only together with {needed}, which is not known to be there",
        Probe("platform", f"find out whether it runs with {needed}"),
    )


def cannot_tell(cve: str, reason: str, probe: Probe, criterion: Criterion | None) -> Match:
    """Return the answer where *reason* keeps it open, and *probe* would tell."""
    return Match(cve, State.CANNOT_TELL, reason, CONFIDENCE_CANNOT_TELL, _written(criterion), probe)


def _told_affected(cve: str, criterion: Criterion | None) -> Match:
    if criterion is None or criterion.unbounded:
        confidence = CONFIDENCE_UNBOUNDED
    else:
        confidence = CONFIDENCE_RANGE if criterion.is_range else CONFIDENCE_EXACT
    words = criterion.describe() if criterion else "a combination of products that is here"
    return _listed(cve, words, confidence, _written(criterion))


def _listed(cve: str, words: str, confidence: float, criterion: str) -> Match:
    return Match(cve, State.AFFECTED, f"listed as affected: {words}", confidence, criterion)


def affected(cve: str, name: str, *, version: str = "", bounds: str = "") -> Match:
    """Return the answer for a *version* that *cve* lists, or for *bounds* in words, or for every version.

    *name* is the CPE name that the feed has.
    """
    if version:
        return _listed(cve, f"version {version}", CONFIDENCE_EXACT, name)
    if bounds:
        return _listed(cve, bounds, CONFIDENCE_RANGE, f"{name} ({bounds})")
    return _listed(cve, "every version", CONFIDENCE_UNBOUNDED, name)


def outside(cve: str) -> Match:
    """Return the answer for what *cve* does not name."""
    return Match(cve, State.NOT_AFFECTED, "outside all versions listed as affected", CONFIDENCE_NOT_AFFECTED)


def cut_short(cve: str, technology: Technology, criterion: Criterion | None) -> Match:
    """Return the answer for a version that stands for several, of which *cve* names some."""
    return cannot_tell(
        cve,
        f"the version is cut short: some of {plain(technology.cpe.version)}.* are listed as affected",
        Probe("version", "find out the whole version: a version page, an error page, or the package list"),
        criterion,
    )


def judged(cve: CompiledCve, technology: Technology, verdict: Verdict) -> Match:
    """Return the answer that a *verdict* other than no gives."""
    criterion = verdict.criterion
    distribution = technology.distribution
    if distribution is not None and verdict.truth == YES:
        reason = f"a {distribution.name} build: a distribution back-ports fixes without changing the version"
        return cannot_tell(cve.cve, reason, Probe("package", distribution.probe), criterion)
    ground = ground_of(verdict, cve, technology)
    if technology.key or ground < 0:
        return told(cve.cve, ground, criterion)
    listed = f": {criterion.describe()}" if criterion else ""
    return cannot_tell(
        cve.cve,
        f"the version is not known; listed as affected{listed}",
        Probe("version", "find out the exact version: a banner, a version page, or the package list"),
        criterion,
    )


def _written(criterion: Criterion | None) -> str:
    return criterion.written() if criterion is not None else ""
