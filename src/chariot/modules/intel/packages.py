"""Which advisories are about a package: affected, not affected, or cannot tell.

Source: the evaluation of the OSV schema, https://ossf.github.io/osv-schema/#evaluation
"""

from collections.abc import Iterable
from typing import Final

import msgspec
from packageurl import PackageURL

from chariot.errors import InvalidError
from chariot.modules.intel.matching import (
    CONFIDENCE_CANNOT_TELL,
    CONFIDENCE_EXACT,
    CONFIDENCE_NOT_AFFECTED,
    CONFIDENCE_RANGE,
    Probe,
    State,
)
from chariot.modules.intel.orders import Placed, place
from chariot.modules.intel.records import AffectedPackage, PackageAdvisory, PackageKey, PackageRange

_ECOSYSTEMS: Final = {
    "npm": "npm",
    "pypi": "PyPI",
    "maven": "Maven",
    "gem": "RubyGems",
    "golang": "Go",
    "cargo": "crates.io",
    "nuget": "NuGet",
    "composer": "Packagist",
    "hex": "Hex",
    "pub": "Pub",
    "swift": "SwiftURL",
    "githubactions": "GitHub Actions",
}
"""The ecosystem of OSV for each type of a package URL."""
_DISTRIBUTIONS: Final = {
    ("deb", "debian"): "Debian",
    ("deb", "ubuntu"): "Ubuntu",
    ("apk", "alpine"): "Alpine",
    ("apk", "wolfi"): "Wolfi",
    ("apk", "chainguard"): "Chainguard",
    ("rpm", "redhat"): "Red Hat",
    ("rpm", "rocky"): "Rocky Linux",
    ("rpm", "rocky-linux"): "Rocky Linux",
    ("rpm", "almalinux"): "AlmaLinux",
    ("rpm", "suse"): "SUSE",
    ("rpm", "opensuse"): "openSUSE",
    ("rpm", "openeuler"): "openEuler",
    ("rpm", "mageia"): "Mageia",
}
_JOINED_BY: Final = {"maven": ":"}
MAX_PURL: Final = 2_048


class Package(msgspec.Struct, frozen=True):
    """One version of one package, as a package URL names it."""

    key: PackageKey
    version: str
    """Empty when it is not known."""


class PackageMatch(msgspec.Struct, frozen=True):
    """The answer for one advisory."""

    advisory: str
    cves: tuple[str, ...]
    state: State
    reason: str
    confidence: float
    fixed: str = ""
    """The first version after this one that mends it, where the advisory names one."""
    probe: Probe | None = None


def read_purl(text: str) -> Package:
    """Return the package that the package URL *text* names, in the ecosystem that OSV keeps it in.

    Raises:
        InvalidError: it is no package URL, or of an ecosystem that no advisories are known for.
    """
    if len(text) > MAX_PURL:
        raise InvalidError(f"a package URL has at most {MAX_PURL} characters", place="purl")
    try:
        purl = PackageURL.from_string(text)
    except ValueError as error:
        raise InvalidError(f"not a package URL: {text[:100]!r}", place="purl") from error
    qualifiers = purl.qualifiers if isinstance(purl.qualifiers, dict) else {}
    name, namespace = purl.name, purl.namespace or ""
    if ecosystem := _ECOSYSTEMS.get(purl.type):
        whole = f"{namespace}{_JOINED_BY.get(purl.type, '/')}{name}" if namespace else name
        return Package(PackageKey(ecosystem, whole), purl.version or "")
    if distribution := _DISTRIBUTIONS.get((purl.type, namespace)):
        version = purl.version or ""
        if epoch := qualifiers.get("epoch"):
            version = f"{epoch}:{version}"
        release = _release(distribution, qualifiers.get("distro", ""))
        # Advisories of distributions are about source packages.
        source = (qualifiers.get("upstream") or name).partition("@")[0]
        return Package(PackageKey(f"{distribution}:{release}" if release else distribution, source), version)
    raise InvalidError(f"no advisories are known for packages of {purl.type}", place="purl")


def _release(distribution: str, distro: str) -> str:
    number = distro.rpartition("-")[2]
    if not number.replace(".", "").isdecimal():
        return ""
    if distribution == "Debian":
        return number.partition(".")[0]
    return f"v{'.'.join(number.split('.')[:2])}" if distribution == "Alpine" else number


def match_package(
    package: Package, advisories: Iterable[PackageAdvisory], *, not_affected: bool = False
) -> tuple[PackageMatch, ...]:
    """Return an answer for each of *advisories* that affects *package* or may; with *not_affected* for all."""
    answers = (_answer(package, advisory) for advisory in advisories)
    return tuple(answer for answer in answers if not_affected or answer.state is not State.NOT_AFFECTED)


