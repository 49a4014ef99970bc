"""A surface on one SQLite file whose secrets and personal fields are sealed, with all that changes keys and erases."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from chariot.adapters.keyfile.keys import FileKeys
from chariot.adapters.local_bus.checkpoints import SqliteCheckpoints
from chariot.adapters.sqlite.data_keys import SqliteDataKeys
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.mending import SqliteMender
from chariot.model.keys import Organisation
from chariot.modules.audit.entries import Entry
from chariot.modules.privacy.service import PrivacyService
from chariot.modules.secrets.keyring import KeyRing
from chariot.modules.secrets.service import KeyService
from chariot.modules.secrets.store import OpeningStore
from chariot.modules.secrets.vault import Vault
from chariot.modules.surface.service import SurfaceService

ACME, GLOBEX = Organisation("acme"), Organisation("globex")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Told:
    """See `Auditor`: keeps what it is told."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def note(self, entry: Entry) -> None:
        """See `Auditor.note`."""
        self.entries.append(entry)

    async def record(self, entry: Entry) -> None:
        """See `Auditor.record`."""
        self.entries.append(entry)

    async def count(self, organisation: Organisation, actor: str) -> int:
        """See `Trail.count`."""
        return sum((one.organisation, one.actor) == (organisation, actor) for one in self.entries)

    async def forget(self, organisation: Organisation, is_meant: Callable[[str], bool]) -> int:
        """See `Trail.forget`: what is told here has no pseudonyms."""
        del organisation, is_meant
        return 0


class SealedWorld:
    """All services on one file, as one process has them; a second one on the same folder is another process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.at = NOON
        self.database = SqliteDatabase(folder / "t.db")
        self.raw = SqliteEntityStore(self.database, now=lambda: self.at)
        self.masters = FileKeys(folder / "master.key")
        self.kept = SqliteDataKeys(self.database)
        self.vault = Vault(KeyRing(self.masters, self.kept), self.masters)
        self.store = OpeningStore(self.raw, self.vault)
        self.surface = SurfaceService(
            self.store, now=lambda: self.at, seal=self.vault.seal, ready=self.vault.ready
        )
        self.mender = SqliteMender(self.database)
        self.told = Told()
        self.keys = KeyService(
            self.masters, self.kept, self.vault, self.mender, SqliteCheckpoints(self.database), self.told
        )
        self.privacy = PrivacyService(
            self.store, self.mender, self.vault, self.told, self.told, now=lambda: self.at
        )

    def files_with(self, text: str) -> list[str]:
        """Return the names of files in which *text* stands, whatever part of them is in use."""
        return sorted(
            file.name
            for file in self.folder.iterdir()
            if file.is_file() and text.encode() in file.read_bytes()
        )
