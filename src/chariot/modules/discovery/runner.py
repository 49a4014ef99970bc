"""The stages of the capability queues: run one capability at one target, and write what it finds."""

import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec
import structlog

from chariot.capability import CannotRunError, Capability, Found
from chariot.errors import BusyError, OutOfScopeError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import Job
from chariot.model.observations import Observations
from chariot.model.records import Record
from chariot.model.relationships import ENDS, Relationship, RelationshipType
from chariot.model.states import Outcome
from chariot.modules.discovery.budgets import Budgets
from chariot.modules.discovery.chains import Chains
from chariot.modules.discovery.guard import PAUSE_S, Egress, EgressGuard, Errand
from chariot.modules.discovery.horizon import Horizon, Lead
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.messages import JobOrder, job_order
from chariot.modules.discovery.ownership import OwnershipService
from chariot.modules.discovery.planner import SCANNED, is_allowed
from chariot.modules.discovery.ports import Files, NetworkFactory
from chariot.modules.discovery.registry import Registry
from chariot.modules.discovery.scope import host_of
from chariot.modules.discovery.supervision import Ending, Run, clean, matches
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message

_log = structlog.get_logger(__name__)

BATCH = 1_000
"""How many findings are written at once."""
FOUND_LIMIT = 200_000
"""How many findings one job may have; what goes on longer is cut, and says so."""
YIELDED = frozenset(
    {
        "domain",
        "address",
        "netblock",
        "port",
        "webapplication",
        "dnsrecord",
        "certificate",
        "technology",
        "attribute",
        "credential",
        "file",
        "risk",
    }
)
"""Kinds that a capability may find. Seeds, rules and settings are people's: a scanner widens no scope."""
BEYOND_LIMIT = 20_000
"""How many findings out of scope of one job are weighed."""
_LED_TO = frozenset({"domain", "address", "netblock", "port", "webapplication", "certificate"})
"""Kinds whose discovery is remembered; the others hang on what was looked at by a relationship of their own."""


class Tally(msgspec.Struct):
    """What became of the findings of one run."""

    found: int = 0
    outside: int = 0
    """Out of scope."""
    beyond: list[Entity] = []
    """What was out of scope, as far as it is kept to be weighed."""
    refused: int = 0
    """Of a kind that capabilities do not find, or not accepted by the store."""


