"""The token of a server on loopback: made at its first start, readable by its owner alone."""

import os
import secrets
import stat
from pathlib import Path

from chariot.errors import ConfigurationError

FILE_NAME = "api-token"
_PREFIX = "chariot_"
"""Lets scanners for leaked secrets recognise one."""
_SHORTEST = 32


def ensure_token(home: Path) -> str:
    """Return the token kept in the folder *home*; make it (mode 0600) when there is none.

    Raises:
        ConfigurationError: the file cannot be written or read, others may read it, or it holds no token.
    """
    file = home / FILE_NAME
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not file.exists():
            _create(file)
        return _read(file)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot keep the API token in {file}: {error}") from error


def _create(file: Path) -> None:
    """Write the whole file under another name and link it, so that two first starts agree on one token."""
    draft = file.with_name(f".{FILE_NAME}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(f"{_PREFIX}{secrets.token_urlsafe(32)}\n")
        os.link(draft, file)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _read(file: Path) -> str:
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise ConfigurationError(f"others may read the API token in {file}; run: chmod 600 {file}")
    token = file.read_text(encoding="ascii").strip()
    if len(token) < _SHORTEST or not token.isprintable():
        raise ConfigurationError(f"{file} holds no token; delete it, and a new one is made")
    return token