def _answer(package: Package, advisory: PackageAdvisory) -> PackageMatch:
    if not package.version:
        probe = Probe("version", "find out the installed version from the package list")
        return _open(advisory, "the version is not known", probe)
    states = [_one(package.version, one) for one in advisory.packages]
    affected = [answer for answer in states if answer[0] is State.AFFECTED]
    # Several releases of a distribution may stand there; without the release they must agree.
    if affected and (len(affected) == len(states) or _same_release(advisory.packages)):
        _, reason, fixed = affected[0]
        exact = "named" in reason
        confidence = CONFIDENCE_EXACT if exact else CONFIDENCE_RANGE
        return PackageMatch(advisory.id, advisory.cves, State.AFFECTED, reason, confidence, fixed)
    if affected:
        probe = Probe("platform", "find out the release of the distribution")
        return _open(advisory, "affected in some releases of the distribution only", probe)
    if unclear := [reason for state, reason, _ in states if state is State.CANNOT_TELL]:
        return _open(advisory, unclear[0], Probe("version", "compare the version with the advisory by hand"))
    return PackageMatch(
        advisory.id,
        advisory.cves,
        State.NOT_AFFECTED,
        "outside all versions that the advisory names",
        CONFIDENCE_NOT_AFFECTED,
    )


def _open(advisory: PackageAdvisory, reason: str, probe: Probe) -> PackageMatch:
    return PackageMatch(
        advisory.id, advisory.cves, State.CANNOT_TELL, reason, CONFIDENCE_CANNOT_TELL, probe=probe
    )


def _same_release(packages: Iterable[AffectedPackage]) -> bool:
    return len({package.ecosystem for package in packages}) == 1


_Answer = tuple[State, str, str]


def _one(version: str, package: AffectedPackage) -> _Answer:
    if version in package.versions:
        return State.AFFECTED, f"version {version} is named as affected", _fix_after(version, package)
    ranges = [one for one in package.ranges if one.type != "GIT"]
    at = place(package.ecosystem, version)
    if ranges and at is None:
        return State.CANNOT_TELL, f"{version[:80]} has no place in the order of {package.ecosystem}", ""
    if not ranges and not package.versions:
        return State.CANNOT_TELL, "the advisory tells commits and no versions", ""
    for one in ranges:
        found = in_range(at, one, package.ecosystem) if at is not None else None
        if found is None:
            return State.CANNOT_TELL, "a bound of the advisory has no place in the order of its ecosystem", ""
        if found:
            return State.AFFECTED, _words(one), _fix_after(version, package)
    return State.NOT_AFFECTED, "", ""


def in_range(at: Placed, one: PackageRange, ecosystem: str) -> bool | None:
    """Tell whether the version *at* is in the range *one*; None where a bound has no place in the order."""
    events: list[tuple[Placed | None, str]] = []
    for kind, version in one.events:
        if kind == "limit":
            if version != "*" and ((limit := place(ecosystem, version)) is None or not at < limit):
                return None if limit is None else False
            continue
        # "0" stands before all versions.
        bound = None if kind == "introduced" and version == "0" else place(ecosystem, version)
        if bound is None and version != "0":
            return None
        events.append((bound, kind))
    affected = False
    first = [kind for bound, kind in events if bound is None]
    # Of two events at one version the mending one counts: what is introduced and fixed there is not there.
    placed = sorted(
        ((b, k) for b, k in events if b is not None), key=lambda event: (event[0], event[1] == "fixed")
    )
    if first:
        affected = first[-1] == "introduced"
    for bound, event in placed:
        if bound < at or (bound == at and event != "last_affected"):
            affected = event == "introduced"
    return affected


def _words(one: PackageRange) -> str:
    names = {"introduced": "from", "fixed": "before", "last_affected": "up to", "limit": "below"}
    return "affected: " + ", ".join(
        f"{names[kind]} {version}" for kind, version in one.events if version != "0"
    )


def _fix_after(version: str, package: AffectedPackage) -> str:
    at = place(package.ecosystem, version)
    fixes = [v for one in package.ranges for kind, v in one.events if kind == "fixed"]
    placed = [(bound, fix) for fix in fixes if (bound := place(package.ecosystem, fix)) is not None]
    later = [(bound, fix) for bound, fix in placed if at is not None and at < bound]
    return min(later, key=lambda one: one[0])[1] if later else ""
