"""Receipts in the memory of one process, bounded: the reference, and what a server without a store has."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from chariot.model.keys import Organisation
from chariot.modules.receipts.ports import CLAIM_S, HELD_S, Receipt

KEPT = 10_000


class _Entry(msgspec.Struct):
    digest: bytes
    ends_at: datetime
    answer: bytes | None = None


class MemoryReceipts:
    """See `Receipts`; beyond *kept* the oldest are forgotten."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, kept: int = KEPT) -> None:
        self._now = now
        self._kept = kept
        self._entries: OrderedDict[tuple[Organisation, str], _Entry] = OrderedDict()

    async def begin(self, organisation: Organisation, name: str, digest: bytes) -> Receipt | None:
        """See `Receipts.begin`."""
        place = (organisation, name)
        found = self._entries.get(place)
        now = self._now()
        if found is not None and found.ends_at > now:
            return Receipt(found.digest, found.answer)
        self._entries.pop(place, None)
        self._entries[place] = _Entry(digest, now + timedelta(seconds=CLAIM_S))
        while len(self._entries) > self._kept:
            self._entries.popitem(last=False)
        return None

    async def finish(self, organisation: Organisation, name: str, answer: bytes) -> None:
        """See `Receipts.finish`."""
        entry = self._entries.get((organisation, name))
        if entry is not None:
            entry.answer = answer
            entry.ends_at = self._now() + timedelta(seconds=HELD_S)

    async def drop(self, organisation: Organisation, name: str) -> None:
        """See `Receipts.drop`."""
        self._entries.pop((organisation, name), None)
