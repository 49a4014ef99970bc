"""The audit log in the SQLite file: rows that nothing changes, and that go only as retention says."""

from typing import Final

AUDIT_UP: Final = """
-- Counts the commits after which a reader may find another surface.
CREATE TABLE commit_number (number INTEGER NOT NULL) STRICT;
INSERT INTO commit_number VALUES (0);

CREATE TABLE audit_head (
    organisation TEXT PRIMARY KEY,
    start INTEGER NOT NULL,
    body TEXT NOT NULL,
    key TEXT NOT NULL,
    signature TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_entry (
    organisation TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    ending TEXT NOT NULL,
    address TEXT NOT NULL,
    request_id TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    details TEXT NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (organisation, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_entry_at ON audit_entry (organisation, at);
CREATE INDEX audit_entry_actor ON audit_entry (organisation, actor);
CREATE INDEX audit_entry_action ON audit_entry (organisation, action);
CREATE INDEX audit_entry_object ON audit_entry (organisation, object);
CREATE INDEX audit_entry_ending ON audit_entry (organisation, ending) WHERE ending <> 'allowed';

CREATE TABLE audit_checkpoint (
    organisation TEXT NOT NULL,
    sequence INTEGER NOT NULL,
    body TEXT NOT NULL,
    key TEXT NOT NULL,
    signature TEXT NOT NULL,
    PRIMARY KEY (organisation, sequence)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER audit_entry_stays BEFORE UPDATE ON audit_entry
BEGIN SELECT RAISE(ABORT, 'an entry of the audit log is never changed'); END;
CREATE TRIGGER audit_entry_kept BEFORE DELETE ON audit_entry
WHEN OLD.sequence > coalesce((SELECT start FROM audit_head WHERE organisation = OLD.organisation), 0)
BEGIN SELECT RAISE(ABORT, 'an entry of the audit log goes only when its retention is over'); END;
CREATE TRIGGER audit_checkpoint_stays BEFORE UPDATE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'a checkpoint is never changed'); END;
CREATE TRIGGER audit_checkpoint_kept BEFORE DELETE ON audit_checkpoint
BEGIN SELECT RAISE(ABORT, 'a checkpoint is kept'); END;
"""
AUDIT_DOWN: Final = """
DROP TABLE audit_checkpoint; DROP TABLE audit_entry; DROP TABLE audit_head; DROP TABLE commit_number;
"""

ALIASES_UP: Final = """
-- Whom the pseudonyms of the audit log stand for, sealed. A row goes when its person is forgotten.
CREATE TABLE audit_alias (
    organisation TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (organisation, pseudonym)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_alias_name ON audit_alias (organisation, name);
"""
ALIASES_DOWN: Final = "DROP TABLE audit_alias;"
