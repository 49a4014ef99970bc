"""Periodic work that one process does for all: what is due, when it ran last, and what became of it."""

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

import msgspec
import structlog

from chariot.errors import BusyError, ChariotError, ConfigurationError, UnavailableError
from chariot.model.keys import SHARED, Organisation
from chariot.modules.work.leases import pause
from chariot.modules.work.ports import Checkpoints

_log = structlog.get_logger(__name__)
LEASE: Final = "schedule"
"""The lease of the one process that does periodic work."""

_TICK_S: Final = 15.0
_AGAIN_S: Final = 300.0
"""The longest wait after a failure; a shorter period waits its period."""

FOLLOW_FEEDS = "follow-feeds"
EXPIRE = "expire"
END_ACCEPTANCES = "end-acceptances"
RECHECK = "recheck"
RESCAN = "rescan"
INTEGRATE = "integrate"
DUE_DATES = "due-dates"
REASSESS = "reassess"
UPKEEP = "upkeep"
DETECT = "detect"
AUDIT_UPKEEP = "audit-upkeep"
AUDIT_WITNESS = "audit-witness"
KEEP = "keep"


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """How often a piece of work is done.

    Raises:
        ConfigurationError: the period is not positive, or the jitter is negative.
    """

    name: str
    every: timedelta
    jitter: timedelta
    """The most that is added to the period; each organisation has its own share, so that they spread out."""
    per_organisation: bool = True
    at_first: bool = True
    """Whether it is done as soon as there is an organisation, or one period later."""
    brief: bool = False
    """Looks every few seconds whether there is anything to do: only what it did is told, and no moment is kept."""

    def __post_init__(self) -> None:
        if self.every <= timedelta(0) or self.jitter < timedelta(0):
            raise ConfigurationError(f"the period of {self.name} must be above zero")

    def wait(self, organisation: str) -> timedelta:
        """Return the period of *organisation*, its share of the jitter in it; the same after each start."""
        share = zlib.crc32(f"{self.name}/{organisation}".encode()) / 2**32
        return self.every + self.jitter * share


SCHEDULE: Final[tuple[Period, ...]] = (
    Period(
        name=FOLLOW_FEEDS,
        every=timedelta(seconds=10),
        jitter=timedelta(seconds=5),
        per_organisation=False,
    ),
    Period(name=DETECT, every=timedelta(seconds=2), jitter=timedelta(0), per_organisation=False, brief=True),
    Period(
        name=AUDIT_WITNESS, every=timedelta(minutes=5), jitter=timedelta(seconds=30), per_organisation=False
    ),
    Period(name=INTEGRATE, every=timedelta(minutes=1), jitter=timedelta(seconds=20)),
    Period(name=END_ACCEPTANCES, every=timedelta(minutes=15), jitter=timedelta(minutes=5)),
    Period(name=DUE_DATES, every=timedelta(minutes=15), jitter=timedelta(minutes=5)),
    Period(name=REASSESS, every=timedelta(hours=1), jitter=timedelta(minutes=20), at_first=False),
    Period(name=EXPIRE, every=timedelta(hours=1), jitter=timedelta(minutes=20)),
    Period(name=UPKEEP, every=timedelta(days=1), jitter=timedelta(hours=1), per_organisation=False),
    # What is kept about people is sealed with the newest key, and forgotten when its time is over.
    Period(name=KEEP, every=timedelta(days=1), jitter=timedelta(hours=2), at_first=False),
    Period(name=AUDIT_UPKEEP, every=timedelta(days=1), jitter=timedelta(hours=1), per_organisation=False),
    Period(name=RECHECK, every=timedelta(hours=1), jitter=timedelta(minutes=20), at_first=False),
    # A person asks for the first scan; from then on, what is due is looked at again each day.
    Period(name=RESCAN, every=timedelta(days=1), jitter=timedelta(hours=4), at_first=False),
)
"""What is done again and again, most urgent first."""

Action = Callable[[Organisation], Awaitable[object]]
"""Does the work of one organisation (of SHARED, where the work is for all); doing it twice is harmless."""


class Organisations(Protocol):
    """Tells for whom there is work."""

    async def organisations(self) -> Sequence[Organisation]:
        """Return every organisation that has ever written."""
        ...


