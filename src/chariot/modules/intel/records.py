"""What is known about vulnerabilities: the records that feeds bring, once for all organisations.

They are array-like: the store keeps them as compact MessagePack, and appending a field with a default
keeps old rows readable. They hold no cycles, so the garbage collector need not follow them.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated, Final, Literal, NamedTuple

import msgspec

from chariot.modules.intel.cpe import parse

OutsideText = Annotated[str, msgspec.Meta(max_length=65_536, extra={"text_from_outside": True})]
"""Text that somebody else wrote: it is data, and is escaped wherever it is shown."""

CveId = Annotated[str, msgspec.Meta(pattern=r"^CVE-[0-9]{4}-[0-9]{4,12}$")]
_CVE_ID: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,12}")
MAX_REFERENCES: Final = 2_000
_FIRMWARE: Final = "_firmware"


def is_cve(weakness: str) -> bool:
    """Tell whether *weakness* is the id of a CVE, and not of an advisory or of a check."""
    return _CVE_ID.fullmatch(weakness) is not None


class ProductKey(NamedTuple):
    """What a store finds candidates by; components in the form of the CPE formatted string."""

    part: str
    vendor: str
    product: str


@lru_cache(maxsize=65_536)
def product_of(name: str) -> ProductKey:
    """Return the key of the product that *name*, a canonical CPE formatted string, names."""
    if "\\" in name:
        cpe = parse(name)
        return ProductKey(cpe.part, cpe.vendor, cpe.product)
    return ProductKey(*name.split(":", 5)[2:5])


def name_start(product: ProductKey) -> str:
    """Return what every canonical name of a version of *product* begins with, and no other name."""
    return f"cpe:2.3:{':'.join(product)}:"


def firmware_of(device: ProductKey) -> ProductKey | None:
    """Return what registers call the firmware of *device*; None when it is no device."""
    return ProductKey("o", device.vendor, device.product + _FIRMWARE) if device.part == "h" else None


def device_of(firmware: ProductKey) -> ProductKey | None:
    """Return the device that *firmware* runs in; None when it is no firmware."""
    name = firmware.product.removesuffix(_FIRMWARE)
    is_firmware = firmware.part == "o" and name != firmware.product
    return ProductKey("h", firmware.vendor, name) if is_firmware else None


class CpeMatch(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A set of products: a CPE name and, when its version is ANY, the range of versions meant."""

    cpe: str
    """Canonical 2.3 formatted string."""
    vulnerable: bool = True
    """False for a platform that must be there, but is not itself what is vulnerable."""
    start_including: str | None = None
    start_excluding: str | None = None
    end_including: str | None = None
    end_excluding: str | None = None
    unclear: bool = False
    """The feed words the versions in a way that no rule reads: whether one is meant cannot be told."""


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A condition over installed products: AND or OR of its matches and children."""

    operator: Literal["AND", "OR"]
    matches: tuple[CpeMatch, ...] = ()
    children: "tuple[Node, ...]" = ()
    negate: bool = False

    def walk(self) -> "Iterator[Node]":
        """Return this node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()


