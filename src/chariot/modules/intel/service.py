"""Intelligence: load feeds, tell which CVEs affect a technology, and what is known about a CVE."""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final

import msgspec

from chariot.modules.intel import starter, versions
from chariot.modules.intel.aliases import Aliases
from chariot.modules.intel.answers import Match
from chariot.modules.intel.backports import TRACKED, package_version, settle
from chariot.modules.intel.cpe import ANY, Cpe, parse
from chariot.modules.intel.criteria import NO_ATTRIBUTES
from chariot.modules.intel.feeds import FeedFormat, open_feed
from chariot.modules.intel.lines import LineMatcher, Told
from chariot.modules.intel.matching import ProductMatcher
from chariot.modules.intel.opened import OpenCves
from chariot.modules.intel.packaged import Packaged, by_year, with_advisories
from chariot.modules.intel.packages import PackageMatch, match_known, read_purl
from chariot.modules.intel.ports import IntelStore
from chariot.modules.intel.records import (
    Advisory,
    Cve,
    EpssScore,
    Exploit,
    FeedInfo,
    KevEntry,
    PackageKey,
    ProductKey,
    Ssvc,
    device_of,
    firmware_of,
    is_cve,
    name_start,
)
from chariot.modules.intel.technology import Technology, plain_version_of, read_technology

MATCHERS_KEPT: Final = 2_000
"""Compiled products in memory at once, the least recently asked dropped first."""
PRODUCTS_AT_ONCE: Final = 250
"""Products whose candidates are read from the store together."""

_WHOLE: Final = 99
"""Of how many numbers a version is that is not cut short."""
_Asked = tuple[str, bytes, int]
"""A technology as it was asked for, the key of its version where that is all, of how many numbers it is."""
_NEVER: Final = 2**62
"""A revision that no store reaches: nothing changed after it."""


class Knowledge(msgspec.Struct, frozen=True):
    """All that is known about one CVE, or one advisory that has none; a part that no feed brought is None."""

    cve: str
    record: Cve | None = None
    kev: KevEntry | None = None
    epss: EpssScore | None = None
    ssvc: Ssvc | None = None
    exploits: tuple[Exploit, ...] = ()
    advisory: Advisory | None = None
    """Where its id is no CVE's, or where no register scores the CVE and an advisory about it does."""


class Status(msgspec.Struct, frozen=True):
    """What is loaded."""

    revision: int
    feeds: tuple[FeedInfo, ...]


