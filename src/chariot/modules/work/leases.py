"""Leases: of many processes exactly one does a thing, and another takes over within seconds when it dies."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

import msgspec
import structlog

from chariot.errors import BusyError, ConfigurationError, UnavailableError

_log = structlog.get_logger(__name__)
TTL_S = 6.0
"""How long a dead holder keeps others waiting, at most; a holder that lives renews three times in that time."""


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to do one thing, for a while."""

    name: str
    owner: str
    token: int
    """Higher than that of every earlier holder: what is written with a lower one comes from the past."""
    ttl_s: float
    until: float
    """When this process must have stopped, on its own monotonic clock, in seconds.

    It is counted from before the engine was asked, so it never ends later than the engine's own deadline.
    """


class Leases(Protocol):
    """Gives each name to one owner at a time. The promises are `LeasesContract` in the tests.

    No wall clock decides: an engine of many machines uses its own, one machine a clock that nobody sets.
    """

    async def acquire(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        """Return the lease of *name* when nobody holds it, else None; also its holder gets no second one.

        Raises:
            UnavailableError: the engine is away.
        """
        ...

    async def renew(self, lease: Lease) -> Lease | None:
        """Return *lease* with a new end, None when it was lost; a lost one never comes back."""
        ...

    async def release(self, lease: Lease) -> None:
        """Let another have it at once; harmless when it was lost."""
        ...


Work = Callable[[asyncio.Event], Awaitable[None]]
"""Works until the event is set. It is cancelled when the lease is lost."""


class Guard:
    """Runs a piece of work in the one process that holds the lease *name*, and waits its turn in all others."""

    def __init__(
        self,
        leases: Leases,
        name: str,
        owner: str,
        *,
        ttl_s: float = TTL_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if ttl_s <= 0:
            raise ConfigurationError(f"the lease {name} must last longer than no time at all")
        self._leases = leases
        self._name = name
        self._owner = owner
        self._ttl_s = ttl_s
        self._clock = clock
        self.lease: Lease | None = None
        """What is held now."""

    async def run(self, work: Work, stop: asyncio.Event) -> None:
        """Until *stop* is set, wait for the lease, run *work* while it is held, and wait again when it was lost.

        What *work* raises is raised here, after the lease was given back.
        """
        while not stop.is_set():
            lease = await self._asked(self._leases.acquire(self._name, self._owner, self._ttl_s))
            if lease is None:
                await pause(stop, self._ttl_s / 6)
            else:
                await self._hold(lease, work, stop)

    async def _hold(self, lease: Lease, work: Work, stop: asyncio.Event) -> None:
        _log.info("lease_taken", lease=self._name, number=lease.token)
        self.lease = lease
        own_stop = asyncio.Event()
        task = asyncio.ensure_future(work(own_stop))
        stopping = asyncio.create_task(stop.wait())
        try:
            while not task.done() and await self._renewed():
                await asyncio.wait(
                    {task, stopping} - ({stopping} if own_stop.is_set() else set()),
                    timeout=max(min(self._ttl_s / 3, self._left_s()), 0.001),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if stop.is_set():
                    # What it has begun is finished under the lease, which goes on being renewed.
                    own_stop.set()
        finally:
            lost = not task.done()
            stopping.cancel()
            task.cancel()
            results = await asyncio.gather(task, stopping, return_exceptions=True)
            await self._let_go(lost=lost)
        if isinstance(results[0], BaseException) and not isinstance(results[0], asyncio.CancelledError):
            raise results[0]

    async def _renewed(self) -> bool:
        """Renew the lease; True while it is held for sure, also when the engine is away for a moment."""
        assert self.lease is not None
        try:
            renewed = await self._within(self._leases.renew(self.lease))
        except (UnavailableError, BusyError, TimeoutError):
            return self._left_s() > 0
        if renewed is None:
            return False
        self.lease = renewed
        return self._left_s() > 0

    def _left_s(self) -> float:
        """Return how long work may go on: a sixth of the time is kept for stopping it."""
        assert self.lease is not None
        return self.lease.until - self._ttl_s / 6 - self._clock()

    async def _within(self, answer: Awaitable[Lease | None]) -> Lease | None:
        async with asyncio.timeout(max(self._left_s(), 0.001)):
            return await answer

    async def _asked(self, answer: Awaitable[Lease | None]) -> Lease | None:
        try:
            async with asyncio.timeout(self._ttl_s):
                return await answer
        except (UnavailableError, BusyError, TimeoutError) as error:
            _log.warning("lease_unknown", lease=self._name, reason=str(error) or "no answer in time")
            return None

    async def _let_go(self, *, lost: bool) -> None:
        lease, self.lease = self.lease, None
        if lost:
            _log.warning("lease_lost", lease=self._name)
        if lease is not None:
            try:
                async with asyncio.timeout(self._ttl_s):
                    await self._leases.release(lease)
            except (UnavailableError, BusyError, TimeoutError):
                # It ends by itself.
                _log.info("lease_left", lease=self._name)


async def pause(stop: asyncio.Event, seconds: float) -> None:
    """Return after *seconds*, or as soon as *stop* is set."""
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
