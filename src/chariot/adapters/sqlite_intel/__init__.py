"""Intelligence in one SQLite file."""

from chariot.adapters.sqlite_intel.store import SqliteIntelStore

__all__ = ["SqliteIntelStore"]
