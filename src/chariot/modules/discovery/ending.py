"""The stage `scan-end`: a scan waits here until nothing is left to do, and is then closed with what came of it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import msgspec

from chariot.errors import BusyError, ConflictError, NotFoundError
from chariot.model.keys import Organisation
from chariot.model.kinds.work import Scan
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import ScanPhase
from chariot.modules.discovery.keeper import ScopeKeeper
from chariot.modules.discovery.messages import end_order
from chariot.modules.discovery.progress import Progress, count, scan_of, waiting
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import Inspector
from chariot.modules.work.queues import SCAN_END

ACTOR = "scan"
"""Who writes how far a scan is."""
_LEAST_PAUSE_S = 0.1
_LONGEST_PAUSE_S = 5.0
_PAUSE = 0.02
"""The share of its age after which a scan is looked at again."""
_TELL_EVERY_S = 5.0
_TELL = 0.1
"""The share of its age after which it is told anew how far a scan is: each telling is one change."""

_encoder = msgspec.json.Encoder()


class ScanEnd:
    """See `chariot.modules.work.stages.Stage`."""

    queue = SCAN_END

    def __init__(
        self,
        surface: SurfaceService,
        keeper: ScopeKeeper,
        bus: Inspector,
        relayed: Callable[[], Awaitable[bool]],
        *,
        settle: Callable[[Organisation], Awaitable[int]] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """*relayed* tells whether every change so far stands in the queues that it belongs to.

        *settle* weighs what waits for more to be known, and returns how much there is to look at since.
        """
        self._surface = surface
        self._keeper = keeper
        self._bus = bus
        self._relayed = relayed
        self._settle = settle
        self._now = now
        self._told: dict[tuple[Organisation, str], datetime] = {}

    async def handle(self, message: Message) -> None:
        """See `Stage.handle`."""
        organisation, wanted = message.organisation, end_order(message).scan
        try:
            record, scan = await scan_of(self._surface.store, organisation, wanted)
        except NotFoundError:
            # It was taken back with its organisation, or the store is older than the queue.
            return
        if scan.state not in (ScanPhase.RUNNING, ScanPhase.CANCELLING):
            # What is paused is ended by another message, which stands here when it goes on.
            self._told.pop((organisation, wanted), None)
            return
        assert scan.started_at is not None
        age_s = (self._now() - scan.started_at).total_seconds()
        if not await self._is_idle(organisation):
            await self._tell(organisation, record, scan, age_s)
            pause_s = min(_LONGEST_PAUSE_S, max(_LEAST_PAUSE_S, age_s * _PAUSE))
            raise BusyError(f"the scan {wanted} has work left", retry_after_s=pause_s)
        if self._settle is not None and await self._settle(organisation):
            raise BusyError(f"the scan {wanted} came upon more that is ours", retry_after_s=_LEAST_PAUSE_S)
        self._told.pop((organisation, wanted), None)
        await self._end(organisation, record, scan)

    async def _is_idle(self, organisation: Organisation) -> bool:
        """Tell whether nothing is left; asked twice, since a job's finds are on their way to a queue for a moment."""
        for _ in range(2):
            if waiting(await self._bus.depths(organisation)) or not await self._relayed():
                return False
        return True

    async def _tell(self, organisation: Organisation, record: Record, scan: Scan, age_s: float) -> None:
        """Write how far it is, now and then: lists show it, and whoever follows the changes hears it."""
        name, now = (organisation, scan.id), self._now()
        last = self._told.setdefault(name, now)
        if (now - last).total_seconds() < max(_TELL_EVERY_S, age_s * _TELL):
            return
        self._told[name] = now
        left = waiting(await self._bus.depths(organisation))
        progress = await count(self._surface.store, organisation, scan, left)
        fields = {"looked": progress.looked, "unknown": progress.unknown, "waiting": progress.waiting}
        edit = Edit(actor=ACTOR, key=record.key, fields=fields, if_revision=record.revision)
        try:
            await self._surface.edit(organisation, [edit])
        except ConflictError:
            # A person steers it in this moment.
            return

    async def _end(self, organisation: Organisation, record: Record, scan: Scan) -> None:
        progress = await count(self._surface.store, organisation, scan, 0)
        ended = ScanPhase.DONE if scan.state is ScanPhase.RUNNING else ScanPhase.CANCELLED
        edit = Edit(
            actor=ACTOR,
            key=record.key,
            fields={**_kept(progress), "state": ended.value, "ended_at": self._now().isoformat()},
            if_revision=record.revision,
        )
        try:
            await self._surface.edit(organisation, [edit])
        except ConflictError as error:
            raise BusyError(f"the scan {scan.id} is being steered", retry_after_s=_LEAST_PAUSE_S) from error
        self._keeper.invalidate(organisation)


def _kept(progress: Progress) -> dict[str, object]:
    return {
        "looked": progress.looked,
        "unknown": progress.unknown,
        "waiting": progress.waiting,
        "gaps": _encoder.encode(progress.gaps).decode() if progress.gaps else "",
    }
