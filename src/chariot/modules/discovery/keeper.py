"""Keeps the scope of each organisation current, from the seeds and exclusions in its store."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address

from chariot.errors import UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import Seed, Setting
from chariot.model.records import Record
from chariot.model.relationships import RelationshipType
from chariot.model.states import Status
from chariot.modules.discovery.guard import EgressGuard, Halt
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

SWITCH = "scan-"
"""Settings whose names begin so are switches: `scan-<id>` tells how one scan is halted."""
STOP = "scan-all-stopped"
"""This one holds why everything is stopped."""

_PLACES = ("domain", "address", "netblock", "port", "webapplication")
_NEVER = float("-inf")


class ScopeKeeper:
    """One guard for each organisation, its scope read again when it is older than a second."""

    def __init__(self, store: EntityReader, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._store = store
        self._clock = clock
        self._guards: dict[Organisation, EgressGuard] = {}
        self._read_at: dict[Organisation, float] = {}
        self._locks: dict[Organisation, asyncio.Lock] = {}
        self._told: dict[Organisation, str] = {}

    def guard_of(self, organisation: Organisation) -> EgressGuard:
        """Return the guard, with the scope that was last read."""
        return self._guards.setdefault(organisation, EgressGuard(organisation))

    async def guard(self, organisation: Organisation, *, max_age_s: float = MAX_AGE_S) -> EgressGuard:
        """Return the guard with a scope not older than *max_age_s*."""
        guard = self.guard_of(organisation)
        async with self._locks.setdefault(organisation, asyncio.Lock()):
            begun = self._clock()
            if begun - self._read_at.get(organisation, _NEVER) >= max_age_s:
                guard.update(await self._scope(organisation))
                await self._switches(organisation, guard)
                self._read_at[organisation] = begun
        return guard

    @asynccontextmanager
    async def watching(self, organisation: Organisation) -> AsyncIterator[None]:
        """Keep the guard current while the block runs: what other processes decide reaches what is under way."""
        watch = asyncio.create_task(self._watch(organisation))
        try:
            yield
        finally:
            watch.cancel()
            await asyncio.wait({watch})

    async def _watch(self, organisation: Organisation) -> None:
        while True:
            await asyncio.sleep(MAX_AGE_S)
            # While the store is away, what was read last stays in force.
            with suppress(UnavailableError):
                await self.guard(organisation)

    async def _switches(self, organisation: Organisation, guard: EgressGuard) -> None:
        """Bring the guard what people switched, in whichever process."""
        where = parse_filter(f"label~{SWITCH}", ("setting",))
        query = Query(kinds=("setting",), where=where, limit=PAGE_LIMIT)
        switches = [record async for record in self._all(organisation, query)]
        values = {one.entity.label: one.entity.value for one in switches if isinstance(one.entity, Setting)}
        stopped = values.pop(STOP, "")
        if stopped:
            guard.stop(stopped)
        elif self._told.get(organisation):
            # What was stopped here alone, and is not written down yet, stays so.
            guard.resume()
        self._told[organisation] = stopped
        halts = {halt.value: halt for halt in Halt}
        guard.halted = {
            label.removeprefix(SWITCH): halts[value] for label, value in values.items() if value in halts
        }

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
        if not _is_address(host) or self.guard_of(organisation).scope.admits_address(host):
            return ()
        page = await self._store.edges(
            organisation,
            Key(f"#address#{host}"),
            direction="in",
            types=(RelationshipType.RESOLVES_TO,),
            limit=NAMES_LIMIT,
        )
        return [host_of(edge.source) for edge in page.items]

    async def _scope(self, organisation: Organisation) -> Scope:
        seeds = [
            record.entity
            async for record in self._all(organisation, Query(kinds=("seed",), limit=PAGE_LIMIT))
            # Only a decision makes a seed: what a scanner or a file claims widens no scope.
            if isinstance(record.entity, Seed)
            and record.status is Status.ACTIVE
            and "status" in record.decided
        ]
        counts = await self._store.counts(organisation)
        excluded: list[Key] = []
        for kind in _PLACES:
            if counts.get(kind, {}).get(Status.EXCLUDED.value):
                where = parse_filter(f"status={Status.EXCLUDED.value}", (kind,))
                query = Query(kinds=(kind,), where=where, limit=PAGE_LIMIT, everything=True)
                excluded += [record.key async for record in self._all(organisation, query)]
        return Scope.of(seeds, excluded)

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


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
