"""Criteria compiled for matching: what a technology's version and attributes say to one CPE match.

Truth has three values, and they are ordered, so that AND is the least, OR the greatest:
NO < UNKNOWN < YES.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from chariot.modules.intel import versions
from chariot.modules.intel.cpe import ANY, NA, Cpe, parse, plain
from chariot.modules.intel.cpe_relation import has_wildcard, wildcard_pattern
from chariot.modules.intel.records import CpeMatch, ProductKey
from chariot.modules.intel.technology import ATTRIBUTES, Technology

NO: Final = 0
UNKNOWN: Final = 1
YES: Final = 2

NO_ATTRIBUTES: Final = ":*" * len(ATTRIBUTES)
"""How a name ends that narrows nothing but the version."""

_UPDATE: Final = ATTRIBUTES.index("update")
_SW_EDITION: Final = ATTRIBUTES.index("sw_edition")
_NO_MORE_THAN_UPDATE: Final = NO_ATTRIBUTES[:-2]
_NO_BOUNDS: Final = (None, None, None, None)
_NO_VERSIONS: Final = frozenset((ANY, NA))
_UNUSUAL: Final = re.compile(r"[\\*?]")


class Criterion:
    """One CPE match with its version bounds as sort keys."""

    __slots__ = (
        "attributes",
        "base",
        "cpe",
        "full",
        "high",
        "high_included",
        "is_range",
        "low",
        "low_included",
        "match",
        "product",
        "unbounded",
        "version_pattern",
    )

    def __init__(self, match: CpeMatch) -> None:
        self.match = match
        self.cpe: Cpe = parse(match.cpe)
        self.product = ProductKey(self.cpe.part, self.cpe.vendor, self.cpe.product)
        order = versions.order_for(self.cpe.part, self.cpe.product)
        low = match.start_including or match.start_excluding
        high = match.end_including or match.end_excluding
        self.low = order(plain(low)) if low else b""
        self.high = order(plain(high)) if high else b""
        self.low_included = match.start_including is not None
        self.high_included = match.end_including is not None
        self.is_range = bool(low or high)
        # A device has no version of its own: "not applicable" means it whatever is known of it.
        of_any_version = self.cpe.version == ANY or (self.cpe.version == NA and self.cpe.part == "h")
        self.unbounded = not self.is_range and of_any_version
        self.attributes = () if match.cpe.endswith(NO_ATTRIBUTES) else _attributes(self.cpe)
        self.base = self.full = b""
        self.version_pattern: re.Pattern[str] | None = None
        if not self.is_range and not self.unbounded:
            self._take_version(order)

    def _take_version(self, order: Callable[[str], bytes]) -> None:
        version, update = plain(self.cpe.version), self.cpe.update
        self.base = order(version)
        self.full = self.base if update in {ANY, NA} else order(f"{version}-{plain(update)}")
        if has_wildcard(self.cpe.version):
            self.version_pattern = wildcard_pattern(self.cpe.version)

    @property
    def host(self) -> str | None:
        """The host system that is the only attribute it names; nothing when it names none, None for others."""
        if not self.attributes:
            return ""
        only = len(self.attributes) == 1 and ATTRIBUTES[self.attributes[0][0]] == "target_sw"
        host = self.attributes[0][1]
        return host if only and host != NA and not has_wildcard(host) else None

    @property
    def _names_edition(self) -> bool:
        return any(index == _SW_EDITION for index, _ in self.attributes)

    @property
    def is_exact(self) -> bool:
        """Whether it names one version, and nothing but its update beside it."""
        return (
            not self.is_range
            and not self.unbounded
            and self.version_pattern is None
            and self.cpe.version != NA
            and all(index == _UPDATE for index, _ in self.attributes)
        )

    def truth(self, technology: Technology, lenient: "Leniency") -> int:
        """Return whether *technology*, which has one of the criterion's product names, meets it."""
        if self.full and self.full == technology.key and self.is_exact and self.cpe.update != NA:
            return YES
        result = self._version_truth(technology)
        if technology.line and not self._names_edition and lenient.tells_apart(technology.line):
            # What a CVE says of long-term support by itself, it does not say again with the other releases.
            return NO
        for index, value in self.attributes:
            if result == NO:
                return NO
            result = min(result, self._attribute_truth(index, value, technology.attributes[index], lenient))
        return result

    def _version_truth(self, technology: Technology) -> int:
        if self.match.unclear:
            return UNKNOWN
        if self.unbounded or self._means_any_version:
            return YES
        if not technology.key:
            return YES if technology.cpe.version == NA == self.cpe.version else UNKNOWN
        return YES if self._holds(technology) else NO

    def _holds(self, technology: Technology) -> bool:
        """Tell whether the version of *technology*, which is known, is meant."""
        if self.is_range:
            return self._in_range(technology)
        if self.version_pattern is not None:
            return self.version_pattern.fullmatch(technology.cpe.version) is not None
        return not self.names_no_version and self.base in (technology.base, technology.key)

    @property
    def names_no_version(self) -> bool:
        """Whether it means the product where it has no version: no known one meets it."""
        return self.cpe.version == NA and not self.is_range and not self.unbounded and not self.match.unclear

    @property
    def _means_any_version(self) -> bool:
        # A platform has no version of its own there: feeds write "not applicable" for "any".
        return self.cpe.version == NA and not self.match.vulnerable

    def _in_range(self, technology: Technology) -> bool:
        key = technology.key
        if self.low and (key < self.low or (key == self.low and not self.low_included)):
            return False
        if not self.high or key < self.high:
            return True
        # "Up to 9.3" means every patch level of 9.3, so there the version without its update decides.
        return self.high_included and self.high in (key, technology.base)

    def _attribute_truth(self, index: int, wanted: str, found: str, lenient: "Leniency") -> int:
        if found == wanted:
            return YES
        if found == ANY:
            return YES if lenient.allows(index, wanted, self.base) else UNKNOWN
        if has_wildcard(wanted) and found != NA and wildcard_pattern(wanted).fullmatch(found):
            return YES
        return NO

    def unknown_attribute(self, technology: Technology, lenient: "Leniency") -> str:
        """Return the name of the attribute that the technology leaves open, or nothing."""
        for index, wanted in self.attributes:
            if self._attribute_truth(index, wanted, technology.attributes[index], lenient) == UNKNOWN:
                return ATTRIBUTES[index]
        return ""

    def describe(self) -> str:
        """Return the versions meant, in words."""
        match = self.match
        if match.unclear:
            words = ["versions that the feed words unclearly"]
        elif self.unbounded:
            words = ["every version"]
        elif not self.is_range:
            update = self.cpe.update
            words = [
                f"version {plain(self.cpe.version)}" + ("" if update in {ANY, NA} else f" {plain(update)}")
            ]
        else:
            words = [words_of(match)]
        named = [f"{ATTRIBUTES[i]} {plain(v)}" for i, v in self.attributes if i != _UPDATE and v != NA]
        return ", ".join(words + named)

    def written(self) -> str:
        """Return it as the feed has it."""
        return f"{self.match.cpe} ({self.describe()})" if self.is_range else self.match.cpe

    def named(self) -> str:
        """Return the product and its versions in words."""
        return f"{plain(self.cpe.vendor)} {plain(self.cpe.product)} ({self.describe()})"