class Runner:
    """The stage of one capability queue. See `chariot.modules.work.stages.Stage`."""

    def __init__(
        self,
        queue: str,
        registry: Registry,
        surface: SurfaceService,
        keeper: ScopeKeeper,
        networks: NetworkFactory,
        *,
        chains: Chains | None = None,
        ownership: OwnershipService | None = None,
        files: Files | None = None,
        budgets: Budgets | None = None,
        horizon: Horizon | None = None,
        worked: Callable[[Organisation, float], None] = lambda _, __: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        program: Callable[[str], str | None] = shutil.which,
    ) -> None:
        """*chains* hand on what was found, *files* keep what a run makes.

        *budgets* are asked before each run, and the *horizon* how far it goes. *worked* hears how long a run took,
        in seconds; *program* tells where an external program is, None where it is missing.
        """
        self.queue = queue
        self._registry = registry
        self._surface = surface
        self._keeper = keeper
        self._networks = networks
        self._ownership = ownership
        self._chains = chains
        self._files = files
        self._budgets = budgets
        self._horizon = horizon or Horizon(surface.store, now=now)
        self._worked = worked
        self._now = now
        self._program = program

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`."""
        order = job_order(message)
        organisation = message.organisation
        record = (await self._surface.store.get(organisation, [order.key])).get(order.key)
        if record is None or record.status not in SCANNED:
            return
        cls = self._registry.get(order.capability)
        if cls is None:
            ending = Ending(Outcome.UNKNOWN, f"the capability {order.capability} is not installed")
            await self._write(organisation, order.capability, [], _job(order, ending, Tally()))
            return
        verdict, names = await self._keeper.verdict(organisation, order.key)
        if not verdict or not is_allowed(cls, verdict.depth):
            _log.info("job_skipped", capability=cls.name, target=order.key, reason=verdict.why)
            return
        errand = Errand(capability=cls.name, touch=cls.touch, target=order.key, scan=order.scan)
        guard = self._keeper.guard_of(organisation)
        if await self._keeper.lets_go(organisation, order.scan, chained=cls.chained):
            return
        _hold_while_stopped(guard)
        if self._budgets is not None:
            await self._budgets.look(organisation)
        egress = Egress(guard, errand, {host_of(order.key): names} if names else None)
        refusal = _refusal(egress, order.key)
        if refusal:
            # A person named the seed: that nobody authorised looking there is no clean answer.
            ending = Ending(Outcome.UNKNOWN, clean(refusal))
            await self._write(organisation, cls.name, [], _job(order, ending, Tally()))
            return
        lead = await self._horizon.lead(organisation, record, order.scan)
        capability = self._registry.create(cls.name, self._networks.network(egress))
        if matches(capability, record.entity):
            if lead.beyond:
                ending = Ending(Outcome.UNKNOWN, lead.beyond)
                await self._write(organisation, cls.name, [], _job(order, ending, Tally()))
                return
            started = time.monotonic()
            try:
                async with self._keeper.watching(organisation):
                    await self._run(organisation, order, record, capability, egress, lead)
            finally:
                self._worked(organisation, time.monotonic() - started)

    async def _run(
        self,
        organisation: Organisation,
        order: JobOrder,
        record: Record,
        capability: Capability[Any],
        egress: Egress,
        lead: Lead,
    ) -> None:
        run = Run(capability, record.entity, egress.guard)
        tally = Tally()
        missing = [name for name in capability.needs if self._program(name) is None]
        if missing:
            run.cut(f"it needs {', '.join(missing)}, which is not installed")
        begun, found = self._now(), dict[Key, None]()
        try:
            while True:
                batch = await run.batch(BATCH)
                items = _admitted(record, batch, egress, tally, lead)
                await self._weigh(organisation, order, record, batch, tally)
                if capability.next:
                    found.update((item.key, None) for item in items if isinstance(item, Entity))
                if run.ending is None and tally.found >= FOUND_LIMIT:
                    run.cut(f"it found more than {FOUND_LIMIT:,} things; what came after them is not kept")
                if run.ending is not None:
                    break
                tally.refused += await self._write(organisation, capability.name, items)
        finally:
            await run.close()
        if lead.refusal and run.ending.outcome is Outcome.DONE:
            run.cut(lead.refusal)
        if egress.guard.stopped:
            await self._write(organisation, capability.name, items)
            _hold_while_stopped(egress.guard)
        await self._keep(organisation, capability)
        job = _job(order, run.ending, tally, capability.told_version)
        tally.refused += await self._write(organisation, capability.name, items, job)
        if self._chains is not None:
            await self._chains.hand_on(organisation, order, capability, found, begun)
        _tell(order, run.ending, tally)

    async def _keep(self, organisation: Organisation, capability: Capability[Any]) -> None:
        """Keep the files that the run made, where there is a place for them."""
        if self._files is not None:
            for kept in capability.kept:
                await self._files.replace(
                    organisation, kept.path, kept.data, media_type=kept.media_type, actor=capability.name
                )

    async def _weigh(
        self, organisation: Organisation, order: JobOrder, record: Record, found: list[Found], tally: Tally
    ) -> None:
        """Have what lies out of scope weighed: it may be ours."""
        beyond, tally.beyond = tally.beyond, []
        if self._ownership is not None:
            await self._ownership.consider(
                organisation, record, order.capability, found, beyond, scan=order.scan
            )

    async def _write(
        self, organisation: Organisation, capability: str, items: Iterable[Found], job: Job | None = None
    ) -> int:
        """Write one batch and return how many of its items were refused."""
        found = list(items)
        entities = [item for item in found if isinstance(item, Entity)]
        if job is not None:
            entities.append(job)
        applied = await self._surface.observe(
            organisation,
            Observations(
                capability=capability,
                seen_at=self._now(),
                entities=tuple(entities),  # type: ignore[arg-type]  # checked by kind
                relationships=tuple(item for item in found if isinstance(item, Relationship)),
            ),
        )
        for refusal in applied.refused[:10]:
            _log.warning(
                "finding_refused", capability=capability, place=refusal.place, reason=clean(refusal.reason)
            )
        return len(applied.refused)


def _hold_while_stopped(guard: EgressGuard) -> None:
    """Raise while the kill switch is on: the job keeps its place, and runs from its start when it may.

    Raises:
        BusyError: everything is stopped.
    """
    if guard.stopped:
        raise BusyError(f"everything is stopped: {guard.stopped}", retry_after_s=PAUSE_S)


def _refusal(egress: Egress, target: Key) -> str:
    """Return why no contract allows looking at *target* now; empty when nothing is in the way."""
    try:
        egress.check_contract(target)
    except (OutOfScopeError, CannotRunError) as error:
        return str(error)
    return ""


def _admitted(
    record: Record, found: Iterable[Found], egress: Egress, tally: Tally, lead: Lead
) -> list[Found]:
    """Return what may be kept, with how each thing was discovered; count the rest."""
    kept: list[Found] = []
    leads = record.kind in ENDS[RelationshipType.DISCOVERED][0]
    for item in found:
        if isinstance(item, Relationship):
            left_out = item.source in lead.left_out or item.target in lead.left_out
            if not left_out and egress.verdict(item.source) and egress.verdict(item.target):
                kept.append(item)
            continue
        if not isinstance(item, Entity) or item.kind not in YIELDED:
            tally.refused += 1
            continue
        key = item.key
        if not egress.verdict(key):
            tally.outside += 1
            if len(tally.beyond) < BEYOND_LIMIT:
                tally.beyond.append(item)
            continue
        if not lead.keeps(item):
            continue
        kept.append(item)
        tally.found += 1
        if leads and item.kind in _LED_TO and key != record.key:
            kept.append(Relationship(RelationshipType.DISCOVERED, record.key, key))
    return kept


def _job(order: JobOrder, ending: Ending, tally: Tally, version: str = "") -> Job:
    """Return the job's facts: nothing in them changes when the same look gives the same answer."""
    return Job(
        capability=order.capability,
        target=order.key,
        outcome=ending.outcome,
        reason=ending.reason,
        found=tally.found,
        version=clean(version)[:100],
    )


def _tell(order: JobOrder, ending: Ending, tally: Tally) -> None:
    log = _log.warning if ending.outcome is Outcome.UNKNOWN or tally.refused else _log.debug
    log(
        "job_ended",
        capability=order.capability,
        target=order.key,
        outcome=ending.outcome.value,
        reason=ending.reason,
        found=tally.found,
        out_of_scope=tally.outside,
        refused=tally.refused,
    )
