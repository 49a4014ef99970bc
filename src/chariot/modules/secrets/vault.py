"""The vault: seals a secret for one organisation, so that no other can open it, and a store holds no plain text.

Each organisation has random keys of its own, wrapped by the master key (see `KeyRing`). A secret is sealed with
AES-256-GCM (NIST SP 800-38D); its nonce is a keyed digest of the secret, so that sealing the same secret twice
with one key gives the same text: an edit that changes nothing stays an edit that changes nothing, and what is
sealed can be looked up by its whole value.

What is sealed reads `sealed:2:<version of the key>:<base64>`. Before organisations had keys of their own it read
`sealed:1:<base64>`, by a key derived from the master key with HKDF (RFC 5869); that is still opened.
"""

import base64
import binascii
import hmac
import re
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chariot.errors import ConfigurationError, UnavailableError
from chariot.model.fields import SEALED
from chariot.model.keys import Organisation
from chariot.modules.secrets.keyring import KeyRing, OpenKey
from chariot.modules.secrets.ports import FirstForm

_FIRST: Final = f"{SEALED}1:"
_SECOND: Final = re.compile(rf"{SEALED}2:([1-9][0-9]{{0,8}}):([A-Za-z0-9+/]+={{0,2}})")
_NONCE_BYTES: Final = 12
_LOST: Final = (
    "a stored secret cannot be opened: was the master key replaced? Restore it, or set the secret anew"
)


class Vault:
    """Seals and opens secrets; await `ready` before the first of an organisation."""

    def __init__(self, ring: KeyRing, first: FirstForm) -> None:
        self.ring = ring
        self._first = first

    async def ready(self, organisation: Organisation) -> None:
        """Have a key that seals for *organisation*."""
        await self.ring.ready(organisation)

    async def prepare(self, organisation: Organisation, texts: list[str]) -> None:
        """Have the keys that open *texts*, also where another process made one in the meantime."""
        versions = {version for text in texts if (version := sealed_by(text))}
        if any(self.ring.find(organisation, version) is None for version in versions):
            await self.ring.load(organisation)

    async def prepare_all(self, organisation: Organisation) -> None:
        """Have every key of *organisation* that there is, as of late."""
        await self.ring.fresh(organisation)

    def seal(self, organisation: Organisation, secret: str) -> str:
        """Return *secret* as a store may hold it; an empty one, or one that is sealed already, as it is.

        Raises:
            UnavailableError: `ready` was not awaited.
        """
        if not secret or self.is_sealed(organisation, secret):
            return secret
        key = self.ring.newest(organisation)
        if key is None:
            raise UnavailableError("the keys of this organisation are not loaded yet; try again")
        return _sealed(key, organisation, secret)

    def forms(self, organisation: Organisation, value: str) -> tuple[str, ...]:
        """Return every text that a store may hold *value* as: plain, and sealed with each key that is open."""
        keys = (self.ring.find(organisation, version) for version in self.ring.versions(organisation))
        return (value, *(_sealed(key, organisation, value) for key in keys if key is not None and value))

    def is_sealed(self, organisation: Organisation, text: str) -> bool:
        """Tell whether *text* is a secret that this vault sealed for *organisation*."""
        if not text.startswith(SEALED):
            return False
        try:
            return self.open(organisation, text) != text
        except ConfigurationError:
            return False

    def is_current(self, organisation: Organisation, text: str) -> bool:
        """Tell whether *text* is sealed with the newest key."""
        key = self.ring.newest(organisation)
        return key is not None and sealed_by(text) == key.version and self.is_sealed(organisation, text)

    def open(self, organisation: Organisation, text: str) -> str:
        """Return the secret that was sealed as *text*; what was never sealed is returned as it is.

        Raises:
            ConfigurationError: it was sealed with another key, for another organisation, or was changed.
        """
        if not text.startswith(SEALED):
            return text
        if text.startswith(_FIRST):
            return self._open_first(organisation, text)
        matched = _SECOND.fullmatch(text)
        if matched is None:
            return text
        key = self.ring.find(organisation, int(matched[1]))
        if key is None:
            raise ConfigurationError(_LOST)
        return _opened(key.cipher, matched[2], _bound(organisation, key.version))

    def _open_first(self, organisation: Organisation, text: str) -> str:
        for master in self._first.masters():
            key = HKDF(SHA256(), length=32, salt=None, info=b"chariot seal " + organisation.encode())
            try:
                cipher = AESGCM(key.derive(master))
                return _opened(cipher, text.removeprefix(_FIRST), organisation.encode())
            except ConfigurationError:
                continue
        raise ConfigurationError(_LOST)


@lru_cache(16_384)
def sealed_by(text: str) -> int:
    """Return the version of the key that *text* says it is sealed with, 0 for none."""
    matched = _SECOND.fullmatch(text) if text.startswith(SEALED) else None
    return int(matched[1]) if matched else 0


def _bound(organisation: Organisation, version: int) -> bytes:
    return f"{version} {organisation}".encode()


def _sealed(key: OpenKey, organisation: Organisation, secret: str) -> str:
    nonce = hmac.digest(key.nonces, secret.encode(), "sha256")[:_NONCE_BYTES]
    sealed = key.cipher.encrypt(nonce, secret.encode(), _bound(organisation, key.version))
    return f"{SEALED}2:{key.version}:{base64.b64encode(nonce + sealed).decode()}"


def _opened(cipher: AESGCM, text: str, bound: bytes) -> str:
    try:
        data = base64.b64decode(text, validate=True)
        return cipher.decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], bound).decode()
    except (binascii.Error, InvalidTag, ValueError):
        raise ConfigurationError(_LOST) from None
