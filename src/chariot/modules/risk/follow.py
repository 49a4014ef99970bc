"""New knowledge without a new scan: what a feed changed is told to the technologies and risks it is about."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final, NamedTuple

import structlog

from chariot.errors import ConflictError, InvalidError, UnavailableError
from chariot.model.keys import SHARED, Key, Organisation, escape
from chariot.model.kinds.weakness import Risk, Technology, Vulnerability
from chariot.model.kinds.work import Attribute
from chariot.model.observations import Observations
from chariot.model.records import Record
from chariot.model.states import RiskState
from chariot.modules.intel.cpe import parse
from chariot.modules.intel.packages import read_purl
from chariot.modules.intel.records import PackageKey, ProductKey
from chariot.modules.intel.service import Intelligence
from chariot.modules.risk.correlate import CORRELATOR, Correlator
from chariot.modules.risk.fanout import fan_out
from chariot.modules.risk.finding import PACKAGE
from chariot.modules.risk.knowledge import vulnerability_of
from chariot.modules.surface.query import PAGE_LIMIT, All, Compare, Filter, Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.ports import Checkpoints, Publisher
from chariot.modules.work.queues import CORRELATE

CHECKPOINT: Final = "intel"
MISSED: Final = "intel:{}"
"""Name of the checkpoint of an organisation that missed news: the first revision that it has not heard of.

Without a slash, which would send it to the organisation's own database: that is the one that is away.
"""
NAMED: Final = 20_000
"""With more CVEs changed than this (a day of scores), those on anybody's surface are walked instead."""
LOOKED_UP: Final = 1_000
"""With more products changed than this, all technologies are walked once instead of each product looked up."""

_log = structlog.get_logger(__name__)


class _News(NamedTuple):
    """What changed after revision `since`."""

    since: int
    revision: int
    products: Collection[ProductKey]
    packages: Collection[PackageKey]