def words_of(match: CpeMatch) -> str:
    """Return the bounds of a range in words, nothing where there are none."""
    bounds = (
        ("from", match.start_including),
        ("after", match.start_excluding),
        ("up to", match.end_including),
        ("before", match.end_excluding),
    )
    return ", ".join([f"{word} {plain(bound)}" for word, bound in bounds if bound is not None])


@lru_cache(maxsize=65_536)
def compiled(match: CpeMatch) -> Criterion:
    """Return *match* compiled; the same match stands in many CVEs, and is compiled once."""
    return Criterion(match)


def _attributes(cpe: Cpe) -> tuple[tuple[int, str], ...]:
    return tuple(
        (index, value) for index, name in enumerate(ATTRIBUTES) if (value := getattr(cpe, name)) != ANY
    )


def names_nothing_else(cpe: str) -> bool:
    """Tell whether the name *cpe* narrows nothing but the version, and quotes nothing."""
    return cpe.endswith(NO_ATTRIBUTES) and "\\" not in cpe


def is_version_or_update(match: CpeMatch) -> bool:
    """Tell whether a *match* that names one version tells nothing else apart but updates of it."""
    return not match.unclear and match.cpe.endswith(_NO_MORE_THAN_UPDATE)


def names_update(match: CpeMatch) -> bool:
    """Tell whether *match* names one version and an update of it, both as they are, and nothing else."""
    named = match.cpe.removesuffix(_NO_MORE_THAN_UPDATE)
    bounds = (match.start_including, match.start_excluding, match.end_including, match.end_excluding)
    return (
        named != match.cpe
        and not match.unclear
        and bounds == _NO_BOUNDS
        and not _UNUSUAL.search(named)
        and not named.rpartition(":")[0].endswith(f":{NA}")
    )


