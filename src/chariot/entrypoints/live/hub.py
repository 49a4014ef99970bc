"""Who watches, and what they watch: bounded in number, one reader of the log for each organisation."""

import asyncio
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress

import msgspec

from chariot.entrypoints.live.follower import BATCH, Follower, Item, item_of
from chariot.entrypoints.live.interest import Interest, Matching
from chariot.errors import BusyError, ChariotError
from chariot.model.keys import Organisation
from chariot.modules.surface.ports import EntityStore

_SPARE_FILES = 256
"""Open files that stay for everything that is no live connection."""
_CATCHING_UP = 8
"""How many who fell behind may read the log at a time."""


class LiveLimits(msgspec.Struct, frozen=True, kw_only=True):
    """How much those who watch may ask of the server."""

    connections: int = 4_000
    """The most connections of one process; fewer where it may not open as many files."""
    connections_per_caller: int = 200
    heartbeat_s: float = 15.0
    """After how long a silence is broken, and how often it is asked whether the caller may still watch."""
    patience_s: float = 15.0
    """How long a client may leave what was sent unread; then it is dropped, and may come again."""
    longest_s: float = 3_600.0
    """How long one connection lasts; clients come again by themselves."""


class Batch(msgspec.Struct, frozen=True):
    """Changes that are wanted, and how far the log was looked through; without changes it is a sign of life."""

    items: Sequence[Item]
    position: int


class Hub:
    """Everybody who watches this process.

    A caller that watches nothing costs nothing; the reader of an organisation ends with the last one who watches it.
    """

    def __init__(
        self,
        limits: LiveLimits | None = None,
        *,
        hints: Sequence[Callable[[], AsyncIterator[None]]] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.limits = limits or LiveLimits()
        self.clock = clock
        self.catching_up = asyncio.Semaphore(_CATCHING_UP)
        self._hints = hints
        self._listening: list[asyncio.Task[None]] = []
        self._followed: dict[str, _Followed] = {}
        self._callers: Counter[str] = Counter()
        self._ending = asyncio.Event()

    @property
    def connections(self) -> int:
        """How many watch now."""
        return self._callers.total()

    def check(self, caller: str) -> None:
        """Return when *caller* may watch.

        Raises:
            BusyError: as many watch as may.
        """
        if self.connections >= min(self.limits.connections, _open_files() - _SPARE_FILES):
            raise BusyError("as many watch this server as may", retry_after_s=10.0)
        if self._callers[caller] >= self.limits.connections_per_caller:
            raise BusyError(
                f"{self.limits.connections_per_caller:,} connections of this caller watch already",
                retry_after_s=10.0,
            )

    @asynccontextmanager
    async def watching(
        self, store: EntityStore, organisation: Organisation, caller: str, present: int, *, shelf: str = ""
    ) -> AsyncIterator["Watch"]:
        """Count one who watches while the block runs; *present* is the newest change that there is.

        All who have the same *shelf*, by default the organisation, see the same through *store*.

        Raises:
            BusyError: as many watch as may.
        """
        self.check(caller)
        self._callers[caller] += 1
        name = shelf or organisation
        followed = self._followed.get(name)
        if followed is None:
            followed = self._followed[name] = _Followed(self, store, organisation, present)
            self._listen()
        followed.watchers += 1
        try:
            yield Watch(self, followed, present, self._ending)
        finally:
            followed.watchers -= 1
            self._callers[caller] -= 1
            if not self._callers[caller]:
                del self._callers[caller]
            if not followed.watchers:
                del self._followed[name]
                followed.end()
            if not self._followed:
                self._deafen()

    def end_all(self) -> None:
        """End every connection: those who watch are told, and come again where they can."""
        ending, self._ending = self._ending, asyncio.Event()
        ending.set()
        for followed in self._followed.values():
            followed.follower.wake()

    def _listen(self) -> None:
        if not self._listening:
            self._listening = [asyncio.create_task(self._hear(one)) for one in self._hints]

    def _deafen(self) -> None:
        for task in self._listening:
            task.cancel()
        self._listening = []

    async def _hear(self, hints: Callable[[], AsyncIterator[None]]) -> None:
        # Without hints the log is read twice a second.
        with suppress(ChariotError):
            async for _ in hints():
                for followed in self._followed.values():
                    followed.follower.nudge()


class _Followed:
    """One organisation that is watched."""

    def __init__(self, hub: Hub, store: EntityStore, organisation: Organisation, present: int) -> None:
        self.store = store
        self.organisation = organisation
        self.follower = Follower(store, organisation, present, clock=hub.clock)
        self.matching = Matching(store, organisation)
        self.watchers = 0
        self.reading = asyncio.create_task(self.follower.run(), name=f"live changes of {organisation}")
        self.reading.add_done_callback(lambda _: self.follower.wake())

    def end(self) -> None:
        self.reading.cancel()


class Watch:
    """What one connection watches, and how far it is."""

    def __init__(self, hub: Hub, followed: _Followed, present: int, ending: asyncio.Event) -> None:
        self._hub = hub
        self._followed = followed
        self._ending = ending
        self._present = present
        self._check_at = hub.clock() + hub.limits.heartbeat_s
        self._ends_at = hub.clock() + hub.limits.longest_s
        self.position = present
        """Everything up to here was looked through."""
        self.interest = Interest()

    def resume(self, after: int) -> None:
        """Go on behind *after*; what lies ahead of the log means the present."""
        self.position = min(after, self._present)

    async def batches(self, may_go_on: Callable[[], Awaitable[bool]]) -> AsyncIterator[Batch]:
        """Yield what is wanted, as it happens, and a sign of life in each silence.

        It ends when the server does, after the longest time, or once *may_go_on* says no.
        """
        limits, clock = self._hub.limits, self._hub.clock
        silent_since = clock()
        while not self._ended(clock()):
            until = min(silent_since + limits.heartbeat_s, self._check_at, self._ends_at)
            items = await self._next(until - clock())
            if clock() >= self._check_at:
                self._check_at = clock() + limits.heartbeat_s
                if not await may_go_on():
                    return
            wanted = await self._followed.matching.of(self.interest, items) if items else ()
            if items:
                self.position = items[-1].sequence
            if wanted or clock() - silent_since >= limits.heartbeat_s:
                silent_since = clock()
                yield Batch(wanted, self.position)

    def _ended(self, now: float) -> bool:
        return self._ending.is_set() or now >= self._ends_at or self._followed.reading.done()

    async def _next(self, wait_s: float) -> Sequence[Item]:
        """Return what comes next, waiting for it at most *wait_s*."""
        follower = self._followed.follower
        moved = follower.moved
        items = follower.kept_after(self.position)
        if items is None:
            return await self._catch_up()
        if not items and wait_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await moved.wait()
            return follower.kept_after(self.position) or ()
        return items

    async def _catch_up(self) -> Sequence[Item]:
        store, organisation = self._followed.store, self._followed.organisation
        floor = self._followed.follower.floor
        async with self._hub.catching_up:
            changes = await store.changes(self.position, BATCH, organisation=organisation)
        if not changes:
            # All between here and what is kept is of other organisations.
            self.position = max(self.position, floor)
        return [item_of(change) for change in changes]


def _open_files() -> int:
    """Return how many files this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1_000_000 if soft == resource.RLIM_INFINITY else soft
