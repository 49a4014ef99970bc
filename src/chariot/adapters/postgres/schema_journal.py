"""The journal of what was sent, in PostgreSQL: lines that the application adds and reads, and cannot change.

What retention takes away goes by a function of the owner's, which takes the server's own clock and leaves whatever
is younger than `KEPT_DAYS`.
"""

from typing import Final

from chariot.adapters.postgres.schema import APP

KEPT_DAYS: Final = 30
_OWN: Final = "organisation = current_setting('chariot.organisation', true)"
_TABLES: Final = ("journal_head", "journal_line", "journal_day")

JOURNAL_UP: Final = f"""
CREATE TABLE journal_head (
    organisation text COLLATE "C" PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    start bigint NOT NULL,
    start_hash bytea NOT NULL
);
CREATE TABLE journal_line (
    organisation text COLLATE "C" NOT NULL,
    number bigint NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    count bigint NOT NULL,
    scan text NOT NULL,
    capability text NOT NULL,
    target text NOT NULL,
    authority text NOT NULL,
    what text NOT NULL,
    host text NOT NULL,
    address text COLLATE "C" NOT NULL,
    port integer NOT NULL,
    detail text NOT NULL,
    hash bytea NOT NULL,
    PRIMARY KEY (organisation, number)
);
CREATE INDEX ON journal_line (organisation, address, number);
CREATE TABLE journal_day (
    organisation text COLLATE "C" NOT NULL,
    day date NOT NULL,
    packets bigint NOT NULL,
    seconds double precision NOT NULL,
    PRIMARY KEY (organisation, day)
);
{
    "".join(
        f'''
CREATE POLICY own ON {table} USING ({_OWN}) WITH CHECK ({_OWN});
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
'''
        for table in _TABLES
    )
}
GRANT SELECT, INSERT ON journal_head, journal_line, journal_day TO {APP};
GRANT UPDATE (number, hash, start, start_hash) ON journal_head TO {APP};
GRANT UPDATE (packets, seconds) ON journal_day TO {APP};

-- Not even the owner changes a line by mistake.
CREATE FUNCTION chariot_journal_stays() RETURNS trigger LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION 'a line of the journal is never changed'; END $$;
CREATE TRIGGER stays BEFORE UPDATE ON journal_line FOR EACH ROW EXECUTE FUNCTION chariot_journal_stays();

CREATE FUNCTION chariot_journal_forget(whose text, until bigint) RETURNS bigint SECURITY DEFINER LANGUAGE plpgsql AS $$
DECLARE gone bigint;
BEGIN
    -- An owner may be one for whom row-level security does not hold, so that it is said once more.
    DELETE FROM journal_line
        WHERE organisation = whose AND whose = current_setting('chariot.organisation', true) AND number <= until
        AND last < (extract(epoch FROM now() - make_interval(days => {KEPT_DAYS})) * 1000000)::bigint;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$;
REVOKE ALL ON FUNCTION chariot_journal_forget(text, bigint), chariot_journal_stays() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION chariot_journal_forget(text, bigint) TO {APP};
"""
JOURNAL_DOWN: Final = """
DROP FUNCTION chariot_journal_forget(text, bigint);
DROP TABLE journal_day; DROP TABLE journal_line; DROP TABLE journal_head;
DROP FUNCTION chariot_journal_stays();
"""
