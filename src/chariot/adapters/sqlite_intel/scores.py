"""Write what changes day by day for one load: known exploitation, scores and their history, decisions, exploits."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final

import apsw

from chariot.adapters.sqlite_intel.records import mark_changed, microseconds, touch_products
from chariot.adapters.sqlite_intel.schema import row_id
from chariot.modules.intel.records import EpssScore, Exploit, FeedHeader, IntelRecord, KevEntry, Ssvc

MILLIONTHS: Final = 1_000_000
"""Scores of the past are kept as whole numbers; FIRST gives five decimals."""
_STAGING: Final = """
CREATE TEMP TABLE IF NOT EXISTS new_kev (
    cve INTEGER PRIMARY KEY, added_on TEXT, due_on TEXT, ransomware INTEGER
);
CREATE TEMP TABLE IF NOT EXISTS new_epss (
    cve INTEGER, day TEXT, probability REAL, percentile REAL, PRIMARY KEY (day, cve)
) WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS new_exploit (
    cve INTEGER, source TEXT, reference TEXT, maturity TEXT, PRIMARY KEY (cve, source, reference)
) WITHOUT ROWID;
DELETE FROM new_kev;
DELETE FROM new_epss;
DELETE FROM new_exploit;
"""
# A day that comes after a later one: what the later day left out, because nothing had changed, is written first.
_PIN: Final = """
INSERT OR IGNORE INTO epss_past
SELECT n.cve, ?2, e.probability, e.percentile FROM new_epss AS n
JOIN epss_past AS e ON e.cve = n.cve
    AND e.day = (SELECT max(day) FROM epss_past WHERE cve = n.cve AND day <= ?2)
WHERE n.day = ?1
"""
_UNPIN: Final = """
DELETE FROM epss_past WHERE day = ?2 AND cve IN (SELECT cve FROM new_epss WHERE day = ?1) AND probability = (
    SELECT e.probability FROM epss_past AS e WHERE e.cve = epss_past.cve AND e.day < ?2 ORDER BY e.day DESC LIMIT 1
)
"""
_KEEP: Final = """
INSERT INTO epss_past
SELECT n.cve, ?2, CAST(round(n.probability * 1000000) AS INTEGER), CAST(round(n.percentile * 1000000) AS INTEGER)
FROM new_epss AS n WHERE n.day = ?1 AND CAST(round(n.probability * 1000000) AS INTEGER) IS NOT (
    SELECT e.probability FROM epss_past AS e WHERE e.cve = n.cve AND e.day < ?2 ORDER BY e.day DESC LIMIT 1
)
"""


class ScoreRows:
    """What one load says about CVEs beside their records."""

    def __init__(self, db: apsw.Connection, header: FeedHeader, revision: int) -> None:
        self._db = db
        self._header = header
        self._revision = revision
        self.changed = 0
        self.stale = 0
        db.execute(_STAGING)

    def take(self, batch: Sequence[IntelRecord]) -> None:
        """Stage *batch*; what it changes is settled at the end."""
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
                (row_id(r.cve), r.day.isoformat(), r.probability, r.percentile)
                for r in batch
                if isinstance(r, EpssScore)
            ),
        )
        self._db.executemany(
            "INSERT OR REPLACE INTO new_exploit VALUES (?, ?, ?, ?)",
            ((row_id(r.cve), r.source, r.reference, r.maturity) for r in batch if isinstance(r, Exploit)),
        )
        self._take_ssvc([r for r in batch if isinstance(r, Ssvc)])

    def _take_ssvc(self, batch: Sequence[Ssvc]) -> None:
        for decided in batch:
            row, at = row_id(decided.cve), microseconds(decided.decided_at)
            values = (at, decided.exploitation, decided.automatable, decided.total_impact)
            known = self._db.execute(
                "SELECT decided, exploitation, automatable, total_impact FROM ssvc WHERE cve = ?", (row,)
            ).fetchone()
            if known and known[0] > at:
                self.stale += 1
            elif known != values:
                self._db.execute(
                    "INSERT OR REPLACE INTO ssvc VALUES (?, ?, ?, ?, ?, ?)", (row, *values, self._revision)
                )
                self._mark([(row,)])

    def settle(self) -> None:
        """Take in what was staged: only what differs is written, and only that counts as changed."""
        self._settle_kev()
        if self._header.feed == "epss":
            self._settle_epss()
        self._keep_history()
        self._settle_exploits()

    def _settle_kev(self) -> None:
        columns = "cve, added_on, due_on, ransomware"
        different = self._settle(
            "kev", columns, replaces=self._header.replaces and self._header.feed == "kev"
        )
        touch_products(self._db, different, self._revision)

    def _settle_epss(self) -> None:
        self._settle("epss", "cve, probability, percentile, day", replaces=self._header.replaces)

    def _settle(self, table: str, columns: str, *, replaces: bool) -> list[tuple[Any, ...]]:
        # Rows that are the same are left alone: a feed day must not rewrite what it does not change.
        different = self._db.execute(
            f"SELECT cve FROM (SELECT {columns} FROM new_{table} EXCEPT SELECT {columns} FROM {table})"  # ours
        ).fetchall()
        if replaces:
            different += self._db.execute(
                f"DELETE FROM {table} WHERE cve NOT IN (SELECT cve FROM new_{table}) RETURNING cve"
            ).fetchall()
        self._db.execute(
            f"INSERT OR REPLACE INTO {table} ({columns})"
            f" SELECT {columns} FROM new_{table} EXCEPT SELECT {columns} FROM {table}"
        )
        self._mark(different)
        return different

    def _keep_history(self) -> None:
        for (text,) in self._db.execute("SELECT DISTINCT day FROM new_epss ORDER BY day").fetchall():
            day = date.fromisoformat(str(text)).toordinal()
            later = self._db.execute("SELECT min(day) FROM epss_day WHERE day > ?", (day,)).get
            if later is not None:
                self._db.execute(_PIN, (text, later))
            self._db.execute(
                "DELETE FROM epss_past WHERE day = ?2 AND cve IN (SELECT cve FROM new_epss WHERE day = ?1)",
                (text, day),
            )
            before = self._db.total_changes()
            self._db.execute(_KEEP, (text, day))
            if self._header.feed == "epss-history":
                self.changed += self._db.total_changes() - before
            if later is not None:
                self._db.execute(_UNPIN, (text, later))
            self._db.execute("INSERT OR IGNORE INTO epss_day VALUES (?)", (day,))

    def _settle_exploits(self) -> None:
        columns = "cve, source, reference, maturity"
        different = self._db.execute(
            f"SELECT DISTINCT cve FROM (SELECT {columns} FROM new_exploit EXCEPT SELECT {columns} FROM exploit)"
        ).fetchall()
        if self._header.replaces and self._header.feed == "exploits":
            different += self._db.execute(
                "DELETE FROM exploit WHERE source = ? AND (cve, source, reference) NOT IN"
                " (SELECT cve, source, reference FROM new_exploit) RETURNING cve",
                (self._header.source,),
            ).fetchall()
        self._db.execute(f"INSERT OR REPLACE INTO exploit SELECT {columns} FROM new_exploit")
        self._mark(different)

    def _mark(self, rows: Iterable[tuple[Any, ...]]) -> None:
        ids = {row for (row,) in rows}
        self.changed += len(ids)
        mark_changed(self._db, ids, self._revision)
