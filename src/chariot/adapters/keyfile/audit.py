"""The key that signs the audit log, derived from the master key, and the last checkpoint of each organisation.

All processes of an installation have the same master key, so that each trusts what the others signed. Keys from
master keys that were current before stay trusted; those from elsewhere are where `trusted/<public key>.pub` says so.
"""

import fcntl
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chariot.adapters.keyfile.keys import FileKeys
from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.audit.seals import Checkpoint, Signed, opened

_TRUSTED: Final = "trusted"
_LAST: Final = "last"


def _checked(signed: Signed) -> str:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key))
        key.verify(bytes.fromhex(signed.signature), signed.body.encode())
    except (InvalidSignature, ValueError):
        return "has a signature that is not its own"
    return ""


def _untrusted(signed: Signed) -> str:
    return f"is signed by the key {signed.key[:16]}…, which is not trusted here"


class PublicKeys:
    """See `Checker`: trusts the keys that it is given, and needs no other file."""

    def __init__(self, keys: Iterable[str]) -> None:
        """*keys* are public keys in hexadecimal."""
        self._keys = frozenset(key.strip().lower() for key in keys)

    def check(self, signed: Signed) -> str:
        """See `Checker.check`."""
        return _checked(signed) if signed.key in self._keys else _untrusted(signed)


class FileSigner:
    """See `Signer`."""

    def __init__(self, folder: Path, keys: FileKeys | None = None) -> None:
        """*keys* holds the master key; by default it stands in *folder*, where the trusted keys are."""
        self._folder = folder
        self._keys = keys or FileKeys(folder / "master.key")
        self._derived: dict[bytes, tuple[str, Ed25519PrivateKey]] = {}
        self._remembered: set[bytes] = set()
        """Master keys whose public keys stand in `trusted/`."""

    @property
    def public(self) -> str:
        """The own public key in hexadecimal: what other installations are told to trust."""
        return self._own()[0]

    def sign(self, data: bytes) -> Signed:
        """See `Signer.sign`."""
        public, private = self._own()
        return Signed(data.decode(), public, private.sign(data).hex())

    def check(self, signed: Signed) -> str:
        """See `Signer.check`."""
        return _checked(signed) if self._trusts(signed.key) else _untrusted(signed)

    def _own(self) -> tuple[str, Ed25519PrivateKey]:
        # Another process may have rotated, so the file is looked at each time.
        if not self._remembered:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        master = self._keys.current()
        if master not in self._remembered:
            self._remember(self._of(master)[0])
            self._remembered.add(master)
        return self._of(master)

    def _remember(self, public: str) -> None:
        """Keep the public key: what it signed is trusted also when its master key was given up."""
        try:
            (self._folder / _TRUSTED).mkdir(mode=0o700, exist_ok=True)
            (self._folder / _TRUSTED / f"{public}.pub").touch()
        except OSError as error:
            raise ConfigurationError(
                f"cannot keep a public key in {self._folder}: {error.strerror}"
            ) from error

    def _trusts(self, public: str) -> bool:
        if any(public == known for known, _ in self._derived.values()):
            return True
        if any(public == self._of(master)[0] for master in self._keys.masters()):
            return True
        # Only the name of a file that is there is ever trusted: a key that says `../` is none of them.
        return public in {path.stem for path in (self._folder / _TRUSTED).glob("*.pub")}

    def _of(self, master: bytes) -> tuple[str, Ed25519PrivateKey]:
        if master not in self._derived:
            derive = HKDF(SHA256(), length=32, salt=None, info=b"chariot audit log")
            private = Ed25519PrivateKey.from_private_bytes(derive.derive(master))
            self._derived[master] = (private.public_key().public_bytes_raw().hex(), private)
        return self._derived[master]


class FileAnchors:
    """See `Anchors`: one file for each organisation, replaced at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _LAST

    def keep(self, organisation: Organisation, checkpoint: Signed) -> None:
        """See `Anchors.keep`."""
        path = self._path(organisation)
        part = path.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self._folder / ".lock").open("a") as turn:
                fcntl.flock(turn, fcntl.LOCK_EX)
                if _is_newer(path, checkpoint):
                    return
                part.write_bytes(msgspec.json.encode((organisation, checkpoint)))
                part.replace(path)
        except OSError as error:
            raise ConfigurationError(
                f"cannot keep a checkpoint in {self._folder}: {error.strerror}"
            ) from error

    def last(self, organisation: Organisation) -> Signed | None:
        """See `Anchors.last`."""
        path = self._path(organisation)
        return _kept_in(path)[1] if path.exists() else None

    def kept(self) -> dict[Organisation, Signed]:
        """See `Anchors.kept`."""
        found: dict[Organisation, Signed] = {}
        for path in sorted(self._folder.glob("*.json")):
            name, signed = _kept_in(path)
            found[Organisation(name)] = signed
        return found

    def _path(self, organisation: Organisation) -> Path:
        return self._folder / f"{sha256(organisation.encode()).hexdigest()[:32]}.json"


def _kept_in(path: Path) -> tuple[str, Signed]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[str, Signed])
    except (OSError, msgspec.DecodeError) as error:
        raise ConfigurationError(f"cannot read the checkpoint in {path}") from error


def _is_newer(path: Path, checkpoint: Signed) -> bool:
    """Tell whether *path* keeps one that another process set after *checkpoint*."""
    if not path.exists():
        return False
    before = opened(_kept_in(path)[1], Checkpoint)
    return before.sequence > opened(checkpoint, Checkpoint).sequence
