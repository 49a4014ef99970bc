"""The intelligence store in one SQLite file."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import apsw

from chariot.adapters.sqlite.database import translated
from chariot.adapters.sqlite.transactions import writing
from chariot.adapters.sqlite_intel import reading
from chariot.adapters.sqlite_intel.loading import Loading
from chariot.adapters.sqlite_intel.records import prepare_again
from chariot.adapters.sqlite_intel.schema import cve_id, is_prepared, open_reader, open_writer
from chariot.modules.intel.lines import Line
from chariot.modules.intel.ports import Section
from chariot.modules.intel.prepared import Prepared
from chariot.modules.intel.records import (
    Advisory,
    Changes,
    Cve,
    EpssScore,
    Exploit,
    FeedHeader,
    FeedInfo,
    IntelRecord,
    KevEntry,
    PackageAdvisory,
    PackageKey,
    PackMark,
    ProductKey,
    Ssvc,
)

READERS: Final = 2
"""Threads that read; each has a connection of its own."""
_AMONG: Final = "cve IN (SELECT value FROM json_each(?1))"

_P = ParamSpec("_P")
_T = TypeVar("_T")


class SqliteIntelStore:
    """See `IntelStore`. One thread writes, a few read; nothing blocks the event loop.

    Raises:
        ConfigurationError: the file is no such store, or of a later version of this program.
        UnavailableError: the disk is full, or another process keeps the file for long.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = str(path)
        self._now = now
        self._writer = open_writer(self._path)
        try:
            if not is_prepared(self._writer):
                with writing(self._writer):
                    prepare_again(self._writer)
        except apsw.Error as error:
            self._writer.close()
            raise translated(error, self._path) from error
        self._write_thread = ThreadPoolExecutor(1, thread_name_prefix="intel-writer")
        self._read_threads = ThreadPoolExecutor(READERS, thread_name_prefix="intel-reader")
        self._local = threading.local()
        self._readers: list[apsw.Connection] = []

    async def close(self) -> None:
        """Finish what runs, and close the file."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._write_thread.shutdown()
        self._read_threads.shutdown()
        for connection in (*self._readers, self._writer):
            connection.close()

    @property
    def _reader(self) -> apsw.Connection:
        if not hasattr(self._local, "connection"):
            self._local.connection = open_reader(self._path)
            self._readers.append(self._local.connection)
        connection: apsw.Connection = self._local.connection
        return connection

    async def _read(self, work: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return await self._done(self._read_threads.submit(work, *args, **kwargs))

    async def _done(self, work: Future[_T]) -> _T:
        try:
            return await asyncio.wrap_future(work)
        except apsw.Error as error:
            raise translated(error, self._path) from error

    async def load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        """See `IntelStore.load`."""
        (info,) = await self.load_together([(header, batches)])
        return info

    async def load_together(
        self, sections: Iterable[Section], mark: PackMark | None = None
    ) -> tuple[FeedInfo, ...]:
        """See `IntelStore.load_together`."""
        return await self._done(self._write_thread.submit(self._load, sections, mark))

    def _load(self, sections: Iterable[Section], mark: PackMark | None) -> tuple[FeedInfo, ...]:
        with writing(self._writer):
            loaded = tuple(
                Loading(self._writer, header).run(batches, reading.feeds(self._writer), self._now())
                for header, batches in sections
            )
            if mark is not None:
                self._writer.execute(
                    "INSERT OR REPLACE INTO mark VALUES (?, ?)", (mark.series, mark.revision)
                )
        return loaded

    async def prepared(
        self, products: Collection[ProductKey]
    ) -> Mapping[ProductKey, tuple[tuple[str, Prepared], ...]]:
        """See `IntelStore.prepared`."""
        return await self._read(lambda: reading.prepared(self._reader, products))

    async def prepared_of(
        self, wanted: Collection[tuple[ProductKey, str]]
    ) -> Mapping[ProductKey, tuple[tuple[str, Prepared], ...]]:
        """See `IntelStore.prepared_of`."""
        return await self._read(lambda: reading.prepared_of(self._reader, wanted))

    async def lines(self, products: Collection[ProductKey]) -> Mapping[ProductKey, Line]:
        """See `IntelStore.lines`."""
        return await self._read(lambda: reading.lines(self._reader, products))

    async def advisories(
        self, packages: Collection[PackageKey]
    ) -> Mapping[PackageKey, tuple[PackageAdvisory, ...]]:
        """See `IntelStore.advisories`."""
        return await self._read(lambda: reading.advisories(self._reader, packages))

    async def advisories_about(self, cves: Collection[str]) -> Mapping[str, tuple[Advisory, ...]]:
        """See `IntelStore.advisories_about`."""
        return await self._read(lambda: reading.advisories_about(self._reader, cves))

    async def advisory_records(self, ids: Collection[str]) -> Mapping[str, Advisory]:
        """See `IntelStore.advisory_records`."""
        return await self._read(lambda: reading.advisory_records(self._reader, ids))

    async def cves(self, ids: Collection[str]) -> Mapping[str, Cve]:
        """See `IntelStore.cves`."""
        return await self._read(lambda: reading.cves(self._reader, ids))

    async def kev(self, ids: Collection[str]) -> Mapping[str, KevEntry]:
        """See `IntelStore.kev`."""
        wanted = (reading.numbers(ids),)
        found = await self._read(lambda: reading.kev(self._reader, _AMONG, wanted))
        return {entry.cve: entry for entry in found}

    async def epss(self, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """See `IntelStore.epss`."""
        select = f"SELECT cve, probability, percentile, day FROM epss WHERE {_AMONG}"
        wanted = (reading.numbers(ids),)
        return {
            cve_id(row): EpssScore(cve_id(row), probability, percentile, date.fromisoformat(day))
            for row, probability, percentile, day in await self._read(
                lambda: reading.rows(self._reader, select, wanted)
            )
        }

    async def epss_on(self, day: date, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """See `IntelStore.epss_on`."""
        return await self._read(lambda: reading.epss_on(self._reader, day, ids))

    async def ssvc(self, ids: Collection[str]) -> Mapping[str, Ssvc]:
        """See `IntelStore.ssvc`."""
        wanted = (reading.numbers(ids),)
        found = await self._read(lambda: reading.ssvc(self._reader, _AMONG, wanted))
        return {decided.cve: decided for decided in found}

    async def exploits(self, ids: Collection[str]) -> Mapping[str, tuple[Exploit, ...]]:
        """See `IntelStore.exploits`."""
        wanted = (reading.numbers(ids),)
        found: dict[str, tuple[Exploit, ...]] = {}
        for exploit in await self._read(lambda: reading.exploits(self._reader, _AMONG, wanted)):
            found[exploit.cve] = (*found.get(exploit.cve, ()), exploit)
        return found

    async def feeds(self) -> tuple[FeedInfo, ...]:
        """See `IntelStore.feeds`."""
        return await self._read(lambda: reading.feeds(self._reader))

    async def changed_products(self, since: int) -> Changes:
        """See `IntelStore.changed_products`."""
        return await self._read(lambda: reading.changed_products(self._reader, since))

    async def changed_cves(self, since: int, among: Collection[str]) -> frozenset[str]:
        """See `IntelStore.changed_cves`."""
        select = f"SELECT cve FROM changed WHERE revision > ?2 AND {_AMONG}"
        values = (reading.numbers(among), since)
        found = await self._read(lambda: reading.rows(self._reader, select, values))
        return frozenset(cve_id(row) for (row,) in found)

    async def changed_since(self, since: int, *, limit: int) -> frozenset[str] | None:
        """See `IntelStore.changed_since`."""
        select = "SELECT cve FROM changed WHERE revision > ? LIMIT ?"
        found = await self._read(lambda: reading.rows(self._reader, select, (since, limit + 1)))
        return frozenset(cve_id(row) for (row,) in found) if len(found) <= limit else None

    async def series(self) -> str:
        """See `IntelStore.series`."""
        ((name,),) = await self._read(lambda: reading.rows(self._reader, "SELECT series FROM state"))
        return str(name)

    async def marks(self) -> tuple[PackMark, ...]:
        """See `IntelStore.marks`."""
        select = "SELECT series, revision FROM mark ORDER BY series"
        return tuple(PackMark(*row) for row in await self._read(lambda: reading.rows(self._reader, select)))

    def sections(self, since: int) -> Iterator[Section]:
        """See `IntelStore.sections`."""
        # A connection of its own: its transaction may last as long as the pack takes to be written.
        connection = open_reader(self._path)
        try:
            with connection:
                yield from reading.sections(connection, since)
        finally:
            connection.close()
