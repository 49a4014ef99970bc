"""A file of sealed chunks: whoever lacks the key reads nothing, and no chunk can be changed, moved or left out.

    magic, 16 bytes | length of the header, 4 bytes | header, JSON
    then for each chunk: its length, 4 bytes | AES-256-GCM of up to 1 MiB

The nonce of a chunk is its number and whether it is the last one; the key is that of this file alone, so no nonce
comes twice. The hash of all that stands before is authenticated with each chunk. Source: the STREAM construction of
Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance".
"""

import hashlib
from collections.abc import Iterator
from typing import BinaryIO, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chariot.errors import InvalidError
from chariot.modules.backup.keys import Derivation, Secret, derive, new_derivation

MAGIC: Final = b"chariot-backup\x00\x01"
CHUNK_BYTES: Final = 1_048_576
_TAG_BYTES: Final = 16
_HEADER_LIMIT_BYTES: Final = 4_096
_LAST: Final = 1


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What stands in the open."""

    engine: str
    derivation: Derivation


class SealedWriter:
    """Writes a sealed file. Without `close` it is not whole, and reading it fails."""

    def __init__(self, file: BinaryIO, secret: Secret, engine: str) -> None:
        header = Header(engine=engine, derivation=new_derivation(secret))
        encoded = msgspec.json.encode(header)
        opening = MAGIC + len(encoded).to_bytes(4) + encoded
        self._file = file
        self._aead = AESGCM(derive(secret, header.derivation))
        self._opening = hashlib.sha256(opening).digest()
        self._number = 0
        self._pending = bytearray()
        file.write(opening)

    def write(self, data: bytes) -> None:
        """Add *data*."""
        self._pending += data
        # The last chunk is marked, so one is kept back until it is known whether another follows.
        while len(self._pending) > CHUNK_BYTES:
            chunk = bytes(self._pending[:CHUNK_BYTES])
            del self._pending[:CHUNK_BYTES]
            self._seal(chunk, last=False)

    def close(self) -> None:
        """Write what is left, as the last chunk; the file itself stays open."""
        self._seal(bytes(self._pending), last=True)
        self._pending.clear()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        sealed = self._aead.encrypt(_nonce(self._number, last=last), chunk, self._opening)
        self._number += 1
        self._file.write(len(sealed).to_bytes(4))
        self._file.write(sealed)


class SealedReader:
    """Reads a sealed file.

    Raises:
        InvalidError: it is no backup, or was made with another kind of secret.
    """

    def __init__(self, file: BinaryIO, secret: Secret) -> None:
        opening = _exactly(file, len(MAGIC) + 4)
        if not opening.startswith(MAGIC[:-1]):
            raise InvalidError("it is no backup of Chariot")
        if opening[: len(MAGIC)] != MAGIC:
            raise InvalidError("the backup was written by a newer Chariot; use that one")
        size = int.from_bytes(opening[-4:])
        if size > _HEADER_LIMIT_BYTES:
            raise InvalidError("is too long", place="the backup's header")
        encoded = _exactly(file, size)
        try:
            self.header = msgspec.json.decode(encoded, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise InvalidError("cannot be read", place="the backup's header") from error
        self._file = file
        self._aead = AESGCM(derive(secret, self.header.derivation))
        self._opening = hashlib.sha256(opening + encoded).digest()

    def chunks(self) -> Iterator[bytes]:
        """Yield what was written, in pieces.

        Raises:
            InvalidError: the secret is another one, or the file was changed or cut.
        """
        number = 0
        while True:
            size = int.from_bytes(_exactly(self._file, 4))
            if not _TAG_BYTES <= size <= CHUNK_BYTES + _TAG_BYTES:
                raise InvalidError(f"is damaged at chunk {number:,}", place="the backup")
            sealed = _exactly(self._file, size)
            chunk, last = self._open(number, sealed)
            yield chunk
            if last:
                break
            number += 1
        if self._file.read(1):
            raise InvalidError("has something behind its end", place="the backup")

    def _open(self, number: int, sealed: bytes) -> tuple[bytes, bool]:
        full = len(sealed) == CHUNK_BYTES + _TAG_BYTES
        # Only a full chunk can have another one behind it.
        for last in (False, True) if full else (True,):
            try:
                return self._aead.decrypt(_nonce(number, last=last), sealed, self._opening), last
            except InvalidTag:
                continue
        if number == 0:
            raise InvalidError("the key or passphrase is not that of this backup, or the file was changed")
        raise InvalidError(f"was changed at chunk {number:,}", place="the backup")


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([_LAST if last else 0])


def _exactly(file: BinaryIO, size: int) -> bytes:
    data = file.read(size)
    if len(data) != size:
        raise InvalidError("ends early: it was cut, or is no backup", place="the backup")
    return data
