"""Write one feed file into the tables, inside a transaction that the caller holds."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

import apsw
import msgspec

from chariot.adapters.sqlite_intel.records import CveRows, PackageRows
from chariot.adapters.sqlite_intel.scores import ScoreRows
from chariot.modules.intel.records import Advisory, Cve, FeedHeader, FeedInfo, IntelRecord
from chariot.modules.intel.staleness import refuse_older, refuse_stale

_ENCODER: Final = msgspec.msgpack.Encoder()


class Loading:
    """One load: takes batches, then finishes with the counts."""

    def __init__(self, db: apsw.Connection, header: FeedHeader) -> None:
        self._db = db
        self._header = header
        self._revision: int = db.execute("SELECT revision FROM state").get + 1
        self._cves = CveRows(db, "cve_record" if header.feed == "cve" else "cve", self._revision)
        self._packages = PackageRows(db, self._revision)
        self._scores = ScoreRows(db, header, self._revision)
        self._records = 0

    def run(
        self, batches: Iterable[Sequence[IntelRecord]], loaded: Iterable[FeedInfo], now: datetime
    ) -> FeedInfo:
        """Take in all *batches* and return what was loaded; see `IntelStore.load`."""
        refuse_older(self._header, loaded)
        for batch in batches:
            self._records += len(batch)
            if cves := [record for record in batch if isinstance(record, Cve)]:
                self._cves.take(cves)
            if advisories := [record for record in batch if isinstance(record, Advisory)]:
                self._packages.take(advisories)
            if len(cves) + len(advisories) < len(batch):
                self._scores.take(batch)
        self._cves.settle()
        self._scores.settle()
        refuse_stale(self._header, records=self._records, stale=self._stale)
        return self._finish(now)

    @property
    def _stale(self) -> int:
        return self._cves.stale + self._packages.stale + self._scores.stale

    def _finish(self, now: datetime) -> FeedInfo:
        header = self._header
        changed = self._cves.changed + self._packages.changed + self._scores.changed
        info = FeedInfo(
            feed=header.feed,
            source=header.source,
            version=header.version,
            loaded_at=now,
            records=self._records,
            changed=changed,
            stale=self._stale,
            digest=header.digest,
        )
        if header.replaces and header.feed != "exploits":
            self._db.execute("DELETE FROM feed WHERE feed = ?", (header.feed,))
        revision = self._revision if changed else self._revision - 1
        self._db.execute(
            "INSERT INTO feed (feed, source, info, revision) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE"
            " SET info = ?3, revision = max(revision, iif(?5, ?4, 0))",
            (info.feed, info.source, _ENCODER.encode(info), revision, changed),
        )
        if changed:
            self._db.execute("UPDATE state SET revision = ?", (self._revision,))
        return info