class Intelligence:
    """The service of this module; it keeps compiled products between calls."""

    def __init__(self, store: IntelStore, aliases: Aliases) -> None:
        self._store = store
        self.store = store
        """What it answers from."""
        self._aliases = aliases
        self._packaged = Packaged(aliases)
        self._matchers: OrderedDict[ProductKey, ProductMatcher | None] = OrderedDict()
        self._open: OrderedDict[ProductKey, OpenCves] = OrderedDict()
        """What lines leave open."""
        self._lines: OrderedDict[ProductKey, tuple[LineMatcher, ...]] = OrderedDict()
        """One for each name of a product that some CVE has."""
        self._revision = 0

    async def load_file(self, path: Path, feed: FeedFormat | None = None) -> FeedInfo:
        """Load one feed file, its format told by *feed* or by its start; see `IntelStore.load`.

        Raises:
            NotFoundError: there is no such file.
            InvalidError: the file is broken or of no known format; what was loaded before stays in use.
            ConflictError: the file is older than what is loaded.
        """
        with open_feed(path, feed) as opened:
            return await self._store.load(opened.header, opened.batches)

    async def ensure_starter(self) -> None:
        """Load the starter pack into a store that holds nothing yet, so that the first scan has answers."""
        if await self._store.feeds():
            return
        for feed in starter.feeds():
            await self._store.load(feed.header, feed.batches)

    async def status(self) -> Status:
        """Return what is loaded, and the revision that change queries count from."""
        changes = await self._store.changed_products(_NEVER)
        return Status(changes.revision, await self._store.feeds())

    async def match(
        self, technologies: Collection[str], *, beside: Sequence[str] = (), not_affected: bool = False
    ) -> Mapping[str, tuple[Match, ...]]:
        """Return for each CPE name of *technologies* the CVEs that affect it or may, by CVE.

        A CVE of the product that is not among them does not affect it; with *not_affected* those are told
        too. *beside* is what else runs on the same host.

        Raises:
            InvalidError: a name is no CPE name.
        """
        around = [read_technology(parse(text), self._aliases) for text in beside]
        by_product: dict[ProductKey, list[_Asked]] = {}
        for text in technologies:
            product, asked = self._asked(text)
            by_product.setdefault(product, []).append(asked)
        await self._forget_changed()
        found: dict[str, tuple[Match, ...]] = {}
        products = list(by_product)
        for start in range(0, len(products), PRODUCTS_AT_ONCE):
            some = {product: by_product[product] for product in products[start : start + PRODUCTS_AT_ONCE]}
            if not not_affected:
                some = await self._answer_plainly(some, found, around)
            await self._answer(some, found, around, not_affected=not_affected)
            self._trim()
        if not not_affected:
            await self._answer_firmware(by_product, found, beside, around)
        await self._advised(by_product, found, not_affected=not_affected)
        return found

    async def _answer_firmware(
        self,
        asked: Mapping[ProductKey, list[_Asked]],
        found: dict[str, tuple[Match, ...]],
        beside: Sequence[str],
        around: Sequence[Technology],
    ) -> None:
        """Add to *found* what is said of the firmware of devices: it is in them, of a version not known.

        Where firmware was seen *beside*, it is asked about by itself.
        """
        seen = {name for other in around for name in other.names}
        firmware = {
            product: f"{name_start(inside)}{ANY}{NO_ATTRIBUTES}"
            for product in asked
            if (inside := firmware_of(product)) is not None and inside not in seen
        }
        answers = await self.match(list(firmware.values()), beside=beside) if firmware else {}
        for product, name in firmware.items():
            for text, _, _ in asked[product] if answers[name] else ():
                both = {one.cve: one for one in (*answers[name], *found[text])}
                found[text] = tuple(sorted(both.values(), key=by_year))

    async def _advised(
        self,
        asked: Mapping[ProductKey, list[_Asked]],
        found: dict[str, tuple[Match, ...]],
        *,
        not_affected: bool,
    ) -> None:
        """Add to *found* what advisories say of products that are packages too."""
        packages = {product: keys for product in asked if (keys := self._packaged.packages(product))}
        if not packages:
            return
        known = await self._store.advisories(list({key for keys in packages.values() for key in keys}))
        for product, keys in packages.items():
            advisories = [(key, advisory) for key in keys for advisory in known.get(key, ())]
            for text, _, _ in asked[product] if advisories else ():
                technology = read_technology(parse(text), self._aliases)
                found[text] = with_advisories(technology, found[text], advisories, not_affected=not_affected)

    def _asked(self, text: str) -> tuple[ProductKey, _Asked]:
        if numbered := plain_version_of(text):
            product, version = numbered
            if self._aliases.sw_edition(product, version) == ANY:
                key = versions.order_for(product.part, product.product)(version)
                return product, (text, key, version.count(".") + 1)
        technology = read_technology(parse(text), self._aliases)
        name = technology.cpe
        product = ProductKey(name.part, name.vendor, name.product)
        numbers = name.version.count(".") + 1 if technology.ceiling else _WHOLE
        return product, (text, technology.key if technology.is_plain else b"", numbers)

    async def _answer_plainly(
        self,
        asked: Mapping[ProductKey, list[_Asked]],
        found: dict[str, tuple[Match, ...]],
        around: Sequence[Technology],
    ) -> dict[ProductKey, list[_Asked]]:
        """Put into *found* what the lines of the products tell, and return what they do not know to answer."""
        lines = await self._read_lines(asked)
        left: dict[ProductKey, list[_Asked]] = {}
        opened: dict[ProductKey, list[tuple[str, Told]]] = {}
        for product, some in asked.items():
            drawn = lines[product]
            if not drawn:
                found.update(dict.fromkeys([text for text, _, _ in some], ()))
                continue
            if len(drawn) > 1:
                # What several names of a product say together is for the conditions to judge.
                left[product] = some
                continue
            line = drawn[0]
            alone = not around and len(self._aliases.names(product)) == 1
            for one in some:
                text, key, numbers = one
                told = line.match(key, numbers, alone=alone) if key else None
                if told is None:
                    left.setdefault(product, []).append(one)
                elif told.open:
                    opened.setdefault(product, []).append((text, told))
                else:
                    found[text] = told.answer
        for product, open_cves in (await self._read_open(opened, lines)).items():
            for text, told in opened[product]:
                found[text] = open_cves.answer(text, told, around)
        return left

    async def _read_open(
        self,
        opened: Mapping[ProductKey, list[tuple[str, Told]]],
        lines: Mapping[ProductKey, tuple[LineMatcher, ...]],
    ) -> Mapping[ProductKey, OpenCves]:
        """Return for each product of *opened* what judges all that its line left open."""
        judges: dict[ProductKey, OpenCves] = {}
        for product, some in opened.items():
            (line,), kept = lines[product], self._open.get(product)
            if kept is None or kept.line is not line:
                kept = self._open[product] = OpenCves(line, parse(some[0][0]), self._aliases)
            self._open.move_to_end(product)
            judges[product] = kept
        missing = {
            product: indexes
            for product, judge in judges.items()
            if (indexes := judge.missing(told for _, told in opened[product]))
        }
        names = {product: self._aliases.names(product) for product in missing}
        rows = await self._store.prepared_of(
            [
                (name, judges[product].line.cves[index])
                for product, indexes in missing.items()
                for name in names[product]
                for index in sorted(indexes)
            ]
        )
        for product, indexes in missing.items():
            judges[product].take(indexes, [row for name in names[product] for row in rows.get(name, ())])
        return judges

    async def _read_lines(
        self, products: Iterable[ProductKey]
    ) -> Mapping[ProductKey, tuple[LineMatcher, ...]]:
        """Return the lines of each of *products* under all its names; none where no CVE names it."""
        wanted = tuple(products)
        lines = {product: self._lines[product] for product in wanted if product in self._lines}
        names = {product: self._aliases.names(product) for product in wanted if product not in lines}
        read = await self._store.lines([name for some in names.values() for name in some]) if names else {}
        for product, some in names.items():
            hosts = self._aliases.hosts
            lines[product] = tuple([LineMatcher(name, read[name], hosts) for name in some if name in read])
        self._lines |= lines
        for product in wanted:
            self._lines.move_to_end(product)
        return lines

    async def _answer(
        self,
        asked: Mapping[ProductKey, list[_Asked]],
        found: dict[str, tuple[Match, ...]],
        around: Sequence[Technology],
        *,
        not_affected: bool,
    ) -> None:
        """Put into *found* what the conditions of the products' CVEs judge."""
        names = {text: parse(text) for some in asked.values() for text, _, _ in some}
        matchers = await self._compile({product: names[some[0][0]] for product, some in asked.items()})
        unplain: dict[str, tuple[Match, ...]] = {}
        for product, some in asked.items():
            matcher = matchers[product]
            for text, key, _ in some:
                if matcher is None:
                    found[text] = ()
                else:
                    answer = matcher.match(names[text], beside=around, not_affected=not_affected)
                    (found if key else unplain)[text] = answer
        if unplain:
            found.update(await self._settled(names, unplain))

    async def _settled(
        self, names: Mapping[str, Cpe], found: dict[str, tuple[Match, ...]]
    ) -> Mapping[str, tuple[Match, ...]]:
        """Ask the distribution's own advisories about its builds, which the upstream version cannot tell."""
        builds: dict[str, tuple[PackageKey, str]] = {}
        for text, matches in found.items():
            if any(match.probe is not None and match.probe.kind == "package" for match in matches):
                build = self._build(names[text])
                if build:
                    builds[text] = build
        if not builds:
            return found
        known = await self._store.advisories(list({key for key, _ in builds.values()}))
        for text, (key, version) in builds.items():
            if key in known:
                found[text] = settle(found[text], version, known[key])
        return found

    def _build(self, name: Cpe) -> tuple[PackageKey, str] | None:
        distribution = read_technology(name, self._aliases).distribution
        source = self._aliases.source_package(ProductKey(name.part, name.vendor, name.product))
        if distribution is None or not source:
            return None
        version = package_version(name, distribution.name)
        return (PackageKey(distribution.name, source), version) if version else None

    async def _compile(
        self, products: Mapping[ProductKey, Cpe]
    ) -> Mapping[ProductKey, ProductMatcher | None]:
        """Return what judges each of *products*; None where no CVE names it."""
        matchers = {product: self._matchers[product] for product in products if product in self._matchers}
        missing = [product for product in products if product not in matchers]
        wanted = {name for product in missing for name in self._aliases.names(product)}
        prepared = await self._store.prepared(sorted(wanted)) if wanted else {}
        for product in missing:
            own = [row for name in self._aliases.names(product) for row in prepared.get(name, ())]
            matchers[product] = ProductMatcher(products[product], own, self._aliases) if own else None
        self._matchers |= matchers
        for product in products:
            self._matchers.move_to_end(product)
        return matchers

    async def _forget_changed(self) -> None:
        # With nothing compiled only the revision matters, and the list of a whole feed is not worth reading.
        changes = await self._store.changed_products(
            self._revision if self._matchers or self._lines else _NEVER
        )
        self._revision = changes.revision
        for changed in changes.products:
            for name in self._aliases.names(changed):
                self._matchers.pop(name, None)
                self._lines.pop(name, None)
                self._open.pop(name, None)

    def _trim(self) -> None:
        for kept in (self._matchers, self._lines, self._open):
            while len(kept) > MATCHERS_KEPT:
                kept.popitem(last=False)

    async def changed_products(self, since: int) -> tuple[int, frozenset[ProductKey]]:
        """Return the revision now, and all names of the products that changed after revision *since*."""
        changes = await self._store.changed_products(since)
        packaged = (product for package in changes.packages for product in self._products_of(package))
        return changes.revision, frozenset(self._all_names((*changes.products, *packaged)))

    async def changed_packages(self, since: int) -> tuple[PackageKey, ...]:
        """Return the packages whose advisories changed after revision *since*."""
        return (await self._store.changed_products(since)).packages

    def _products_of(self, package: PackageKey) -> tuple[ProductKey, ...]:
        if package.ecosystem.partition(":")[0] in TRACKED:
            return self._aliases.packaged_as(package.name)
        return self._packaged.products(package)

    async def changed_since(self, since: int, *, limit: int) -> frozenset[str] | None:
        """Return all CVEs of which anything changed after revision *since*, or None for more than *limit*."""
        return await self._store.changed_since(since, limit=limit)

    def _all_names(self, products: Iterable[ProductKey]) -> Iterable[ProductKey]:
        for product in products:
            yield from self._aliases.names(product)
            if (device := device_of(product)) is not None:
                yield device

    async def changed_cves(self, since: int, among: Collection[str]) -> frozenset[str]:
        """Return those CVEs of *among* of which anything changed after revision *since*, EPSS included.

        What has no CVE id is none of them: it is written anew when its package is looked at again.
        """
        return await self._store.changed_cves(since, [one for one in among if is_cve(one)])

    async def lookup(self, cves: Collection[str]) -> Mapping[str, Knowledge]:
        """Return what is known about each of *cves*, in their order; an unknown CVE has only its id.

        An advisory that no CVE was given to is looked up by its own id.
        """
        ids = [cve for cve in cves if is_cve(cve)]
        others = [cve for cve in cves if not is_cve(cve)]
        records = await self._store.cves(ids)
        kev = await self._store.kev(ids)
        epss = await self._store.epss(ids)
        ssvc = await self._store.ssvc(ids)
        exploits = await self._store.exploits(ids)
        advisories = dict(await self._store.advisory_records(others)) if others else {}
        unscored = [cve for cve in ids if not (cve in records and records[cve].cvss)]
        for cve, about in (await self._store.advisories_about(unscored)).items() if unscored else ():
            advisories[cve] = max(about, key=_severity)
        return {
            cve: Knowledge(
                cve,
                records.get(cve),
                kev.get(cve),
                epss.get(cve),
                ssvc.get(cve),
                exploits.get(cve, ()),
                advisories.get(cve),
            )
            for cve in cves
        }

    async def epss_on(self, day: date, cves: Collection[str]) -> Mapping[str, EpssScore]:
        """Return the scores that those of *cves* had on *day*; see `IntelStore.epss_on`."""
        return await self._store.epss_on(day, cves)

    async def match_packages(
        self, purls: Collection[str], *, not_affected: bool = False
    ) -> Mapping[str, tuple[PackageMatch, ...]]:
        """Return for each package URL of *purls* the advisories that affect it or may, by id.

        Raises:
            InvalidError: one is no package URL, or of an ecosystem without advisories.
        """
        packages = {text: read_purl(text) for text in purls}
        known = await self._store.advisories(
            list({key for package in packages.values() for key in package.keys})
        )
        return {
            text: match_known(package, known, not_affected=not_affected) for text, package in packages.items()
        }


def _severity(advisory: Advisory) -> float:
    """Return how severe *advisory* says it is; of several about one CVE the most severe counts."""
    return max((cvss.score for cvss in advisory.cvss), default=-1.0)
