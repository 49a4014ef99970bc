"""Write the records of CVEs and packages, and what they say of products, for one load."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, Literal

import apsw
import msgspec

from chariot.adapters.sqlite_intel.schema import cve_id, row_id
from chariot.modules.intel.configurations import by_product
from chariot.modules.intel.lines import line_of
from chariot.modules.intel.merging import deciding
from chariot.modules.intel.prepared import FORM, Prepared, prepare
from chariot.modules.intel.records import Advisory, Cve, Node, PackageAdvisory, PackageKey, ProductKey

_ENCODER: Final = msgspec.msgpack.Encoder()
_CVE: Final = msgspec.msgpack.Decoder(Cve)
_ADVISORY: Final = msgspec.msgpack.Decoder(Advisory)
_PREPARED: Final = msgspec.msgpack.Decoder(Prepared)
Register = Literal["cve", "cve_record"]
"""The table of a register: NVD's, or that of the CVE's own authority."""
_OTHER: Final[dict[Register, Register]] = {"cve": "cve_record", "cve_record": "cve"}
_Row = tuple[int]


def microseconds(at: datetime) -> int:
    """Return the instant as a whole number that compares exactly."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


class CveRows:
    """The CVE records of one load."""

    def __init__(self, db: apsw.Connection, register: Register, revision: int) -> None:
        self._db = db
        self._register: Register = register
        self._revision = revision
        self._affects = AffectsRows(db, revision)
        self._alone = not db.execute(
            f"SELECT EXISTS (SELECT 1 FROM {_OTHER[register]})"
        ).get  # a name of ours
        self.stale = 0
        self.changed = 0

    def take(self, batch: Sequence[Cve]) -> None:
        """Write those of *batch* that are new or different."""
        known = self._known(self._register, [row_id(record.id) for record in batch])
        fresh: dict[int, tuple[Cve, int, bytes]] = {}
        for record in batch:
            row = row_id(record.id)
            modified = microseconds(record.modified)
            encoded = _ENCODER.encode(record)
            # The same CVE may stand in one batch twice; the second must meet the first.
            before = fresh[row][1:] if row in fresh else known.get(row)
            if before and before[0] > modified:
                self.stale += 1
            elif not before or before[1] != encoded:
                fresh[row] = (record, modified, encoded)
        self._write(fresh)

    def _known(self, register: Register, rows: Iterable[int]) -> dict[int, tuple[int, bytes]]:
        found = self._db.execute(
            f"SELECT id, modified, record FROM {register}"  # a name of ours
            " WHERE id IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(list(rows)).decode(),),
        )
        return {row: (modified, record) for row, modified, record in found}

    def _write(self, fresh: dict[int, tuple[Cve, int, bytes]]) -> None:
        self.changed += len(fresh)
        decisive = self._decisive({row: record for row, (record, _, _) in fresh.items()})
        self._db.executemany(
            f"INSERT OR REPLACE INTO {self._register} (id, modified, record, revision) VALUES (?, ?, ?, ?)",
            ((row, modified, encoded, self._revision) for row, (_, modified, encoded) in fresh.items()),
        )
        self._affects.take(decisive)
        mark_changed(self._db, fresh, self._revision)

    def settle(self) -> None:
        """Bring what is kept for each product up to date, after the last batch."""
        self._affects.settle()

    def _decisive(self, fresh: dict[int, Cve]) -> dict[int, tuple[Node, ...]]:
        """Return for those CVEs whose products follow from *fresh* what decides about them now."""
        if self._alone:
            return {row: deciding(record, None) for row, record in fresh.items()}
        others = {
            row: _CVE.decode(record)
            for row, (_, record) in self._known(_OTHER[self._register], fresh).items()
        }
        if self._register == "cve":
            return {row: deciding(record, others.get(row)) for row, record in fresh.items()}
        return {
            row: deciding(others.get(row), record)
            for row, record in fresh.items()
            if record.rejected or row not in others or not others[row].configurations
        }


class AffectsRows:
    """Which products CVEs affect, as one load changes it."""

    def __init__(self, db: apsw.Connection, revision: int) -> None:
        self._db = db
        self._revision = revision
        self._products: dict[ProductKey, int] = {}
        self._touched: set[int] = set()

    def take(self, decisive: dict[int, tuple[Node, ...]]) -> None:
        """Write anew what the CVEs of *decisive* affect."""
        rows: list[_Row] = [(row,) for row in decisive]
        before = self._db.execute(
            "SELECT product FROM affects WHERE cve IN (SELECT value FROM json_each(?))",
            (msgspec.json.encode(list(decisive)).decode(),),
        )
        self._touched.update(product for (product,) in before)
        touch_products(self._db, rows, self._revision)
        self._db.executemany("DELETE FROM affects WHERE cve = ?", rows)
        affected = sorted(
            (self._product(key), row, _ENCODER.encode(prepare(key, nodes)))
            for row, configurations in decisive.items()
            for key, nodes in by_product(configurations).items()
        )
        self._db.executemany("INSERT INTO affects (product, cve, configurations) VALUES (?, ?, ?)", affected)
        self._touched.update(product for product, _, _ in affected)

    def _product(self, key: ProductKey) -> int:
        if (known := self._products.get(key)) is not None:
            return known
        found: int = self._db.execute(
            "INSERT INTO product (part, vendor, product, changed) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (vendor, product, part) DO UPDATE SET changed = max(changed, ?4) RETURNING id",
            (*key, self._revision),
        ).get
        self._products[key] = found
        return found

    def settle(self) -> None:
        """Draw the lines of the products that changed."""
        for product in sorted(self._touched):
            name = self._db.execute("SELECT part, vendor, product FROM product WHERE id = ?", (product,)).get
            found = self._db.execute(
                "SELECT cve, configurations FROM affects WHERE product = ? ORDER BY cve", (product,)
            )
            rows = [(cve_id(row), _PREPARED.decode(packed)) for row, packed in found]
            if rows:
                line = _ENCODER.encode(line_of(ProductKey(*name), rows))
                self._db.execute("INSERT OR REPLACE INTO line (product, line) VALUES (?, ?)", (product, line))
            else:
                self._db.execute("DELETE FROM line WHERE product = ?", (product,))
        self._touched.clear()


