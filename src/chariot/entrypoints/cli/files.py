"""Writing a file so that a reader sees the old one or the new one, never a half."""

import os
import tempfile
from pathlib import Path

from chariot.errors import ConfigurationError, InvalidError


def write_atomically(path: Path, text: str) -> None:
    """Write *text* to *path*: into a temporary file beside it, made durable, then renamed.

    Raises:
        InvalidError: the path is a folder, or its folder is not there.
        ConfigurationError: it cannot be written.
    """
    if path.is_dir():
        raise InvalidError("is a folder; name a file", place=str(path))
    if not path.parent.is_dir():
        raise InvalidError("its folder is not there", place=str(path))
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error
