"""The port to the intelligence store. Its promises are `IntelStoreContract` in the contract tests."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import msgspec

from chariot.modules.intel.lines import Line
from chariot.modules.intel.prepared import Prepared
from chariot.modules.intel.records import (
    Advisory,
    Changes,
    Cve,
    EpssScore,
    Exploit,
    FeedHeader,
    FeedInfo,
    IntelRecord,
    KevEntry,
    PackageAdvisory,
    PackageKey,
    PackMark,
    ProductKey,
    Ssvc,
)


class Signature(msgspec.Struct, frozen=True):
    """An Ed25519 signature, with the public key that it can be checked by."""

    key: str
    """The raw public key in hexadecimal."""
    signature: str
    """In hexadecimal."""


class Download(msgspec.Struct, frozen=True):
    """What became of one fetch."""

    path: Path | None
    """The file; None when the publisher has nothing newer than what was taken in."""
    fetched_bytes: int
    """Bytes that came over the network this time."""


Section = tuple[FeedHeader, Iterable[Sequence[IntelRecord]]]
"""A feed file: what it says of itself, and its records, one batch in memory at a time."""


class PackKeys(Protocol):
    """The key that signs packs, and the public keys that packs are trusted by."""

    def sign(self, data: bytes) -> Signature:
        """Return the signature of *data* by the own key, which is made at first use."""
        ...

    def check(self, signature: Signature, data: bytes) -> None:
        """Return nothing when a trusted key signed *data*.

        Raises:
            InvalidError: the key is not trusted, or the signature is not of these bytes.
        """
        ...

    def public(self) -> str:
        """Return the own public key in hexadecimal: what another installation is told to trust."""
        ...

    def trusted(self) -> tuple[str, ...]:
        """Return the public keys that packs are trusted by."""
        ...

    def trust(self, public: str) -> None:
        """Trust packs that the key *public* signed from now on.

        Raises:
            InvalidError: it is no public key.
        """
        ...


class Downloads(Protocol):
    """Fetches feed files, only what changed, and goes on where a fetch broke off."""

    async def fetch(self, url: str, name: str) -> Download:
        """Fetch *url* into the file *name*, unless nothing is newer than what `taken_in` was told of.

        Raises:
            InvalidError: the URL leads inside, or the file is too large.
            UnavailableError: the publisher does not answer, or refuses.
        """
        ...

    def taken_in(self, name: str) -> None:
        """Note that the file *name* was loaded: from now on only what is newer is fetched."""
        ...

    def discard(self, name: str) -> None:
        """Let go of the file *name*, which was refused: the next fetch takes it whole."""
        ...


class IntelStore(Protocol):
    """Remembers what feeds say about vulnerabilities, once for all organisations."""

    async def load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        """Take in one feed file, wholly or not at all.

        *batches* is consumed in another thread, one batch in memory at a time. When it raises, nothing of
        the file stays, and the error passes on. A record that is known and unchanged writes nothing. A
        feed that replaces drops what the file lacks; otherwise a record modified earlier than the one known
        stays out and is counted as stale.

        Raises:
            ConflictError: a newer version of the same file is loaded, or every known record is newer.
        """
        ...

    async def load_together(
        self, sections: Iterable[Section], mark: PackMark | None = None
    ) -> tuple[FeedInfo, ...]:
        """Take in several feed files, all or none of them, and remember *mark*; see `load`."""
        ...

    async def prepared(
        self, products: Collection[ProductKey]
    ) -> Mapping[ProductKey, tuple[tuple[str, Prepared], ...]]:
        """Return for each of *products* the CVEs that may affect it, in their order; without unknown ones."""
        ...

    async def prepared_of(
        self, wanted: Collection[tuple[ProductKey, str]]
    ) -> Mapping[ProductKey, tuple[tuple[str, Prepared], ...]]:
        """Return of what is `prepared` the CVEs that *wanted* names beside their product; without unknown ones."""
        ...

    async def lines(self, products: Collection[ProductKey]) -> Mapping[ProductKey, Line]:
        """Return for each of *products* what `line_of` makes of what is `prepared`; without unknown ones."""
        ...

    async def advisories(
        self, packages: Collection[PackageKey]
    ) -> Mapping[PackageKey, tuple[PackageAdvisory, ...]]:
        """Return for each of *packages* the advisories about it, by id; without unknown ones.

        An ecosystem that is asked for without a release (`Debian`) stands for all of its releases, and a release
        (`Ubuntu:22.04`) for what it is divided into (`Ubuntu:22.04:LTS`).
        """
        ...

    async def advisory_records(self, ids: Collection[str]) -> Mapping[str, Advisory]:
        """Return those of the advisories *ids* that are known, whatever their packages, the withdrawn too."""
        ...

    async def advisories_about(self, cves: Collection[str]) -> Mapping[str, tuple[Advisory, ...]]:
        """Return for each of *cves* the advisories about it that stand, by id; without those that have none."""
        ...

    async def cves(self, ids: Collection[str]) -> Mapping[str, Cve]:
        """Return the records of those of *ids* that are known; of two registers merged, see `merged`."""
        ...

    async def kev(self, ids: Collection[str]) -> Mapping[str, KevEntry]:
        """Return the entries of those of *ids* that are known to be exploited."""
        ...

    async def epss(self, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """Return the scores of those of *ids* that have one."""
        ...

    async def epss_on(self, day: date, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """Return the scores that those of *ids* had on *day*, or on the last day before of which any is known.

        The percentile is that of the day on which the probability last changed.
        """
        ...

    async def ssvc(self, ids: Collection[str]) -> Mapping[str, Ssvc]:
        """Return CISA's SSVC decision points of those of *ids* that have them."""
        ...

    async def exploits(self, ids: Collection[str]) -> Mapping[str, tuple[Exploit, ...]]:
        """Return the published exploits of those of *ids* that have one, by source and reference."""
        ...

    async def feeds(self) -> tuple[FeedInfo, ...]:
        """Return what is loaded, by feed and source; empty for a new store."""
        ...

    async def changed_products(self, since: int) -> Changes:
        """Return the products and packages whose CVEs or known exploitation changed after revision *since*.

        A revision is counted up by each load that changed something; 0 is the empty store. EPSS, SSVC and
        exploits change no product: see `changed_cves`.
        """
        ...

    async def changed_cves(self, since: int, among: Collection[str]) -> frozenset[str]:
        """Return those of *among* of which anything changed after revision *since*, EPSS included."""
        ...

    async def changed_since(self, since: int, *, limit: int) -> frozenset[str] | None:
        """Return all CVEs of which anything changed after revision *since*, or None for more than *limit*."""
        ...

    async def series(self) -> str:
        """Return the name of this store, made at random when it was, that its packs carry."""
        ...

    async def marks(self) -> tuple[PackMark, ...]:
        """Return how far the packs of other stores were taken in, by series."""
        ...

    def sections(self, since: int) -> Iterator[Section]:
        """Yield everything that changed after revision *since* as feed files, all of one moment.

        Taken in by a store that has everything up to *since*, they make it the same as this one. To be
        consumed in one thread, each section before the next; the history of scores is told when *since* is 0.
        """
        ...
