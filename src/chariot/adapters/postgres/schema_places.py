"""The index of places: each new entity would pay for it, so it waits until somebody sees some places alone.

Whoever makes an index owns the table, and the processes own nothing: they call a function that runs as the owner and
does this one thing. Readers go on meanwhile; writers wait for it.
"""

from typing import Final

from chariot.adapters.postgres.connecting import Connection
from chariot.adapters.postgres.schema import RELAY

_BODY: Final = "ON version_present (organisation, kind, fact_0, entity) WHERE fact_0 IS NOT NULL"
_NAME: Final = "version_present_places"
_TIMEOUT_S: Final = 3_600

PLACES_LATER_UP: Final = f"""
DROP INDEX IF EXISTS version_present_organisation_kind_fact_0_entity_idx;
CREATE FUNCTION chariot_index_places() RETURNS void SECURITY DEFINER SET lock_timeout = '5s' LANGUAGE plpgsql AS $$
BEGIN
    CREATE INDEX IF NOT EXISTS {_NAME} {_BODY};
END $$;
DO $$
BEGIN
    -- Whoever calls it cannot put tables of their own in the way.
    EXECUTE format('ALTER FUNCTION chariot_index_places() SET search_path = %I, pg_temp', current_schema());
END $$;
REVOKE ALL ON FUNCTION chariot_index_places() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chariot_index_places() TO {RELAY};
"""
PLACES_LATER_DOWN: Final = f"""
DROP FUNCTION chariot_index_places();
DROP INDEX IF EXISTS {_NAME};
CREATE INDEX {_BODY};
"""


async def has_place_index(connection: Connection) -> bool:
    """Tell whether places can be looked up."""
    return bool(await connection.fetchval("SELECT to_regclass($1) IS NOT NULL", _NAME))


async def index_places(connection: Connection) -> None:
    """Give the places their index, as the relay; harmless when they have it."""
    if await has_place_index(connection):
        return
    await connection.execute("SET LOCAL statement_timeout = 0")
    await connection.execute("SELECT chariot_index_places()", timeout=_TIMEOUT_S)
