"""A file in pieces, each named by its digest: what is there already is neither sent nor kept again."""

import hashlib
import zlib
from pathlib import Path
from typing import Final

import msgspec

from chariot.errors import UnavailableError

PIECE_BYTES: Final = 262_144
"""A few pages of the file: one that a feed did not touch stays the same."""
DIGEST_BYTES: Final = 32
_LEVEL: Final = 1


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """One state of the file."""

    identity: int
    """Random, and written in the file's header; it tells states apart, not which is newer."""
    tables: int
    """Which version of its tables it has."""
    size_bytes: int
    digests: tuple[bytes, ...]


def digest_of(data: bytes) -> bytes:
    """Return what names a piece."""
    return hashlib.blake2b(data, digest_size=DIGEST_BYTES).digest()


class Piece(msgspec.Struct, frozen=True):
    """Where a piece stands in a file."""

    digest: bytes
    at: int
    size_bytes: int

    def read(self, path: Path) -> bytes:
        """Return it out of the file *path*."""
        with path.open("rb") as file:
            file.seek(self.at)
            return file.read(self.size_bytes)


def pieces_of(path: Path) -> list[Piece]:
    """Return the pieces of a file, in order."""
    found, at = [], 0
    with path.open("rb") as file:
        while data := file.read(PIECE_BYTES):
            found.append(Piece(digest_of(data), at, len(data)))
            at += len(data)
    return found


def pressed(data: bytes) -> bytes:
    """Return *data* as it is sent and kept."""
    return zlib.compress(data, _LEVEL)


def unpressed(digest: bytes, sent: bytes) -> bytes:
    """Return the piece that *sent* holds.

    Raises:
        UnavailableError: it is not the one that *digest* names.
    """
    try:
        data = zlib.decompressobj().decompress(sent, PIECE_BYTES)
    except zlib.error:
        data = b""
    if digest_of(data) != digest:
        raise UnavailableError("a piece of intelligence is damaged in the database; load the feeds again")
    return data
