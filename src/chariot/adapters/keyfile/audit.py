"""The key that signs the audit log, and the last checkpoint of each organisation, as files in one folder."""

import os
import secrets
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.audit.seals import Signed

_KEY: Final = "audit.key"
_TRUSTED: Final = "trusted"
_LAST: Final = "last"


class FileSigner:
    """See `Signer`. The key is made at first use; whoever has `trusted/<public key>.pub` beside it is trusted too."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def public(self) -> str:
        """The own public key in hexadecimal: what other machines of the installation are told to trust."""
        return self._public

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        path = self._folder / _KEY
        try:
            return Ed25519PrivateKey.from_private_bytes(_read_or_make(path))
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"cannot read the key of the audit log {path}") from error

    @cached_property
    def _public(self) -> str:
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, data: bytes) -> Signed:
        """See `Signer.sign`."""
        return Signed(data.decode(), self._public, self._private.sign(data).hex())

    def check(self, signed: Signed) -> str:
        """See `Signer.check`."""
        is_own = signed.key == self._public
        # Only the name of a file that is there is ever trusted: a key that says `../` is none of them.
        if not is_own and signed.key not in {path.stem for path in (self._folder / _TRUSTED).glob("*.pub")}:
            return f"is signed by the key {signed.key[:16]}…, which is not trusted here"
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed.key))
            key.verify(bytes.fromhex(signed.signature), signed.body.encode())
        except (InvalidSignature, ValueError):
            return "has a signature that is not its own"
        return ""


class FileAnchors:
    """See `Anchors`: one file for each organisation, replaced at once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / _LAST

    def keep(self, organisation: Organisation, checkpoint: Signed) -> None:
        """See `Anchors.keep`."""
        name = sha256(organisation.encode()).hexdigest()[:32]
        part = self._folder / f"{name}.{os.getpid()}"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.write_bytes(msgspec.json.encode((organisation, checkpoint)))
            part.replace(self._folder / f"{name}.json")
        except OSError as error:
            raise ConfigurationError(
                f"cannot keep a checkpoint in {self._folder}: {error.strerror}"
            ) from error

    def kept(self) -> dict[Organisation, Signed]:
        """See `Anchors.kept`."""
        found: dict[Organisation, Signed] = {}
        for path in sorted(self._folder.glob("*.json")):
            try:
                name, signed = msgspec.json.decode(path.read_bytes(), type=tuple[str, Signed])
            except (OSError, msgspec.DecodeError) as error:
                raise ConfigurationError(f"cannot read the checkpoint in {path}") from error
            found[Organisation(name)] = signed
        return found


def _read_or_make(path: Path) -> bytes:
    if path.exists():
        return path.read_bytes()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        # A link fails where another process was quicker; then its key is the one.
        os.link(part, path)
    except FileExistsError:
        pass
    finally:
        part.unlink(missing_ok=True)
    return path.read_bytes()
