"""Imports: another tool's file becomes observations, checked whole before anything is written.

Each import has an id and a journal (see `ledger`): it can be gone on with after a crash, and taken back.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

from chariot.errors import InvalidError
from chariot.format import Format
from chariot.model.keys import Organisation
from chariot.model.kinds.exchange import Import
from chariot.model.states import ImportState
from chariot.modules.exchange.batches import BATCH_ITEMS
from chariot.modules.exchange.catalogue import choose, installed_formats
from chariot.modules.exchange.ledger import Ledger
from chariot.modules.exchange.reader import HELD_ITEMS, FileReader, Reader
from chariot.modules.exchange.reader_process import WORTH_BYTES, ReaderProcess, is_worth_a_process
from chariot.modules.exchange.reading import ReadingThread
from chariot.modules.exchange.reports import ImportReport, UndoReport
from chariot.modules.exchange.run import Run
from chariot.modules.exchange.source import Source, opened
from chariot.modules.exchange.undo import Undo
from chariot.modules.surface.service import SurfaceService

__all__ = ["ImportReport", "ImportService", "UndoReport", "installed_formats"]


class ImportService:
    """Imports files into one store."""

    def __init__(
        self,
        surface: SurfaceService,
        formats: Mapping[str, Format],
        *,
        ledger: Ledger | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        batch_items: int = BATCH_ITEMS,
        held_items: int = HELD_ITEMS,
        process_bytes: int = WORTH_BYTES,
    ) -> None:
        """A file larger than *process_bytes* is read by a process of its own, if that can be done."""
        self._surface = surface
        self._batch_items = batch_items
        self._held_items = held_items
        self._process_bytes = process_bytes
        self.formats = formats
        self.ledger = ledger or Ledger(surface, now=now)
        self._now = now

    async def import_file(
        self,
        organisation: Organisation,
        path: Path,
        *,
        format_name: str = "auto",
        chosen: Format | None = None,
        complete: bool = False,
        dry_run: bool = False,
        requested_by: str = "import",
    ) -> ImportReport:
        """Import one file; with *dry_run* tell what would change, and change nothing.

        *chosen* is a format that is made for this one file, such as a map. *complete* says that the file covers
        every target that it names: what its tool once reported there and does not any more is closed.

        The file is read to its end to see that it is sound before anything is written. One whose import was
        interrupted goes on behind the last batch that was committed.

        Raises:
            NotFoundError: there is no such file.
            InvalidError: it is broken or of no known format; the text names the place.
            ConflictError: another process imports it at this moment.
        """
        with opened(path) as source, ReadingThread() as thread, ExitStack() as stack:
            file = Path(source.name).name
            if chosen is None:
                chosen = await thread.run(lambda: choose(self.formats, source.stream, format_name, file))
            report = ImportReport(file=source.name, format=chosen.name, written=not dry_run)
            reader = self._reader(chosen, source, stack, complete=complete)
            await thread.run(reader.check)
            known = await self.ledger.of_file(organisation, source.sha256, chosen.name, ImportState.DONE)
            report.known_as = known.id if known is not None else ""
            run = Run(self._surface, organisation, file, chosen.name, report, thread, now=self._now)
            if dry_run:
                await run.write(reader.batches(self._now()), 0)
                return report
            entry, records = await self._entry(organisation, source, chosen.name, requested_by, run)
            now = entry.started_at or self._now()
            try:
                await run.write(reader.batches(now), records)
            except InvalidError:
                # The check saw nothing of it; what was written of a file that turns out to be broken leaves again.
                await self.undo(organisation, entry.id, requested_by=requested_by)
                raise
            await self.ledger.set(
                organisation,
                entry,
                requested_by,
                state=ImportState.DONE,
                finished_at=self._now(),
                counts=report.counts(),
            )
        return report

    def _reader(self, chosen: Format, source: Source, stack: ExitStack, *, complete: bool) -> Reader:
        if is_worth_a_process(source, chosen, self._process_bytes):
            return stack.enter_context(
                ReaderProcess(chosen, source, complete=complete, batch_items=self._batch_items)
            )
        return FileReader(
            chosen, source, complete=complete, batch_items=self._batch_items, held_items=self._held_items
        )

    async def _entry(
        self, organisation: Organisation, source: Source, format_name: str, who: str, run: Run
    ) -> tuple[Import, int]:
        """Return the import's entry and how many records of the file it has already."""
        entry = await self.ledger.of_file(organisation, source.sha256, format_name, ImportState.RUNNING)
        records = 0
        if entry is None:
            entry = await self.ledger.begin(
                organisation,
                file=source.name,
                sha256=source.sha256,
                size_bytes=source.size_bytes,
                format_name=format_name,
                who=who,
            )
        else:
            run.report.resumed = True
            async for page in self.ledger.pages(organisation, entry.id):
                records = max(records, page.records)
                run.page = page.number + 1
                run.report.add(page.counts)
        run.entry, run.report.id = entry, entry.id
        return entry, records

    async def undo(
        self,
        organisation: Organisation,
        import_id: str,
        *,
        dry_run: bool = False,
        requested_by: str = "import",
    ) -> UndoReport:
        """Take one import back; with *dry_run* tell what would leave, and change nothing.

        Raises:
            NotFoundError: there is no such import.
            ConflictError: it was taken back already.
        """
        undo = Undo(self._surface, self.ledger, organisation, now=self._now)
        return await undo.undo(
            await self.ledger.get(organisation, import_id), who=requested_by, dry_run=dry_run
        )
