"""Migrations: ordered steps, each with its way back, run by a user that owns the tables.

A step is safe under running processes when it only expands (adds what an older program does not look at); what
contracts (drops, renames) comes in a later release, when no process of the older program runs any more.
"""

from collections.abc import Sequence

import msgspec

from chariot.adapters.postgres.connecting import Connection, connect
from chariot.adapters.postgres.dialect import PostgresDialect
from chariot.adapters.postgres.errors import TROUBLE, place_of, translated
from chariot.adapters.postgres.schema import (
    APP,
    LEASES_DOWN,
    LEASES_UP,
    PLACES_DOWN,
    PLACES_UP,
    RECEIPTS_DOWN,
    RECEIPTS_UP,
    RELAY,
    SURFACE_DOWN,
    SURFACE_UP,
)
from chariot.adapters.postgres.schema_audit import ALIASES_DOWN, ALIASES_UP, AUDIT_DOWN, AUDIT_UP
from chariot.adapters.postgres.schema_intel import INTEL_DOWN, INTEL_UP
from chariot.adapters.postgres.schema_journal import JOURNAL_DOWN, JOURNAL_UP
from chariot.adapters.postgres.schema_places import PLACES_LATER_DOWN, PLACES_LATER_UP
from chariot.adapters.postgres.schema_secrets import SECRETS_DOWN, SECRETS_UP
from chariot.adapters.postgres.schema_tags import TAGS_DOWN, TAGS_UP
from chariot.adapters.postgres.schema_upkeep import MONTHS_AHEAD, UPKEEP_DOWN, UPKEEP_UP
from chariot.errors import ConfigurationError
from chariot.model.keys import Key
from chariot.model.registry import KINDS, entity_decoder
from chariot.modules.surface import places
from chariot.modules.surface.facts import SLOTS, facts_of, slots

LOCK = 0x43484152494F54
"""The advisory lock under which one process at a time migrates a database, or makes and drops partitions."""

_LOCK_TIMEOUT_MS = 10_000
_REFILL_ROWS = 5_000


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema, up and down."""

    name: str
    up: str
    down: str


MIGRATIONS: tuple[Migration, ...] = (
    Migration("surface", SURFACE_UP, SURFACE_DOWN),
    Migration("leases", LEASES_UP, LEASES_DOWN),
    Migration("receipts", RECEIPTS_UP, RECEIPTS_DOWN),
    Migration("intelligence", INTEL_UP, INTEL_DOWN),
    Migration("upkeep", UPKEEP_UP, UPKEEP_DOWN),
    Migration("secrets", SECRETS_UP, SECRETS_DOWN),
    Migration("places", PLACES_UP, PLACES_DOWN),
    Migration("audit", AUDIT_UP, AUDIT_DOWN),
    Migration("journal", JOURNAL_UP, JOURNAL_DOWN),
    Migration("aliases", ALIASES_UP, ALIASES_DOWN),
    Migration("places later", PLACES_LATER_UP, PLACES_LATER_DOWN),
    Migration("tags", TAGS_UP, TAGS_DOWN),
)
"""All steps, oldest first. A step that was released never changes; a new one is added."""

_ROLES = f"""
DO $$
DECLARE wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['{APP}', '{RELAY}'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            -- Another database of the same server may be migrated in the same moment.
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        IF NOT pg_has_role(current_user, wanted, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO %I', wanted, current_user);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', current_schema(), wanted);
    END LOOP;
END $$;
"""
_VERSION_TABLE = f"""
CREATE TABLE IF NOT EXISTS schema_version (
    one boolean PRIMARY KEY DEFAULT true CHECK (one), steps integer NOT NULL
);
INSERT INTO schema_version (steps) VALUES (0) ON CONFLICT DO NOTHING;
GRANT SELECT ON schema_version TO {APP}, {RELAY};
"""


async def migrate(url: str, to: int | None = None, *, steps: Sequence[Migration] = MIGRATIONS) -> int:
    """Bring the schema of the database at *url* to step *to* (by default the newest), up or down; return it.

    All in one transaction: it is done, or nothing is.

    Raises:
        ConfigurationError: the schema is newer than this program, or the user may not change it.
        BusyError: another transaction holds the tables; try again.
        UnavailableError: the server is away.
    """
    place = place_of(url)
    wanted = len(steps) if to is None else to
    if not 0 <= wanted <= len(steps):
        raise ConfigurationError(f"there is no schema {wanted}; this program knows 0 to {len(steps)}")
    try:
        connection = await connect(url)
        try:
            async with connection.transaction():
                await _move(connection, place, wanted, steps)
        finally:
            await connection.close()
    except TROUBLE as error:
        raise translated(error, place) from error
    return wanted


async def _move(connection: Connection, place: str, wanted: int, steps: Sequence[Migration]) -> None:
    await connection.execute(f"SET LOCAL lock_timeout = {_LOCK_TIMEOUT_MS}; SET LOCAL statement_timeout = 0")
    await connection.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    await connection.execute(_ROLES)
    await connection.execute(_VERSION_TABLE)
    have = await connection.fetchval("SELECT steps FROM schema_version")
    if have > len(steps):
        raise ConfigurationError(newer(place, have, len(steps)))
    for step in steps[have:wanted]:
        await connection.execute(step.up)
    for step in reversed(steps[wanted:have]):
        await connection.execute(step.down)
    await connection.execute("UPDATE schema_version SET steps = $1", wanted)
    if wanted >= 1 and await _has_all_slots(connection):
        await connection.executemany(
            "INSERT INTO kind (name) SELECT $1 WHERE NOT EXISTS (SELECT FROM kind WHERE name = $1)",
            [(name,) for name in KINDS],
        )
        await _keep_slots(connection)
        if await connection.fetchval("SELECT to_regproc('chariot_make_months') IS NOT NULL"):
            await connection.execute("SELECT chariot_make_months(now(), $1)", MONTHS_AHEAD)


async def _has_all_slots(connection: Connection) -> bool:
    """Tell whether the tables have room for all facts; an older step leaves them to the program that knows it."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'version'::regclass AND attname = $1"
            " AND NOT attisdropped)",
            f"fact_{SLOTS - 1}",
        )
    )


