"""Products that are packages too: what OSV's advisories say of a technology, beside what its CPE name says.

Which package a product is, the table of products knows.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from chariot.errors import InvalidError
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import CONFIDENCE_CANNOT_TELL, Match, Probe, State
from chariot.modules.intel.cpe import ANY, NA, plain
from chariot.modules.intel.packages import Package, PackageMatch, match_package, matches_of, read_purl
from chariot.modules.intel.records import PackageAdvisory, PackageKey, ProductKey
from chariot.modules.intel.technology import Technology

_SETTLED: Final = frozenset({"version", "update", "edition", "advisory"})
"""What an advisory about the package may know where a CPE name does not tell: not on what it runs."""


class Packaged:
    """Which packages the products of a table are."""

    def __init__(self, aliases: Aliases) -> None:
        self._of_product: dict[ProductKey, tuple[PackageKey, ...]] = {}
        self._products: dict[PackageKey, list[ProductKey]] = {}
        for product, purls in aliases.purls():
            packages = tuple(dict.fromkeys(_packages(purls)))
            if packages:
                self._of_product[product] = packages
            for package in packages:
                self._products.setdefault(package, []).append(product)

    def packages(self, product: ProductKey) -> tuple[PackageKey, ...]:
        """Return the packages that *product* is."""
        return self._of_product.get(product, ())

    def products(self, package: PackageKey) -> tuple[ProductKey, ...]:
        """Return the products that *package* is."""
        return tuple(self._products.get(package, ()))


def _packages(purls: Iterable[str]) -> Iterator[PackageKey]:
    for purl in purls:
        try:
            yield read_purl(purl).key
        except InvalidError:
            # The table names packages of ecosystems, too, that nobody publishes advisories for.
            continue


def with_advisories(
    technology: Technology,
    matches: Sequence[Match],
    advisories: Sequence[tuple[PackageKey, PackageAdvisory]],
    *,
    not_affected: bool,
) -> tuple[Match, ...]:
    """Return *matches* with what *advisories* about its package say of *technology*, by CVE or advisory.

    Either source may find it affected. Where the CPE name cannot tell for want of a version or an update, an
    advisory that can decides; without *not_affected* what it finds free is left out. A build of a distribution
    is left to the advisories of that distribution.
    """
    if technology.distribution is not None:
        return tuple(matches)
    version = _version(technology)
    found = {match.cve: match for match in matches}
    for key, advisory in advisories:
        for answer in match_package(Package(key, version), [advisory], not_affected=True):
            for match in _matches(technology, key, answer, advisory):
                if _counts(match, found.get(match.cve), not_affected=not_affected):
                    found[match.cve] = match
    kept = (match for match in found.values() if not_affected or match.state is not State.NOT_AFFECTED)
    return tuple(sorted(kept, key=by_year))


def _version(technology: Technology) -> str:
    name = technology.cpe
    if name.version in {ANY, NA}:
        return ""
    update = "" if name.update in {ANY, NA} else f"-{plain(name.update)}"
    return plain(name.version) + update


def _matches(
    technology: Technology, key: PackageKey, answer: PackageMatch, advisory: PackageAdvisory
) -> Iterator[Match]:
    if technology.ceiling and _differs_below(plain(technology.cpe.version), advisory):
        answer = replace(
            answer,
            state=State.CANNOT_TELL,
            reason="the version is cut short: some of those that begin with it are affected",
            confidence=CONFIDENCE_CANNOT_TELL,
            probe=Probe("version", "find out the whole version from the package list"),
        )
    yield from matches_of(key, answer)


def _differs_below(version: str, advisory: PackageAdvisory) -> bool:
    """Tell whether *advisory* tells versions apart that begin with *version*."""
    start = f"{version}."
    return any(
        bound.removeprefix("v").startswith(start)
        for package in advisory.packages
        for bound in (*package.versions, *(v for one in package.ranges for _, v in one.events))
    )


def _counts(new: Match, old: Match | None, *, not_affected: bool) -> bool:
    if old is None:
        return not_affected or new.state is not State.NOT_AFFECTED
    if old.state is State.CANNOT_TELL:
        settles = old.probe is None or old.probe.kind in _SETTLED
        return settles and new.state is not State.CANNOT_TELL
    return old.state is State.NOT_AFFECTED and new.state is State.AFFECTED


def by_year(match: Match) -> tuple[bool, int, int, str]:
    """Order CVEs by year and number, other advisories after them by name."""
    parts = match.cve.split("-")
    if parts[0] == "CVE" and len(parts) == 3 and parts[1].isdigit() and parts[2].isdigit():
        return False, int(parts[1]), int(parts[2]), ""
    return True, 0, 0, match.cve
