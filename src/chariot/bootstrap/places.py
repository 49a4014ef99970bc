"""Files and folders of the settings, and the clock of this machine."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from chariot.errors import ConfigurationError

Clock = Callable[[], datetime]
"""Tells the present instant."""


def now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


def made(home: Path) -> Path:
    """Return *home*, made where it was missing.

    Raises:
        ConfigurationError: it cannot be made.
    """
    try:
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigurationError(
            f"cannot make the data folder {home}: {error.strerror}; name another with --home or CHARIOT_HOME"
        ) from error
    return home


def private(path: Path) -> Path:
    """Return *path*, made readable by its owner only where it is new; the engine keeps the mode."""
    try:
        path.touch(mode=0o600, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"cannot open {path}: {error.strerror}; all in its folder must be writable"
        ) from error
    return path


def sqlite_path(url: str) -> Path:
    """Return the file of a URL: three slashes begin a relative path, four an absolute one."""
    path = url.removeprefix("sqlite:///")
    if path in (url, ""):
        raise ConfigurationError("the store's URL names no file; use sqlite:///path/to/file.db")
    return Path(path)
