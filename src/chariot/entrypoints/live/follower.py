"""The change log of one organisation, read once for all who watch it."""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter

import msgspec
import structlog

from chariot.errors import BusyError, UnavailableError
from chariot.model.keys import Organisation
from chariot.model.records import Change
from chariot.modules.surface.ports import EntityStore

BATCH = 500
"""The most changes that are read, or given to one who watches, at a time."""
POLL_S = 0.5
"""How often the log is read though nothing tells of a commit: another process may have written."""
_LOOK_S = 0.02
"""How often the store is asked whether something was committed, which costs next to nothing."""
_KEPT = 8_192
_KEPT_BYTES = 8_000_000
_log = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode
_sequence = attrgetter("sequence")


class Item(msgspec.Struct, gc=False):
    """One change, and how it is written to all."""

    sequence: int
    change: Change
    body: bytes
    """The change as JSON."""

    @property
    def event(self) -> bytes:
        """The change as a server-sent event."""
        return b"event: change\nid: %d\ndata: %b\n\n" % (self.sequence, self.body)


def item_of(change: Change) -> Item:
    """Return *change* as it is sent."""
    return Item(change.sequence, change, _encode(change))


class Follower:
    """Reads the log from *present* on and keeps the newest of it, so that a thousand who watch cost one reading.

    Nothing waits here for anybody: each who watches knows how far it is, and one that falls behind what is kept
    reads the log for itself. What is kept is bounded in number and in bytes.
    """

    def __init__(
        self,
        store: EntityStore,
        organisation: Organisation,
        present: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        kept: int = _KEPT,
    ) -> None:
        self._store = store
        self._organisation = organisation
        self._clock = clock
        self._kept = kept
        self._items: list[Item] = []
        self._bytes = 0
        self._nudged = False
        self.floor = present
        """All that came after this one, and was read, is kept."""
        self.head = present
        """The newest change that was read."""
        self.moved = asyncio.Event()
        """Set once, when something was read; the next one stands here by then."""

    def nudge(self) -> None:
        """Let it read the log now."""
        self._nudged = True

    def wake(self) -> None:
        """Let everybody who waits look again."""
        told, self.moved = self.moved, asyncio.Event()
        told.set()

    def kept_after(self, sequence: int) -> Sequence[Item] | None:
        """Return what came after *sequence*, or None when some of it is kept no more."""
        if sequence < self.floor:
            return None
        start = bisect_right(self._items, sequence, key=_sequence)
        return self._items[start : start + BATCH]

    async def run(self) -> None:
        """Follow the log until it is cancelled; what is away is waited for."""
        seen, read_at = -1, 0.0
        while True:
            stamp = self._store.stamp()
            if stamp != seen or self._nudged or self._clock() - read_at >= POLL_S:
                seen, read_at, self._nudged = stamp, self._clock(), False
                try:
                    while await self._read():
                        pass
                except (BusyError, UnavailableError) as error:
                    _log.warning("live_changes_wait", organisation=self._organisation, reason=str(error))
                    await asyncio.sleep(POLL_S)
            await asyncio.sleep(_LOOK_S)

    async def _read(self) -> bool:
        """Read on by one batch; tell whether there may be more."""
        changes = await self._store.changes(self.head, BATCH, organisation=self._organisation)
        if not changes:
            return False
        added = [item_of(change) for change in changes]
        self._items += added
        self._bytes += sum(len(one.body) for one in added)
        self.head = added[-1].sequence
        self._trim()
        self.wake()
        return len(changes) == BATCH

    def _trim(self) -> None:
        drop = max(0, len(self._items) - self._kept)
        dropped = sum(len(one.body) for one in self._items[:drop])
        while self._bytes - dropped > _KEPT_BYTES:
            dropped += len(self._items[drop].body)
            drop += 1
        if drop:
            self.floor = self._items[drop - 1].sequence
            self._bytes -= dropped
            del self._items[:drop]