class Scheduler:
    """Does what is due, one thing after the other, and remembers durably when each began last.

    It runs in one process at a time, see `Guard`. A failure is logged and tried again later; it holds up nothing
    else. Moments are kept as microseconds in `Checkpoints`, which never move back: should the clock have stood
    ahead, the time since the last run in this process decides until the clock is past that moment.
    """

    def __init__(
        self,
        store: Organisations,
        checkpoints: Checkpoints,
        actions: Mapping[str, Action],
        *,
        schedule: Sequence[Period] = SCHEDULE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
        tick_s: float = _TICK_S,
    ) -> None:
        """Take what is done for each name of *schedule*.

        Raises:
            ConfigurationError: a period has no action.
        """
        missing = [period.name for period in schedule if period.name not in actions]
        if missing:
            raise ConfigurationError(f"nothing is done for {', '.join(missing)}")
        self._store = store
        self._checkpoints = checkpoints
        self._actions = actions
        self._schedule = tuple(schedule)
        self._now = now
        self._clock = clock
        self._tick_s = tick_s
        self._next: dict[tuple[str, Organisation], float] = {}
        self._brief = tuple(period for period in self._schedule if period.brief)
        self._pause_s = min([tick_s, *(period.every.total_seconds() for period in self._brief)])

    async def run(self, stop: asyncio.Event) -> None:
        """Do what is due until *stop* is set; the piece of work that has begun is finished."""
        # Another process may have done things since this one last looked.
        self._next.clear()
        looks_at = self._clock()
        while not stop.is_set():
            try:
                if self._clock() >= looks_at:
                    looks_at = self._clock() + self._tick_s
                    await self.step(stop)
                else:
                    await self._do_due(self._brief, [SHARED], stop)
            except (BusyError, UnavailableError) as error:
                _log.warning("schedule_waits", reason=str(error))
            await pause(stop, self._pause_s)

    async def step(self, stop: asyncio.Event | None = None) -> int:
        """Do all that is due now; return how many pieces of work were done."""
        organisations = [one for one in await self._store.organisations() if one != SHARED]
        return await self._do_due(self._schedule, organisations, stop)

    async def _do_due(
        self, periods: Sequence[Period], organisations: Sequence[Organisation], stop: asyncio.Event | None
    ) -> int:
        done = 0
        for period in periods:
            for organisation in organisations if period.per_organisation else [SHARED]:
                if stop is not None and stop.is_set():
                    return done
                if await self._is_due(period, organisation):
                    done += await self._do(period, organisation)
        return done

    async def _is_due(self, period: Period, organisation: Organisation) -> bool:
        place = (period.name, organisation)
        if place not in self._next:
            self._next[place] = self._clock() + await self._left_s(period, organisation)
        return self._next[place] <= self._clock()

    async def _left_s(self, period: Period, organisation: Organisation) -> float:
        """Return how long until *period* is due, by what was kept."""
        name = _checkpoint(period, organisation)
        last_us = await self._checkpoints.get(name)
        wait_s = period.wait(organisation).total_seconds()
        if last_us == 0:
            if period.at_first:
                return 0.0
            await self._checkpoints.put(name, self._now_us())
            return wait_s
        # A moment ahead was written by a clock that went wrong, or is now read by one: nothing waits longer than
        # its period for it.
        since_s = max(self._now_us() - last_us, 0) / 1e6
        return wait_s - since_s

    async def _do(self, period: Period, organisation: Organisation) -> int:
        about = {"work": period.name, "organisation": organisation}
        began = self._clock()
        wait_s = period.wait(organisation).total_seconds()
        if not period.brief:
            # Remembered before it runs: work that takes its process down must not be the first thing of the next one.
            await self._checkpoints.put(_checkpoint(period, organisation), self._now_us())
        doing = asyncio.ensure_future(self._actions[period.name](organisation))
        try:
            (result,) = await asyncio.gather(doing, return_exceptions=True)
        finally:
            doing.cancel()
        took_s = round(self._clock() - began, 3)
        if isinstance(result, BaseException):
            self._next[period.name, organisation] = self._clock() + min(wait_s, _AGAIN_S)
            # The text of a surprise may quote what came from outside; its class does not.
            reason = str(result) if isinstance(result, ChariotError) else type(result).__name__
            _log.warning("scheduled_work_failed", **about, reason=reason, took_s=took_s)
            return 0
        self._next[period.name, organisation] = self._clock() + wait_s
        if result or not period.brief:
            _log.info("scheduled_work_done", **about, took_s=took_s)
        return 1

    def _now_us(self) -> int:
        return int(self._now().timestamp() * 1e6)


def _checkpoint(period: Period, organisation: Organisation) -> str:
    return f"schedule/{period.name}/{organisation}"