def plain_version(match: CpeMatch) -> str | None:
    """Return the version of a match that names exactly one and nothing else, or None.

    Most of a feed's matches are such, and are compiled only when a technology meets them.
    """
    if not names_nothing_else(match.cpe):
        return None
    version = match.cpe[: -len(NO_ATTRIBUTES)].rpartition(":")[2]
    return None if version in _NO_VERSIONS or "*" in version or "?" in version else version


class Leniency:
    """When an attribute that a technology leaves open may be taken as the criterion wants it.

    "Not applicable" is what an unadorned version means, unless the same CVE tells its values apart. And a
    plug-in whose criteria all name one host system exists for no other.
    """

    __slots__ = ("_exact", "_lines", "_named", "_only_host", "_updates")

    def __init__(
        self,
        criteria: Iterable[Criterion],
        only_host: str = "",
        exact: Mapping[bytes, Sequence[CpeMatch]] = MappingProxyType({}),
    ) -> None:
        """*exact* are single versions and updates by the sort key of the version, beside the *criteria*."""
        self._only_host = only_host
        self._exact = exact
        self._named: set[int] = set()
        self._lines: set[str] = set()
        self._updates: set[bytes] = set()
        for criterion in criteria:
            for index, value in criterion.attributes:
                if value == NA:
                    continue
                if index == _UPDATE:
                    self._updates.add(criterion.base)
                else:
                    self._named.add(index)
                if index == _SW_EDITION:
                    self._lines.add(value)

    def tells_apart(self, line: str) -> bool:
        """Tell whether the CVE names *line*, one line of a product's releases, by itself."""
        return line in self._lines

    def allows(self, index: int, wanted: str, base: bytes) -> bool:
        """Tell whether the open attribute at *index* may be read as *wanted*."""
        if wanted == NA:
            return not self._tells_updates_apart(base) if index == _UPDATE else index not in self._named
        return ATTRIBUTES[index] == "target_sw" and wanted == self._only_host

    def _tells_updates_apart(self, base: bytes) -> bool:
        return base in self._updates or any(
            criterion.base == base and criterion.cpe.update not in {ANY, NA}
            for criterion in map(compiled, self._exact.get(base, ()))
        )


def only_host(criteria: Iterable[Criterion], is_host: Callable[[str], bool]) -> str:
    """Return the host system that all *criteria* name in common, or nothing."""
    hosts = {criterion.cpe.target_sw for criterion in criteria}
    return next(iter(hosts)) if len(hosts) == 1 and all(is_host(host) for host in hosts) else ""
