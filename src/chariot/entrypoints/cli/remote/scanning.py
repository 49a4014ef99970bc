"""A scan at a server, watched from here until nothing is left of it."""

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from chariot.entrypoints.cli.remote.asking import depth_of
from chariot.entrypoints.cli.scanning import Find, Snapshot, finds_in, interruptions
from chariot.errors import ConflictError
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import PAGE_LIMIT, Query
from chariot.modules.work.pipeline import Progress

if TYPE_CHECKING:
    from chariot.entrypoints.cli.remote.application import RemoteApplication
    from chariot.entrypoints.cli.scanning import Display

_PERIOD_S = 0.5
_QUIET = 3
"""How many looks in a row must find nothing waiting: between two stages a queue is empty for a moment."""
_CHANGES_AT_ONCE = 500
_NEWEST = 8
_CURRENT = "/api/v1/scans/current"
_INTERRUPTED = "interrupted at the command line"


class RemoteWatcher:
    """Makes snapshots of what a server does; reads only what changed since the last."""

    def __init__(self, remote: "RemoteApplication", after: int) -> None:
        self._remote = remote
        self._after = after
        self._newest: tuple[Find, ...] = ()
        self._quiet = 0

    async def snapshot(self) -> Snapshot:
        """Return how it stands; `progress.is_idle` when several looks in a row found nothing to do."""
        state: dict[str, Any] = await self._remote.connection.call(dict, "GET", _CURRENT)
        new = tuple([find async for find in self._finds()])
        self._newest = (*self._newest, *new)[-_NEWEST:]
        self._quiet = 0 if state["waiting"] or new else self._quiet + 1
        return Snapshot(
            progress=Progress(
                relayed=0,
                changes=0 if self._quiet >= _QUIET else 1,
                queues=tuple(map(depth_of, state["queues"])),
                running=(),
                totals={},
                blocked=state["stopped"],
            ),
            counts={kind: sum(by_status.values()) for kind, by_status in state["counts"].items()},
            new=new,
            newest=self._newest,
            unknown=await self._unknown(),
        )

    async def _finds(self) -> AsyncIterator[Find]:
        while True:
            changes = await self._remote.store.changes(self._after, _CHANGES_AT_ONCE)
            for change in changes:
                self._after = change.sequence
            for find in finds_in(changes):
                yield find
            if len(changes) < _CHANGES_AT_ONCE:
                return

    async def _unknown(self) -> int:
        query = Query(kinds=("job",), where=parse_filter("outcome=unknown", ("job",)), limit=PAGE_LIMIT)
        return len((await self._remote.store.find(self._remote.organisation, query)).items)


async def watch_until_idle(remote: "RemoteApplication", display: "Display", after: int) -> bool:
    """Watch a server until nothing waits there; return False when it was interrupted before that.

    An interruption stops what the server sends, as it would in this process; `--resume` lets it go on. *after* is
    the sequence of the change behind which finds are new.
    """
    watcher = RemoteWatcher(remote, after)
    interrupted = asyncio.Event()
    with interruptions(interrupted, on_first=display.stopping, on_second=display.close):
        while not interrupted.is_set():
            snapshot = await watcher.snapshot()
            display.show(snapshot)
            if snapshot.progress.is_idle:
                return True
            await _pause(interrupted)
    await stop(remote, _INTERRUPTED)
    return False


async def _pause(interrupted: asyncio.Event) -> None:
    waiting = asyncio.create_task(interrupted.wait())
    await asyncio.wait({waiting}, timeout=_PERIOD_S)
    waiting.cancel()


async def stop(remote: "RemoteApplication", reason: str) -> None:
    """Let the server send nothing more."""
    await remote.connection.call(dict, "POST", f"{_CURRENT}/stop", body={"reason": reason}, repeatable=True)


async def go_on(remote: "RemoteApplication") -> None:
    """Let the server send again where an interruption like ours stopped it.

    Raises:
        ConflictError: somebody stopped everything on purpose.
    """
    state = await remote.connection.call(dict, "GET", _CURRENT)
    if str(state["stopped"]).endswith(_INTERRUPTED):
        await resume(remote)
    elif state["stopped"]:
        raise ConflictError(f"everything is stopped: {state['stopped']}; `chariot stop --release` lets go")


async def resume(remote: "RemoteApplication") -> None:
    """Let the server send again."""
    await remote.connection.call(dict, "POST", f"{_CURRENT}/resume", repeatable=True)
