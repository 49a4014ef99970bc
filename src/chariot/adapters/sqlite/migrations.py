"""Schema of the SQLite file: ordered steps, each with its way back, and indexes generated from the model."""

import hashlib
from collections.abc import Iterable
from typing import Any

import apsw
import msgspec

from chariot.adapters.sqlite.schema_audit import ALIASES_DOWN, ALIASES_UP, AUDIT_DOWN, AUDIT_UP
from chariot.adapters.sqlite.schema_journal import JOURNAL_DOWN, JOURNAL_UP
from chariot.adapters.sqlite.transactions import writing
from chariot.errors import ConfigurationError
from chariot.model.keys import Key
from chariot.model.registry import KINDS, entity_decoder
from chariot.modules.surface.facts import SLOTS, facts_of, slots
from chariot.modules.surface.places import place_of

PLACE_SLOT = 0
"""Where a thing is stands first, see `slots`."""


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema, up and down."""

    name: str
    up: str
    down: str


_SURFACE = Migration(
    "surface",
    up="""
    CREATE TABLE organisation (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
    CREATE TABLE kind (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;

    -- A row is one version of an entity and the change that made it; `valid_to` NULL is the present one.
    CREATE TABLE version (
        sequence INTEGER PRIMARY KEY,
        entity INTEGER NOT NULL,
        organisation INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        key TEXT NOT NULL,
        revision INTEGER NOT NULL,
        status TEXT NOT NULL,
        valid_from INTEGER NOT NULL,
        valid_to INTEGER,
        op TEXT NOT NULL,
        fields TEXT NOT NULL,
        actor TEXT NOT NULL,
        why TEXT NOT NULL,
        common TEXT NOT NULL,
        doc TEXT NOT NULL,
        -- Indexed facts, in the order in which the kind declares them; see the table `slot`.
        fact_0 ANY, fact_1 ANY, fact_2 ANY, fact_3 ANY, fact_4 ANY, fact_5 ANY, fact_6 ANY, fact_7 ANY
    ) STRICT;
    CREATE TABLE slot (
        kind INTEGER NOT NULL, place INTEGER NOT NULL, field TEXT NOT NULL, PRIMARY KEY (kind, place)
    ) STRICT, WITHOUT ROWID;
    CREATE UNIQUE INDEX version_present ON version (organisation, key) WHERE valid_to IS NULL;
    CREATE INDEX version_recent ON version (organisation, kind, valid_from, entity) WHERE valid_to IS NULL;
    CREATE INDEX version_history ON version (entity, valid_from);

    -- Who saw an entity and when: narrow, because a sighting that changes nothing writes only here.
    CREATE TABLE presence (
        entity INTEGER PRIMARY KEY,
        first_seen INTEGER NOT NULL,
        visited INTEGER NOT NULL,
        origins TEXT NOT NULL,
        stamps TEXT NOT NULL
    ) STRICT;

    CREATE TABLE edge (
        sequence INTEGER PRIMARY KEY,
        edge INTEGER NOT NULL,
        organisation INTEGER NOT NULL,
        source INTEGER NOT NULL,
        type TEXT NOT NULL,
        target INTEGER NOT NULL,
        valid_from INTEGER NOT NULL,
        valid_to INTEGER,
        op TEXT NOT NULL,
        actor TEXT NOT NULL,
        why TEXT NOT NULL,
        evidence TEXT NOT NULL
    ) STRICT;
    CREATE INDEX edge_out ON edge (source, type, target, valid_from);
    CREATE INDEX edge_in ON edge (target, type, source, valid_from);
    CREATE TABLE edge_presence (
        edge INTEGER PRIMARY KEY,
        first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL,
        origins TEXT NOT NULL,
        evidence_at INTEGER NOT NULL
    ) STRICT;

    CREATE TABLE counter (
        organisation INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        status TEXT NOT NULL,
        entities INTEGER NOT NULL,
        PRIMARY KEY (organisation, kind, status)
    ) STRICT, WITHOUT ROWID;
    """,
    down="""
    DROP TABLE counter; DROP TABLE edge_presence; DROP TABLE edge; DROP TABLE presence; DROP TABLE version;
    DROP TABLE slot;
    DROP TABLE kind; DROP TABLE organisation;
    """,
)

_WORK = Migration(
    "work",
    up="""
    CREATE TABLE checkpoint (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;

    -- Messages that are not finished. Its lane is the hash of queue and organisation and, in the lower half, of
    -- the order key; of a lane one message at most is the head (state 0 ready, 1 leased, 2 delayed), the others
    -- stand behind it (3).
    CREATE TABLE message (
        sequence INTEGER PRIMARY KEY,
        queue TEXT NOT NULL,
        state INTEGER NOT NULL,
        until INTEGER NOT NULL,
        lane INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        since INTEGER NOT NULL,
        published_at INTEGER NOT NULL,
        organisation TEXT NOT NULL,
        id TEXT NOT NULL,
        order_key TEXT NOT NULL,
        body BLOB NOT NULL,
        owner TEXT NOT NULL,
        error TEXT NOT NULL
    ) STRICT;
    CREATE INDEX message_turn ON message (queue, state, until);
    CREATE INDEX message_lane ON message (lane);
    CREATE TABLE message_number (last INTEGER NOT NULL) STRICT;
    INSERT INTO message_number VALUES (0);

    -- The ids of the last while, of finished messages too: what was published is known again.
    CREATE TABLE published (
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        sequence INTEGER NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (queue, id)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE dead_letter (
        sequence INTEGER PRIMARY KEY,
        queue TEXT NOT NULL,
        organisation TEXT NOT NULL,
        id TEXT NOT NULL,
        order_key TEXT NOT NULL,
        body BLOB NOT NULL,
        attempt INTEGER NOT NULL,
        error TEXT NOT NULL,
        published_at INTEGER NOT NULL,
        died_at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX dead_letter_organisation ON dead_letter (organisation, queue);
    CREATE INDEX dead_letter_queue ON dead_letter (queue);
    CREATE INDEX dead_letter_died ON dead_letter (died_at);

    -- The row of organisation '' is the sum of all.
    CREATE TABLE queue_depth (
        queue TEXT NOT NULL,
        organisation TEXT NOT NULL,
        waiting INTEGER NOT NULL,
        leased INTEGER NOT NULL,
        delayed INTEGER NOT NULL,
        dead INTEGER NOT NULL,
        PRIMARY KEY (queue, organisation)
    ) STRICT, WITHOUT ROWID;
    """,
    down="""
    DROP TABLE queue_depth; DROP TABLE dead_letter; DROP TABLE published; DROP TABLE message_number;
    DROP TABLE message; DROP TABLE checkpoint;
    """,
)

_LEASES = Migration(
    "leases",
    up="""
    -- Who may do what only one may. A row stays when its lease is over, so that tokens only grow.
    CREATE TABLE lease (
        name TEXT PRIMARY KEY,
        owner TEXT NOT NULL,
        token INTEGER NOT NULL,
        boot TEXT NOT NULL,
        until REAL NOT NULL,
        ttl REAL NOT NULL
    ) STRICT, WITHOUT ROWID;
    """,
    down="DROP TABLE lease;",
)

_RECEIPTS = Migration(
    "receipts",
    up="""
    -- What was asked under a name of the caller's own, and what was answered; it ends after a while.
    CREATE TABLE receipt (
        organisation TEXT NOT NULL,
        name TEXT NOT NULL,
        digest BLOB NOT NULL,
        answer BLOB,
        ends INTEGER NOT NULL,
        PRIMARY KEY (organisation, name)
    ) STRICT;
    CREATE INDEX receipt_ends ON receipt (ends);
    """,
    down="DROP TABLE receipt;",
)

_PAST = Migration(
    "past",
    up="""
    -- Only what has ended is looked up by key and time: what is new has one index less to enter.
    DROP INDEX version_history;
    CREATE INDEX version_past ON version (organisation, key, valid_from, valid_to) WHERE valid_to IS NOT NULL;
    CREATE INDEX version_ended ON version (organisation, valid_to) WHERE valid_to IS NOT NULL;
    """,
    down="""
    DROP INDEX version_ended; DROP INDEX version_past;
    CREATE INDEX version_history ON version (entity, valid_from);
    """,
)

_SECRETS = Migration(
    "secrets",
    up="""
    -- A key of an organisation, as only the master key opens it; the newest version seals.
    CREATE TABLE data_key (
        organisation TEXT NOT NULL,
        version INTEGER NOT NULL,
        master TEXT NOT NULL,
        wrapped BLOB NOT NULL,
        made_at INTEGER NOT NULL,
        PRIMARY KEY (organisation, version)
    ) STRICT;

    -- Which rows of history were mended, and why. What stands here stays.
    CREATE TABLE mending (
        number INTEGER PRIMARY KEY,
        organisation TEXT NOT NULL,
        at INTEGER NOT NULL,
        what TEXT NOT NULL,
        why TEXT NOT NULL
    ) STRICT;
    CREATE TRIGGER mending_stays BEFORE UPDATE ON mending
    BEGIN SELECT RAISE(ABORT, 'what was mended stays told'); END;
    CREATE TRIGGER mending_is_kept BEFORE DELETE ON mending
    BEGIN SELECT RAISE(ABORT, 'what was mended stays told'); END;
    """,
    down="DROP TABLE mending; DROP TABLE data_key;",
)

_PLACES = Migration(
    "places",
    up="ALTER TABLE version ADD COLUMN fact_8 ANY; ALTER TABLE version ADD COLUMN fact_9 ANY;",
    down="ALTER TABLE version DROP COLUMN fact_9; ALTER TABLE version DROP COLUMN fact_8;",
)

_AUDIT = Migration("audit", AUDIT_UP, AUDIT_DOWN)
_JOURNAL = Migration("journal", JOURNAL_UP, JOURNAL_DOWN)
_ALIASES = Migration("aliases", ALIASES_UP, ALIASES_DOWN)

_COUNTING = Migration(
    "counting",
    up="""
    -- What lists of risks are counted by (severity, state, decision) stands in it, so that no row is looked at.
    DROP INDEX version_recent;
    CREATE INDEX version_recent ON version (organisation, kind, valid_from, entity, status, fact_3, fact_4, fact_8,
                                                valid_to)
        WHERE valid_to IS NULL;
    """,
    down="""
    DROP INDEX version_recent;
    CREATE INDEX version_recent ON version (organisation, kind, valid_from, entity) WHERE valid_to IS NULL;
    """,
)

_TAGS = Migration(
    "tags",
    up="""
    -- Whether it is kept who bears which tag, see `adapters/sql/tags.py`.
    ALTER TABLE organisation ADD COLUMN keeps_tags INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE bearer (
        organisation INTEGER NOT NULL,
        tag INTEGER NOT NULL,
        key TEXT NOT NULL,
        PRIMARY KEY (organisation, tag, key)
    ) STRICT, WITHOUT ROWID;
    -- Risks by severity and score, for who sees the mild alone; nothing else has as many facts.
    CREATE INDEX version_mild ON version (organisation, kind, fact_3, fact_7, entity)
        WHERE valid_to IS NULL AND fact_3 IS NOT NULL AND fact_7 IS NOT NULL;
    """,
    down="DROP INDEX version_mild; DROP TABLE bearer; ALTER TABLE organisation DROP COLUMN keeps_tags;",
)

MIGRATIONS: tuple[Migration, ...] = (
    _SURFACE,
    _WORK,
    _LEASES,
    _RECEIPTS,
    _PAST,
    _SECRETS,
    _PLACES,
    _AUDIT,
    _JOURNAL,
    _ALIASES,
    _COUNTING,
    _TAGS,
)
"""All steps, oldest first. A step that was released never changes; a new one is added."""


def version_of(connection: apsw.Connection) -> int:
    """Return how many steps the file has."""
    return int(connection.pragma("user_version"))


def migrate(connection: apsw.Connection, steps: tuple[Migration, ...], *, to: int | None = None) -> None:
    """Bring the schema to step *to* (by default the newest), up or down, in one transaction.

    Raises:
        ConfigurationError: the file was written by a newer program.
    """
    wanted = len(steps) if to is None else to
    with writing(connection):
        have = version_of(connection)
        if have > len(steps):
            raise ConfigurationError(
                f"this database has schema {have}, this program knows {len(steps)}: use a newer Chariot"
            )
        for step in steps[have:wanted]:
            connection.execute(step.up)
        for step in reversed(steps[wanted:have]):
            _drop_fact_indexes(connection)
            connection.execute(step.down)
        connection.pragma("user_version", wanted)
        # A program that knows an older schema keeps what that has room for.
        if wanted >= 1 and _has_all_slots(connection):
            _keep_kinds(connection)
            _keep_slots(connection)
            _keep_fact_indexes(connection)


def _has_all_slots(connection: apsw.Connection) -> bool:
    row = connection.execute(
        "SELECT 1 FROM pragma_table_info('version') WHERE name = ?", (f"fact_{SLOTS - 1}",)
    ).fetchone()
    return row is not None


def _keep_kinds(connection: apsw.Connection) -> None:
    connection.executemany("INSERT OR IGNORE INTO kind (name) VALUES (?)", [(name,) for name in KINDS])


def wanted_indexes(slots: Iterable[int]) -> dict[str, str]:
    """Return the indexes of the facts in *slots*, by name."""
    wanted = {}
    for slot in slots:
        column = f"fact_{slot}"
        body = f"ON version (organisation, kind, {column}, entity) WHERE valid_to IS NULL AND {column} IS NOT NULL"
        wanted[f"{column}_{hashlib.sha256(body.encode()).hexdigest()[:8]}"] = body
    return wanted


def kind_ids(connection: apsw.Connection) -> dict[str, int]:
    """Return the numbers of the kinds by name."""
    rows: Any = connection.execute("SELECT name, id FROM kind")  # a STRICT table: a text and a number
    return dict(rows)


def _keep_slots(connection: apsw.Connection) -> None:
    """Fill the slots anew for every kind whose indexed fields are not those the file was written with."""
    for kind, number in kind_ids(connection).items():
        if kind not in KINDS:
            continue
        rows = connection.execute("SELECT field FROM slot WHERE kind = ? ORDER BY place", (number,))
        had, has = tuple(str(field) for (field,) in rows), slots(kind)
        if had == has:
            continue
        connection.execute("DELETE FROM slot WHERE kind = ?", (number,))
        connection.executemany(
            "INSERT INTO slot VALUES (?, ?, ?)", [(number, n, f) for n, f in enumerate(has)]
        )
        _refill(connection, number)


def _refill(connection: apsw.Connection, kind: int) -> None:
    columns = ", ".join(f"fact_{place} = ?" for place in range(SLOTS))
    after = 0
    while True:
        rows = connection.execute(
            "SELECT sequence, key, doc FROM version WHERE kind = ? AND sequence > ? ORDER BY sequence LIMIT 5000",
            (kind, after),
        ).fetchall()
        if not rows:
            return
        connection.executemany(
            f"UPDATE version SET {columns} WHERE sequence = ?",
            [
                (place_of(Key(str(key))), *facts_of(entity_decoder.decode(str(doc))), sequence)
                for sequence, key, doc in rows
            ],
        )
        after = int(str(rows[-1][0]))


def _keep_fact_indexes(connection: apsw.Connection) -> None:
    """Create the indexes that the kinds declare, and drop those that no kind declares any more."""
    wanted = wanted_indexes(slot for slot in range(SLOTS) if slot != PLACE_SLOT)
    present = _fact_indexes(connection)
    for name in present - wanted.keys() - wanted_indexes([PLACE_SLOT]).keys():
        connection.execute(f'DROP INDEX "{name}"')
    for name in wanted.keys() - present:
        connection.execute(f'CREATE INDEX "{name}" {wanted[name]}')


def _drop_fact_indexes(connection: apsw.Connection) -> None:
    for name in _fact_indexes(connection):
        connection.execute(f'DROP INDEX "{name}"')


def _fact_indexes(connection: apsw.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'fact_*'")
    return {name for (name,) in rows}
