"""Telling whoever watches a process without a port that it is well: a file that is touched again and again."""

from pathlib import Path

from chariot.errors import ConfigurationError

ALIVE_EVERY_S = 5.0


def touch(file: Path | None) -> None:
    """Make *file* new; nothing happens when there is none to touch.

    Raises:
        ConfigurationError: it cannot be written.
    """
    if file is None:
        return
    try:
        file.touch(mode=0o600)
    except OSError as error:
        raise ConfigurationError(f"cannot write {file}: {error.strerror}") from error
