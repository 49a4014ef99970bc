"""A master key in a file that only its owner may read, made at first use. See `Keys`."""

import os
import secrets
from pathlib import Path

from chariot.errors import ConfigurationError

_BYTES = 32


class FileKeys:
    """See `Keys`. Whoever loses the file loses the sealed secrets: back it up apart from the data."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    def master(self) -> bytes:
        """See `Keys.master`."""
        if self._key is None:
            self._key = self._read() or self._make()
        return self._key

    def _read(self) -> bytes | None:
        try:
            key = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConfigurationError(f"cannot read the master key {self._path}: {error.strerror}") from error
        if len(key) != _BYTES:
            raise ConfigurationError(f"{self._path} is no master key: it has {len(key)} bytes, not {_BYTES}")
        return key

    def _make(self) -> bytes:
        key = secrets.token_bytes(_BYTES)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key)
                file.flush()
                os.fsync(file.fileno())
            # A link fails where another process was quicker; then its key is the one.
            os.link(part, self._path)
        except FileExistsError:
            return self._read() or key
        except OSError as error:
            raise ConfigurationError(f"cannot make the master key {self._path}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        return key
