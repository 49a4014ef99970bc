"""The table of who bears which tag, see `chariot.adapters.sql.tags`, and the index for who sees mild risks alone."""

from typing import Final

from chariot.adapters.postgres.schema import APP, SHARED_ID

_NAMED: Final = "name = current_setting('chariot.organisation', true)"
_OWN: Final = f"(SELECT id FROM organisation WHERE {_NAMED})"

TAGS_UP: Final = f"""
ALTER TABLE organisation ADD COLUMN keeps_tags smallint NOT NULL DEFAULT 0;
CREATE POLICY own_now ON organisation FOR UPDATE USING ({_NAMED}) WITH CHECK ({_NAMED});
GRANT UPDATE (keeps_tags) ON organisation TO {APP};
CREATE TABLE bearer (
    organisation bigint NOT NULL,
    tag bigint NOT NULL,
    key text COLLATE "C" NOT NULL,
    PRIMARY KEY (organisation, tag, key)
);
CREATE POLICY own_or_shared ON bearer FOR SELECT USING (organisation + 0 IN ({_OWN}, {SHARED_ID}));
CREATE POLICY own_new ON bearer FOR INSERT WITH CHECK (organisation = {_OWN});
CREATE POLICY own_gone ON bearer FOR DELETE USING (organisation + 0 = {_OWN});
ALTER TABLE bearer ENABLE ROW LEVEL SECURITY; ALTER TABLE bearer FORCE ROW LEVEL SECURITY;
GRANT SELECT, INSERT, DELETE ON bearer TO {APP};
-- Severity and score of risks; nothing else has as many facts.
CREATE INDEX version_present_mild ON version_present (organisation, kind, fact_3, fact_7, entity)
    WHERE fact_3 IS NOT NULL AND fact_7 IS NOT NULL;
"""
TAGS_DOWN: Final = """
DROP INDEX version_present_mild;
DROP TABLE bearer;
DROP POLICY own_now ON organisation;
ALTER TABLE organisation DROP COLUMN keeps_tags;
"""
