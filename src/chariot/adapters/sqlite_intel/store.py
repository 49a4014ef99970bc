"""The intelligence store in one SQLite file."""

import asyncio
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

import apsw
import msgspec

from chariot.adapters.sqlite_intel.loading import Loading
from chariot.adapters.sqlite_intel.schema import cve_id, open_reader, open_writer, row_id
from chariot.modules.intel.records import (
    Candidate,
    Changes,
    Cve,
    EpssScore,
    FeedHeader,
    FeedInfo,
    IntelRecord,
    KevEntry,
    Node,
    ProductKey,
)

READERS: Final = 2
"""Threads that read; each has a connection of its own."""

_CVE = msgspec.msgpack.Decoder(Cve)
_NODES = msgspec.msgpack.Decoder(tuple[Node, ...])
_FEED = msgspec.msgpack.Decoder(FeedInfo)

_CANDIDATES: Final = """
SELECT affects.cve, affects.configurations
FROM product JOIN affects ON affects.product = product.id
WHERE product.part = ? AND product.vendor = ? AND product.product = ?
ORDER BY affects.cve
"""
_CHANGED_PRODUCTS: Final = """
SELECT part, vendor, product FROM product WHERE changed > ? ORDER BY part, vendor, product
"""

_P = ParamSpec("_P")
_T = TypeVar("_T")


class SqliteIntelStore:
    """See `IntelStore`. One thread writes, a few read; nothing blocks the event loop.

    Raises:
        ConfigurationError: the file is no such store, or of a later version of this program.
    """

    def __init__(self, path: Path, now: Callable[[], datetime]) -> None:
        self._path = str(path)
        self._now = now
        self._writer = open_writer(self._path)
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
        return await asyncio.wrap_future(self._read_threads.submit(work, *args, **kwargs))

    async def load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        """See `IntelStore.load`."""
        return await asyncio.wrap_future(self._write_thread.submit(self._load, header, batches))

    def _load(self, header: FeedHeader, batches: Iterable[Sequence[IntelRecord]]) -> FeedInfo:
        with self._writer:
            loading = Loading(self._writer, header)
            info = loading.run(batches, _feeds(self._writer), self._now())
        return info  # noqa: RET504  # committed first

    async def candidates(
        self, products: Collection[ProductKey]
    ) -> Mapping[ProductKey, tuple[Candidate, ...]]:
        """See `IntelStore.candidates`."""
        return await self._read(self._candidates, tuple(products))

    def _candidates(self, products: Sequence[ProductKey]) -> dict[ProductKey, tuple[Candidate, ...]]:
        found: dict[ProductKey, tuple[Candidate, ...]] = {}
        for key in products:
            rows = _all(self._reader, _CANDIDATES, key)
            if rows:
                found[key] = tuple(Candidate(cve_id(row), _NODES.decode(nodes)) for row, nodes in rows)
        return found

    async def cves(self, ids: Collection[str]) -> Mapping[str, Cve]:
        """See `IntelStore.cves`."""
        rows = await self._read(
            self._rows, "SELECT id, record FROM cve WHERE id IN (SELECT value FROM json_each(?1))", ids
        )
        return {cve_id(row): _CVE.decode(record) for row, record in rows}

    async def kev(self, ids: Collection[str]) -> Mapping[str, KevEntry]:
        """See `IntelStore.kev`."""
        select = (
            "SELECT cve, added_on, due_on, ransomware FROM kev WHERE cve IN (SELECT value FROM json_each(?1))"
        )
        return {
            cve_id(row): KevEntry(
                cve_id(row),
                date.fromisoformat(added_on),
                date.fromisoformat(due_on) if due_on else None,
                bool(ransomware),
            )
            for row, added_on, due_on, ransomware in await self._read(self._rows, select, ids)
        }

    async def epss(self, ids: Collection[str]) -> Mapping[str, EpssScore]:
        """See `IntelStore.epss`."""
        select = (
            "SELECT cve, probability, percentile, day FROM epss"
            " WHERE cve IN (SELECT value FROM json_each(?1))"
        )
        return {
            cve_id(row): EpssScore(cve_id(row), probability, percentile, date.fromisoformat(day))
            for row, probability, percentile, day in await self._read(self._rows, select, ids)
        }

    def _rows(self, select: str, ids: Collection[str], *more: int) -> list[tuple[Any, ...]]:
        wanted = msgspec.json.encode([row_id(i) for i in ids]).decode()
        return _all(self._reader, select, (wanted, *more))

    async def feeds(self) -> tuple[FeedInfo, ...]:
        """See `IntelStore.feeds`."""
        return await self._read(lambda: _feeds(self._reader))

    async def changed_products(self, since: int) -> Changes:
        """See `IntelStore.changed_products`."""
        return await self._read(self._changed_products, since)

    def _changed_products(self, since: int) -> Changes:
        # One transaction, so that the revision is that of the products.
        with self._reader:
            ((revision,),) = _all(self._reader, "SELECT revision FROM state")
            rows = _all(self._reader, _CHANGED_PRODUCTS, (since,))
        return Changes(revision, tuple(ProductKey(*row) for row in rows))

    async def changed_cves(self, since: int, among: Collection[str]) -> frozenset[str]:
        """See `IntelStore.changed_cves`."""
        select = "SELECT cve FROM changed WHERE revision > ?2 AND cve IN (SELECT value FROM json_each(?1))"
        rows = await self._read(self._rows, select, among, since)
        return frozenset(cve_id(row) for (row,) in rows)


def _all(
    connection: apsw.Connection, query: str, values: tuple[str | int, ...] = ()
) -> list[tuple[Any, ...]]:
    return connection.execute(query, values).fetchall()


def _feeds(connection: apsw.Connection) -> tuple[FeedInfo, ...]:
    return tuple(
        _FEED.decode(info) for (info,) in _all(connection, "SELECT info FROM feed ORDER BY feed, source")
    )
