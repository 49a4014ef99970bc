"""The intelligence store in memory: the reference for the contract, and the fake for unit tests."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from chariot.modules.intel.configurations import by_product
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
from chariot.modules.intel.staleness import refuse_older, refuse_stale

_Record = TypeVar("_Record", Cve, KevEntry, EpssScore)


class MemoryIntelStore:
    """See `IntelStore`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._cves: dict[str, Cve] = {}
        self._kev: dict[str, KevEntry] = {}
        self._epss: dict[str, EpssScore] = {}
        self._feeds: dict[tuple[str, str], FeedInfo] = {}
        self._revision = 0
        self._product_changes: dict[ProductKey, int] = {}
        self._cve_changes: dict[str, int] = {}

    async def load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        """See `IntelStore.load`."""
        refuse_older(header, self._feeds.values())
        # Reading everything first is what makes a broken file leave no trace.
        records = [record for batch in batches for record in batch]
        # Sorted by time, so that of a CVE that stands there twice the newest record stays.
        cves = sorted((r for r in records if isinstance(r, Cve)), key=lambda cve: cve.modified)
        fresh = {r.id: r for r in cves if not self._is_stale(r)}
        stale = sum(self._is_stale(r) for r in cves)
        refuse_stale(header, records=len(records), stale=stale)
        kev = {r.cve: r for r in records if isinstance(r, KevEntry)}
        epss = {r.cve: r for r in records if isinstance(r, EpssScore)}
        changed = self._take_cves(fresh)
        changed += self._take_kev(kev, replaces=header.replaces and header.feed == "kev")
        changed += self._take_epss(epss, replaces=header.replaces and header.feed == "epss")
        self._revision += bool(changed)
        info = FeedInfo(
            feed=header.feed,
            source=header.source,
            version=header.version,
            loaded_at=self._now(),
            records=len(records),
            changed=changed,
            stale=stale,
        )
        if header.replaces:
            self._feeds = {place: known for place, known in self._feeds.items() if place[0] != header.feed}
        self._feeds[header.feed, header.source] = info
        return info

    def _is_stale(self, record: Cve) -> bool:
        known = self._cves.get(record.id)
        return known is not None and known.modified > record.modified

    def _take_cves(self, fresh: dict[str, Cve]) -> int:
        changed = _different(self._cves, fresh, replaces=False)
        for cve_id in changed:
            self._mark_products(cve_id)
        self._cves.update(fresh)
        for cve_id in changed:
            self._mark_products(cve_id)
        return len(changed)

    def _take_kev(self, fresh: dict[str, KevEntry], *, replaces: bool) -> int:
        changed = _different(self._kev, fresh, replaces=replaces)
        self._kev = fresh if replaces else self._kev | fresh
        for cve_id in changed:
            self._mark_products(cve_id)
        return len(changed)

    def _take_epss(self, fresh: dict[str, EpssScore], *, replaces: bool) -> int:
        changed = _different(self._epss, fresh, replaces=replaces)
        self._epss = fresh if replaces else self._epss | fresh
        self._cve_changes.update(dict.fromkeys(changed, self._revision + 1))
        return len(changed)

    def _mark_products(self, cve_id: str) -> None:
        self._cve_changes[cve_id] = self._revision + 1
        if cve_id in self._cves:
            products = by_product(self._cves[cve_id])
            self._product_changes.update(dict.fromkeys(products, self._revision + 1))

    async def candidates(
        self, products: Collection[ProductKey]
    ) -> Mapping[ProductKey, tuple[Candidate, ...]]:
        """See `IntelStore.candidates`."""
        wanted = set(products)
        found: dict[ProductKey, list[Candidate]] = {}
        for cve_id in sorted(self._cves, key=_cve_order):
            parts = by_product(self._cves[cve_id])
            for product in wanted & parts.keys():
                found.setdefault(product, []).append(Candidate(cve_id, parts[product]))
        return {product: tuple(candidates) for product, candidates in found.items()}

    async def cves(self, ids: Collection[str]) -> Mapping[str, Cve]:
        """See `IntelStore.cves`."""
        return {i: self._cves[i] for i in ids if i in self._cves}

    async def kev(self, ids: Collection[str]) -> Mapping[str, KevEntry]:
        """See `IntelStore.kev`."""
        return {i: self._kev[i] for i in ids if i in self._kev}

    async def epss(self, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """See `IntelStore.epss`."""
        return {i: self._epss[i] for i in ids if i in self._epss}

    async def feeds(self) -> tuple[FeedInfo, ...]:
        """See `IntelStore.feeds`."""
        return tuple(self._feeds[place] for place in sorted(self._feeds))

    async def changed_products(self, since: int) -> Changes:
        """See `IntelStore.changed_products`."""
        changed = sorted(p for p, revision in self._product_changes.items() if revision > since)
        return Changes(self._revision, tuple(changed))

    async def changed_cves(self, since: int, among: Collection[str]) -> frozenset[str]:
        """See `IntelStore.changed_cves`."""
        return frozenset(i for i in among if self._cve_changes.get(i, 0) > since)


def _different(known: dict[str, _Record], fresh: dict[str, _Record], *, replaces: bool) -> set[str]:
    changed = {cve_id for cve_id, record in fresh.items() if known.get(cve_id) != record}
    return changed | (known.keys() - fresh.keys() if replaces else set())


def _cve_order(cve_id: str) -> tuple[int, int]:
    _, year, number = cve_id.split("-")
    return int(year), int(number)
