"""The tables of the intelligence store, and how a file gets them."""

import secrets
from typing import Final

import apsw

from chariot.adapters.sqlite.database import translated
from chariot.adapters.sqlite.transactions import writing
from chariot.errors import ConfigurationError
from chariot.modules.intel.prepared import FORM

VERSION: Final = 4
"""Kept in the file's `user_version`; it grows with each change of the tables."""

_TABLES_1: Final = """
CREATE TABLE state (revision INTEGER NOT NULL);
INSERT INTO state VALUES (0);
CREATE TABLE feed (
    feed TEXT NOT NULL, source TEXT NOT NULL, info BLOB NOT NULL, PRIMARY KEY (feed, source)
) WITHOUT ROWID;
CREATE TABLE cve (
    id INTEGER PRIMARY KEY, modified INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE TABLE product (
    id INTEGER PRIMARY KEY, part TEXT NOT NULL, vendor TEXT NOT NULL, product TEXT NOT NULL,
    changed INTEGER NOT NULL, UNIQUE (vendor, product, part)
);
CREATE INDEX product_changed ON product (changed);
CREATE TABLE affects (
    product INTEGER NOT NULL, cve INTEGER NOT NULL, configurations BLOB NOT NULL, PRIMARY KEY (product, cve)
) WITHOUT ROWID;
CREATE INDEX affects_cve ON affects (cve);
CREATE TABLE kev (
    cve INTEGER PRIMARY KEY, added_on TEXT NOT NULL, due_on TEXT, ransomware INTEGER NOT NULL
);
CREATE TABLE epss (
    cve INTEGER PRIMARY KEY, probability REAL NOT NULL, percentile REAL NOT NULL, day TEXT NOT NULL
);
CREATE TABLE changed (cve INTEGER PRIMARY KEY, revision INTEGER NOT NULL);
"""
_TABLES_2: Final = """
ALTER TABLE state ADD COLUMN series TEXT NOT NULL DEFAULT '';
ALTER TABLE state ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE feed ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
-- The record of a register: `cve` holds NVD's, `cve_record` that of the CVE's own authority.
ALTER TABLE cve ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;
CREATE INDEX cve_revision ON cve (revision);
CREATE TABLE cve_record (
    id INTEGER PRIMARY KEY, modified INTEGER NOT NULL, record BLOB NOT NULL, revision INTEGER NOT NULL
);
CREATE INDEX cve_record_revision ON cve_record (revision);
CREATE INDEX changed_revision ON changed (revision);
CREATE TABLE ssvc (
    cve INTEGER PRIMARY KEY, decided INTEGER NOT NULL, exploitation TEXT NOT NULL, automatable INTEGER NOT NULL,
    total_impact INTEGER NOT NULL, revision INTEGER NOT NULL
);
CREATE TABLE exploit (
    cve INTEGER NOT NULL, source TEXT NOT NULL, reference TEXT NOT NULL, maturity TEXT NOT NULL,
    PRIMARY KEY (cve, source, reference)
) WITHOUT ROWID;
-- Scores over days: a row where the probability changed, in millionths, and the days of which all is known.
CREATE TABLE epss_past (
    cve INTEGER NOT NULL, day INTEGER NOT NULL, probability INTEGER NOT NULL, percentile INTEGER NOT NULL,
    PRIMARY KEY (cve, day)
) WITHOUT ROWID;
CREATE TABLE epss_day (day INTEGER PRIMARY KEY);
CREATE TABLE advisory (
    id TEXT PRIMARY KEY, modified INTEGER NOT NULL, record BLOB NOT NULL, revision INTEGER NOT NULL
);
CREATE INDEX advisory_revision ON advisory (revision);
CREATE TABLE package (
    name TEXT NOT NULL, ecosystem TEXT NOT NULL, advisory INTEGER NOT NULL, part BLOB NOT NULL,
    PRIMARY KEY (name, ecosystem, advisory)
) WITHOUT ROWID;
CREATE INDEX package_advisory ON package (advisory);
CREATE TABLE package_changed (
    name TEXT NOT NULL, ecosystem TEXT NOT NULL, revision INTEGER NOT NULL, PRIMARY KEY (name, ecosystem)
) WITHOUT ROWID;
CREATE TABLE mark (series TEXT PRIMARY KEY, revision INTEGER NOT NULL) WITHOUT ROWID;
"""
_TABLES_3: Final = """
-- What `affects` says of a product's plain versions, in one piece.
CREATE TABLE line (product INTEGER PRIMARY KEY, line BLOB NOT NULL);
"""
_TABLES_4: Final = """
-- Which advisories are about a CVE; those that were withdrawn are not.
CREATE TABLE advisory_cve (
    cve INTEGER NOT NULL, advisory INTEGER NOT NULL, PRIMARY KEY (cve, advisory)
) WITHOUT ROWID;
CREATE INDEX advisory_cve_advisory ON advisory_cve (advisory);
"""


def open_writer(path: str) -> apsw.Connection:
    """Return the writing connection of the file *path*, which is made when it is not there.

    Raises:
        ConfigurationError: the file is no such store, or of a later version of this program.
        UnavailableError: the disk is full, or another process keeps the file for long.
    """
    try:
        connection = apsw.Connection(path)
    except apsw.Error as error:
        raise translated(error, path) from error
    try:
        connection.set_busy_timeout(30_000)
        # Before anything is written: records of some kilobytes fit larger pages better.
        connection.pragma("page_size", 16_384)
        connection.pragma("cache_size", -32_768)
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", "normal")
        with writing(connection):
            _migrate(connection, path)
    except apsw.Error as error:
        connection.close()
        raise translated(error, path) from error
    except ConfigurationError:
        connection.close()
        raise
    return connection


def _migrate(connection: apsw.Connection, path: str) -> None:
    version = connection.pragma("user_version")
    if version > VERSION:
        raise ConfigurationError(
            f"{path} was written by a later version of this program (tables {version}, known {VERSION})"
        )
    if version < 1:
        connection.execute(_TABLES_1)
    if version < 2:
        connection.execute(_TABLES_2)
        connection.execute("UPDATE state SET series = ?", (secrets.token_hex(16),))
    if version < 3:
        connection.execute(_TABLES_3)
    if version < VERSION:
        connection.execute(_TABLES_4)
        connection.pragma("user_version", VERSION)


def is_prepared(connection: apsw.Connection) -> bool:
    """Tell whether what decides matching is stored in the form that this program reads."""
    return bool(connection.execute("SELECT form = ? FROM state", (FORM,)).get)


def open_reader(path: str) -> apsw.Connection:
    """Return a read-only connection to the file *path*, which `open_writer` has made."""
    connection = apsw.Connection(path, flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(30_000)
    return connection


def row_id(cve_id: str) -> int:
    """Return the number that stands for *cve_id* in the tables; it orders by year, then by number."""
    return int(cve_id[4:8]) * 10**12 + int(cve_id[9:])


def cve_id(row: int) -> str:
    """Return the CVE id that `row_id` made *row* of."""
    year, number = divmod(row, 10**12)
    return f"CVE-{year}-{number:04}"
