"""Writing a file so that a reader sees the old one or the new one, never a half."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from chariot.errors import ConfigurationError, InvalidError


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Give a temporary file beside *path* that takes its name when all went well, made durable before.

    Raises:
        InvalidError: the path is a folder, or its folder is not there.
        ConfigurationError: it cannot be written.
    """
    try:
        check_place(path)
        with tempfile.NamedTemporaryFile(
            "wb", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            try:
                yield file
                file.flush()
                os.fsync(file.fileno())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error


def check_place(path: Path) -> None:
    """Refuse a *path* at which no file can be.

    Raises:
        InvalidError: the path is a folder, or its folder is not there.
        OSError: nobody may look there.
    """
    if path.is_dir():
        raise InvalidError("is a folder; name a file", place=str(path))
    if not path.parent.is_dir():
        raise InvalidError("its folder is not there", place=str(path))
