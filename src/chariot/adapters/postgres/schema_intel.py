"""The tables in which the file of intelligence is handed to all processes."""

from chariot.adapters.postgres.schema import RELAY

INTEL_UP = f"""
-- The present file, as the digests of its pieces in their order; a piece is there once, whatever holds it.
CREATE TABLE intel_pack (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    identity integer NOT NULL,
    tables integer NOT NULL,
    size_bytes bigint NOT NULL,
    digests bytea NOT NULL,
    packed timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE intel_piece (digest bytea PRIMARY KEY, data bytea NOT NULL);
-- It is compressed already.
ALTER TABLE intel_piece ALTER COLUMN data SET STORAGE EXTERNAL;
CREATE POLICY relay ON intel_pack TO {RELAY} USING (true) WITH CHECK (true);
CREATE POLICY relay ON intel_piece TO {RELAY} USING (true) WITH CHECK (true);
ALTER TABLE intel_pack ENABLE ROW LEVEL SECURITY; ALTER TABLE intel_pack FORCE ROW LEVEL SECURITY;
ALTER TABLE intel_piece ENABLE ROW LEVEL SECURITY; ALTER TABLE intel_piece FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, UPDATE ON intel_pack TO {RELAY};
GRANT SELECT, INSERT, DELETE ON intel_piece TO {RELAY};
"""
INTEL_DOWN = "DROP TABLE intel_pack, intel_piece;"
