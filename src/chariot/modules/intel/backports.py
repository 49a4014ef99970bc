"""What a distribution says of its own build: the answer that the upstream version cannot give.

A server's banner shows the upstream version and the distribution's revision (`OpenSSH_9.2p1
Debian-2+deb12u7`). A distribution names for each of its releases the revision that mends a CVE. Releases have
different upstream versions, so that a fix of the same upstream version is one of the same release.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from chariot.modules.intel.answers import CONFIDENCE_RANGE, Match, State
from chariot.modules.intel.cpe import ANY, NA, Cpe, plain
from chariot.modules.intel.orders import place
from chariot.modules.intel.records import AffectedPackage, PackageAdvisory

TRACKED: Final = ("Debian", "Ubuntu")
"""Distributions whose revision in a banner completes the version of the package."""
CONFIDENCE_TRACKER: Final = 0.9

_REVISION: Final = re.compile(r"(?:debian|ubuntu|raspbian)?[-_ ]?([0-9][0-9A-Za-z.+~]*)", re.IGNORECASE)
_EPOCH: Final = re.compile(r"^(\d{1,9}):")
_RELEASE: Final = re.compile(r"\+deb(\d+)u")


def package_version(cpe: Cpe, distribution: str) -> str:
    r"""Return the version of the distribution's package that *cpe* shows, without its epoch; or nothing.

    >>> from chariot.modules.intel.cpe import parse
    >>> name = r"cpe:2.3:a:openbsd:openssh:9.2:p1:*:*:*:*:*:debian_2\+deb12u7"
    >>> package_version(parse(name), "Debian")
    '9.2p1-2+deb12u7'
    """
    if distribution not in TRACKED or cpe.version in {ANY, NA}:
        return ""
    version = plain(cpe.version)
    if "-" in version:
        return version
    update = "" if cpe.update in {ANY, NA} else plain(cpe.update)
    match = _REVISION.fullmatch(plain(cpe.other))
    return f"{version}{update}-{match[1]}" if match else ""


def settle(
    matches: Iterable[Match], installed: str, advisories: Iterable[PackageAdvisory]
) -> tuple[Match, ...]:
    """Return *matches* with what the distribution's own *advisories* tell in place of "cannot tell"."""
    by_cve: dict[str, list[AffectedPackage]] = {}
    for advisory in advisories:
        for cve in advisory.cves:
            by_cve.setdefault(cve, []).extend(advisory.packages)
    return tuple(_settled(match, installed, by_cve) for match in matches)


def _settled(match: Match, installed: str, by_cve: Mapping[str, list[AffectedPackage]]) -> Match:
    if match.state is not State.CANNOT_TELL or match.probe is None or match.probe.kind != "package":
        return match
    told = {_told(installed, package) for package in by_cve.get(match.cve, ())} - {None}
    if len(told) != 1:
        # Nothing is said of this release, or its advisories contradict each other.
        return match
    state, words = told.pop() or (State.CANNOT_TELL, "")
    confidence = CONFIDENCE_TRACKER if state is State.NOT_AFFECTED else CONFIDENCE_RANGE
    return replace(match, state=state, reason=words, confidence=confidence, probe=None)


def _told(installed: str, package: AffectedPackage) -> tuple[State, str] | None:
    """Return what *package* of one release says of the *installed* version; None where it is another release."""
    for one in package.ranges:
        for kind, fixed in one.events:
            if kind != "fixed" or not _same_series(installed, fixed):
                continue
            epoch = _EPOCH.match(fixed)
            here = place(package.ecosystem, f"{epoch[1]}:{installed}" if epoch else installed)
            there = place(package.ecosystem, fixed)
            if here is None or there is None:
                return None
            if here < there:
                return State.AFFECTED, f"{package.ecosystem} mends it in {fixed}, installed is {installed}"
            return State.NOT_AFFECTED, f"{package.ecosystem} mended it in {fixed}, installed is {installed}"
    return None


def _same_series(installed: str, fixed: str) -> bool:
    ours, theirs = _RELEASE.search(installed), _RELEASE.search(fixed)
    if ours and theirs and ours[1] != theirs[1]:
        return False
    return _upstream(installed) == _upstream(_EPOCH.sub("", fixed))


def _upstream(version: str) -> str:
    return version.rpartition("-")[0]
