"""The intelligence store in memory: the reference for the contract, and the fake for unit tests."""

import copy
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import Final, TypeVar

from chariot.modules.intel.configurations import by_product
from chariot.modules.intel.lines import Line, line_of
from chariot.modules.intel.merging import deciding, merged
from chariot.modules.intel.ports import Section
from chariot.modules.intel.prepared import Prepared, prepare
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
from chariot.modules.intel.staleness import refuse_older, refuse_stale

_Record = TypeVar("_Record")
_Key = TypeVar("_Key")
_T = TypeVar("_T", Cve, KevEntry, Ssvc, Advisory)
_DATED: Final = {Cve: "modified", Advisory: "modified", Ssvc: "decided_at"}
"""Of which records the newer stays, and what tells it."""


class _Contents:
    """All that is known; copied before a load, so that a load that fails leaves no trace."""

    def __init__(self) -> None:
        self.registers: dict[str, dict[str, Cve]] = {"nvd": {}, "cve": {}}
        self.kev: dict[str, KevEntry] = {}
        self.epss: dict[str, EpssScore] = {}
        self.past: dict[date, dict[str, EpssScore]] = {}
        self.ssvc: dict[str, Ssvc] = {}
        self.exploits: dict[tuple[str, str, str], Exploit] = {}
        self.advisories: dict[str, Advisory] = {}
        self.feeds: dict[tuple[str, str], FeedInfo] = {}
        self.feed_changes: dict[tuple[str, str], int] = {}
        self.revision = 0
        self.product_changes: dict[ProductKey, int] = {}
        self.package_changes: dict[PackageKey, int] = {}
        self.cve_changes: dict[str, int] = {}
        self.record_changes: dict[tuple[str, str], int] = {}
        self.marks: dict[str, int] = {}

    def affected(self, cve: str) -> dict[ProductKey, Prepared]:
        nodes = deciding(self.registers["nvd"].get(cve), self.registers["cve"].get(cve))
        return {product: prepare(product, part) for product, part in by_product(nodes).items()}

    def mark_products(self, cve: str) -> None:
        self.cve_changes[cve] = self.revision + 1
        self.product_changes.update(dict.fromkeys(self.affected(cve), self.revision + 1))

    def mark_cves(self, cves: Iterable[str]) -> int:
        marked = dict.fromkeys(cves, self.revision + 1)
        self.cve_changes.update(marked)
        return len(marked)


