"""The stage `plan`: which capabilities look at what, after a change or at the start of a scan."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import msgspec

from chariot.model.keys import Organisation
from chariot.model.records import Op, Record
from chariot.model.states import Depth, Status
from chariot.modules.discovery.cadence import Cadence, is_answered, job_key, job_keys
from chariot.modules.discovery.guard import ALLOWED
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.messages import (
    JobOrder,
    PageOrder,
    ScanOrder,
    job_message,
    page_message,
    plan_order,
)
from chariot.modules.discovery.registry import QUEUES, AnyCapability, Registry
from chariot.modules.discovery.supervision import matches
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import Publisher
from chariot.modules.work.queues import PLAN
from chariot.modules.work.relay import Interest, Notice, Route

SCANNED = frozenset({Status.ACTIVE, Status.STALE})
"""What is looked at: candidates wait for a person, frozen things stay as they are."""
PAGE = 500

Due = Callable[[AnyCapability, Record], bool]
"""Whether a capability should look at something."""


class Planner:
    """See `chariot.modules.work.stages.Stage`."""

    queue = PLAN

    def __init__(
        self,
        registry: Registry,
        surface: SurfaceService,
        keeper: ScopeKeeper,
        bus: Publisher,
        *,
        cadence: Cadence | None = None,
        left_out: Collection[str] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*left_out* are capabilities that are never planned: nobody asked for them, and their program is missing."""
        self._registry = registry
        self._surface = surface
        self._keeper = keeper
        self._bus = bus
        self._cadence = cadence or Cadence()
        self._left_out = frozenset(left_out)
        self._now = now

    def routes(self) -> tuple[Route, ...]:
        """Return which changes the relay brings here: what is new, came back, or was let in by a person."""
        kinds = frozenset(self._registry.kinds)
        if not kinds:
            return ()
        new = Interest(kinds=kinds, ops=frozenset({Op.CREATED, Op.RETURNED}))
        let_in = Interest(kinds=kinds, ops=frozenset({Op.DECIDED}), fields=frozenset({"status"}))
        return (Route(PLAN, new), Route(PLAN, let_in))

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`."""
        organisation = message.organisation
        match plan_order(message):
            case ScanOrder() as order:
                if not await self._keeper.lets_go(organisation, order.scan):
                    await self._begin(organisation, order)
            case PageOrder() as order:
                if not await self._keeper.lets_go(organisation, order.scan):
                    await self._page(organisation, order)
            case Notice() as notice:
                # A relationship's change begins at an entity that is itself no news.
                if notice.relationship is None:
                    await self._change(organisation, notice)

    async def _begin(self, organisation: Organisation, order: ScanOrder) -> None:
        self._keeper.invalidate(organisation)
        pages = [
            PageOrder(
                scan=order.scan,
                kind=kind,
                started_at=order.started_at,
                due_only=order.due_only,
                round=order.round,
                since=order.since,
            )
            for kind in self._registry.kinds
        ]
        await self._bus.publish([page_message(organisation, page) for page in pages])

    async def _page(self, organisation: Organisation, order: PageOrder) -> None:
        query = Query(kinds=(order.kind,), limit=PAGE, cursor=order.cursor)
        page = await self._surface.store.find(organisation, query)
        # What is newer comes by its change.
        records = [record for record in page.items if record.created < order.started_at]
        due = await self._due(organisation, order, records)
        messages: list[Message] = []
        for record in records:
            messages += await self._jobs(organisation, record, due, scan=order.scan, again=order.round)
        if page.cursor:
            messages.append(page_message(organisation, msgspec.structs.replace(order, cursor=page.cursor)))
        if messages:
            await self._bus.publish(messages)

    async def _change(self, organisation: Organisation, notice: Notice) -> None:
        records = await self._surface.store.get(organisation, [notice.key])
        record = records.get(notice.key)
        if record is None:
            return
        scan = (await self._keeper.guard(organisation)).scan
        messages = await self._jobs(organisation, record, _always, scan=scan, sequence=notice.sequence)
        if messages:
            await self._bus.publish(messages)

    async def _due(self, organisation: Organisation, order: PageOrder, records: Sequence[Record]) -> Due:
        """Return what tells which looks at *records* the order wants."""
        if not order.due_only and order.since is None:
            return _always
        names = [one.name for one in self._planned(order.kind)]
        jobs = await self._surface.store.get(organisation, job_keys(records, names))
        now = self._now()

        def due(capability: AnyCapability, record: Record) -> bool:
            job = jobs.get(job_key(capability.name, record.key))
            if order.since is not None and is_answered(record, job, order.since):
                return False
            return not order.due_only or self._cadence.is_due(capability, record, job, now)

        return due

    def _planned(self, kind: str) -> list[AnyCapability]:
        """Return what looks at a *kind* by itself."""
        return [
            one
            for one in self._registry.accepting(kind)
            if not one.chained and one.name not in self._left_out
        ]

    async def _jobs(
        self,
        organisation: Organisation,
        record: Record,
        due: Due,
        *,
        scan: str,
        sequence: int = 0,
        again: int = 0,
    ) -> list[Message]:
        """Return the jobs at *record* that are *due*."""
        if record.status not in SCANNED:
            return []
        capabilities = [one for one in self._planned(record.kind) if due(one, record)]
        if not capabilities:
            return []
        verdict, _ = await self._keeper.verdict(organisation, record.key)
        if not verdict:
            return []
        return [
            job_message(
                organisation,
                QUEUES[one.queue],
                JobOrder(capability=one.name, key=record.key, scan=scan, sequence=sequence, round=again),
            )
            for one in capabilities
            if is_allowed(one, verdict.depth) and matches(one, record.entity)
        ]


def _always(_: AnyCapability, __: Record) -> bool:
    return True


def is_allowed(capability: AnyCapability | type[AnyCapability], depth: Depth) -> bool:
    """Tell whether a seed of *depth* lets *capability* run."""
    return capability.touch in ALLOWED[depth] and (depth is Depth.DEEP or not capability.deep)
