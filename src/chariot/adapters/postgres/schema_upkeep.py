"""Upkeep that the processes may ask for although they own nothing: months ahead, and the end of old history.

The two functions that take moments are the owner's alone. What `chariot_relay` may call runs as the owner, takes
the server's own clock, and never drops what is younger than `KEPT_DAYS`.
"""

from typing import Final

from chariot.adapters.postgres.schema import PARTITIONED, RELAY, past_indexes

KEPT_DAYS: Final = 30
"""History that no setting drops: readers of the log are past it by then."""
MONTHS_AHEAD: Final = 3

_TABLES: Final = ", ".join(f"'{table}'" for table in PARTITIONED)
_INDEXES: Final = " ".join(
    f"WHEN '{table}' THEN $x${past_indexes(table, '%1$I')}$x$" for table in PARTITIONED
)

UPKEEP_UP: Final = f"""
CREATE FUNCTION chariot_month(at timestamptz, later integer) RETURNS timestamptz IMMUTABLE LANGUAGE sql
AS $$ SELECT (date_trunc('month', at AT TIME ZONE 'UTC') + make_interval(months => later)) AT TIME ZONE 'UTC' $$;

CREATE FUNCTION chariot_micros(at timestamptz) RETURNS bigint IMMUTABLE LANGUAGE sql
AS $$ SELECT (extract(epoch FROM at) * 1000000)::bigint $$;

CREATE FUNCTION chariot_make_months(at timestamptz, ahead integer) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    made text[] := '{{}}';
    parent text;
    name text;
    low bigint;
    high bigint;
BEGIN
    FOR later IN 0..ahead LOOP
        low := chariot_micros(chariot_month(at, later));
        high := chariot_micros(chariot_month(at, later + 1));
        FOREACH parent IN ARRAY ARRAY[{_TABLES}] LOOP
            name := parent || to_char(chariot_month(at, later) AT TIME ZONE 'UTC', '_YYYY_MM');
            CONTINUE WHEN to_regclass(name) IS NOT NULL;
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS)', name, parent);
            -- What ended in that month before its partition was there lies among the rest, and moves over.
            EXECUTE format(
                'WITH moved AS (DELETE FROM %I WHERE valid_to >= %s AND valid_to < %s RETURNING *)'
                ' INSERT INTO %I SELECT * FROM moved',
                parent || '_rest', low, high, name
            );
            EXECUTE format(CASE parent {_INDEXES} END, name);
            EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)', parent, name, low, high
            );
            made := made || name;
        END LOOP;
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION chariot_keep_since(since timestamptz, OUT dropped text[], OUT gone bigint) LANGUAGE plpgsql AS $$
DECLARE
    -- Whole months alone: so both tables forget at the same moment, and a row is never looked at.
    first timestamptz := chariot_month(since, 0);
    parent text;
    name text;
    deleted bigint;
BEGIN
    dropped := '{{}}';
    gone := 0;
    FOREACH parent IN ARRAY ARRAY[{_TABLES}] LOOP
        FOR name IN
            SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
            WHERE i.inhparent = parent::regclass AND c.relname ~ ('^' || parent || '_[0-9]{{4}}_[0-9]{{2}}$')
            ORDER BY c.relname
        LOOP
            IF to_date(right(name, 7), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC' < first THEN
                EXECUTE format('DROP TABLE %I', name);
                dropped := dropped || name;
            END IF;
        END LOOP;
        EXECUTE format('DELETE FROM %I WHERE valid_to < %s', parent || '_rest', chariot_micros(first));
        GET DIAGNOSTICS deleted = ROW_COUNT;
        gone := gone + deleted;
    END LOOP;
END $$;

CREATE FUNCTION chariot_upkeep(keep_days integer, OUT made text[], OUT dropped text[], OUT gone bigint)
SECURITY DEFINER SET lock_timeout = '5s' LANGUAGE plpgsql AS $$
BEGIN
    made := chariot_make_months(now(), {MONTHS_AHEAD});
    dropped := '{{}}';
    gone := 0;
    IF keep_days > 0 THEN
        SELECT k.dropped, k.gone INTO dropped, gone
        FROM chariot_keep_since(now() - make_interval(days => greatest(keep_days, {KEPT_DAYS}))) AS k;
    END IF;
END $$;

DO $$
DECLARE
    called text;
BEGIN
    FOREACH called IN ARRAY ARRAY[
        'chariot_month(timestamptz, integer)', 'chariot_micros(timestamptz)',
        'chariot_make_months(timestamptz, integer)', 'chariot_keep_since(timestamptz)', 'chariot_upkeep(integer)'
    ] LOOP
        -- Whoever calls it cannot put tables of their own in the way.
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', called, current_schema());
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called);
    END LOOP;
END $$;
GRANT EXECUTE ON FUNCTION chariot_upkeep(integer) TO {RELAY};
"""
UPKEEP_DOWN: Final = """
DROP FUNCTION chariot_upkeep(integer), chariot_keep_since(timestamptz), chariot_make_months(timestamptz, integer),
    chariot_micros(timestamptz), chariot_month(timestamptz, integer);
"""
