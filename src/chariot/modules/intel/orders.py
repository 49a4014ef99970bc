"""The order of versions in each package ecosystem, by the `univers` library, which is validated and cached.

A version that the ecosystem's own rules refuse has no place in its order: then nothing is concluded from it.
"""

import importlib
import re
from collections.abc import Callable
from functools import lru_cache, total_ordering
from typing import Any, Final

_CLASSES: Final = {
    "npm": "SemverVersion",
    "crates.io": "SemverVersion",
    "Go": "SemverVersion",
    "Hex": "SemverVersion",
    "Pub": "SemverVersion",
    "SwiftURL": "SemverVersion",
    "GitHub Actions": "SemverVersion",
    "Bitnami": "SemverVersion",
    "Julia": "SemverVersion",
    "ConanCenter": "ConanVersion",
    "CRAN": "Numbers",
    "Bioconductor": "Numbers",
    "Hackage": "Numbers",
    "PyPI": "PypiVersion",
    "Maven": "MavenVersion",
    "RubyGems": "RubygemsVersion",
    "NuGet": "NugetVersion",
    "Packagist": "ComposerVersion",
    "Debian": "DebianVersion",
    "Ubuntu": "DebianVersion",
    "Alpine": "AlpineLinuxVersion",
    "Alpaquita": "AlpineLinuxVersion",
    "Wolfi": "AlpineLinuxVersion",
    "Chainguard": "AlpineLinuxVersion",
    "Red Hat": "RpmVersion",
    "Rocky Linux": "RpmVersion",
    "AlmaLinux": "RpmVersion",
    "SUSE": "RpmVersion",
    "openSUSE": "RpmVersion",
    "openEuler": "RpmVersion",
    "Mageia": "RpmVersion",
    "Photon OS": "RpmVersion",
    "Azure Linux": "RpmVersion",
    "MinimOS": "AlpineLinuxVersion",
}
"""The class of `univers` for each ecosystem of OSV, its release left out; `Numbers` are compared one by one."""
ECOSYSTEMS: Final = frozenset(_CLASSES)
"""Those whose order is known."""
_SHAPES: Final = {
    "SemverVersion": re.compile(r"[vV]?\d{1,15}(?:\.\d{1,15}){0,2}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"),
    "MavenVersion": re.compile(r"[0-9A-Za-z][0-9A-Za-z._+-]*"),
    "RpmVersion": re.compile(r"(?:\d{1,9}:)?[0-9A-Za-z][0-9A-Za-z.+_~^]*(?:-[0-9A-Za-z.+_~^]+)?"),
    "DebianVersion": re.compile(r"(?:\d{1,9}:)?[0-9][0-9A-Za-z.+~:-]*"),
    "AlpineLinuxVersion": re.compile(
        r"\d+(?:\.\d+)*[a-z]?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(?:-r\d+)?"
    ),
    "ComposerVersion": re.compile(
        r"[vV]?\d{1,15}(?:\.\d{1,15}){0,3}(?:[-.]?(?:dev|alpha|beta|rc|RC|patch|p)[.-]?\d*)?"
    ),
    "NugetVersion": re.compile(r"\d{1,9}(?:\.\d{1,9}){0,3}(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"),
    "RubygemsVersion": re.compile(r"\d+(?:\.[0-9A-Za-z]+)*(?:-[0-9A-Za-z.-]+)?"),
    "PypiVersion": re.compile(r"[vV]?[0-9][0-9A-Za-z.!+_-]*"),
    "ConanVersion": re.compile(r"\d{1,15}(?:\.[0-9A-Za-z]{1,40})*(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?"),
    "Numbers": re.compile(r"\d{1,15}(?:[.-]\d{1,15})*"),
}
"""How a version looks there; the library accepts more than the ecosystem does."""
MAX_LENGTH: Final = 200


@total_ordering
class Placed:
    """A version in the order of its ecosystem; comparable with others of the same ecosystem."""

    __slots__ = ("_version",)

    def __init__(self, version: Any) -> None:
        self._version = version

    def __eq__(self, other: object) -> bool:
        """Tell whether *other* stands at the same place."""
        if not isinstance(other, Placed):
            return NotImplemented
        return not (self._version < other._version or other._version < self._version)

    def __lt__(self, other: "Placed") -> bool:
        """Tell whether this one comes before *other*."""
        return bool(self._version < other._version)

    __hash__ = None  # type: ignore[assignment]  # equal versions are written in many ways


def is_ordered(ecosystem: str) -> bool:
    """Tell whether the order of *ecosystem* (with or without its release) is known."""
    return ecosystem.partition(":")[0] in _CLASSES


@lru_cache(maxsize=65_536)
def place(ecosystem: str, version: str) -> Placed | None:
    """Return where *version* stands in the order of *ecosystem*; None where it stands in none."""
    name = _CLASSES.get(ecosystem.partition(":")[0])
    if name is None or len(version) > MAX_LENGTH or not _SHAPES[name].fullmatch(version):
        return None
    read = _reader(name)
    try:
        return Placed(
            read(version.removeprefix("v").removeprefix("V") if name == "SemverVersion" else version)
        )
    except (ValueError, TypeError, AttributeError, IndexError):
        # What the library raises for a version that it refuses differs from class to class.
        return None


@lru_cache(maxsize=16)
def _reader(name: str) -> Callable[[str], Any]:
    if name == "Numbers":
        return _numbers
    # Imported when the first package is asked about: the library takes a fifth of a second.
    found: Callable[[str], Any] = getattr(importlib.import_module("univers.versions"), name)
    return found


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.replace("-", ".").split(".")))
