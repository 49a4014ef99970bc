"""A folder of backups: their names tell their age, and only the newest are kept."""

import re
from datetime import UTC, datetime
from pathlib import Path

_NAME = re.compile(r"chariot-\d{8}T\d{6}Z\.backup", re.ASCII)


def file_name(moment: datetime) -> str:
    """Return the name of the backup of *moment*; names sort by age.

    >>> file_name(datetime(2026, 3, 1, 12, 5, tzinfo=UTC))
    'chariot-20260301T120500Z.backup'
    """
    return f"chariot-{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all backups in *folder* but the newest *keep*, and return them; other files are left alone."""
    old = sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))[:-keep]
    for path in old:
        path.unlink()
    return old
