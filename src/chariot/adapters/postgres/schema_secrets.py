"""The table of wrapped keys, and the one gate through which rows of history are mended: sealed anew, or erased.

The application may end history and never edit it. The functions here are the exception: they run as the owner, touch
rows of the acting organisation alone, change what a row says and never when it was true, and leave a line for each in
a table that nobody can change.
"""

from typing import Final

from chariot.adapters.postgres.schema import APP, RELAY

# A number of its own: the text of a step that was released never changes.
_SLOTS: Final = 10
_FACTS: Final = ", ".join(f"fact_{slot} = facts[{slot + 1}]" for slot in range(_SLOTS))
_OWN: Final = "organisation = current_setting('chariot.organisation', true)"
_NUMBER: Final = "(SELECT id FROM organisation WHERE name = current_setting('chariot.organisation', true))"
_FUNCTIONS: Final = (
    "chariot_mend_version(bigint, text, text, text, text, text, text[], text)",
    "chariot_mend_edge(bigint, text, text, text, text)",
    "chariot_mend_origins(text, text, text)",
)

SECRETS_UP: Final = f"""
-- A key of an organisation, as only the master key opens it; the newest version seals.
CREATE TABLE data_key (
    organisation text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    master text COLLATE "C" NOT NULL,
    wrapped bytea NOT NULL,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (organisation, version)
);
CREATE POLICY own ON data_key TO {APP} USING ({_OWN}) WITH CHECK ({_OWN});
CREATE POLICY names ON data_key FOR SELECT TO {RELAY} USING (true);
ALTER TABLE data_key ENABLE ROW LEVEL SECURITY; ALTER TABLE data_key FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE, UPDATE (master, wrapped) ON data_key TO {APP};
GRANT SELECT (organisation, version, master) ON data_key TO {RELAY};

-- What was mended, and why: rows are added by the functions below and by nobody else.
CREATE TABLE mending (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    organisation text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    what text COLLATE "C" NOT NULL,
    why text COLLATE "C" NOT NULL
);
CREATE POLICY own ON mending FOR SELECT USING ({_OWN});
CREATE POLICY own_new ON mending FOR INSERT WITH CHECK ({_OWN});
ALTER TABLE mending ENABLE ROW LEVEL SECURITY; ALTER TABLE mending FORCE ROW LEVEL SECURITY;
GRANT SELECT ON mending TO {APP};

CREATE FUNCTION chariot_mend_version(
    row_at bigint, called text, called_long text, says text, who text, reason text, facts text[], why_mended text
) RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE version SET key = called, long_key = called_long, doc = says, actor = who, why = reason, {_FACTS}
    WHERE sequence = row_at AND organisation = {_NUMBER};
    IF FOUND THEN
        INSERT INTO mending (organisation, what, why)
        VALUES (current_setting('chariot.organisation'), 'version ' || row_at, why_mended);
    END IF;
END $$;

CREATE FUNCTION chariot_mend_edge(row_at bigint, proof text, who text, reason text, why_mended text)
RETURNS void SECURITY DEFINER LANGUAGE plpgsql AS $$
BEGIN
    UPDATE edge SET evidence = proof, actor = who, why = reason
    WHERE sequence = row_at AND organisation = {_NUMBER};
    IF FOUND THEN
        INSERT INTO mending (organisation, what, why)
        VALUES (current_setting('chariot.organisation'), 'edge ' || row_at, why_mended);
    END IF;
END $$;

CREATE FUNCTION chariot_mend_origins(was text, now_named text, why_mended text)
RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE
    moved bigint;
    total bigint;
BEGIN
    UPDATE presence SET origins = now_named WHERE organisation = {_NUMBER} AND origins = was;
    GET DIAGNOSTICS total = ROW_COUNT;
    UPDATE edge_presence SET origins = now_named WHERE organisation = {_NUMBER} AND origins = was;
    GET DIAGNOSTICS moved = ROW_COUNT;
    total := total + moved;
    INSERT INTO mending (organisation, what, why)
    VALUES (current_setting('chariot.organisation'), 'origins of ' || total, why_mended);
    RETURN total;
END $$;

DO $$
DECLARE
    called text;
BEGIN
    FOREACH called IN ARRAY ARRAY[{", ".join(f"'{one}'" for one in _FUNCTIONS)}] LOOP
        -- Whoever calls it cannot put tables of their own in the way.
        EXECUTE format('ALTER FUNCTION %s SET search_path = %I, pg_temp', called, current_schema());
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', called);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {APP}', called);
    END LOOP;
END $$;
"""
SECRETS_DOWN: Final = f"""
DROP FUNCTION {", ".join(_FUNCTIONS)};
DROP TABLE mending, data_key;
"""