class MemoryIntelStore:
    """See `IntelStore`."""

    def __init__(self, now: Callable[[], datetime], series: str = "memory") -> None:
        self._now = now
        self._series = series
        self._has = _Contents()

    async def load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        """See `IntelStore.load`."""
        (info,) = await self.load_together([(header, batches)])
        return info

    async def load_together(
        self, sections: Iterable[Section], mark: PackMark | None = None
    ) -> tuple[FeedInfo, ...]:
        """See `IntelStore.load_together`."""
        before = self._has
        self._has = copy.deepcopy(before)
        try:
            loaded = tuple(self._load(header, batches) for header, batches in sections)
        except BaseException:
            self._has = before
            raise
        if mark is not None:
            self._has.marks[mark.series] = mark.revision
        return loaded

    def _load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        has = self._has
        refuse_older(header, has.feeds.values())
        records = [record for batch in batches for record in batch]
        stale = sum(self._is_stale(record, header) for record in records)
        fresh = [record for record in records if not self._is_stale(record, header)]
        refuse_stale(header, records=len(records), stale=stale)
        changed = self._take_cves(_newest(fresh, Cve, "id"), "cve" if header.feed == "cve" else "nvd")
        changed += self._take_kev(_newest(fresh, KevEntry, "cve"), replaces=header.feed == "kev")
        changed += self._take_scores([r for r in fresh if isinstance(r, EpssScore)], header)
        changed += self._take_ssvc(_newest(fresh, Ssvc, "cve"))
        changed += self._take_exploits([r for r in fresh if isinstance(r, Exploit)], header)
        changed += self._take_advisories(_newest(fresh, Advisory, "id"))
        has.revision += bool(changed)
        info = FeedInfo(
            feed=header.feed,
            source=header.source,
            version=header.version,
            loaded_at=self._now(),
            records=len(records),
            changed=changed,
            stale=stale,
            digest=header.digest,
        )
        if header.replaces and header.feed != "exploits":
            has.feeds = {place: known for place, known in has.feeds.items() if place[0] != header.feed}
        has.feeds[header.feed, header.source] = info
        if changed:
            has.feed_changes[header.feed, header.source] = has.revision
        return info

    def _is_stale(self, record: IntelRecord, header: FeedHeader) -> bool:
        has = self._has
        known: Cve | Advisory | Ssvc | None
        match record:
            case Cve():
                known = has.registers["cve" if header.feed == "cve" else "nvd"].get(record.id)
            case Advisory():
                known = has.advisories.get(record.id)
            case Ssvc():
                known = has.ssvc.get(record.cve)
            case _:
                return False
        when = attrgetter(_DATED[type(record)])
        return known is not None and bool(when(known) > when(record))

    def _take_cves(self, fresh: dict[str, Cve], register: str) -> int:
        has = self._has
        changed = _different(has.registers[register], fresh, replaces=False)
        for cve in changed:
            has.mark_products(cve)
        has.registers[register].update(fresh)
        for cve in changed:
            has.mark_products(cve)
            has.record_changes[register, cve] = has.revision + 1
        return len(changed)

    def _take_kev(self, fresh: dict[str, KevEntry], *, replaces: bool) -> int:
        changed = _different(self._has.kev, fresh, replaces=replaces)
        self._has.kev = fresh if replaces else self._has.kev | fresh
        for cve in changed:
            self._has.mark_products(cve)
        return len(changed)

    def _take_scores(self, scores: Sequence[EpssScore], header: FeedHeader) -> int:
        has, changed = self._has, 0
        if header.feed == "epss":
            fresh = {score.cve: score for score in scores}
            changed = has.mark_cves(_different(has.epss, fresh, replaces=header.replaces))
            has.epss = fresh if header.replaces else has.epss | fresh
        for score in scores:
            day = has.past.setdefault(score.day, {})
            if header.feed == "epss-history" and day.get(score.cve) != score:
                changed += 1
            day[score.cve] = score
        return changed

    def _take_ssvc(self, fresh: dict[str, Ssvc]) -> int:
        changed = _different(self._has.ssvc, fresh, replaces=False)
        self._has.ssvc |= fresh
        self._has.record_changes.update({("ssvc", cve): self._has.revision + 1 for cve in changed})
        return self._has.mark_cves(changed)

    def _take_exploits(self, exploits: Sequence[Exploit], header: FeedHeader) -> int:
        has = self._has
        fresh = {(exploit.cve, exploit.source, exploit.reference): exploit for exploit in exploits}
        replaced = header.source if header.feed == "exploits" and header.replaces else None
        known = {place: exploit for place, exploit in has.exploits.items() if exploit.source == replaced}
        changed = {place[0] for place in _different(has.exploits, fresh, replaces=False)}
        changed |= {place[0] for place in known.keys() - fresh.keys()}
        has.exploits = {p: e for p, e in has.exploits.items() if p not in known} | fresh
        return has.mark_cves(changed)

    def _take_advisories(self, fresh: dict[str, Advisory]) -> int:
        has = self._has
        changed = _different(has.advisories, fresh, replaces=False)
        for name in changed:
            for record in (has.advisories.get(name), fresh[name]):
                if record is not None and not record.withdrawn:
                    keys = (package.key for package in record.packages)
                    has.package_changes.update(dict.fromkeys(keys, has.revision + 1))
            has.mark_cves(fresh[name].cves)
            has.record_changes["osv", name] = has.revision + 1
        has.advisories |= fresh
        return len(changed)

    async def prepared(
        self, products: Collection[ProductKey]
    ) -> Mapping[ProductKey, tuple[tuple[str, Prepared], ...]]:
        """See `IntelStore.prepared`."""
        wanted = set(products)
        found: dict[ProductKey, list[tuple[str, Prepared]]] = {}
        ids = set().union(*self._has.registers.values())
        for cve in sorted(ids, key=_cve_order):
            parts = self._has.affected(cve)
            for product in wanted & parts.keys():
                found.setdefault(product, []).append((cve, parts[product]))
        return {product: tuple(parts) for product, parts in found.items()}

    async def prepared_of(
        self, wanted: Collection[tuple[ProductKey, str]]
    ) -> Mapping[ProductKey, tuple[tuple[str, Prepared], ...]]:
        """See `IntelStore.prepared_of`."""
        prepared = await self.prepared({product for product, _ in wanted})
        named = {
            product: tuple(row for row in rows if (product, row[0]) in set(wanted))
            for product, rows in prepared.items()
        }
        return {product: rows for product, rows in named.items() if rows}

    async def lines(self, products: Collection[ProductKey]) -> Mapping[ProductKey, Line]:
        """See `IntelStore.lines`."""
        prepared = await self.prepared(products)
        return {product: line_of(product, rows) for product, rows in prepared.items()}

    async def advisories(
        self, packages: Collection[PackageKey]
    ) -> Mapping[PackageKey, tuple[PackageAdvisory, ...]]:
        """See `IntelStore.advisories`."""
        found: dict[PackageKey, tuple[PackageAdvisory, ...]] = {}
        for key in packages:
            parts = [part for name in sorted(self._has.advisories) for part in self._parts(name, key)]
            if parts:
                found[key] = tuple(parts)
        return found

    async def advisory_records(self, ids: Collection[str]) -> Mapping[str, Advisory]:
        """See `IntelStore.advisory_records`."""
        return {one: self._has.advisories[one] for one in ids if one in self._has.advisories}

    async def advisories_about(self, cves: Collection[str]) -> Mapping[str, tuple[Advisory, ...]]:
        """See `IntelStore.advisories_about`."""
        known = [record for _, record in sorted(self._has.advisories.items()) if not record.withdrawn]
        about = {cve: tuple(record for record in known if cve in record.cves) for cve in cves}
        return {cve: records for cve, records in about.items() if records}

    def _parts(self, name: str, wanted: PackageKey) -> Iterator[PackageAdvisory]:
        record = self._has.advisories[name]
        ecosystems = sorted({package.ecosystem for package in record.packages if package.name == wanted.name})
        for ecosystem in () if record.withdrawn else ecosystems:
            if ecosystem == wanted.ecosystem or ecosystem.startswith(f"{wanted.ecosystem}:"):
                key = PackageKey(ecosystem, wanted.name)
                packages = tuple(package for package in record.packages if package.key == key)
                yield PackageAdvisory(record.id, record.cves, packages)

    async def cves(self, ids: Collection[str]) -> Mapping[str, Cve]:
        """See `IntelStore.cves`."""
        nvd, own = self._has.registers["nvd"], self._has.registers["cve"]
        return {i: record for i in ids if (record := merged(nvd.get(i), own.get(i))) is not None}

    async def kev(self, ids: Collection[str]) -> Mapping[str, KevEntry]:
        """See `IntelStore.kev`."""
        return _chosen(self._has.kev, ids)

    async def epss(self, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """See `IntelStore.epss`."""
        return _chosen(self._has.epss, ids)

    async def epss_on(self, day: date, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """See `IntelStore.epss_on`."""
        days = sorted(known for known in self._has.past if known <= day)
        found: dict[str, EpssScore] = {}
        for known in days:
            for cve, score in _chosen(self._has.past[known], ids).items():
                last = found.get(cve)
                percentile = (
                    last.percentile if last and last.probability == score.probability else score.percentile
                )
                found[cve] = EpssScore(cve, score.probability, percentile, days[-1])
        return {cve: EpssScore(cve, s.probability, s.percentile, days[-1]) for cve, s in found.items()}

    async def ssvc(self, ids: Collection[str]) -> Mapping[str, Ssvc]:
        """See `IntelStore.ssvc`."""
        return _chosen(self._has.ssvc, ids)

    async def exploits(self, ids: Collection[str]) -> Mapping[str, tuple[Exploit, ...]]:
        """See `IntelStore.exploits`."""
        found: dict[str, tuple[Exploit, ...]] = {}
        for place, exploit in sorted(self._has.exploits.items()):
            if place[0] in ids:
                found[place[0]] = (*found.get(place[0], ()), exploit)
        return found

    async def feeds(self) -> tuple[FeedInfo, ...]:
        """See `IntelStore.feeds`."""
        return tuple(self._has.feeds[place] for place in sorted(self._has.feeds))

    async def changed_products(self, since: int) -> Changes:
        """See `IntelStore.changed_products`."""
        has = self._has
        return Changes(
            has.revision,
            tuple(sorted(p for p, revision in has.product_changes.items() if revision > since)),
            tuple(sorted(p for p, revision in has.package_changes.items() if revision > since)),
        )

    async def changed_cves(self, since: int, among: Collection[str]) -> frozenset[str]:
        """See `IntelStore.changed_cves`."""
        return frozenset(i for i in among if self._has.cve_changes.get(i, 0) > since)

    async def changed_since(self, since: int, *, limit: int) -> frozenset[str] | None:
        """See `IntelStore.changed_since`."""
        found = frozenset(i for i, revision in self._has.cve_changes.items() if revision > since)
        return found if len(found) <= limit else None

    async def series(self) -> str:
        """See `IntelStore.series`."""
        return self._series

    async def marks(self) -> tuple[PackMark, ...]:
        """See `IntelStore.marks`."""
        return tuple(PackMark(series, revision) for series, revision in sorted(self._has.marks.items()))

    def sections(self, since: int) -> Iterator[Section]:
        """See `IntelStore.sections`."""
        has = self._has
        changed = {place for place, revision in has.record_changes.items() if revision > since}
        for name in ("nvd", "cve"):
            records = [r for i, r in has.registers[name].items() if (name, i) in changed]
            yield FeedHeader("cve" if name == "cve" else "nvd", "pack", "", replaces=False), [records]
        advisories = [r for i, r in has.advisories.items() if ("osv", i) in changed]
        yield FeedHeader("osv", "pack", "", replaces=False), [advisories]
        decided = [r for i, r in has.ssvc.items() if ("ssvc", i) in changed]
        yield FeedHeader("ssvc", "pack", "", replaces=False), [decided]
        for place, info in has.feeds.items():
            if has.feed_changes.get(place, 0) <= since and since > 0:
                continue
            match info.feed:
                case "kev":
                    yield (
                        FeedHeader("kev", info.source, info.version, replaces=True),
                        [list(has.kev.values())],
                    )
                case "epss":
                    header = FeedHeader("epss", info.source, info.version, replaces=True)
                    yield header, [list(has.epss.values())]
                case "exploits":
                    own = [e for e in has.exploits.values() if e.source == info.source]
                    yield FeedHeader("exploits", info.source, info.version, replaces=True), [own]
                case _:
                    pass
        if since == 0:
            past = [score for day in sorted(has.past) for score in has.past[day].values()]
            yield FeedHeader("epss-history", "pack", "", replaces=False), [past]


def _newest(records: Iterable[IntelRecord], kind: type[_T], name: str) -> dict[str, _T]:
    of_kind = [record for record in records if isinstance(record, kind)]
    if kind in _DATED:
        # Sorted by time, so that of a record that stands there twice the newest stays.
        of_kind.sort(key=attrgetter(_DATED[kind]))
    return {getattr(record, name): record for record in of_kind}


def _different(known: Mapping[_Key, _Record], fresh: Mapping[_Key, _Record], *, replaces: bool) -> set[_Key]:
    changed = {place for place, record in fresh.items() if known.get(place) != record}
    return changed | (known.keys() - fresh.keys() if replaces else set())


def _chosen(known: Mapping[str, _Record], ids: Collection[str]) -> dict[str, _Record]:
    return {i: known[i] for i in ids if i in known}


def _cve_order(cve_id: str) -> tuple[int, int]:
    _, year, number = cve_id.split("-")
    return int(year), int(number)
