"""A scan in this process: runs the pipeline until nothing is left, watches it, and stops it cleanly when asked."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from chariot.entrypoints.cli.exits import Exit
from chariot.model.records import Change, Op

if TYPE_CHECKING:
    from chariot.application import Application
    from chariot.modules.work.pipeline import Progress

_PERIOD_S = 0.25
_CHANGES_AT_ONCE = 500
_NEWEST = 8
_UNSHOWN = frozenset({"job", "vulnerability"})
"""Kinds whose changes are work and reference data, not finds."""


class Find(msgspec.Struct, frozen=True):
    """Something that was found, or came back."""

    kind: str
    key: str


def finds_in(changes: Iterable[Change]) -> Iterator[Find]:
    """Give what *changes* brought to the surface."""
    for change in changes:
        if change.op in (Op.CREATED, Op.RETURNED) and change.kind not in _UNSHOWN:
            yield Find(change.kind, change.key)


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """How a scan stands at one moment."""

    progress: "Progress"
    counts: dict[str, int]
    """Entities on record, by kind."""
    new: tuple[Find, ...]
    """Found since the snapshot before."""
    newest: tuple[Find, ...]
    """The last finds, the newest last."""
    unknown: int
    """Jobs whose answer is unknown."""


class Display(Protocol):
    """Shows how a scan goes on."""

    def show(self, snapshot: Snapshot) -> None:
        """Show one more snapshot."""
        ...

    def stopping(self) -> None:
        """Say that the scan ends cleanly now, and what a second Ctrl-C does."""
        ...

    def close(self) -> None:
        """Let go of the terminal."""
        ...


class Watcher:
    """Makes snapshots of one scan; reads only what changed since the last."""

    def __init__(self, application: "Application", after: int) -> None:
        self._application = application
        self._after = after
        self._newest: tuple[Find, ...] = ()

    @classmethod
    async def from_now(cls, application: "Application") -> "Watcher":
        """Return a watcher of what is found from now on."""
        return cls(application, await application.store.last_sequence(application.organisation))

    async def snapshot(self) -> Snapshot:
        """Return how it stands."""
        application = self._application
        new = tuple([find async for find in self._finds()])
        self._newest = (*self._newest, *new)[-_NEWEST:]
        counts = await application.store.counts(application.organisation)
        return Snapshot(
            progress=await application.pipeline.progress(),
            counts={kind: sum(by_status.values()) for kind, by_status in counts.items()},
            new=new,
            newest=self._newest,
            unknown=await self._unknown(),
        )

    async def _finds(self) -> AsyncIterator[Find]:
        store, organisation = self._application.store, self._application.organisation
        while True:
            changes = await store.changes(self._after, _CHANGES_AT_ONCE, organisation=organisation)
            for change in changes:
                self._after = change.sequence
            for find in finds_in(changes):
                yield find
            if len(changes) < _CHANGES_AT_ONCE:
                return

    async def _unknown(self) -> int:
        from chariot.modules.surface.filters import parse_filter
        from chariot.modules.surface.query import PAGE_LIMIT, Query

        query = Query(kinds=("job",), where=parse_filter("outcome=unknown", ("job",)), limit=PAGE_LIMIT)
        page = await self._application.store.find(self._application.organisation, query)
        return len(page.items)


async def run_until_idle(application: "Application", display: Display) -> bool:
    """Run the pipeline until nothing is left; return False when it was interrupted and drained before that.

    A second interruption ends the process at once: all state is durable, so nothing is lost by it.
    """
    watcher = await Watcher.from_now(application)
    interrupted = asyncio.Event()
    with interruptions(interrupted, on_first=display.stopping, on_second=display.close):
        async with running_pipeline(application) as work:
            idle = asyncio.create_task(application.pipeline.idle())
            stop = asyncio.create_task(interrupted.wait())
            try:
                while not await _ended({idle, stop, work}):
                    display.show(await watcher.snapshot())
            finally:
                stop.cancel()
                idle.cancel()
                finished = await _succeeded(idle)
        display.show(await watcher.snapshot())
    return finished


async def _ended(tasks: Collection["asyncio.Future[Any]"]) -> bool:
    """Return whether one of *tasks* ended, after a short wait for it."""
    done, _ = await asyncio.wait(tasks, timeout=_PERIOD_S, return_when=asyncio.FIRST_COMPLETED)
    return bool(done)


async def _succeeded(task: "asyncio.Task[None]") -> bool:
    """Return whether *task* came to its own end; its failure, if any, is the pipeline's, which raises it."""
    (result,) = await asyncio.gather(task, return_exceptions=True)
    return result is None


@asynccontextmanager
async def running_pipeline(
    application: "Application", *, relay: bool = True, queues: Collection[str] | None = None
) -> AsyncIterator["asyncio.Task[None]"]:
    """Run the pipeline (see `Pipeline.run`) beside the block, and drain it at the end; its failure is raised here."""
    from chariot.modules.discovery.fingerprints.matching import fingerprints_of
    from chariot.modules.work.queues import THINKING

    if queues is None or not THINKING.issuperset(queues):
        # Compiling the rules takes a while: done when the first page comes, it would hold up answers.
        await asyncio.to_thread(fingerprints_of, application.settings.fingerprints)
    work = asyncio.create_task(application.pipeline.run(relay=relay, queues=queues))
    try:
        yield work
    finally:
        await application.pipeline.stop()
        await work


@contextmanager
def interruptions(
    interrupted: asyncio.Event,
    *,
    on_first: Callable[[], None] = lambda: None,
    on_second: Callable[[], None] = lambda: None,
) -> Iterator[None]:
    """Let the first Ctrl-C (or SIGTERM) set *interrupted*, and the second end the process at once."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def interrupt() -> None:
        if interrupted.is_set():
            on_second()
            os._exit(Exit.INTERRUPTED)
        interrupted.set()
        on_first()

    for number in signals:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