def touch_products(db: apsw.Connection, cves: Iterable[_Row], revision: int) -> None:
    """Note that something changed about the products that *cves* affect."""
    db.executemany(
        "UPDATE product SET changed = ? WHERE id IN (SELECT product FROM affects WHERE cve = ?)",
        ((revision, cve) for (cve,) in cves),
    )


def mark_changed(db: apsw.Connection, cves: Iterable[int], revision: int) -> None:
    """Note that something changed about *cves*."""
    db.executemany(
        "INSERT OR REPLACE INTO changed (cve, revision) VALUES (?, ?)", ((cve, revision) for cve in cves)
    )


def prepare_again(db: apsw.Connection) -> None:
    """Bring what decides matching into the form that this program reads, from the records themselves."""
    db.execute("DELETE FROM affects")
    db.execute("DELETE FROM line")
    affects = AffectsRows(db, 0)
    for batch in _in_batches(db):
        affects.take(batch)
    affects.settle()
    db.execute("DELETE FROM advisory_cve")
    for row, record in db.execute("SELECT rowid, record FROM advisory").fetchall():
        if isinstance(record, bytes):
            note_cves(db, _number(row), _ADVISORY.decode(record))
    db.execute("UPDATE state SET form = ?", (FORM,))


def _in_batches(db: apsw.Connection) -> Iterator[dict[int, tuple[Node, ...]]]:
    last = 0
    select = (
        "SELECT id, nvd.record, own.record FROM"
        " (SELECT id FROM cve WHERE id > ?1 UNION SELECT id FROM cve_record WHERE id > ?1 ORDER BY id LIMIT 500)"
        " LEFT JOIN cve AS nvd USING (id) LEFT JOIN cve_record AS own USING (id) ORDER BY id"
    )
    while rows := db.execute(select, (last,)).fetchall():
        known = [(_number(row), _decoded(nvd), _decoded(own)) for row, nvd, own in rows]
        last = known[-1][0]
        yield {row: deciding(nvd, own) for row, nvd, own in known}


def _number(value: object) -> int:
    return int(str(value))


def _decoded(record: object) -> Cve | None:
    return _CVE.decode(record) if isinstance(record, bytes) else None


class PackageRows:
    """The package advisories of one load."""

    def __init__(self, db: apsw.Connection, revision: int) -> None:
        self._db = db
        self._revision = revision
        self.stale = 0
        self.changed = 0

    def take(self, batch: Sequence[Advisory]) -> None:
        """Write those of *batch* that are new or different."""
        for record in batch:
            modified = microseconds(record.modified)
            encoded = _ENCODER.encode(record)
            known = self._db.execute(
                "SELECT rowid, modified, record FROM advisory WHERE id = ?", (record.id,)
            ).fetchone()
            if known and known[1] > modified:
                self.stale += 1
            elif not known or known[2] != encoded:
                self._write(record, modified, encoded, known and known[0])

    def _write(self, record: Advisory, modified: int, encoded: bytes, known: int | None) -> None:
        self.changed += 1
        if known is not None:
            self._note("SELECT name, ecosystem, ?2 FROM package WHERE advisory = ?1", (known, self._revision))
            self._db.execute("DELETE FROM package WHERE advisory = ?", (known,))
            self._db.execute("DELETE FROM advisory_cve WHERE advisory = ?", (known,))
        row = self._db.execute(
            "INSERT INTO advisory (id, modified, record, revision) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT (id) DO UPDATE SET modified = ?2, record = ?3, revision = ?4 RETURNING rowid",
            (record.id, modified, encoded, self._revision),
        ).get
        for key, part in packages_of(record).items():
            self._db.execute(
                "INSERT INTO package (name, ecosystem, advisory, part) VALUES (?, ?, ?, ?)",
                (key.name, key.ecosystem, row, _ENCODER.encode(part)),
            )
        note_cves(self._db, row, record)
        self._note("SELECT name, ecosystem, ?2 FROM package WHERE advisory = ?1", (row, self._revision))
        mark_changed(self._db, (row_id(cve) for cve in record.cves), self._revision)

    def _note(self, select: str, values: tuple[int, int]) -> None:
        self._db.execute(f"INSERT OR REPLACE INTO package_changed {select}", values)  # text of ours


def note_cves(db: apsw.Connection, row: int, record: Advisory) -> None:
    """Write which CVEs the advisory at *row* is about; none when it is withdrawn."""
    db.executemany(
        "INSERT OR IGNORE INTO advisory_cve (cve, advisory) VALUES (?, ?)",
        [(row_id(cve), row) for cve in record.cves if not record.withdrawn],
    )


def packages_of(record: Advisory) -> dict[PackageKey, PackageAdvisory]:
    """Return what *record* says of each package; nothing when it is withdrawn."""
    if record.withdrawn:
        return {}
    return {
        key: PackageAdvisory(
            record.id, record.cves, tuple(package for package in record.packages if package.key == key)
        )
        for key in dict.fromkeys(package.key for package in record.packages)
    }
