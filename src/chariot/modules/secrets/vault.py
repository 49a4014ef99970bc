"""The vault: seals a secret for one organisation, so that no other can open it, and a store holds no plain text.

Each organisation has a key of its own, derived from the master key by HKDF (RFC 5869). A secret is sealed with
AES-256-GCM (NIST SP 800-38D); its nonce is a keyed digest of the secret, so that sealing the same secret twice
gives the same text: an edit that changes nothing stays an edit that changes nothing.
"""

import base64
import binascii
import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from chariot.errors import ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.secrets.ports import Keys

_PREFIX = "sealed:1:"
_NONCE_BYTES = 12


class Vault:
    """Seals and opens secrets."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def seal(self, organisation: Organisation, secret: str) -> str:
        """Return *secret* as a store may hold it; an empty one, or one that is sealed already, as it is."""
        if not secret or self.is_sealed(organisation, secret):
            return secret
        nonce = hmac.digest(self._key(organisation, b"nonce"), secret.encode(), "sha256")[:_NONCE_BYTES]
        sealed = AESGCM(self._key(organisation, b"seal")).encrypt(
            nonce, secret.encode(), organisation.encode()
        )
        return _PREFIX + base64.b64encode(nonce + sealed).decode()

    def is_sealed(self, organisation: Organisation, text: str) -> bool:
        """Tell whether *text* is a secret that this vault sealed for *organisation*."""
        if not text.startswith(_PREFIX):
            return False
        try:
            self.open(organisation, text)
        except ConfigurationError:
            return False
        return True

    def open(self, organisation: Organisation, text: str) -> str:
        """Return the secret that was sealed as *text*; what was never sealed is returned as it is.

        Raises:
            ConfigurationError: it was sealed with another key, for another organisation, or was changed.
        """
        if not text.startswith(_PREFIX):
            return text
        try:
            data = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
            nonce, sealed = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
            plain = AESGCM(self._key(organisation, b"seal")).decrypt(nonce, sealed, organisation.encode())
        except (binascii.Error, InvalidTag, ValueError):
            raise ConfigurationError(
                "a stored secret cannot be opened: was the master key replaced? Restore it, or set the secret anew"
            ) from None
        return plain.decode()

    def _key(self, organisation: Organisation, purpose: bytes) -> bytes:
        derive = HKDF(
            SHA256(), length=32, salt=None, info=b"chariot " + purpose + b" " + organisation.encode()
        )
        return derive.derive(self._keys.master())
