"""Master keys in files that only their owner may read: the current one, and beside it those before it."""

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chariot.errors import ConfigurationError, ConflictError, NotFoundError
from chariot.modules.secrets.ports import MasterKey, Wrapped

_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_ID: Final = re.compile(r"[0-9a-f]{16}")


class FileKeys:
    """See `Keys` and `FirstForm`. Whoever loses the file loses what is sealed: back it up apart from the data.

    The current key stands in *path*; each that was ever current stands beside it in `<name>-<id>.key`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: dict[str, bytes] = {}
        """Keys by their ids, as far as they were read: a key never changes under its id."""
        self._last: tuple[tuple[int, ...], bytes] | None = None
        """How the file of the current key looked when it was last read, and the key."""

    async def wrap(self, key: bytes, context: bytes) -> Wrapped:
        """See `Keys.wrap`. Another process may have rotated, so the file is read each time."""
        master = self._current() or self._make()
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return Wrapped(name_of(master), nonce + AESGCM(master).encrypt(nonce, key, context))

    async def unwrap(self, wrapped: Wrapped, context: bytes) -> bytes:
        """See `Keys.unwrap`."""
        master = self._named(wrapped.master)
        nonce, data = wrapped.data[:_NONCE_BYTES], wrapped.data[_NONCE_BYTES:]
        try:
            return AESGCM(master).decrypt(nonce, data, context)
        except (InvalidTag, ValueError):
            raise ConfigurationError(
                f"a key of an organisation does not open with the master key {wrapped.master}: it was changed"
            ) from None

    async def describe(self) -> Sequence[MasterKey]:
        """See `Keys.describe`."""
        current = self._current()
        if current is None:
            return []
        first = name_of(current)
        older = [name for name, _ in self._older() if name != first]
        return [self._described(first, self._path, current=True)] + [
            self._described(name, self._file(name), current=False) for name in older
        ]

    async def rotate(self) -> MasterKey:
        """See `Keys.rotate`. A crash in between leaves the key before it current, and loses none."""
        with self._turn():
            self._keep(self._current() or self._make())
            new = secrets.token_bytes(_BYTES)
            self._keep(new)
            try:
                part = self._path.with_name(f"{self._path.name}.{os.getpid()}")
                self._write(part, new)
                part.replace(self._path)
            except OSError as error:
                raise ConfigurationError(
                    f"cannot write the master key {self._path}: {error.strerror}"
                ) from error
        return self._described(name_of(new), self._path, current=True)

    async def retire(self, master: str) -> None:
        """See `Keys.retire`."""
        with self._turn():
            current = self._current()
            if current is not None and name_of(current) == master:
                raise ConflictError(f"{master} is the current master key; rotate first")
            if not _ID.fullmatch(master) or not self._file(master).exists():
                raise NotFoundError(f"no master key is called {master[:40]!r}")
            self._file(master).unlink()
            self._known.pop(master, None)

    def current(self) -> bytes:
        """Return the current key; it is made where there is none."""
        return self._current() or self._make()

    def masters(self) -> Sequence[bytes]:
        """See `FirstForm.masters`."""
        current = self._current()
        if current is None:
            return []
        return [current, *(key for name, key in self._older() if name != name_of(current))]

    def _described(self, name: str, path: Path, *, current: bool) -> MasterKey:
        return MasterKey(name, current, datetime.fromtimestamp(int(path.stat().st_mtime), UTC))

    def _file(self, name: str) -> Path:
        return self._path.with_name(f"{self._path.stem}-{name}.key")

    def _named(self, name: str) -> bytes:
        if name not in self._known:
            self._current()
        if name not in self._known and _ID.fullmatch(name):
            key = _read(self._file(name))
            if key is not None and name_of(key) == name:
                self._known[name] = key
        if name not in self._known:
            raise ConfigurationError(
                f"the master key {name[:40]} is not in {self._path.parent}: restore its file from your backup"
            )
        return self._known[name]

    def _older(self) -> Iterator[tuple[str, bytes]]:
        for path in sorted(self._path.parent.glob(f"{self._path.stem}-*.key")):
            name = path.stem.removeprefix(f"{self._path.stem}-")
            key = _read(path) if _ID.fullmatch(name) else None
            if key is not None and name_of(key) == name:
                yield name, key

    def _current(self) -> bytes | None:
        # Each change puts another file in the place of this one, so that one which looks the same is the same.
        try:
            seen = self._path.stat()
        except OSError:
            seen = None
        looks = seen and (seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_size)
        if looks is not None and self._last is not None and self._last[0] == looks:
            return self._last[1]
        key = _read(self._path)
        if key is not None:
            self._known[name_of(key)] = key
            self._last = (looks, key) if looks is not None else None
        return key

    def _make(self) -> bytes:
        key = secrets.token_bytes(_BYTES)
        part = self._path.with_name(f"{self._path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        try:
            self._write(part, key)
            # A link fails where another process was quicker; then its key is the one.
            os.link(part, self._path)
        except FileExistsError:
            return self._current() or key
        except OSError as error:
            raise ConfigurationError(f"cannot make the master key {self._path}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        self._known[name_of(key)] = key
        return key

    def _keep(self, key: bytes) -> None:
        """Write *key* under its id, unless it stands there."""
        path = self._file(name_of(key))
        part = path.with_name(f"{path.name}.{os.getpid()}")
        try:
            if _read(path) != key:
                self._write(part, key)
                part.replace(path)
        except OSError as error:
            raise ConfigurationError(f"cannot write the master key {path}: {error.strerror}") from error
        self._known[name_of(key)] = key

    @staticmethod
    def _write(path: Path, key: bytes) -> None:
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one process at a time change which key is current."""
        try:
            with self._path.with_name(f"{self._path.name}.lock").open("a") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as error:
            raise ConfigurationError(f"cannot lock the master key {self._path}: {error.strerror}") from error


def name_of(master: bytes) -> str:
    """Return what names a master key and tells nothing of it."""
    return hashlib.sha256(b"chariot master key " + master).hexdigest()[:16]


def _read(path: Path) -> bytes | None:
    try:
        key = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigurationError(f"cannot read the master key {path}: {error.strerror}") from error
    if len(key) != _BYTES:
        raise ConfigurationError(f"{path} is no master key: it has {len(key)} bytes, not {_BYTES}")
    return key
