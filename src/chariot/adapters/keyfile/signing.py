"""The key that signs intelligence packs, and the public keys that packs are trusted by, as files in one folder."""

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chariot.errors import ConfigurationError, InvalidError
from chariot.modules.intel.ports import Signature

_OWN: Final = "signing.key"


class FilePackKeys:
    """See `PackKeys`. The own key is made when the first pack is signed, and always trusted."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sign(self, data: bytes) -> Signature:
        """Return the signature of *data* by the own key."""
        key = self._own() or self._make()
        return Signature(key.public_key().public_bytes_raw().hex(), key.sign(data).hex())

    def public(self) -> str:
        """Return the own public key in hexadecimal: what another installation is told to trust."""
        return (self._own() or self._make()).public_key().public_bytes_raw().hex()

    def check(self, signature: Signature, data: bytes) -> None:
        """Return nothing when a trusted key signed *data*.

        Raises:
            InvalidError: the key is not trusted, or the signature is not of these bytes.
        """
        if signature.key not in self.trusted():
            raise InvalidError(
                f"signed by the key {signature.key[:64]}, which is not trusted here", place="signature"
            )
        try:
            key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.key))
            key.verify(bytes.fromhex(signature.signature), data)
        except (InvalidSignature, ValueError):
            raise InvalidError("the signature is not that of the manifest", place="signature") from None

    def trusted(self) -> tuple[str, ...]:
        """Return the public keys that packs are trusted by, the own one first."""
        own = self._own()
        keys = [own.public_key().public_bytes_raw().hex()] if own else []
        folder = self._folder / "trusted"
        return (*keys, *(path.stem for path in sorted(folder.glob("*.pub"))))

    def trust(self, public: str) -> None:
        """Trust packs that the key *public* signed from now on.

        Raises:
            InvalidError: it is no public key.
        """
        text = public.strip().lower()
        try:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
        except ValueError:
            raise InvalidError("a public key is 64 hexadecimal digits", place="key") from None
        folder = self._folder / "trusted"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / f"{text}.pub").write_text(f"{text}\n", encoding="ascii")

    def _own(self) -> Ed25519PrivateKey | None:
        path = self._folder / _OWN
        try:
            return Ed25519PrivateKey.from_private_bytes(path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"cannot read the signing key {path}") from error

    def _make(self) -> Ed25519PrivateKey:
        key = Ed25519PrivateKey.generate()
        path = self._folder / _OWN
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(key.private_bytes_raw())
        except OSError as error:
            raise ConfigurationError(f"cannot make the signing key {path}: {error.strerror}") from error
        return key
