"""The journal of what was sent, in the SQLite file: lines are added, never changed."""

from typing import Final

JOURNAL_UP: Final = """
CREATE TABLE journal_head (
    organisation TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    hash BLOB NOT NULL,
    start INTEGER NOT NULL DEFAULT 0,
    start_hash BLOB NOT NULL
) STRICT;
CREATE TABLE journal_line (
    organisation TEXT NOT NULL,
    number INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    count INTEGER NOT NULL,
    scan TEXT NOT NULL,
    capability TEXT NOT NULL,
    target TEXT NOT NULL,
    authority TEXT NOT NULL,
    what TEXT NOT NULL,
    host TEXT NOT NULL,
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    detail TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (organisation, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX journal_address ON journal_line (organisation, address, number);
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal_line
BEGIN SELECT RAISE(ABORT, 'a line of the journal is never changed'); END;
CREATE TABLE journal_day (
    organisation TEXT NOT NULL,
    day TEXT NOT NULL,
    packets INTEGER NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (organisation, day)
) STRICT, WITHOUT ROWID;
"""
JOURNAL_DOWN: Final = "DROP TABLE journal_day; DROP TABLE journal_line; DROP TABLE journal_head;"