def newer(place: str, have: int, known: int) -> str:
    """Return the sentence for a schema that this program does not know."""
    return f"{place} has schema {have}, this program knows {known}: use a newer Chariot"


async def kind_ids(connection: Connection) -> dict[str, int]:
    """Return the numbers of the kinds by name."""
    return {row["name"]: row["id"] for row in await connection.fetch("SELECT name, id FROM kind")}


async def stale_kinds(connection: Connection) -> list[str]:
    """Return the kinds that the database does not know, or whose indexed facts are not those it holds."""
    rows = await connection.fetch(
        "SELECT k.name, array(SELECT field FROM slot WHERE kind = k.id ORDER BY place) AS fields FROM kind AS k"
    )
    held = {row["name"]: tuple(row["fields"]) for row in rows}
    return [kind for kind in KINDS if held.get(kind) != slots(kind)]


async def _keep_slots(connection: Connection) -> None:
    """Fill the facts anew of every kind whose indexed fields are not those the tables were written with."""
    numbers = await kind_ids(connection)
    for kind in await stale_kinds(connection):
        await connection.execute("DELETE FROM slot WHERE kind = $1", numbers[kind])
        await connection.executemany(
            "INSERT INTO slot VALUES ($1, $2, $3)",
            [(numbers[kind], place, field) for place, field in enumerate(slots(kind))],
        )
        await _refill(connection, numbers[kind])


async def _refill(connection: Connection, kind: int) -> None:
    await connection.execute(f"SET LOCAL ROLE {RELAY}")
    organisations = await connection.fetch("SELECT name FROM organisation")
    await connection.execute("RESET ROLE")
    for (organisation,) in organisations:
        # Row-level security holds for the owner too: it works for one organisation after the other.
        await connection.execute("SELECT set_config('chariot.organisation', $1, true)", organisation)
        await _refill_one(connection, kind)


async def _refill_one(connection: Connection, kind: int) -> None:
    fact_value = PostgresDialect().fact_value
    columns = ", ".join(f"fact_{slot} = ${slot + 2}" for slot in range(SLOTS))
    after = 0
    while True:
        rows = await connection.fetch(
            "SELECT sequence, COALESCE(long_key, key), doc FROM version WHERE kind = $1 AND sequence > $2"
            " ORDER BY sequence LIMIT $3",
            *(kind, after, _REFILL_ROWS),
        )
        if not rows:
            return
        await connection.executemany(
            f"UPDATE version SET {columns} WHERE sequence = $1",
            [
                (
                    sequence,
                    *map(fact_value, (places.place_of(Key(key)), *facts_of(entity_decoder.decode(doc)))),
                )
                for sequence, key, doc in rows
            ],
        )
        after = rows[-1]["sequence"]
