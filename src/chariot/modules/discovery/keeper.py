"""Keeps the scope of each organisation current, from the seeds and exclusions in its store."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from ipaddress import ip_address

import msgspec

from chariot.errors import UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.scope import Contract
from chariot.model.kinds.work import Scan, Seed, Setting
from chariot.model.records import Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import Status
from chariot.modules.discovery.contracting import ContractSeals
from chariot.modules.discovery.contracts import Contracts
from chariot.modules.discovery.guard import EgressGuard, OpenScan
from chariot.modules.discovery.scope import Scope, Verdict, host_of
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Query

MAX_AGE_S = 1.0
"""How long a change of seeds by another process may go unnoticed by what begins here."""
DOUBT_S = 0.05
"""How old a scope may be that refuses: the permission may be just being written."""
NAMES_LIMIT = 200
"""How many names of one address are considered."""

STOP = "scan-all-stopped"
"""The setting that holds why everything is stopped."""

LOOK_S = 0.25
"""How often the kill switch is read while something runs."""

_OPEN = parse_filter("state=running,paused,cancelling", (Scan.kind,))
_STOP_KEY = Setting(label=STOP).key
_CHECKED_LIMIT = 10_000
_PLACES = ("domain", "address", "netblock", "port", "webapplication")
_NEVER = float("-inf")


Counts = Mapping[str, Mapping[str, int]]
"""Entities by kind and status."""


class _Watch:
    """The look-out for one organisation, shared by all that runs for it."""

    def __init__(self, task: "asyncio.Task[None]") -> None:
        self.task = task
        self.users = 0


class ScopeKeeper:
    """One guard for each organisation, its scope read again when it is older than a second."""

    def __init__(
        self,
        store: EntityReader,
        *,
        seals: ContractSeals | None = None,
        contract_required: bool = False,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*seals* tell whether a contract is as it was signed; without them none can be in force."""
        self._store = store
        self._seals = seals
        self._contract_required = contract_required
        self._clock = clock
        self._now = now
        self._watches: dict[Organisation, _Watch] = {}
        self._checked: dict[tuple[Organisation, Key, int], str] = {}
        self._guards: dict[Organisation, EgressGuard] = {}
        self._read_at: dict[Organisation, float] = {}
        self._locks: dict[Organisation, asyncio.Lock] = {}
        self._told: dict[Organisation, str] = {}

    def guard_of(self, organisation: Organisation) -> EgressGuard:
        """Return the guard, with the scope that was last read."""
        return self._guards.setdefault(organisation, EgressGuard(organisation, now=self._now))

    async def guard(self, organisation: Organisation, *, max_age_s: float = MAX_AGE_S) -> EgressGuard:
        """Return the guard with a scope not older than *max_age_s*."""
        guard = self.guard_of(organisation)
        async with self._locks.setdefault(organisation, asyncio.Lock()):
            begun = self._clock()
            if begun - self._read_at.get(organisation, _NEVER) >= max_age_s:
                counts = await self._store.counts(organisation)
                guard.update(
                    await self._scope(organisation, counts), await self._contracts(organisation, counts)
                )
                await self._look(organisation)
                guard.scans = await self._scans(organisation, counts)
                self._read_at[organisation] = begun
        return guard

    @asynccontextmanager
    async def watching(self, organisation: Organisation) -> AsyncIterator[None]:
        """Keep the guard current while the block runs: what other processes decide reaches what is under way."""
        watch = self._watches.get(organisation)
        if watch is None:
            task = asyncio.create_task(self._watch(organisation))
            watch = self._watches[organisation] = _Watch(task)
        watch.users += 1
        try:
            yield
        finally:
            watch.users -= 1
            if watch.users == 0:
                del self._watches[organisation]
                watch.task.cancel()
                await asyncio.wait({watch.task})

    async def _watch(self, organisation: Organisation) -> None:
        while True:
            await asyncio.sleep(LOOK_S)
            # While the store is away, what was read last stays in force.
            with suppress(UnavailableError):
                await self._look(organisation)
                await self.guard(organisation)

    async def _look(self, organisation: Organisation) -> None:
        """Bring the guard the kill switch alone: one row, so that it can be read many times in a second."""
        record = (await self._store.get(organisation, [_STOP_KEY])).get(_STOP_KEY)
        setting = record.entity if record is not None and record.status is Status.ACTIVE else None
        self._tell(organisation, setting.value if isinstance(setting, Setting) else "")

    def _tell(self, organisation: Organisation, stopped: str) -> None:
        guard = self.guard_of(organisation)
        if stopped:
            guard.stop(stopped)
        elif self._told.get(organisation):
            # What was stopped here alone, and is not written down yet, stays so.
            guard.resume()
        self._told[organisation] = stopped

    async def _scans(self, organisation: Organisation, counts: Counts) -> Sequence[OpenScan]:
        """Return the scans that have not ended, in whichever process they were ordered."""
        if not counts.get(Scan.kind):
            return ()
        query = Query(kinds=(Scan.kind,), where=_OPEN, sort="started_at", limit=PAGE_LIMIT)
        return [
            OpenScan(record.entity.id, record.entity.state)
            async for record in self._all(organisation, query)
            # A scan is ordered here: what a file or a scanner claims is none.
            if isinstance(record.entity, Scan) and "state" in record.decided
        ]

    async def lets_go(self, organisation: Organisation, scan: str, *, chained: bool = False) -> bool:
        """Tell whether the work of *scan* is let go of; see `EgressGuard.lets_go`."""
        if not (await self.guard(organisation)).lets_go(scan, chained=chained):
            return False
        # It may go on by now: nobody would order again what is let go of then.
        return (await self.guard(organisation, max_age_s=0.0)).lets_go(scan, chained=chained)

    def invalidate(self, organisation: Organisation) -> None:
        """Have the scope read again before anything else begins."""
        self._read_at.pop(organisation, None)

    async def verdict(self, organisation: Organisation, key: Key) -> tuple[Verdict, Collection[str]]:
        """Return the verdict on *key*, and the names that resolve to the address in it, if it needed them."""
        guard = await self.guard(organisation)
        names = await self.names_of(organisation, key)
        verdict = guard.scope.key(key, names)
        if not verdict:
            guard = await self.guard(organisation, max_age_s=DOUBT_S)
            verdict = guard.scope.key(key, names)
        return verdict, names

    async def names_of(self, organisation: Organisation, key: Key) -> Collection[str]:
        """Return the names that are known to resolve to the address in *key*; none when no name is needed.

        What is stored was in scope when it was resolved; whether the names are still, the scope says.
        """
        host = host_of(key)
        if self.guard_of(organisation).scope.admits_address(host):
            return ()
        return await self.names_at(organisation, host)

    async def names_at(self, organisation: Organisation, host: str) -> Collection[str]:
        """Return the names that are known to resolve to *host*; none when it is no address."""
        if not _is_address(host):
            return ()
        page = await self._store.edges(
            organisation,
            Key(f"#address#{host}"),
            direction="in",
            types=(RelationshipType.RESOLVES_TO,),
            limit=NAMES_LIMIT,
        )
        return [host_of(edge.source) for edge in page.items]

    async def _contracts(self, organisation: Organisation, counts: Counts) -> Contracts:
        """Return the contracts in force. Only a decision makes one: what a file or a scanner claims is none."""
        if not counts.get(Contract.kind):
            return Contracts(explicit=self._contract_required)
        query = Query(kinds=(Contract.kind,), limit=PAGE_LIMIT, everything=True)
        records = [
            record
            async for record in self._all(organisation, query)
            if isinstance(record.entity, Contract) and "status" in record.decided
        ]
        active = [record for record in records if record.status is Status.ACTIVE]
        faults = {record.name: fault for record in active if (fault := self._fault(organisation, record))}
        return Contracts.of(
            [record.entity for record in active if isinstance(record.entity, Contract)],
            faults,
            required=self._contract_required,
            withdrawn=len(records) - len(active),
        )

    def _fault(self, organisation: Organisation, record: Record) -> str:
        """Return why a contract is not as it was signed; looked at once for each of its versions."""
        known = (organisation, record.key, record.revision)
        if known not in self._checked:
            if len(self._checked) >= _CHECKED_LIMIT:
                self._checked.clear()
            assert isinstance(record.entity, Contract)
            self._checked[known] = (
                self._seals.fault(organisation, record.entity) if self._seals else "cannot be verified here"
            )
        return self._checked[known]

    async def scope_with(self, organisation: Organisation, more: Sequence[Seed]) -> Scope:
        """Return the scope that the seeds *more* would make, together with what is there."""
        return await self._scope(organisation, await self._store.counts(organisation), more)

    async def _scope(self, organisation: Organisation, counts: Counts, more: Sequence[Seed] = ()) -> Scope:
        seeds = await self.seeds(organisation)
        return Scope.of(_together(seeds, more), await self._excluded(organisation, counts))

    async def seeds(self, organisation: Organisation) -> list[Seed]:
        """Return the seeds that make the scope."""
        return [
            record.entity
            async for record in self._all(organisation, Query(kinds=("seed",), limit=PAGE_LIMIT))
            # Only a decision makes a seed: what a scanner or a file claims widens no scope.
            if isinstance(record.entity, Seed)
            and record.status is Status.ACTIVE
            and "status" in record.decided
        ]

    async def excluded(self, organisation: Organisation) -> list[Key]:
        """Return the keys of places that a person took out of the inventory."""
        return await self._excluded(organisation, await self._store.counts(organisation))

    async def _excluded(self, organisation: Organisation, counts: Counts) -> list[Key]:
        excluded: list[Key] = []
        for kind in _PLACES:
            if counts.get(kind, {}).get(Status.EXCLUDED.value):
                where = parse_filter(f"status={Status.EXCLUDED.value}", (kind,))
                query = Query(kinds=(kind,), where=where, limit=PAGE_LIMIT, everything=True)
                excluded += [record.key async for record in self._all(organisation, query)]
        return excluded

    async def _all(self, organisation: Organisation, query: Query) -> AsyncIterator[Record]:
        while True:
            page = await self._store.find(organisation, query)
            for record in page.items:
                yield record
            if not page.cursor:
                return
            query = Query(
                kinds=query.kinds,
                where=query.where,
                limit=query.limit,
                everything=query.everything,
                cursor=page.cursor,
            )


def _together(seeds: Sequence[Seed], more: Sequence[Seed]) -> list[Seed]:
    """Return *seeds* and *more*; of one that is in both, the depth of *more* counts, and all that either denies."""
    named = {seed.key: seed for seed in seeds}
    for seed in more:
        before = named.get(seed.key, seed)
        named[seed.key] = msgspec.structs.replace(seed, deny=tuple(sorted({*before.deny, *seed.deny})))
    return list(named.values())


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
