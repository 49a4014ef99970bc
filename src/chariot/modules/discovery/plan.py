"""What a scan will do, before it does it: targets, packets and time of each capability."""

import shutil
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from datetime import UTC, datetime
from ipaddress import ip_network

import msgspec

from chariot.capability import CannotRunError, Touch
from chariot.errors import OutOfScopeError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Address, Domain, Netblock
from chariot.model.kinds.work import Seed
from chariot.model.records import Record
from chariot.model.states import Depth
from chariot.modules.discovery.budgets import Budget
from chariot.modules.discovery.cadence import Cadence, job_key, job_keys
from chariot.modules.discovery.guard import EgressGuard
from chariot.modules.discovery.journal import JournalStore
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.planner import SCANNED, is_allowed
from chariot.modules.discovery.registry import AnyCapability, Registry
from chariot.modules.discovery.scans import checked_seeds
from chariot.modules.discovery.scope import Scope, Verdict, host_of
from chariot.modules.discovery.seeding import denials
from chariot.modules.discovery.supervision import matches
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

PAGE = 500
EXAMPLES = 3


class Paces(msgspec.Struct, frozen=True):
    """How fast things are sent."""

    per_s: float
    per_target_per_s: float


class PlannedWork(msgspec.Struct, frozen=True, kw_only=True):
    """What one capability will do."""

    capability: str
    touch: Touch
    targets: int
    packets: int
    """About as many look-ups, connections and requests."""
    seconds: float
    """How long that takes at the pace of the settings, alone."""
    sends: str
    missing: tuple[str, ...]
    """Programs that it needs and that are not installed: its answers will be unknown."""
    examples: tuple[str, ...]


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What a scan will do with what is known now; what it finds anew is looked at as well."""

    work: tuple[PlannedWork, ...]
    targets: int
    """Different things that are looked at."""
    packets: int
    seconds: float
    """How long all of it takes at least, at the pace of the settings."""
    refused: int
    """Things that are known, and neither seeds nor contracts let be looked at."""
    not_due: int
    """Looks that are left out, since their last answer is still good."""
    left_out: tuple[str, ...]
    """Tools that are not installed and that nobody required."""
    notes: tuple[str, ...]
    """What stands in the way: the kill switch, a contract, the day's budget."""


class _Sums:
    """What is added up for one plan."""

    def __init__(self) -> None:
        self.targets: defaultdict[str, set[Key]] = defaultdict(set)
        self.packets: Counter[str] = Counter()
        self.hosts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.refused = 0
        self.not_due = 0
        self.notes: dict[str, None] = {}


