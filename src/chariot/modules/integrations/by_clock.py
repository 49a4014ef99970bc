"""What runs by the clock and talks to no other system: reports that are kept as files, and scans."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.work import File
from chariot.model.states import Depth
from chariot.modules.exchange.exports.service import ExportRequest, ExportService
from chariot.modules.files.service import FileService
from chariot.modules.integrations.types import ReportChoices, ScanChoices, kinds_of, seeds_of
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import EntityReader
from chariot.modules.surface.query import PAGE_LIMIT, Query

FOLDER: Final = "reports"
"""Where reports stand among the files: `reports/<label>/<moment>.<extension>`."""
_MEGABYTE: Final = 1_000_000
_PIECE_BYTES: Final = 256 * 1024


class StartScan(Protocol):
    """Orders a scan. See `ScanService.start`."""

    def __call__(
        self,
        organisation: Organisation,
        seeds: tuple[str, ...],
        *,
        requested_by: str,
        depth: Depth | None,
        due_only: bool,
    ) -> Awaitable[str]:
        """Return the id of the scan."""
        ...


class ReportRun:
    """Writes reports and lets go of those that nobody needs any more."""

    def __init__(
        self, exports: ExportService, files: FileService, reader: EntityReader, *, now: Callable[[], datetime]
    ) -> None:
        self._exports = exports
        self._files = files
        self._reader = reader
        self._now = now

    async def run(
        self, organisation: Organisation, label: str, chosen: ReportChoices
    ) -> tuple[Counter[str], str]:
        """Write one report; return what was done as numbers and as a sentence.

        Raises:
            InvalidError: the format, the kinds or the filter are wrong, or it is larger than allowed.
            ConfigurationError: a library that the format needs is not installed.
        """
        exporter = self._exports.exporter(chosen.format)
        path = f"{FOLDER}/{label}/{self._now():%Y-%m-%dT%H-%M-%SZ}.{exporter.extension}"
        request = ExportRequest(format=chosen.format, kinds=kinds_of(chosen.kinds), filter=chosen.filter)
        with tempfile.TemporaryDirectory(prefix="chariot-report-") as folder:
            written = await self._exports.export_file(organisation, request, Path(folder) / "report")
            await self._files.keep(
                organisation,
                path,
                _pieces(Path(folder) / "report"),
                media_type=exporter.media_type,
                limit_bytes=chosen.limit_mb * _MEGABYTE,
                actor=f"integration:{label}",
            )
        let_go = await self._tidy(organisation, label, chosen.keep)
        counts = Counter({"size_bytes": written.size_bytes, "let_go": let_go})
        return counts, f"{path}, {written.size_bytes:,} bytes"

    async def _tidy(self, organisation: Organisation, label: str, keep: int) -> int:
        """Let go of all but the newest *keep* reports of *label*; return how many went."""
        prefix = f"{FOLDER}/{label}/"
        where = parse_filter(f'key~"{prefix}"', ("file",))
        query = Query(kinds=("file",), where=where, sort="-key", limit=PAGE_LIMIT)
        page = await self._reader.find(organisation, query)
        paths = [one.entity.path for one in page.items if isinstance(one.entity, File)]
        # A filter finds the text anywhere in the key. The moment in the name puts the newest first.
        old = [path for path in paths if path.startswith(prefix)][keep:]
        for path in old:
            await self._files.delete(organisation, path, actor=f"integration:{label}", why="newer ones came")
        return len(old)


class ScanRun:
    """Orders scans."""

    def __init__(self, start: StartScan) -> None:
        self._start = start

    async def run(
        self, organisation: Organisation, label: str, chosen: ScanChoices
    ) -> tuple[Counter[str], str]:
        """Order one scan; return what was done as numbers and as a sentence.

        Raises:
            InvalidError: a seed is none.
            ConflictError: a person excluded or froze a seed, or everything is stopped.
            BusyError: the queue is full.
        """
        seeds = seeds_of(chosen.seeds)
        scan = await self._start(
            organisation,
            seeds,
            requested_by=f"integration:{label}",
            depth=chosen.depth,
            due_only=chosen.due_only,
        )
        return Counter({"scans": 1}), f"scan {scan} of {', '.join(seeds[:10]) or 'all that is known'}"


async def refuse_scan(organisation: Organisation, seeds: tuple[str, ...], **_: object) -> str:
    """Refuse to order a scan, where nothing scans.

    Raises:
        InvalidError: always.
    """
    raise InvalidError(f"nothing scans {', '.join(seeds[:10])} for {organisation} here", place="type")


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, _PIECE_BYTES):
            yield piece
