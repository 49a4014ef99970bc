"""One import on its way: batch after batch, then what is gone is closed."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Generator, Iterable, Iterator, Mapping
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Protocol

from chariot.errors import ConflictError
from chariot.format import Decided
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.exchange import Import, ImportPage
from chariot.modules.exchange.batches import Batch
from chariot.modules.exchange.closing import CLOSED_AT_ONCE, Gone, closing
from chariot.modules.exchange.deciding import decisions, seen_since
from chariot.modules.exchange.keyset import KeySet
from chariot.modules.exchange.ledger import pack
from chariot.modules.exchange.reading import ReadingThread
from chariot.modules.exchange.reports import ImportReport
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.states import Refusal
from chariot.modules.surface.trace import Keep, Touched, Traced

_TRIES = 3
_RISK = "#risk#"


class _Work(Protocol):
    """Writes with a page of the journal, or only looks without one."""

    def __call__(self, *, page: Key | None, keep: Keep | None) -> Awaitable[Traced]: ...


class Run:
    """One import, or the preview of one as long as it has no entry."""

    def __init__(
        self,
        surface: SurfaceService,
        organisation: Organisation,
        file: str,
        tool: str,
        report: ImportReport,
        thread: ReadingThread,
        *,
        now: Callable[[], datetime],
    ) -> None:
        self.report = report
        self.entry: Import | None = None
        self.page = 0
        """The number of the next page of the journal."""
        self._surface = surface
        self._organisation = organisation
        self._file = file
        self._tool = tool
        self._thread = thread
        self._now = now
        self._seen = KeySet()
        self._covers: dict[Key, datetime] = {}
        self._closed = KeySet()
        """What a preview would close: nothing is written that would tell."""
        self._settled: dict[Key, Decided] = {}
        """What the file calls settled of the risks that are there."""

    async def write(self, source: Generator[Batch], skip: int) -> None:
        """Write the batches of *source* behind the first *skip* records, which are there; close what is gone.

        Raises:
            ConflictError: another process writes the same import.
        """
        async with aclosing(self._thread.each(source)) as coming:
            async for batch in coming:
                self.report.findings += batch.findings
                for refused in batch.refused:
                    self.report.refuse(Refusal(refused.place, refused.reason))
                if batch.reaches > skip and batch.parts:
                    await self._batch(batch)
                else:
                    self._see(batch.keys())
                    self._cover(batch, ())
                await self._decide(batch)
        await self._settle()
        await self._close()

    @property
    def _name(self) -> str:
        return f"import {self.entry.id}" if self.entry is not None else "import"

    async def _batch(self, batch: Batch) -> None:
        work = partial(self._surface.trace, self._organisation, batch.parts, why=self._name)
        traced = await self._write(work, self._merged, batch.records)
        self._cover(batch, {one.key for one in traced.trace.entities if one.was is None})
        self._see(one.key for one in traced.trace.entities)
        for refusal in traced.refused:
            # A preview wrote no earlier batch, so the store does not know what stood there.
            if self.entry is not None or not all(end in self._seen for end in batch.ends(refusal.place)):
                self.report.refuse(Refusal(batch.place(refusal.place), refusal.reason))

    async def _write(
        self, work: _Work, count: Callable[[Traced], Counter[str]], records: int, *, is_closing: bool = False
    ) -> Traced:
        """Do *work* with its page of the journal, or only look where this is a preview."""
        entry = self.entry
        if entry is None:
            traced = await work(page=None, keep=None)
        else:
            number = self.page

            def keep(traced: Traced) -> ImportPage:
                return ImportPage(
                    owner=entry.id,
                    number=number,
                    records=records,
                    closing=is_closing,
                    counts=dict(count(traced)),
                    journal=pack(traced.trace),
                )

            traced = await work(page=ImportPage(owner=entry.id, number=number).key, keep=keep)
            self.page += 1
        counts = count(traced)
        # What was refused is counted with its reasons.
        counts.pop("refused", None)
        self.report.add(counts)
        return traced

    def _merged(self, traced: Traced) -> Counter[str]:
        counts = Counter(_word(one) for one in traced.trace.entities if one.key not in self._seen)
        if traced.refused:
            counts["refused"] = len(traced.refused)
        return counts

    def _see(self, keys: Iterable[Key]) -> None:
        for key in keys:
            if self._seen.add(key):
                if key.startswith(_RISK):
                    self.report.risks += 1
                else:
                    self.report.assets += 1

    def _cover(self, batch: Batch, created: Collection[Key]) -> None:
        for key, looked_at in batch.covers:
            # Where this import brought the target itself, nothing older stands.
            if key not in created:
                self._covers[key] = max(looked_at, self._covers.get(key, looked_at))

    async def _decide(self, batch: Batch) -> None:
        """Write what the file says that people decided; again it changes nothing."""
        for wanted in _chunks({one.risk: one for one in batch.decided if not one.is_settled}):
            await self._write_decided(wanted)
        for wanted in _chunks({one.risk: one for one in batch.decided if one.is_settled}):
            there = await self._surface.store.get(self._organisation, list(wanted))
            self._settled.update((key, wanted[key]) for key in there)

    async def _settle(self) -> None:
        """Settle what the file calls settled and sees nowhere; only at its end is that known."""
        gone = {key: one for key, one in self._settled.items() if key not in self._seen}
        for wanted in _chunks(gone):
            await self._write_decided(wanted)

    async def _write_decided(self, wanted: Mapping[Key, Decided]) -> None:
        for attempt in range(1, _TRIES + 1):
            store = self._surface.store
            records = await store.get(self._organisation, list(wanted))
            seen = await seen_since(store, self._organisation, wanted)
            if self.entry is None:
                known = decisions(records, wanted, seen, "import", self._now())
                self.report.decided += len(wanted) - len(records) + len(known)
                return
            edits = decisions(records, wanted, seen, self._name, self._now())
            if not edits:
                return
            work = partial(self._surface.trace_edits, self._organisation, edits, self._now())
            try:
                await self._write(work, _decided, 0, is_closing=True)
            except ConflictError:
                # Somebody changed one of them between our look and our write.
                if attempt == _TRIES:
                    raise
            else:
                return

    async def _close(self) -> None:
        gone = Gone(self._surface.store, self._organisation, self._tool, self._seen.__contains__)
        chunk: dict[Key, datetime] = {}
        found = 0
        for target, looked_at in self._covers.items():
            records = await gone.at(target, looked_at)
            if records:
                chunk[target] = looked_at
                found += len(records)
            if found >= CLOSED_AT_ONCE:
                await self._close_at(gone, chunk)
                chunk, found = {}, 0
        if chunk:
            await self._close_at(gone, chunk)

    async def _close_at(self, gone: Gone, chunk: dict[Key, datetime]) -> None:
        for attempt in range(1, _TRIES + 1):
            # A risk at a port is found at its address, too.
            records = {
                record.key: record
                for target, looked_at in chunk.items()
                for record in await gone.at(target, looked_at)
            }
            edits = [closing(record, self._name, self._file) for record in records.values()]
            if not edits:
                return
            if self.entry is None:
                self.report.closed += sum(self._closed.add(key) for key in records)
                return
            work = partial(self._surface.trace_edits, self._organisation, edits, max(chunk.values()))
            try:
                await self._write(work, _closed, 0, is_closing=True)
            except ConflictError:
                # Somebody changed one of them between our look and our write.
                if attempt == _TRIES:
                    raise
            else:
                return


def _chunks(wanted: Mapping[Key, Decided]) -> Iterator[Mapping[Key, Decided]]:
    told = list(wanted.items())
    for start in range(0, len(told), CLOSED_AT_ONCE):
        yield dict(told[start : start + CLOSED_AT_ONCE])


def _word(one: Touched) -> str:
    if one.was is None:
        return "created"
    if one.was.revision == one.revision:
        return "confirmed"
    return "reopened" if one.reopened else "changed"


def _decided(traced: Traced) -> Counter[str]:
    return Counter(decided=len(traced.trace.entities))


def _closed(traced: Traced) -> Counter[str]:
    return Counter(closed=len(traced.trace.entities))
