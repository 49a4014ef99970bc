"""Writes the journal in batches: what is told waits in memory for a moment, bounded, and then is durable."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import structlog

from chariot.capability import CannotRunError
from chariot.errors import BusyError, UnavailableError
from chariot.model.keys import Organisation
from chariot.modules.discovery.journal import JournalStore, Line, Sent, Usage
from chariot.modules.surface.states import micros

PAUSE_S: Final = 0.2
"""How long a line may wait: what a process that is killed had not written yet."""
LIMIT: Final = 50_000
"""How many different lines may wait; where the store is away, nothing more is sent then."""
_BATCH: Final = 5_000
_AGAIN_S: Final = 1.0
_log = structlog.get_logger(__name__)

Told = Callable[[Organisation, Usage], None]
Sending = Callable[[Organisation, int], None]


class JournalWriter:
    """See `ports.Journal`."""

    def __init__(
        self,
        store: JournalStore,
        told: Told = lambda _, __: None,
        *,
        sending: Sending = lambda _, __: None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        limit: int = LIMIT,
        pause_s: float = PAUSE_S,
    ) -> None:
        """*told* hears the sums of the day after each write; *sending*, at each line, how much is not written yet."""
        self._store = store
        self._told = told
        self._sending = sending
        self._unwritten: defaultdict[Organisation, int] = defaultdict(int)
        self._now = now
        self._limit = limit
        self._pause_s = pause_s
        self._waiting: dict[tuple[Any, ...], list[Any]] = {}
        """By what makes lines one: first and last moment, count."""
        self._seconds: defaultdict[Organisation, float] = defaultdict(float)
        self._task: asyncio.Task[None] | None = None
        self._hurry = asyncio.Event()

    def record(self, sent: Sent) -> None:
        """Keep one line, before the thing is sent.

        Raises:
            CannotRunError: too many lines wait: nothing is sent that cannot be written down.
        """
        same = (
            sent.organisation, sent.scan, sent.capability, sent.target, sent.authority, sent.what, sent.host,
            sent.address, sent.port, sent.detail,
        )  # fmt: skip
        at_us = micros(sent.at)
        held = self._waiting.get(same)
        if held is not None:
            held[1] = max(held[1], at_us)
            held[2] += 1
            self._count(sent.organisation)
            return
        if len(self._waiting) >= self._limit:
            raise CannotRunError("the journal cannot be written, and nothing is sent without it")
        self._waiting[same] = [at_us, at_us, 1]
        self._count(sent.organisation)
        if len(self._waiting) >= _BATCH:
            self._hurry.set()
        self._wake()

    def _count(self, organisation: Organisation) -> None:
        self._unwritten[organisation] += 1
        self._sending(organisation, self._unwritten[organisation])

    def worked(self, organisation: Organisation, seconds: float) -> None:
        """Count how long a scanner worked."""
        self._seconds[organisation] += seconds
        self._wake()

    async def close(self) -> None:
        """Write what waits; what cannot be written within a moment is lost, and the log says so."""
        self._hurry.set()
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=5 * _AGAIN_S)
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._waiting:
            _log.error("journal_lines_lost", lines=len(self._waiting))

    def _wake(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="journal")

    async def _run(self) -> None:
        """Write until nothing waits any more."""
        while self._waiting or self._seconds:
            try:
                async with asyncio.timeout(self._pause_s):
                    await self._hurry.wait()
            except TimeoutError:
                pass
            self._hurry.clear()
            if not await self._write():
                await asyncio.sleep(_AGAIN_S)

    async def _write(self) -> bool:
        """Write all that waits now; return False where some of it has to wait on."""
        waiting, self._waiting = self._waiting, {}
        seconds, self._seconds = self._seconds, defaultdict(float)
        batches: defaultdict[Organisation, list[Line]] = defaultdict(list)
        for (organisation, *rest), (first_us, last_us, count) in waiting.items():
            batches[organisation].append(Line(first_us, last_us, count, *rest))
        done = True
        for organisation in batches.keys() | seconds.keys():
            lines = batches.get(organisation, [])
            try:
                await self._append(organisation, lines, seconds.get(organisation, 0.0))
            except (BusyError, UnavailableError) as error:
                _log.error("journal_not_written", organisation=organisation, error=str(error))
                self._take_back(organisation, lines, seconds.get(organisation, 0.0))
                done = False
        return done

    async def _append(self, organisation: Organisation, lines: list[Line], seconds: float) -> None:
        day = self._now().date()
        while lines or seconds:
            batch = sorted(lines[:_BATCH])
            usage = Usage(day, sum(line.times for line in batch), seconds)
            total = await self._store.append(organisation, batch, usage)
            del lines[:_BATCH]
            seconds = 0.0
            self._unwritten[organisation] -= usage.packets
            self._told(organisation, total)

    def _take_back(self, organisation: Organisation, lines: list[Line], seconds: float) -> None:
        if seconds:
            self._seconds[organisation] += seconds
        for line in lines:
            held = self._waiting.setdefault((organisation, *line[3:]), [line.first_us, line.last_us, 0])
            held[0], held[1] = min(held[0], line.first_us), max(held[1], line.last_us)
            held[2] += line.times
