"""A relay and its workers in one process, and whether they are done."""

import asyncio
from collections.abc import Collection, Sequence

import msgspec

from chariot.errors import ChariotError, UnavailableError
from chariot.modules.work.messages import QueueDepth
from chariot.modules.work.ports import Bus
from chariot.modules.work.relay import Relay
from chariot.modules.work.relays import Relays
from chariot.modules.work.worker import Running, Totals, Worker

_IDLE_POLL_S = 0.05


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """How far the work is, at one moment."""

    relayed: int
    """Sequence of the last change that was relayed."""
    changes: int
    """Sequence of the newest change."""
    queues: tuple[QueueDepth, ...]
    running: tuple[Running, ...]
    totals: dict[str, Totals]
    """By queue, since this process began."""
    blocked: str
    """Why the relay does not move; empty when it does."""

    @property
    def is_idle(self) -> bool:
        """True when nothing is left to do."""
        return self.relayed >= self.changes and not any(depth.live for depth in self.queues)


class Pipeline:
    """Runs *relay* and *workers* until it is stopped."""

    def __init__(self, bus: Bus, relay: Relay | Relays, workers: Sequence[Worker]) -> None:
        self._bus = bus
        self._relay = relay
        self._workers = tuple(workers)
        self._stop = asyncio.Event()
        self._ended = asyncio.Event()

    @property
    def relay(self) -> Relay | Relays:
        """The relay, for a process that runs nothing else."""
        return self._relay

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that have a worker here, sorted."""
        return tuple(sorted(worker.queue for worker in self._workers))

    async def run(self, *, relay: bool = True, queues: Collection[str] | None = None) -> None:
        """Work until `stop`; a failure of the relay or a worker itself ends all of them and is raised.

        Without *relay* another process has to follow the log. *queues* chooses workers; by default all.
        """
        try:
            async with asyncio.TaskGroup() as group:
                if relay:
                    group.create_task(self._relay.run(self._stop))
                for worker in self._workers:
                    if queues is None or worker.queue in queues:
                        group.create_task(worker.run(self._stop))
        except BaseExceptionGroup as failures:
            known = failures.subgroup(ChariotError)
            raise known.exceptions[0] if known else failures.exceptions[0] from failures
        finally:
            self._ended.set()

    async def stop(self) -> None:
        """Take nothing new, finish or give back what runs, and return when all is quiet."""
        self._stop.set()
        self._relay.nudge()
        await self._ended.wait()

    async def progress(self) -> Progress:
        """Return what a display shows."""
        relayed = await self._relay.reached()
        return Progress(
            relayed=relayed,
            queues=tuple(await self._bus.depths()),
            changes=await self._relay.newest(),
            running=tuple(one for worker in self._workers for one in worker.running()),
            totals={worker.queue: worker.totals for worker in self._workers},
            blocked=self._relay.blocked,
        )

    async def standstill(self) -> str:
        """Return why nobody's work moves; empty when it does.

        Raises:
            UnavailableError: the queues are away, or keep nothing.
        """
        await self._bus.check()
        return self._relay.blocked_for_all

    async def is_idle(self) -> bool:
        """Return whether the log is relayed to its end and no queue has anything that waits, runs or is delayed.

        `progress` reads the checkpoint first, then the queues, then the end of the log: what a last message wrote
        before it was finished moved the end, so the three agree only when really nothing is left.
        """
        return (await self.progress()).is_idle

    async def idle(self) -> None:
        """Return when nothing is left to do.

        Raises:
            UnavailableError: the pipeline ended before.
        """
        while not await self.is_idle():
            if self._ended.is_set():
                raise UnavailableError("the pipeline ended before its work was done")
            await asyncio.sleep(_IDLE_POLL_S)