class ScanPlans:
    """Tells what a scan will do. Nothing is sent and nothing is written for that."""

    def __init__(
        self,
        registry: Registry,
        surface: SurfaceService,
        keeper: ScopeKeeper,
        journal: JournalStore,
        paces: Paces,
        *,
        cadence: Cadence | None = None,
        left_out: Collection[str] = (),
        budget: Budget | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        program: Callable[[str], str | None] = shutil.which,
    ) -> None:
        self._registry = registry
        self._surface = surface
        self._keeper = keeper
        self._journal = journal
        self._paces = paces
        self._cadence = cadence or Cadence()
        self._left_out = frozenset(left_out)
        self._budget = budget or Budget()
        self._now = now
        self._program = program

    async def plan(
        self,
        organisation: Organisation,
        seeds: Sequence[str] = (),
        *,
        deny: Sequence[str] = (),
        depth: Depth | None = None,
        due_only: bool = False,
    ) -> Plan:
        """Return what `ScanService.start` would do with the same words.

        Raises:
            InvalidError: a seed or a denial is wrong; the text names which one.
        """
        wanted = [Seed(value=value, depth=depth or Depth.NORMAL) for value in checked_seeds(seeds, "seeds")]
        lists = denials(wanted, checked_seeds(deny, "deny")) if wanted else []
        new = [
            msgspec.structs.replace(seed, deny=tuple(sorted(denied)))
            for seed, denied in zip(wanted, lists, strict=True)
        ]
        guard = await self._keeper.guard(organisation)
        scope = await self._keeper.scope_with(organisation, new)
        sums = _Sums()
        known: set[Key] = set()
        async for records in self._known(organisation):
            known.update(record.key for record in records)
            await self._add(organisation, records, scope, guard, sums, due_only=due_only)
        for entity in _assumed(new):
            if entity.key not in known:
                self._look(entity, scope.key(entity.key), guard, sums, self._planned(entity.kind), ())
        return await self._plan(organisation, guard, sums)

    async def _known(self, organisation: Organisation) -> AsyncIterator[list[Record]]:
        for kind in self._registry.kinds:
            cursor = ""
            while True:
                query = Query(kinds=(kind,), limit=PAGE, cursor=cursor)
                page = await self._surface.store.find(organisation, query)
                yield [record for record in page.items if record.status in SCANNED]
                cursor = page.cursor
                if not cursor:
                    break

    def _planned(self, kind: str) -> list[AnyCapability]:
        return [
            one
            for one in self._registry.accepting(kind)
            if not one.chained and one.name not in self._left_out
        ]

    async def _add(
        self,
        organisation: Organisation,
        records: Sequence[Record],
        scope: Scope,
        guard: EgressGuard,
        sums: _Sums,
        *,
        due_only: bool,
    ) -> None:
        names = sorted({one.name for record in records for one in self._planned(record.kind)})
        jobs = await self._surface.store.get(organisation, job_keys(records, names)) if due_only else {}
        now = self._now()
        for record in records:
            capabilities = self._planned(record.kind)
            if due_only:
                due = [
                    one
                    for one in capabilities
                    if self._cadence.is_due(one, record, jobs.get(job_key(one.name, record.key)), now)
                ]
                sums.not_due += len(capabilities) - len(due)
                capabilities = due
            via = await self._keeper.names_of(organisation, record.key)
            verdict = scope.key(record.key, via)
            self._look(record.entity, verdict, guard, sums, capabilities, via)

    def _look(
        self,
        entity: Entity,
        verdict: Verdict,
        guard: EgressGuard,
        sums: _Sums,
        capabilities: Sequence[AnyCapability],
        via: Collection[str],
    ) -> None:
        if not verdict:
            sums.refused += 1
            return
        for one in capabilities:
            if not is_allowed(one, verdict.depth) or not matches(one, entity):
                continue
            if one.touch is not Touch.PASSIVE:
                try:
                    guard.contracts.authority(
                        lambda each: each.key(entity.key, via), verdict, one.touch, self._now()
                    )
                except (OutOfScopeError, CannotRunError) as error:
                    sums.refused += 1
                    sums.notes[str(error)] = None
                    continue
            cost = max(0, one.cost(entity))
            sums.targets[one.name].add(entity.key)
            sums.packets[one.name] += cost
            sums.hosts[one.name][host_of(entity.key) or entity.key] += cost

    async def _plan(self, organisation: Organisation, guard: EgressGuard, sums: _Sums) -> Plan:
        work = []
        for name in sorted(sums.targets):
            cls = self._registry.get(name)
            assert cls is not None
            work.append(
                PlannedWork(
                    capability=name,
                    touch=cls.touch,
                    targets=len(sums.targets[name]),
                    packets=sums.packets[name],
                    seconds=self._seconds(sums.hosts[name]),
                    sends=cls.sends,
                    missing=tuple(tool for tool in cls.needs if self._program(tool) is None),
                    examples=tuple(sorted(sums.targets[name])[:EXAMPLES]),
                )
            )
        everywhere: Counter[str] = sum(sums.hosts.values(), Counter())
        packets = sum(sums.packets.values())
        return Plan(
            work=tuple(work),
            targets=len(set().union(*sums.targets.values())) if sums.targets else 0,
            packets=packets,
            seconds=self._seconds(everywhere),
            refused=sums.refused,
            not_due=sums.not_due,
            left_out=tuple(sorted(self._left_out)),
            notes=await self._notes(organisation, guard, sums, packets),
        )

    def _seconds(self, hosts: Counter[str]) -> float:
        """Return how long it takes at least: all together at one pace, and the busiest target at its own."""
        busiest = max(hosts.values(), default=0)
        return round(max(hosts.total() / self._paces.per_s, busiest / self._paces.per_target_per_s), 1)

    async def _notes(
        self, organisation: Organisation, guard: EgressGuard, sums: _Sums, packets: int
    ) -> tuple[str, ...]:
        notes = []
        if guard.stopped:
            notes.append(f"everything is stopped: {guard.stopped}")
        if self._budget.packets:
            used = (await self._journal.usage(organisation, self._now().date())).packets
            left = max(0, self._budget.packets - used)
            if packets > left:
                notes.append(f"the day's budget has {left:,} packets left: the rest will be unknown")
        return (*notes, *list(sums.notes)[:10])


def _assumed(seeds: Sequence[Seed]) -> list[Entity]:
    """Return what *seeds* will lead to at first."""
    found: list[Entity] = list(seeds)
    for seed in seeds:
        if not seed.is_network:
            found.append(Domain(host=seed.value))
        elif ip_network(seed.value).num_addresses > 1:
            found.append(Netblock(cidr=seed.value))
        else:
            found.append(Address(ip=seed.value.partition("/")[0]))
    return found