class Cvss(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A CVSS base score and the vector that it comes from."""

    version: Literal["2.0", "3.0", "3.1", "4.0"]
    vector: str
    score: float
    """0.0 to 10.0."""
    source: str = ""
    """Who scored it, as the feed names them."""


class Cve(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One CVE record."""

    id: CveId
    published: datetime
    modified: datetime
    summary: OutsideText
    cvss: tuple[Cvss, ...] = ()
    """The newest CVSS version first, the feed's primary source first within one."""
    cwes: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    configurations: tuple[Node, ...] = ()
    """Any one of them makes a product vulnerable."""
    rejected: bool = False
    """The CVE was withdrawn; it matches nothing."""
    exploits: tuple[str, ...] = ()
    """Those of `references` that the feed marks as leading to an exploit."""

    @property
    def score(self) -> Cvss | None:
        """The score to show: of the newest CVSS version."""
        return self.cvss[0] if self.cvss else None


class KevEntry(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """CISA saw this CVE exploited."""

    cve: CveId
    added_on: date
    due_on: date | None = None
    ransomware: bool = False
    """Known use in ransomware campaigns."""


class EpssScore(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """FIRST's estimate that the CVE is exploited within 30 days."""

    cve: CveId
    probability: float
    percentile: float
    day: date


class Ssvc(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What CISA decided about a CVE at the points of its SSVC tree."""

    cve: CveId
    exploitation: Literal["none", "poc", "active"]
    automatable: bool
    total_impact: bool
    """Technical impact: total, or only partial."""
    decided_at: datetime


class Exploit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Somebody published how to use a CVE."""

    cve: CveId
    source: str
    """Which list says so, such as `nuclei` or `exploit-db`."""
    reference: str
    """Where it is: a path or an identifier in that list, or a URL."""
    maturity: Literal["poc", "functional", "weaponised"]


Ecosystem = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class PackageKey(NamedTuple):
    """What a store finds package advisories by; names in the form that OSV gives them."""

    ecosystem: str
    """As OSV writes it, with the release: `npm`, `PyPI`, `Debian:12`."""
    name: str


class PackageRange(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Events in the life of a package, from which affected stretches follow."""

    type: Literal["SEMVER", "ECOSYSTEM", "GIT"]
    events: tuple[tuple[Literal["introduced", "fixed", "last_affected", "limit"], str], ...]


class AffectedPackage(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The versions of one package that an advisory is about."""

    ecosystem: Ecosystem
    name: str
    ranges: tuple[PackageRange, ...] = ()
    versions: tuple[str, ...] = ()
    """Affected versions, written one by one; beside the ranges."""

    @property
    def key(self) -> PackageKey:
        """What it is found by."""
        return PackageKey(self.ecosystem, self.name)


class Advisory(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One OSV record: an advisory about packages."""

    id: str
    modified: datetime
    cves: tuple[str, ...]
    """The CVEs that it is about, by its aliases, upstream and related ids, and its own id."""
    summary: OutsideText = ""
    packages: tuple[AffectedPackage, ...] = ()
    cvss: tuple[Cvss, ...] = ()
    withdrawn: bool = False


class PackageAdvisory(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """The part of an advisory that is about one package."""

    id: str
    cves: tuple[str, ...]
    packages: tuple[AffectedPackage, ...]


IntelRecord = Cve | KevEntry | EpssScore | Ssvc | Exploit | Advisory
FeedName = Literal["nvd", "cve", "kev", "epss", "epss-history", "ssvc", "osv", "exploits"]


class Candidate(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A CVE that may affect a product: those of its configurations that name the product."""

    cve: CveId
    configurations: tuple[Node, ...]


class FeedHeader(msgspec.Struct, frozen=True):
    """What a file says of itself before its records."""

    feed: FeedName
    source: str
    """Which file of the feed: loading it again supersedes what it brought before."""
    version: str
    """Sortable as text of the feed's own (a day, an instant); empty when the file says none."""
    replaces: bool
    """The file is the whole feed (of exploits: of its source): what it lacks is gone. Otherwise it adds."""
    digest: str = ""
    """SHA-256 of what it was read from, when known: the same again need not be loaded."""


class FeedInfo(msgspec.Struct, frozen=True):
    """A feed file that is loaded."""

    feed: str
    source: str
    version: str
    loaded_at: datetime
    records: int
    """Records that the file held."""
    changed: int
    """Records that were new or different when it was loaded."""
    stale: int = 0
    """Records older than those already known, which stayed."""
    digest: str = ""
    """See `FeedHeader.digest`."""


class PackMark(msgspec.Struct, frozen=True):
    """How far a store followed the packs of one other store."""

    series: str
    """Names the store that made the packs."""
    revision: int
    """That store's revision up to which everything is here."""


class Changes(msgspec.Struct, frozen=True):
    """What the loads after a revision changed."""

    revision: int
    products: tuple[ProductKey, ...]
    packages: tuple[PackageKey, ...] = ()
