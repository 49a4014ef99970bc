"""Write one feed file into the tables, inside a transaction that the caller holds."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import apsw
import msgspec

from chariot.adapters.sqlite_intel.schema import row_id
from chariot.modules.intel.configurations import by_product
from chariot.modules.intel.records import (
    Cve,
    EpssScore,
    FeedHeader,
    FeedInfo,
    IntelRecord,
    KevEntry,
    ProductKey,
)
from chariot.modules.intel.staleness import refuse_older, refuse_stale

_ENCODER = msgspec.msgpack.Encoder()
_STAGING = """
CREATE TEMP TABLE IF NOT EXISTS new_kev (
    cve INTEGER PRIMARY KEY, added_on TEXT, due_on TEXT, ransomware INTEGER
);
CREATE TEMP TABLE IF NOT EXISTS new_epss (
    cve INTEGER PRIMARY KEY, probability REAL, percentile REAL, day TEXT
);
DELETE FROM new_kev;
DELETE FROM new_epss;
"""


def microseconds(at: datetime) -> int:
    """Return the instant as a whole number that compares exactly."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


class Loading:
    """One load: takes batches, then finishes with the counts."""

    def __init__(self, db: apsw.Connection, header: FeedHeader) -> None:
        self._db = db
        self._header = header
        self._revision: int = db.execute("SELECT revision FROM state").get + 1
        self._products: dict[ProductKey, int] = {}
        self._records = 0
        self._stale = 0
        self._changed = 0

    def run(
        self, batches: Iterable[Sequence[IntelRecord]], loaded: Iterable[FeedInfo], now: datetime
    ) -> FeedInfo:
        """Take in all *batches* and return what was loaded; see `IntelStore.load`."""
        refuse_older(self._header, loaded)
        self._db.execute(_STAGING)
        for batch in batches:
            self._records += len(batch)
            self._take_cves([record for record in batch if isinstance(record, Cve)])
            self._stage(batch)
        refuse_stale(self._header, records=self._records, stale=self._stale)
        self._settle("kev", "added_on, due_on, ransomware")
        self._settle("epss", "probability, percentile, day")
        return self._finish(now)

    def _take_cves(self, batch: Sequence[Cve]) -> None:
        known = self._known([record.id for record in batch]) if batch else {}
        fresh: dict[int, tuple[Cve, int, bytes]] = {}
        for record in batch:
            row = row_id(record.id)
            modified = microseconds(record.modified)
            encoded = _ENCODER.encode(record)
            # The same CVE may stand in one batch twice; the second must meet the first.
            before = fresh[row][1:] if row in fresh else known.get(row)
            if before and before[0] > modified:
                self._stale += 1
            elif not before or before[1] != encoded:
                fresh[row] = (record, modified, encoded)
        self._write_cves(fresh, [(row,) for row in fresh if row in known])

    def _known(self, ids: Iterable[str]) -> dict[int, tuple[int, bytes]]:
        rows = self._db.execute(
            "SELECT id, modified, record FROM cve WHERE id IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode([row_id(i) for i in ids]).decode(),),
        )
        return {row: (modified, record) for row, modified, record in rows}

    def _write_cves(self, fresh: dict[int, tuple[Cve, int, bytes]], replaced: list[tuple[int]]) -> None:
        self._changed += len(fresh)
        self._touch_products(replaced)
        self._db.executemany("DELETE FROM affects WHERE cve = ?", replaced)
        self._db.executemany(
            "INSERT OR REPLACE INTO cve (id, modified, record) VALUES (?, ?, ?)",
            ((row, modified, encoded) for row, (_, modified, encoded) in fresh.items()),
        )
        self._db.executemany(
            "INSERT INTO affects (product, cve, configurations) VALUES (?, ?, ?)",
            sorted(
                (self._product(product), row, _ENCODER.encode(nodes))
                for row, (record, _, _) in fresh.items()
                for product, nodes in by_product(record).items()
            ),
        )
        self._mark((row,) for row in fresh)

    def _touch_products(self, cves: Iterable[tuple[Any, ...]]) -> None:
        self._db.executemany(
            "UPDATE product SET changed = ? WHERE id IN (SELECT product FROM affects WHERE cve = ?)",
            ((self._revision, cve) for (cve,) in cves),
        )

    def _product(self, key: ProductKey) -> int:
        if (known := self._products.get(key)) is not None:
            return known
        found: int = self._db.execute(
            "INSERT INTO product (part, vendor, product, changed) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (vendor, product, part) DO UPDATE SET changed = ?4 RETURNING id",
            (*key, self._revision),
        ).get
        self._products[key] = found
        return found

    def _stage(self, batch: Sequence[IntelRecord]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO new_kev VALUES (?, ?, ?, ?)",
            (
                (row_id(r.cve), r.added_on.isoformat(), r.due_on and r.due_on.isoformat(), r.ransomware)
                for r in batch
                if isinstance(r, KevEntry)
            ),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO new_epss VALUES (?, ?, ?, ?)",
            (
                (row_id(r.cve), r.probability, r.percentile, r.day.isoformat())
                for r in batch
                if isinstance(r, EpssScore)
            ),
        )

    def _settle(self, table: str, columns: str) -> None:
        # Rows that are the same are left alone: a feed day must not rewrite what it does not change.
        different = self._db.execute(
            f"SELECT cve FROM (SELECT cve, {columns} FROM new_{table}"  # names of ours
            f" EXCEPT SELECT cve, {columns} FROM {table})"
        ).fetchall()
        if self._header.replaces and self._header.feed == table:
            different += self._db.execute(
                f"DELETE FROM {table} WHERE cve NOT IN (SELECT cve FROM new_{table}) RETURNING cve"
            ).fetchall()
        self._db.execute(
            f"INSERT OR REPLACE INTO {table} (cve, {columns})"
            f" SELECT cve, {columns} FROM new_{table} EXCEPT SELECT cve, {columns} FROM {table}"
        )
        self._mark(different)
        self._changed += len(different)
        if table == "kev":
            self._touch_products(different)

    def _mark(self, rows: Iterable[tuple[Any, ...]]) -> None:
        self._db.executemany(
            "INSERT OR REPLACE INTO changed (cve, revision) VALUES (?, ?)",
            ((row, self._revision) for (row,) in rows),
        )

    def _finish(self, now: datetime) -> FeedInfo:
        header = self._header
        info = FeedInfo(
            feed=header.feed,
            source=header.source,
            version=header.version,
            loaded_at=now,
            records=self._records,
            changed=self._changed,
            stale=self._stale,
        )
        if header.replaces:
            self._db.execute("DELETE FROM feed WHERE feed = ?", (header.feed,))
        self._db.execute(
            "INSERT OR REPLACE INTO feed VALUES (?, ?, ?)", (info.feed, info.source, _ENCODER.encode(info))
        )
        if self._changed:
            self._db.execute("UPDATE state SET revision = ?", (self._revision,))
        return info
