"""Schema of the SQLite file: ordered steps, each with its way back, and indexes generated from the model."""

import hashlib

import apsw
import msgspec

from chariot.errors import ConfigurationError
from chariot.model.registry import KINDS
from chariot.modules.surface.query import plain_type


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
        score INTEGER,
        valid_from INTEGER NOT NULL,
        valid_to INTEGER,
        op TEXT NOT NULL,
        fields TEXT NOT NULL,
        actor TEXT NOT NULL,
        why TEXT NOT NULL,
        common TEXT NOT NULL,
        doc TEXT NOT NULL
    ) STRICT;
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
        origins TEXT NOT NULL
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
    DROP TABLE kind; DROP TABLE organisation;
    """,
)

_WORK = Migration(
    "work",
    up="""
    CREATE TABLE checkpoint (name TEXT PRIMARY KEY, sequence INTEGER NOT NULL) STRICT, WITHOUT ROWID;

    -- Messages that are not finished. A lane is one organisation and order key in one queue, as a hash; of each
    -- lane one message at most is the head (state 0 ready, 1 leased, 2 delayed), the others stand behind it (3).
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
    CREATE INDEX message_age ON message (organisation, queue);

    -- The ids of the last while, of finished messages too: what was published is known again.
    CREATE TABLE published (
        sequence INTEGER PRIMARY KEY,
        queue TEXT NOT NULL,
        id TEXT NOT NULL,
        at INTEGER NOT NULL
    ) STRICT;
    CREATE UNIQUE INDEX published_id ON published (queue, id);

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
    DROP TABLE queue_depth; DROP TABLE dead_letter; DROP TABLE published; DROP TABLE message;
    DROP TABLE checkpoint;
    """,
)

MIGRATIONS: tuple[Migration, ...] = (_SURFACE, _WORK)
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
    with connection:
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
        if wanted >= 1:
            _keep_kinds(connection)
            _keep_fact_indexes(connection)


def _keep_kinds(connection: apsw.Connection) -> None:
    connection.executemany("INSERT OR IGNORE INTO kind (name) VALUES (?)", [(name,) for name in KINDS])


def fact_expression(kind: str, field: str, doc: str = "doc") -> str:
    """Return the SQL expression of an indexed field: its value, or its default where the JSON leaves it out."""
    spec = next(spec for spec in KINDS[kind].specs if spec.name == field)
    value = f"json_extract({doc}, '$.{field}')"
    default = msgspec.to_builtins(spec.default) if spec.default is not msgspec.NODEFAULT else None
    if default is None or (
        plain_type(spec.type) not in (str, int, float, bool) and not isinstance(default, str)
    ):
        return value
    literal = f"'{default}'" if isinstance(default, str) else str(int(default) if default is not None else 0)
    return f"coalesce({value}, {literal})"


def _wanted_indexes(connection: apsw.Connection) -> dict[str, str]:
    ids = {str(name): number for name, number in connection.execute("SELECT name, id FROM kind")}
    wanted = {}
    for kind, cls in KINDS.items():
        for spec in cls.specs:
            if not spec.mark.indexed or spec.mark.secret:
                continue
            body = (
                f"ON version (organisation, {fact_expression(kind, spec.name)}, entity) "
                f"WHERE kind = {ids[kind]} AND valid_to IS NULL"
            )
            digest = hashlib.sha256(body.encode()).hexdigest()[:8]
            wanted[f"fact_{kind}_{spec.name}_{digest}"] = body
    return wanted


def _keep_fact_indexes(connection: apsw.Connection) -> None:
    """Create the indexes that the kinds declare, and drop those that no kind declares any more."""
    wanted = _wanted_indexes(connection)
    present = _fact_indexes(connection)
    for name in present - wanted.keys():
        connection.execute(f'DROP INDEX "{name}"')
    for name in wanted.keys() - present:
        connection.execute(f'CREATE INDEX "{name}" {wanted[name]}')


def _drop_fact_indexes(connection: apsw.Connection) -> None:
    for name in _fact_indexes(connection):
        connection.execute(f'DROP INDEX "{name}"')


def _fact_indexes(connection: apsw.Connection) -> set[str]:
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type = 'index' AND name GLOB 'fact_*'")
    return {name for (name,) in rows}
