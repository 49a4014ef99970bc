"""The port to the intelligence store. Its promises are `IntelStoreContract` in the contract tests."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from chariot.modules.intel.records import (
    Candidate,
    Changes,
    Cve,
    EpssScore,
    FeedHeader,
    FeedInfo,
    IntelRecord,
    KevEntry,
    ProductKey,
)


class IntelStore(Protocol):
    """Remembers what feeds say about vulnerabilities, once for all organisations."""

    async def load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        """Take in one feed file, wholly or not at all.

        *batches* is consumed in another thread, one batch in memory at a time. When it raises, nothing of
        the file stays, and the error passes on. A record that is known and unchanged writes nothing. A
        feed that replaces drops what the file lacks; otherwise a CVE modified earlier than the one known
        stays out and is counted as stale.

        Raises:
            ConflictError: a newer version of the same file is loaded, or every known record is newer.
        """
        ...

    async def candidates(
        self, products: Collection[ProductKey]
    ) -> Mapping[ProductKey, tuple[Candidate, ...]]:
        """Return for each of *products* the CVEs that may affect it, in their order; without unknown ones."""
        ...

    async def cves(self, ids: Collection[str]) -> Mapping[str, Cve]:
        """Return the records of those of *ids* that are known."""
        ...

    async def kev(self, ids: Collection[str]) -> Mapping[str, KevEntry]:
        """Return the entries of those of *ids* that are known to be exploited."""
        ...

    async def epss(self, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """Return the scores of those of *ids* that have one."""
        ...

    async def feeds(self) -> tuple[FeedInfo, ...]:
        """Return what is loaded, by feed and source; empty for a new store."""
        ...

    async def changed_products(self, since: int) -> Changes:
        """Return the products whose CVEs or known exploitation changed after revision *since*.

        A revision is counted up by each load that changed something; 0 is the empty store. EPSS changes no
        product: see `changed_cves`.
        """
        ...

    async def changed_cves(self, since: int, among: Collection[str]) -> frozenset[str]:
        """Return those of *among* of which anything changed after revision *since*, EPSS included."""
        ...
