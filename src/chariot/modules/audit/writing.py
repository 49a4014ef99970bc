"""The writer: what is told waits in memory for a moment, bounded, and goes into the log in batches.

What several tell at the same time is one transaction. Reads of the same thing by the same caller within one batch
are one entry with a count.
"""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import structlog

from chariot.errors import BusyError, ChariotError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.audit.keeping import Keeper
from chariot.modules.audit.ports import Addition, Anchors, AuditLog, unwritten
from chariot.modules.audit.pseudonyms import Pseudonyms
from chariot.modules.audit.redaction import redacted
from chariot.modules.audit.seals import Checkpoint, Signed, opened
from chariot.modules.surface.states import micros

COUNT: Final = "count"
"""Names the fact of an entry that says how often the same was done, where it was more than once."""
_PAUSE_S: Final = 0.5
_AGAIN_S: Final = 1.0
_BATCH: Final = 5_000
_CLOSING_US: Final = 60_000_000
_log = structlog.get_logger(__name__)

Seen = tuple[Organisation, str, str, str, str]
"""A read in short: organisation, actor, action, object, address."""
_Told = tuple[Entry, "asyncio.Future[None] | None"]


class AuditWriter:
    """See `Auditor`."""

    def __init__(
        self,
        log: AuditLog,
        keeper: Keeper,
        anchors: Anchors,
        *,
        pseudonyms: Pseudonyms | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit: int = 10_000,
        pause_s: float = _PAUSE_S,
    ) -> None:
        """At most *limit* different notes wait; they are written after *pause_s*, or with what cannot wait.

        Without *pseudonyms* people stand in the log by their names.
        """
        self._log = log
        self._keeper = keeper
        self._anchors = anchors
        self._pseudonyms = pseudonyms
        self._now = now
        self._limit = limit
        self._pause_s = pause_s
        self._noted: dict[tuple[object, ...], tuple[Entry, int]] = {}
        self._seen: dict[Seen, list[Any]] = {}
        """With how often, and the request that asked first."""
        self._recorded: list[tuple[Entry, asyncio.Future[None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._urgent = asyncio.Event()
        self._written: set[Organisation] = set()
        self._closed = False
        self._turns = 0
        """How often what waited was written, or could not be."""
        self._failures = 0
        self._is_writing = False

    def note(self, entry: Entry) -> None:
        """See `Auditor.note`."""
        self._check_room()
        kept = redacted(entry)
        # The request that asked first stands for all that asked the same.
        same = _same(kept)
        earlier = self._noted.get(same)
        self._noted[same] = (earlier[0], earlier[1] + 1) if earlier is not None else (kept, 1)
        self._wake()

    def seen(self, read: Seen, request_id: str) -> bool:
        """Take a read, at next to no cost; False when there is no room."""
        held = self._seen.get(read)
        if held is not None:
            held[0] += 1
        elif self._closed or self.waiting >= self._limit:
            return False
        else:
            self._seen[read] = [1, request_id]
        if self._task is None:
            self._wake()
        return True

    async def record(self, entry: Entry) -> None:
        """See `Auditor.record`."""
        self._check_room()
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._recorded.append((redacted(entry), done))
        self._urgent.set()
        self._wake()
        # Whoever stops waiting takes nothing back: what was told is written all the same.
        await done

    @asynccontextmanager
    async def announced(self, entry: Entry) -> AsyncIterator[None]:
        """See `AuditService.announced`."""
        announcing = self._log.announcing(entry.organisation)
        if announcing is None:
            await self.record(entry)
            yield
            return
        self._check_room()
        organisation = entry.organisation
        try:
            (kept,) = await self._hidden(organisation, [redacted(entry)])
        except ChariotError as error:
            raise UnavailableError(unwritten(error)) from error
        announced = announcing.announced(
            kept,
            lambda head, entries: self._keeper.extended(organisation, head, entries, micros(self._now())),
        )
        try:
            with announced:
                yield
        finally:
            if not announced.is_under_way:
                # Nothing was written, so nothing could take it along.
                await self.record(entry)
            elif announced.addition is not None:
                await self._added(organisation, announced.addition)

    @property
    def waiting(self) -> int:
        """How much is not written yet."""
        return len(self._noted) + len(self._seen) + len(self._recorded)

    def _check_room(self) -> None:
        if self._closed:
            raise UnavailableError("the audit log is closed")
        if self.waiting >= self._limit:
            raise BusyError(f"{self._limit:,} entries wait for the audit log already")

    def _wake(self) -> None:
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._run(), name="audit")

    async def _run(self) -> None:
        """Write until nothing waits any more."""
        try:
            while self.waiting:
                if not self._recorded and not self._urgent.is_set():
                    await self._pause(self._pause_s)
                self._urgent.clear()
                if not await self._turn():
                    await self._pause(_AGAIN_S)
        finally:
            self._task = None

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._urgent.wait()
        except TimeoutError:
            return

    async def _turn(self) -> bool:
        self._is_writing = True
        try:
            is_written = await self._write_all()
        finally:
            self._is_writing = False
            self._turns += 1
        self._failures += not is_written
        return is_written

    async def _write_all(self) -> bool:
        """Write everything that waits now; return False where something has to wait on."""
        batches = self._taken()
        if len(batches) == 1:
            ((organisation, told),) = batches.items()
            return await self._write(organisation, told)
        outcomes = await asyncio.gather(*(self._write(*one) for one in batches.items()))
        return all(outcomes)

    def _taken(self) -> Mapping[Organisation, list[_Told]]:
        batches: defaultdict[Organisation, list[_Told]] = defaultdict(list)
        noted, seen, recorded = self._noted, self._seen, self._recorded
        self._noted, self._seen, self._recorded = {}, {}, []
        for entry, count in noted.values():
            batches[entry.organisation].append((_counted(entry, count), None))
        for (organisation, actor, action, what, address), (count, request_id) in seen.items():
            read = Entry(
                organisation=organisation,
                actor=actor,
                action=action,
                object=what,
                address=address,
                request_id=request_id,
            )
            batches[organisation].append((_counted(redacted(read), count), None))
        for entry, done in recorded:
            batches[entry.organisation].append((entry, done))
        return batches

    async def _write(self, organisation: Organisation, told: list[_Told]) -> bool:
        for first in range(0, len(told), _BATCH):
            batch = told[first : first + _BATCH]
            try:
                await self._append(organisation, [entry for entry, _ in batch])
            except ChariotError as error:
                _log.error("audit_not_written", organisation=organisation, error=str(error))
                self._take_back(told[first:], error)
                return False
            for _, done in batch:
                if done is not None and not done.done():
                    done.set_result(None)
        return True

    def _take_back(self, told: list[_Told], error: ChariotError) -> None:
        """Let what was noted wait on; what was to be recorded is not done, so it is not told either."""
        for entry, done in told:
            if done is None:
                self._noted[_same(entry)] = (entry, 1)
            elif not done.done():
                done.set_exception(UnavailableError(unwritten(error)))

    async def _append(self, organisation: Organisation, entries: list[Entry]) -> None:
        hidden = await self._hidden(organisation, entries)
        at_us = micros(self._now())
        await self._do(organisation, lambda head: self._keeper.extended(organisation, head, hidden, at_us))

    async def _hidden(self, organisation: Organisation, entries: list[Entry]) -> list[Entry]:
        """Return *entries* as the log may hold them."""
        return entries if self._pseudonyms is None else await self._pseudonyms.hide(organisation, entries)

    async def _do(
        self, organisation: Organisation, decide: Callable[[Signed | None], Addition | None]
    ) -> Addition | None:
        """Write what *decide* says, and keep its checkpoint apart from the log once it is there."""
        done: list[Addition | None] = [None]

        def remembered(head: Signed | None) -> Addition | None:
            done[0] = decide(head)
            return done[0]

        await self._log.write(organisation, remembered)
        addition = done[0]
        if addition is not None:
            await self._added(organisation, addition)
        return addition

    async def _added(self, organisation: Organisation, addition: Addition) -> None:
        """Look after what is in the log now."""
        if addition.rows:
            self._written.add(organisation)
        if addition.checkpoint is not None:
            await self._keep(organisation, addition.checkpoint[1])

    async def _keep(self, organisation: Organisation, checkpoint: Signed) -> None:
        """Keep *checkpoint* apart from the log, where that is still the log of which the last one was taken.

        Else it was cut, or put back, while nobody looked: what shows that is not given up.
        """
        last = self._anchors.last(organisation)
        if last is not None:
            place = opened(last, Checkpoint).sequence
            there = await self._log.checkpoints(organisation, after=place - 1, limit=1)
            if not there or there[0].body != last.body:
                _log.error("audit_log_is_another", organisation=organisation, checkpoint=place)
                return
        self._anchors.keep(organisation, checkpoint)

    async def checkpoint(self, organisation: Organisation, *, least_us: int = 0) -> None:
        """Set a checkpoint at the end of the log, unless one stands there or is younger than *least_us*."""
        at_us = micros(self._now())
        await self._do(
            organisation, lambda head: self._keeper.marked(organisation, head, at_us, least_us=least_us)
        )

    async def begin_behind(self, organisation: Organisation, checkpoint: Signed, entry: Entry) -> bool:
        """Take away what stands before *checkpoint*, and write *entry* about it; False where it was gone."""
        # The schedule does this, never a person: nobody is named.
        at_us, entries = micros(self._now()), [redacted(entry)]
        addition = await self._do(
            organisation, lambda head: self._keeper.begun(organisation, head, checkpoint, entries, at_us)
        )
        return addition is not None

    async def flush(self) -> None:
        """Return when all that waited is written, however long that takes, or could not be."""
        # What is being written waits no more, and is not there yet. What is told meanwhile is not waited for.
        turns, failures = self._turns + self._is_writing + bool(self.waiting), self._failures
        while self._task is not None and self._turns < turns and self._failures == failures:
            self._urgent.set()
            await asyncio.wait({self._task}, timeout=_AGAIN_S)

    async def close(self) -> None:
        """Write what waits, and set checkpoints where the last ones are old; harmless when repeated."""
        if self._closed:
            return
        await self.flush()
        self._closed = True
        for organisation in sorted(self._written):
            try:
                await self.checkpoint(organisation, least_us=_CLOSING_US)
            except ChariotError as error:
                _log.error("no_checkpoint", organisation=organisation, error=str(error))
        if self.waiting:
            _log.error("audit_lost", entries=self.waiting)
        if self._task is not None:
            self._task.cancel()


def _counted(entry: Entry, count: int) -> Entry:
    if count == 1:
        return entry
    return msgspec.structs.replace(entry, details={**entry.details, COUNT: str(count)})


def _same(entry: Entry) -> tuple[object, ...]:
    """Return what is the same in all notes that are one entry."""
    return (
        *(entry.organisation, entry.actor, entry.action, entry.object, entry.ending, entry.address),
        *(entry.before, entry.after, *entry.details.items()),
    )
