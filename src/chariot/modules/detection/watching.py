"""Detection by the clock: follows the log of every organisation, and has each log verified once a day."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog

from chariot.errors import UnavailableError
from chariot.model.keys import SYSTEM, Organisation
from chariot.modules.audit.entries import Ending, Entry
from chariot.modules.audit.ports import Question
from chariot.modules.audit.service import AuditService
from chariot.modules.detection.detector import Detector, Hit
from chariot.modules.detection.incidents import Incidents
from chariot.modules.work.ports import Checkpoints

_PAGE: Final = 2_000
_PAGES: Final = 50
"""How much of one log one tick reads at most; the next goes on."""
_HITS: Final = 500
"""How many incidents one tick raises of one log at most."""
_KEPT_EVERY_S: Final = 30.0
"""How often is kept how far a log was read: after a restart more is read anyway."""
_SHARE: Final = 10
"""A tick that took long is not repeated before this many times as long has passed."""
_log = structlog.get_logger(__name__)


class _Place(msgspec.Struct):
    """How far one log was read."""

    detector: Detector
    last: int
    kept: int
    kept_s: float


class Watch:
    """Reads what was written since it last read. After a restart it begins a day earlier, so that it sees no less."""

    def __init__(
        self,
        audit: AuditService,
        incidents: Incidents,
        checkpoints: Checkpoints,
        make: Callable[[], Detector],
        *,
        home: Organisation,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        warm: timedelta = timedelta(days=1),
    ) -> None:
        """*home* gets the incidents that are about the installation itself; *make* gives a detector for one log."""
        self._audit = audit
        self._incidents = incidents
        self._checkpoints = checkpoints
        self._make = make
        self._home = home
        self._now = now
        self._clock = clock
        self._warm = warm
        self._places: dict[Organisation, _Place] = {}
        self._rests_until = clock()

    async def tick(self) -> int:
        """Look at what is new in every log; return how many incidents were raised or went on."""
        raised = 0
        for log in await self._audit.log.organisations():
            try:
                raised += await self._follow(log)
            except UnavailableError as error:
                # It is read again from where it was left; one log that is away holds up no other.
                _log.warning("log_not_watched", organisation=log, reason=str(error))
        return raised

    async def tick_at_ease(self) -> int:
        """Do the same, unless the last time took so long that it is too soon for another: asked every few seconds."""
        began = self._clock()
        if began < self._rests_until:
            return 0
        raised = await self.tick()
        ended = self._clock()
        self._rests_until = ended + _SHARE * (ended - began)
        return raised

    async def _follow(self, log: Organisation) -> int:
        name = f"detection/{log}"
        # Where this fails half-way, its detector has counted what will be read again: the next one begins anew.
        place = self._places.pop(log, None)
        if place is None:
            reached = await self._checkpoints.get(name)
            place = _Place(self._make(), await self._begin(log, reached), reached, self._clock())
        detector, last = place.detector, place.last
        hits: dict[tuple[str, str, str], Hit] = {}
        for _ in range(_PAGES):
            records = await self._audit.records(log, after=last, limit=_PAGE)
            for record in records:
                for hit in detector.take(record):
                    # The last hit of a group says most.
                    hits[hit.rule.name, hit.subject, f"{hit.began_at:%Y%m%d}"] = hit
            if records:
                last = records[-1].sequence
            if len(records) < _PAGE:
                break
        if len(hits) > _HITS:
            _log.warning("too_many_hits", organisation=log, hits=len(hits), raised=_HITS)
        home = self._home if log == SYSTEM else log
        raised = await self._incidents.raise_all(home, log, list(hits.values())[:_HITS])
        place.last = last
        if last > place.kept and (raised or self._clock() - place.kept_s >= _KEPT_EVERY_S):
            await self._checkpoints.put(name, last)
            place.kept, place.kept_s = last, self._clock()
        self._places[log] = place
        return raised

    async def _begin(self, log: Organisation, reached: int) -> int:
        """Return the number behind which to begin: so far back that every window of a rule is filled again."""
        if reached == 0:
            return 0
        old = Question(until=self._now() - self._warm, limit=1)
        before = await self._audit.log.find(log, old)
        return min(reached, before[0].sequence if before else 0)

    async def upkeep(self) -> int:
        """Take away what retention ended, and verify every log; return how many do not hold.

        How it ended is itself an entry, in the log of the installation: a rule makes an incident of it.
        """
        await self._audit.retain_all()
        broken = 0
        for found in await self._audit.verify_all():
            fault = found.faults[0] if found.faults else None
            details = {"entries": str(found.entries)}
            if fault is not None:
                broken += 1
                details |= {"entry": str(fault.sequence), "fault": fault.reason}
            entry = Entry(
                organisation=found.organisation,
                actor="schedule",
                action="audit:verify",
                object=found.organisation,
                ending=Ending.ALLOWED if found.holds else Ending.FAILED,
                details=details,
            )
            await self._audit.record(entry)
        return broken
