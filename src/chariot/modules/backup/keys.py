"""The secret behind a backup: a key file, or a passphrase; and the key of one backup that is made from it."""

import os
import secrets
import stat
from pathlib import Path
from typing import Final

import msgspec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from chariot.errors import ConfigurationError, InvalidError

_KEY_BYTES: Final = 32
_PREFIX: Final = "chariot-backup-key-"
SHORTEST: Final = 12
"""The shortest passphrase, in characters."""
_COSTS: Final = range(14, 19)
"""Powers of two that are taken for scrypt's cost; a file may not make us work for hours or fill the memory."""
_COST: Final = 17
"""128 MiB and about half a second for each guess. Source: OWASP, Password Storage Cheat Sheet."""
_BLOCK: Final = 8


class KeyFile(msgspec.Struct, frozen=True):
    """The random bytes of a key file."""

    key: bytes


class Passphrase(msgspec.Struct, frozen=True):
    """What a person or a secret store remembers."""

    text: str


Secret = KeyFile | Passphrase


class Derivation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the key of one backup comes from the secret; it stands in the open at the file's beginning."""

    kind: str
    """`file` or `passphrase`."""
    salt: bytes
    cost: int = 0
    """Scrypt's, as a power of two."""


def new_derivation(secret: Secret) -> Derivation:
    """Return a derivation that was never used: each backup has a key of its own."""
    salt = secrets.token_bytes(_KEY_BYTES)
    if isinstance(secret, KeyFile):
        return Derivation(kind="file", salt=salt)
    return Derivation(kind="passphrase", salt=salt, cost=_COST)


def derive(secret: Secret, how: Derivation) -> bytes:
    """Return the key of the backup that *how* belongs to.

    Raises:
        InvalidError: the backup was made with the other kind of secret, or asks for what is not done.
    """
    if len(how.salt) != _KEY_BYTES:
        raise InvalidError("names no salt of 32 bytes", place="the backup's header")
    match secret, how.kind:
        case KeyFile(key), "file":
            return HKDF(SHA256(), _KEY_BYTES, how.salt, b"chariot backup 1").derive(key)
        case Passphrase(text), "passphrase":
            if how.cost not in _COSTS:
                raise InvalidError(f"asks for a cost of 2^{how.cost}", place="the backup's header")
            return Scrypt(how.salt, _KEY_BYTES, 2**how.cost, _BLOCK, 1).derive(text.encode())
        case _, "file":
            raise InvalidError("the backup was made with a key file; name it with --key-file")
        case _, "passphrase":
            raise InvalidError("the backup was made with a passphrase; give it with --passphrase")
        case _:
            raise InvalidError("asks for a secret of an unknown kind", place="the backup's header")


def passphrase(text: str) -> Passphrase:
    """Return *text* as a secret.

    Raises:
        InvalidError: it is too short to protect anything.
    """
    if len(text) < SHORTEST:
        raise InvalidError(f"a passphrase has at least {SHORTEST} characters")
    return Passphrase(text)


def read_key_file(path: Path) -> KeyFile:
    """Return the key in *path*.

    Raises:
        ConfigurationError: it cannot be read, everybody may read it, or it holds no key.
    """
    try:
        if stat.S_IMODE(path.stat().st_mode) & 0o007:
            raise ConfigurationError(f"everybody may read the backup key {path}; run: chmod 600 {path}")
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"cannot read the backup key {path}: {_reason(error)}") from error
    digits = text.removeprefix(_PREFIX)
    if digits == text or len(digits) != 2 * _KEY_BYTES:
        raise ConfigurationError(f"{path} holds no backup key")
    try:
        return KeyFile(bytes.fromhex(digits))
    except ValueError as error:
        raise ConfigurationError(f"{path} holds no backup key") from error


def make_key_file(path: Path) -> KeyFile:
    """Write a new key to *path*, for its owner alone, and return it; never over a file that is there.

    Raises:
        ConfigurationError: it cannot be written.
    """
    key = secrets.token_bytes(_KEY_BYTES)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{_PREFIX}{key.hex()}\n")
                file.flush()
                os.fsync(file.fileno())
            # A link never replaces anything: of two first backups one makes the key, and the other uses it.
            os.link(draft, path)
        finally:
            draft.unlink()
    except FileExistsError:
        return read_key_file(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write the backup key {path}: {_reason(error)}") from error
    return KeyFile(key)


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "it failed" if isinstance(error, OSError) else "it is no text"