class IntelFollower:
    """Follows the revisions of the intelligence store."""

    def __init__(
        self,
        surface: SurfaceService,
        intelligence: Intelligence,
        correlator: Correlator,
        bus: Publisher,
        checkpoints: Checkpoints,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._surface = surface
        self._store = surface.store
        self._intelligence = intelligence
        self._correlator = correlator
        self._bus = bus
        self._checkpoints = checkpoints
        self._now = now

    async def follow(self) -> int:
        """Take in what feeds changed since the last call; return the revision reached.

        An organisation whose database is away holds up no other, and has its news by a later call.
        """
        since = await self._checkpoints.get(CHECKPOINT)
        news = await self._news(since)
        if news.revision > since:
            async for changed in self._changed(since):
                await self.reassess_changed(changed)
        for organisation in await self._store.organisations():
            if organisation != SHARED:
                await self._tell(organisation, news)
        if news.revision > since:
            await self._checkpoints.put(CHECKPOINT, news.revision)
        return news.revision

    async def _news(self, since: int) -> _News:
        revision, products = await self._intelligence.changed_products(since)
        packages = await self._intelligence.changed_packages(since) if revision > since else ()
        return _News(since, revision, products, packages)

    async def _tell(self, organisation: Organisation, news: _News) -> None:
        """Match again what *organisation* has of *news*, and of all that it missed before.

        What it missed is remembered beside the common checkpoint, which moves on for the others.
        """
        mark = MISSED.format(organisation)
        first = await self._checkpoints.get(mark)
        since = first - 1 if first else news.since
        if since >= news.revision:
            return
        try:
            own = news if since == news.since else await self._news(since)
            await self.rematch(organisation, own.products, own.packages, own.revision)
        except UnavailableError as error:
            if since >= news.since:
                # Told when it begins, not by each call until its database is back.
                _log.warning("news_put_off", organisation=organisation, reason=str(error))
            await self._checkpoints.put(mark, since + 1)
            return
        if first:
            await self._checkpoints.put(mark, own.revision + 1)

    async def _changed(self, since: int) -> AsyncIterator[Collection[str]]:
        """Yield the CVEs that changed: a few are named by the feeds, of many those that anybody has are found."""
        few = await self._intelligence.changed_since(since, limit=NAMED)
        if few is not None:
            named = sorted(few)
            for start in range(0, len(named), PAGE_LIMIT):
                yield named[start : start + PAGE_LIMIT]
            return
        async for ids in self._known():
            yield await self._intelligence.changed_cves(since, ids)

    async def reassess_changed(self, cves: Collection[str]) -> None:
        """Write what is known of *cves* anew where they are on anybody's surface.

        The change of a shared vulnerability leads the assessor to its risks; nothing else is touched.
        """
        keys = {cve: Vulnerability(id=cve).key for cve in cves}
        present = await self._store.get(SHARED, list(keys.values()))
        known = await self._intelligence.lookup([cve for cve, key in keys.items() if key in present])
        if known:
            batch = Observations(
                capability=CORRELATOR,
                seen_at=self._now(),
                entities=tuple(vulnerability_of(one) for one in known.values()),
            )
            await self._surface.observe(SHARED, batch)

    async def rematch(
        self,
        organisation: Organisation,
        products: Collection[ProductKey],
        packages: Collection[PackageKey],
        revision: int,
    ) -> None:
        """Match again what *organisation* has of *products*, and its targets that hold one of *packages*.

        Raises:
            UnavailableError: its database does not answer.
        """
        if products:
            await self._products(organisation, products, revision)
        changed: dict[str, set[str]] = {}
        for ecosystem, name in packages:
            # Advisories are of releases, a package may be known without one: asked too often is harmless.
            changed.setdefault(name, set()).add(ecosystem.partition(":")[0])
        if changed:
            await self._holders(organisation, changed, revision)

    async def _products(
        self, organisation: Organisation, products: Collection[ProductKey], revision: int
    ) -> None:
        wanted = frozenset(products)
        for where in [None] if len(wanted) > LOOKED_UP else [_of_product(product) for product in wanted]:
            cursor = ""
            while True:
                query = Query(kinds=("technology",), where=where, limit=PAGE_LIMIT, cursor=cursor)
                page = await self._store.find(organisation, query)
                keys = [record.key for record in page.items if _product(record) in wanted]
                if keys:
                    await fan_out(self._bus, CORRELATE, f"intel-{revision}", organisation, keys)
                cursor = page.cursor
                if not cursor:
                    break

    async def _holders(
        self, organisation: Organisation, changed: Mapping[str, Collection[str]], revision: int
    ) -> None:
        listed = Compare("label", "=", (PACKAGE,))
        cursor = ""
        while True:
            query = Query(kinds=(Attribute.kind,), where=listed, limit=PAGE_LIMIT, cursor=cursor)
            page = await self._store.find(organisation, query)
            holders = {
                Key(record.entity.owner)
                for record in page.items
                if isinstance(record.entity, Attribute) and _is_among(record.entity.value, changed)
            }
            if holders:
                await fan_out(self._bus, CORRELATE, f"intel-{revision}", organisation, sorted(holders))
            cursor = page.cursor
            if not cursor:
                return

    async def _known(self) -> AsyncIterator[tuple[str, ...]]:
        cursor = ""
        while True:
            query = Query(kinds=("vulnerability",), limit=PAGE_LIMIT, cursor=cursor)
            page = await self._store.find(SHARED, query)
            if page.items:
                yield tuple(
                    record.entity.id for record in page.items if isinstance(record.entity, Vulnerability)
                )
            cursor = page.cursor
            if not cursor:
                return

    async def recheck(self, organisation: Organisation) -> int:
        """Look again at targets of remediated risks: what was seen since opens again; return how many targets.

        Seeing a technology again changes nothing about it, so no change in the log would lead there.
        """
        remediated = Compare("state", "=", (RiskState.REMEDIATED.value,))
        targets: dict[Key, None] = {}
        cursor = ""
        while True:
            query = Query(kinds=("risk",), where=remediated, limit=PAGE_LIMIT, cursor=cursor)
            page = await self._store.find(organisation, query)
            targets |= dict.fromkeys(_targets(page.items))
            cursor = page.cursor
            if not cursor:
                break
        for target in targets:
            try:
                await self._correlator.correlate(organisation, target)
            except ConflictError:
                # Somebody decided about one of its risks at the same moment: the next round looks again.
                _log.info("recheck_put_off", target=target)
        return len(targets)


def _is_among(purl: str, changed: Mapping[str, Collection[str]]) -> bool:
    """Tell whether *purl* names a package of *changed*, which has its ecosystems by name."""
    try:
        keys = read_purl(purl).keys
    except InvalidError:
        return False
    return any(key.ecosystem.partition(":")[0] in changed.get(key.name, ()) for key in keys)


def _targets(records: Iterable[Record]) -> Iterable[Key]:
    for record in records:
        if isinstance(record.entity, Risk) and CORRELATOR in record.origins:
            yield Key(record.entity.target)


def _of_product(product: ProductKey) -> Filter:
    """Return the filter for all versions of a product: a range of keys, so that an index serves it."""
    prefix = f"#technology#{escape(f'cpe:2.3:{product.part}:{product.vendor}:{product.product}:')}"
    return All((Compare("key", ">=", (prefix,)), Compare("key", "<", (f"{prefix}\U0010ffff",))))


def _product(record: Record) -> ProductKey | None:
    if not isinstance(record.entity, Technology):
        return None
    try:
        cpe = parse(record.entity.cpe)
    except InvalidError:
        # A name that intelligence cannot read is none of its products.
        return None
    return ProductKey(cpe.part, cpe.vendor, cpe.product)
