"""Scans as people ask for them: start, pause, go on, cancel, stop everything, and how far they are."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from chariot.capability import CannotRunError, Touch
from chariot.errors import BusyError, ConflictError, InvalidError, OutOfScopeError, UnavailableError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.work import Scan, Seed, Setting
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Depth, ScanPhase, Status
from chariot.modules.discovery.guard import EgressGuard
from chariot.modules.discovery.keeper import STOP, ScopeKeeper
from chariot.modules.discovery.messages import ScanOrder, end_message, scan_message
from chariot.modules.discovery.progress import Progress, progress_of, scan_of
from chariot.modules.discovery.scope import Verdict
from chariot.modules.discovery.scope_preview import ScopePreview, ScopePreviews, SeedChange
from chariot.modules.discovery.seeding import seed_edits
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import QueueDepth
from chariot.modules.work.ports import Bus

SEED_LIMIT = 10_000
"""The most seeds, and the most denials, of one request."""
_REASON_LIMIT = 1_000
_TURNS = 20
"""How often an order is written anew while others change the same seeds."""


class ScanProgress(msgspec.Struct, frozen=True, kw_only=True):
    """How far discovery is, for one organisation."""

    queues: tuple[QueueDepth, ...]
    counts: Mapping[str, Mapping[str, int]]
    """Entities by kind and status."""
    stopped: str
    """Why everything is stopped; empty when it is not."""

    @property
    def waiting(self) -> int:
        """How many messages are not finished."""
        return sum(depth.live for depth in self.queues)


class SeedInForce(msgspec.Struct, frozen=True):
    """One seed, in its one spelling, and how deep scans below it go."""

    seed: str
    depth: Depth


class ScopeOutline(msgspec.Struct, frozen=True, kw_only=True):
    """What seeds allow, and whether anything is sent at all."""

    seeds: tuple[SeedInForce, ...]
    """Names first, then addresses and netblocks, each by their text."""
    stopped: str
    """Why everything is stopped; empty when it is not."""


class ScanService:
    """Starts scans and tells about them."""

    def __init__(
        self,
        bus: Bus,
        surface: SurfaceService,
        keeper: ScopeKeeper,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._bus = bus
        self._surface = surface
        self._store = surface.store
        self._keeper = keeper
        self._now = now
        self._new_id = new_id

    async def start(
        self,
        organisation: Organisation,
        seeds: Sequence[str],
        *,
        deny: Sequence[str] = (),
        requested_by: str,
        depth: Depth | None = None,
        due_only: bool = False,
    ) -> str:
        """Ask for a scan of *seeds* and of all that is known already; return its id at once.

        Without seeds, what is known is looked at again; with *due_only* what is due: what changed since it was
        looked at, whose answer is too old, or could not be had.

        Raises:
            InvalidError: a seed or a denial is wrong; the text names which one.
            ConflictError: a person excluded or froze a seed, or everything is stopped.
            BusyError: the queue is full.
        """
        stopped = (await self._keeper.guard(organisation)).stopped
        if stopped:
            raise ConflictError(
                f"everything is stopped: {stopped}; let it go first (`chariot stop --release`)"
            )
        wanted = checked_seeds(seeds, "seeds")
        denied = checked_seeds(deny, "deny")
        if denied and not wanted:
            raise InvalidError("needs a seed to stand at", place="deny")
        if not requested_by.strip():
            raise InvalidError("names nobody", place="requested_by")
        await self._check_open(organisation, wanted)
        scan = Scan(
            id=self._new_id(),
            requested_by=requested_by,
            seeds=wanted,
            deny=denied,
            depth=depth,
            due_only=due_only,
            started_at=self._now(),
        )
        await self._put_on_record(organisation, scan)
        try:
            await self._order(organisation, scan)
        except (BusyError, UnavailableError) as error:
            ended = {"state": ScanPhase.CANCELLED.value, "ended_at": self._now().isoformat()}
            edit = Edit(
                actor=requested_by, why=f"it could not be ordered: {error}", key=scan.key, fields=ended
            )
            await self._surface.edit(organisation, [edit])
            raise
        return scan.id

    async def _put_on_record(self, organisation: Organisation, scan: Scan) -> None:
        """Write *scan* and what it decides about its seeds, at once: whatever queues do later decides nothing.

        Raises:
            ConflictError: others change the seeds all the time.
        """
        state = {"state": ScanPhase.RUNNING.value}
        ordered = Edit(actor=scan.requested_by, entity=scan, fields=state, if_revision=0)
        for turn in range(_TURNS):
            seeds = await seed_edits(self._store, organisation, scan)
            try:
                await self._surface.edit(organisation, [ordered, *seeds])
            except ConflictError:
                if turn == _TURNS - 1:
                    raise
            else:
                break
        self._keeper.invalidate(organisation)

    async def _order(self, organisation: Organisation, scan: Scan, since: datetime | None = None) -> None:
        """Put into queues what begins *scan*, or lets it go on *since* it began, and what ends it."""
        assert scan.started_at is not None
        order = ScanOrder(
            scan=scan.id,
            started_at=self._now() if since else scan.started_at,
            due_only=scan.due_only,
            round=scan.rounds,
            since=since,
        )
        await self._bus.publish(
            [scan_message(organisation, order), end_message(organisation, scan.id, scan.rounds)]
        )

    async def _check_open(self, organisation: Organisation, seeds: Sequence[str]) -> None:
        """Refuse seeds that a person closed: a scan that silently finds nothing would look like a clean one."""
        known = await self._store.get(organisation, [Seed(value=value).key for value in seeds])
        closed = [
            f"{record.name} is {record.status.value}"
            for record in known.values()
            if record.status in (Status.EXCLUDED, Status.FROZEN, Status.PENDING)
        ]
        if closed:
            raise ConflictError(f"{'; '.join(sorted(closed)[:10])}: make it active again first")

    async def stop(self, organisation: Organisation, reason: str, *, requested_by: str) -> None:
        """Stop all that is sent for the organisation; its jobs keep their places.

        This process stops at once, also when the store is away; every other one within about a second.
        """
        reason = reason.strip()[:_REASON_LIMIT] or "stopped"
        self._keeper.guard_of(organisation).stop(reason)
        await self._switch(organisation, STOP, reason, requested_by)

    async def resume(self, organisation: Organisation, *, requested_by: str) -> None:
        """Let things be sent again; what was interrupted runs from its start."""
        await self._switch(organisation, STOP, "", requested_by)
        self._keeper.guard_of(organisation).resume()

    async def read(self, organisation: Organisation, scan: str) -> tuple[Record, Progress]:
        """Return a scan, and how far it is: what was kept when it ended, else how it stands now.

        Raises:
            NotFoundError: there is no such scan.
        """
        record, entity = await scan_of(self._store, organisation, scan)
        return record, await progress_of(self._store, self._bus, organisation, entity)

    async def pause(self, organisation: Organisation, scan: str, *, requested_by: str) -> None:
        """Pause *scan*: nothing of it begins any more, nor what is found meanwhile; what has begun ends by itself.

        Raises:
            NotFoundError: there is no such scan.
            ConflictError: it has ended, or was cancelled.
        """
        record, entity = await scan_of(self._store, organisation, scan)
        if entity.state is not ScanPhase.PAUSED:
            _check_steerable(entity)
            await self._put(organisation, record, requested_by, state=ScanPhase.PAUSED)

    async def go_on(self, organisation: Organisation, scan: str, *, requested_by: str) -> None:
        """Let a paused scan go on with what it has not looked at yet; see `pause` for what it raises."""
        record, entity = await scan_of(self._store, organisation, scan)
        _check_steerable(entity)
        if entity.state is ScanPhase.PAUSED:
            entity = msgspec.structs.replace(entity, rounds=entity.rounds + 1)
            await self._put(organisation, record, requested_by, state=ScanPhase.RUNNING, rounds=entity.rounds)
        # Also when it runs: who asks again after a failure means that the orders may be missing.
        await self._order(organisation, entity, since=entity.started_at if entity.rounds else None)

    async def cancel(self, organisation: Organisation, scan: str, *, requested_by: str) -> None:
        """Cancel *scan* for good: what has not begun is let go of; see `pause` for what it raises."""
        record, entity = await scan_of(self._store, organisation, scan)
        if entity.state not in (ScanPhase.CANCELLING, ScanPhase.CANCELLED):
            _check_steerable(entity)
            rounds = entity.rounds + 1
            await self._put(organisation, record, requested_by, state=ScanPhase.CANCELLING, rounds=rounds)
            await self._bus.publish([end_message(organisation, scan, rounds)])

    async def _put(
        self,
        organisation: Organisation,
        record: Record,
        actor: str,
        *,
        state: ScanPhase,
        rounds: int | None = None,
    ) -> None:
        fields: dict[str, object] = {"state": state.value} | ({} if rounds is None else {"rounds": rounds})
        edit = Edit(actor=actor, key=record.key, fields=fields, if_revision=record.revision)
        await self._surface.edit(organisation, [edit])
        self._keeper.invalidate(organisation)

    async def _switch(self, organisation: Organisation, label: str, value: str, actor: str) -> None:
        setting = Setting(label=label, value=value)
        edit = Edit(actor=actor, entity=setting, fields={"value": value}, status=Status.ACTIVE)
        await self._surface.edit(organisation, [edit])
        self._keeper.invalidate(organisation)

    async def progress(self, organisation: Organisation) -> ScanProgress:
        """Return how far discovery is."""
        guard = await self._keeper.guard(organisation)
        return ScanProgress(
            queues=tuple(await self._bus.depths(organisation)),
            counts=await self._store.counts(organisation),
            stopped=guard.stopped,
        )

    async def guard(self, organisation: Organisation) -> EgressGuard:
        """Return the scope in force, with contracts and the kill switch."""
        return await self._keeper.guard(organisation)

    async def outline(self, organisation: Organisation) -> ScopeOutline:
        """Return the seeds in force, and whether everything is stopped."""
        guard = await self._keeper.guard(organisation)
        seeds = [*sorted(guard.scope.domains.items()), *sorted(guard.scope.blocks.held.values())]
        return ScopeOutline(
            seeds=tuple(SeedInForce(seed, depth) for seed, depth in seeds), stopped=guard.stopped
        )

    async def authority(self, organisation: Organisation, target: str) -> str:
        """Return by whose word *target* may be looked at now, or why it may not; empty where no contract counts."""
        guard = await self._keeper.guard(organisation)
        if not guard.contracts.explicit:
            return ""
        names: Collection[str] = ()
        if target.startswith("#"):
            _, names = await self._keeper.verdict(organisation, Key(target))
        told = []
        for touch in (Touch.LIGHT, Touch.ACTIVE):
            try:
                found = guard.contracts.authority(
                    lambda scope: scope.any(target, names), guard.scope.any(target, names), touch, self._now()
                )
            except (OutOfScopeError, CannotRunError) as error:
                told.append(f"{touch.value}: {error}")
            else:
                told.append(f"{touch.value}: {found.name}")
        return "; ".join(told)

    async def verdict(self, organisation: Organisation, target: str) -> Verdict:
        """Return whether a key, a name, an address or a netblock is in scope, and why, in one sentence."""
        scope = (await self._keeper.guard(organisation)).scope
        names: Collection[str] = ()
        if target.startswith("#"):
            _, names = await self._keeper.verdict(organisation, Key(target))
        return scope.any(target, names)

    async def preview(
        self, organisation: Organisation, put: Sequence[SeedChange], drop: Sequence[str] = ()
    ) -> ScopePreview:
        """Return what would come in and fall out if the seeds *put* were saved and those in *drop* excluded.

        Raises:
            InvalidError: one in *drop* is no seed; the text names which one.
        """
        previews = ScopePreviews(self._store, self._keeper)
        return await previews.preview(organisation, put, checked_seeds(drop, "drop"))


def _check_steerable(scan: Scan) -> None:
    if scan.state not in (ScanPhase.RUNNING, ScanPhase.PAUSED):
        raise ConflictError(f"the scan {scan.id} is {scan.state.value}: order another one")


def checked_seeds(values: Iterable[str], place: str) -> tuple[str, ...]:
    """Return *values* in canonical form, sorted, each once; *place* names them in errors.

    Raises:
        InvalidError: one is no seed, or there are too many.
    """
    found: set[str] = set()
    for number, value in enumerate(values):
        if number >= SEED_LIMIT:
            raise InvalidError(f"more than {SEED_LIMIT:,} at once", place=place)
        try:
            found.add(Seed(value=value).value)
        except ValueError as error:
            raise InvalidError(str(error).removeprefix("value: "), place=f"{place}[{number}]") from None
    return tuple(sorted(found))
