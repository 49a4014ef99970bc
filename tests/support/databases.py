"""Empty PostgreSQL databases with Chariot's schema, lent to tests and given back."""

from functools import cache

from chariot.adapters.postgres.migrations import migrate
from support.engines import Postgres, postgres

# Emptying a database is quicker than making one, so those of finished tests are used again.
_EMPTY = """
    TRUNCATE organisation, version, presence, edge, edge_presence, counter, checkpoint, lease, receipt,
        intel_pack, intel_piece, data_key, mending, audit_head, audit_entry, audit_checkpoint, audit_alias,
        journal_head, journal_line, journal_day RESTART IDENTITY;
    UPDATE log_end SET sequence = 0, moment = 0;
"""


class Databases:
    """Databases on one server; nobody else uses one that is lent."""

    def __init__(self, server: Postgres) -> None:
        self.server = server
        self._free: list[str] = []

    async def take(self) -> str:
        """Return the URL of an empty database with the newest schema."""
        if self._free:
            return self._free.pop()
        url = self.server.url(await self.server.create())
        await migrate(url)
        return url

    async def give_back(self, url: str) -> None:
        """Empty a database for the next test."""
        await self.server.run(_EMPTY, url=url)
        self._free.append(url)


@cache
def databases() -> Databases:
    """Return the databases of this process; its server is the one of `engines.postgres`."""
    return Databases(postgres())
