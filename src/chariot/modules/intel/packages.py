"""Which advisories are about a package: affected, not affected, or cannot tell.

Source: the evaluation of the OSV schema, https://ossf.github.io/osv-schema/#evaluation
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec
from packageurl import PackageURL

from chariot.errors import InvalidError
from chariot.modules.intel.answers import (
    CONFIDENCE_CANNOT_TELL,
    CONFIDENCE_EXACT,
    CONFIDENCE_NOT_AFFECTED,
    CONFIDENCE_RANGE,
    Match,
    Probe,
    State,
)
from chariot.modules.intel.binaries import likely_sources, source_of
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
    "github": "GitHub Actions",
    "bitnami": "Bitnami",
    "julia": "Julia",
    "conan": "ConanCenter",
    "cran": "CRAN",
    "bioconductor": "Bioconductor",
    "hackage": "Hackage",
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
    ("rpm", "photon"): "Photon OS",
    ("rpm", "azurelinux"): "Azure Linux",
    ("apk", "minimos"): "MinimOS",
}
_JOINED_BY: Final = {"maven": ":"}
_CASELESS: Final = frozenset({"NuGet", "Packagist", "GitHub Actions", "Bitnami"})
_SEPARATORS: Final = re.compile(r"[-_.]+")
_BUILD: Final = re.compile(r"-\d+$")
_SOURCE_RPM: Final = re.compile(r"(?P<name>.+)-[^-]+-[^-]+\.src\.rpm")
_RELEASES: Final = {
    "Debian": "{major}",
    "Ubuntu": "{minor}",
    "Alpine": "v{minor}",
    "Red Hat": "enterprise_linux:{major}",
    "Rocky Linux": "{major}",
    "AlmaLinux": "{major}",
    "Mageia": "{major}",
    "openSUSE": "Leap {minor}",
    "Photon OS": "{minor}",
    "Azure Linux": "{major}",
}
"""How OSV writes the release of a distribution; others have none, or one in words that no package URL holds."""
_CODE_NAMES: Final = {
    "buster": "10",
    "bullseye": "11",
    "bookworm": "12",
    "trixie": "13",
    "bionic": "18.04",
    "focal": "20.04",
    "jammy": "22.04",
    "noble": "24.04",
}
MAX_PURL: Final = 2_048


class Package(msgspec.Struct, frozen=True):
    """One version of one package, as a package URL names it."""

    key: PackageKey
    version: str
    """Empty when it is not known."""
    also: tuple[PackageKey, ...] = ()
    """Other names that advisories may know it by: some are about what is built, some about its source."""

    likely: tuple[PackageKey, ...] = ()
    """What its source may be called, where that is not known."""

    @property
    def keys(self) -> tuple[PackageKey, ...]:
        """Every name that advisories may know it by."""
        return (self.key, *self.also, *self.likely)


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
        version = purl.version or ""
        if ecosystem == "Bitnami":
            # How often Bitnami built it says nothing about what is in it, and advisories leave it out.
            version = _BUILD.sub("", version)
        return Package(PackageKey(ecosystem, canonical_name(ecosystem, whole)), version)
    if distribution := _DISTRIBUTIONS.get((purl.type, namespace)):
        return _of_distribution(distribution, purl.type, name, purl.version or "", qualifiers)
    raise InvalidError(f"no advisories are known for packages of {purl.type}", place="purl")


def _of_distribution(
    distribution: str, form: str, name: str, version: str, qualifiers: Mapping[str, str]
) -> Package:
    if version and (epoch := qualifiers.get("epoch")):
        version = f"{epoch}:{version}"
    release = release_of(distribution, qualifiers.get("distro", ""))
    ecosystem = f"{distribution}:{release}" if release else distribution
    upstream, _, upstream_version = qualifiers.get("upstream", "").partition("@")
    if form == "rpm":
        # Some distributions write about what is built, others about its source.
        source = match["name"] if (match := _SOURCE_RPM.fullmatch(upstream)) else upstream
        also = (PackageKey(ecosystem, source),) if source and source != name else ()
        return Package(PackageKey(ecosystem, name), version, also)
    if form == "deb" and not upstream:
        upstream = source_of(name)
        if not upstream:
            likely = tuple(PackageKey(ecosystem, source) for source in likely_sources(name))
            return Package(PackageKey(ecosystem, name), version, likely=likely)
    return Package(PackageKey(ecosystem, upstream or name), upstream_version or version)


def canonical_name(ecosystem: str, name: str) -> str:
    """Return *name* as it is looked up: in some ecosystems one package is written in many ways.

    Source: PEP 503 for PyPI, the purl specification's types for the others.
    """
    if ecosystem == "PyPI":
        return _SEPARATORS.sub("-", name).lower()
    return name.lower() if ecosystem in _CASELESS else name


def release_of(distribution: str, distro: str) -> str:
    """Return the release that the qualifier *distro* names, as OSV writes it; nothing when it cannot be told."""
    word = distro.lower().rpartition("-")[2]
    number = _CODE_NAMES.get(word, word)
    if not number.replace(".", "").isdecimal():
        return "Tumbleweed" if distribution == "openSUSE" and "tumbleweed" in distro.lower() else ""
    if distribution == "openSUSE" and "leap" not in distro.lower():
        return ""
    major, minor = number.partition(".")[0], ".".join(number.split(".")[:2])
    return _RELEASES.get(distribution, "").format(major=major, minor=minor)


def match_known(
    package: Package, known: Mapping[PackageKey, tuple[PackageAdvisory, ...]], *, not_affected: bool = False
) -> tuple[PackageMatch, ...]:
    """Return what the advisories *known* by name say of *package*; see `match_package`.

    Where they know only what its source may be called, they cannot tell.
    """
    certain = [advisory for key in (package.key, *package.also) for advisory in known.get(key, ())]
    if certain:
        return match_package(package, certain, not_affected=not_affected)
    probe = Probe(
        "package", "find out which source package it is built from: dpkg-query -W -f '${source:Package}'"
    )
    return tuple(
        msgspec.structs.replace(
            answer,
            state=State.CANNOT_TELL,
            reason=f"if it is built from {key.name}, which is not known: {answer.reason}",
            confidence=CONFIDENCE_CANNOT_TELL,
            probe=probe,
        )
        for key in package.likely
        for answer in match_package(package, known.get(key, ()))
    )


def match_package(
    package: Package, advisories: Iterable[PackageAdvisory], *, not_affected: bool = False
) -> tuple[PackageMatch, ...]:
    """Return an answer for each of *advisories* that affects *package* or may; with *not_affected* for all.

    What one advisory says of several releases, or of several names of the package, is answered together.
    """
    together: dict[str, PackageAdvisory] = {}
    for advisory in advisories:
        known = together.get(advisory.id)
        together[advisory.id] = (
            advisory
            if known is None
            else msgspec.structs.replace(known, packages=known.packages + advisory.packages)
        )
    answers = (_answer(package, advisory) for advisory in together.values())
    return tuple(answer for answer in answers if not_affected or answer.state is not State.NOT_AFFECTED)


def matches_of(key: PackageKey, answer: PackageMatch) -> Iterator[Match]:
    """Yield *answer* for each CVE that the advisory is about; under its own id where it has none."""
    criterion = f"{key.ecosystem} {key.name}" + (f" (before {answer.fixed})" if answer.fixed else "")
    reason = f"{answer.advisory}: {answer.reason}"
    for weakness in answer.cves or (answer.advisory,):
        yield Match(weakness, answer.state, reason, answer.confidence, criterion, answer.probe)


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
