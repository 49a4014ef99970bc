"""Where feeds are published, and in which order they are fetched."""

from collections.abc import Iterator
from datetime import date
from typing import Final

import msgspec

from chariot.errors import NotFoundError

FIRST_YEAR: Final = 2002
"""NVD's first yearly file; it holds the years before, too."""


class Official(msgspec.Struct, frozen=True):
    """One file that its publisher keeps at a fixed place."""

    name: str
    """As `chariot intel update NAME` takes it."""
    url: str
    file: str
    """What it is called here."""


_NVD: Final = "https://nvd.nist.gov/feeds/json/cve/2.0/nvdcve-2.0-{}.json.gz"
_OSV: Final = "https://storage.googleapis.com/osv-vulnerabilities/{}/all.zip"
_SINGLE: Final = (
    Official(
        "kev",
        "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
        "kev.json",
    ),
    Official("epss", "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz", "epss.csv.gz"),
    Official("cve", "https://github.com/CVEProject/cvelistV5/archive/refs/heads/main.zip", "cvelistV5.zip"),
    Official(
        "nuclei",
        "https://raw.githubusercontent.com/projectdiscovery/nuclei-templates/main/cves.json",
        "nuclei.jsonl",
    ),
    Official(
        "exploit-db",
        "https://gitlab.com/exploit-database/exploitdb/-/raw/main/files_exploits.csv",
        "exploit-db.csv",
    ),
)
OSV_ECOSYSTEMS: Final = (
    "npm",
    "PyPI",
    "Maven",
    "Go",
    "RubyGems",
    "crates.io",
    "NuGet",
    "Packagist",
    "Debian",
    "Ubuntu",
)
DEFAULT: Final = ("kev", "epss", "nvd", "nuclei")
"""What an update without names fetches: what a perimeter needs; the others are large or special."""
NAMES: Final = (*(one.name for one in _SINGLE), "nvd", "osv")


def officials(name: str, today: date) -> Iterator[Official]:
    """Yield the files of the feed *name*; `osv:PyPI` is that of one ecosystem.

    Raises:
        NotFoundError: there is no such feed.
    """
    if name == "nvd":
        for part in (*map(str, range(FIRST_YEAR, today.year + 1)), "modified"):
            yield Official("nvd", _NVD.format(part), f"nvdcve-2.0-{part}.json.gz")
    elif name == "osv" or name.startswith("osv:"):
        asked = name.partition(":")[2]
        for ecosystem in (asked,) if asked in OSV_ECOSYSTEMS else OSV_ECOSYSTEMS if not asked else ():
            yield Official("osv", _OSV.format(ecosystem), f"osv-{ecosystem}.zip")
        if asked and asked not in OSV_ECOSYSTEMS:
            raise NotFoundError(f"no ecosystem {asked!r}; there are {', '.join(OSV_ECOSYSTEMS)}")
    elif found := [one for one in _SINGLE if one.name == name]:
        yield from found
    else:
        raise NotFoundError(f"no feed is called {name!r}; there are {', '.join(NAMES)}")
