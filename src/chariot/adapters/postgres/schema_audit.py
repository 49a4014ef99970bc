"""The audit log in PostgreSQL: rows that the application adds and reads, and can neither change nor delete.

What retention takes away goes by a function of the owner's, which takes the server's own clock and leaves whatever
is younger than `KEPT_DAYS`.
"""

from collections.abc import Iterator
from typing import Final

from chariot.adapters.postgres.schema import APP, RELAY
from chariot.modules.audit.ports import KEPT_DAYS

_TABLES: Final = """
CREATE TABLE audit_head (
    organisation text COLLATE "C" PRIMARY KEY,
    start bigint NOT NULL,
    body text NOT NULL,
    key text NOT NULL,
    signature text NOT NULL
);
CREATE TABLE audit_entry (
    organisation text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    at bigint NOT NULL,
    actor text COLLATE "C" NOT NULL,
    action text COLLATE "C" NOT NULL,
    object text COLLATE "C" NOT NULL,
    ending text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    before text COLLATE "C" NOT NULL,
    after text COLLATE "C" NOT NULL,
    details text COLLATE "C" NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (organisation, sequence)
);
CREATE INDEX ON audit_entry (organisation, at);
CREATE INDEX ON audit_entry (organisation, actor, sequence);
CREATE INDEX ON audit_entry (organisation, action, sequence);
CREATE INDEX ON audit_entry (organisation, object, sequence);
CREATE INDEX ON audit_entry (organisation, ending, sequence) WHERE ending <> 'allowed';
CREATE TABLE audit_checkpoint (
    organisation text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    body text NOT NULL,
    key text NOT NULL,
    signature text NOT NULL,
    PRIMARY KEY (organisation, sequence)
);
"""
_OWN: Final = "organisation = current_setting('chariot.organisation', true)"


def _policies() -> Iterator[str]:
    for table in ("audit_head", "audit_entry", "audit_checkpoint"):
        yield f"""
        CREATE POLICY own ON {table} USING ({_OWN}) WITH CHECK ({_OWN});
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        """


_GUARDS: Final = f"""
CREATE POLICY relay ON audit_head FOR SELECT TO {RELAY} USING (true);
GRANT SELECT, INSERT ON audit_head, audit_entry, audit_checkpoint TO {APP};
GRANT UPDATE (start, body, key, signature) ON audit_head TO {APP};
GRANT SELECT (organisation) ON audit_head TO {RELAY};

-- Not even the owner changes an entry by mistake.
CREATE FUNCTION chariot_audit_stays() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'an entry of the audit log is never changed'; END $$;
CREATE TRIGGER stays BEFORE UPDATE ON audit_entry FOR EACH ROW EXECUTE FUNCTION chariot_audit_stays();
CREATE TRIGGER stays BEFORE UPDATE ON audit_checkpoint FOR EACH ROW EXECUTE FUNCTION chariot_audit_stays();

CREATE FUNCTION chariot_audit_forget(whose text, until bigint) RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    -- An owner may be one for whom row-level security does not hold, so that it is said once more.
    DELETE FROM audit_entry WHERE organisation = whose AND {_OWN} AND sequence <= until
        AND sequence <= (SELECT start FROM audit_head WHERE organisation = whose)
        AND at < (extract(epoch FROM now() - make_interval(days => {KEPT_DAYS})) * 1000000)::bigint;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
DO $$
BEGIN
    -- Whoever calls it cannot put tables of their own in the way.
    EXECUTE format(
        'ALTER FUNCTION chariot_audit_forget(text, bigint) SET search_path = %I, pg_temp', current_schema()
    );
END $$;
REVOKE ALL ON FUNCTION chariot_audit_forget(text, bigint), chariot_audit_stays() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chariot_audit_forget(text, bigint) TO {APP};
"""

AUDIT_UP: Final = "\n".join((_TABLES, *_policies(), _GUARDS))
AUDIT_DOWN: Final = """
DROP FUNCTION chariot_audit_forget(text, bigint);
DROP TABLE audit_checkpoint, audit_entry, audit_head;
DROP FUNCTION chariot_audit_stays();
"""

ALIASES_UP: Final = f"""
-- Whom the pseudonyms of the log stand for, sealed. A row goes when its person is forgotten.
CREATE TABLE audit_alias (
    organisation text COLLATE "C" NOT NULL,
    pseudonym text COLLATE "C" NOT NULL,
    name text COLLATE "C" NOT NULL,
    PRIMARY KEY (organisation, pseudonym)
);
CREATE INDEX ON audit_alias (organisation, name);
CREATE POLICY own ON audit_alias USING ({_OWN}) WITH CHECK ({_OWN});
ALTER TABLE audit_alias ENABLE ROW LEVEL SECURITY; ALTER TABLE audit_alias FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON audit_alias TO {APP};
"""
ALIASES_DOWN: Final = "DROP TABLE audit_alias;"
