"""The parts inside a backup, compressed, one after the other, and the manifest that ends them.

A record is one letter, the length of its body in four bytes, and the body: `B` begins a part (its name), `D` is data
of it, `E` ends it (a `Part`), `M` is the manifest and the last.
"""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Protocol

import msgspec

from chariot.errors import InvalidError
from chariot.modules.backup.ports import Manifest, Part

_LEVEL: Final = 1
"""Of zlib: more takes several times as long and saves a tenth."""
_RECORD_LIMIT_BYTES: Final = 1_048_576
_INFLATED_BYTES: Final = 1_048_576
_NAME_LIMIT: Final = 200
_PARTS_LIMIT: Final = 10_000
_PLACE: Final = "the backup"


class Bytes(Protocol):
    """Where compressed bytes go."""

    def write(self, data: bytes) -> None:
        """Add *data*."""
        ...


class PartsWriter:
    """See `Sink`. `close` writes the manifest."""

    def __init__(self, out: Bytes, engine: str, program: str, began_at: datetime) -> None:
        self._out = out
        self._engine = engine
        self._program = program
        self._began_at = began_at
        self._deflate = zlib.compressobj(_LEVEL)
        self._parts: list[Part] = []
        self._name = ""
        self._hash = hashlib.sha256()
        self._size = 0

    def begin(self, name: str) -> None:
        """See `Sink.begin`."""
        self._name, self._hash, self._size = name, hashlib.sha256(), 0
        self._record(b"B", name.encode())

    def write(self, data: bytes) -> None:
        """See `Sink.write`."""
        self._hash.update(data)
        self._size += len(data)
        for start in range(0, len(data), _RECORD_LIMIT_BYTES):
            self._record(b"D", data[start : start + _RECORD_LIMIT_BYTES])

    def end(self, *, schema: int, counts: Mapping[str, int]) -> None:
        """See `Sink.end`."""
        part = Part(
            name=self._name,
            size_bytes=self._size,
            sha256=self._hash.hexdigest(),
            schema=schema,
            counts=dict(counts),
        )
        self._parts.append(part)
        self._record(b"E", msgspec.json.encode(part))

    def close(self) -> Manifest:
        """Write the manifest and return it."""
        manifest = Manifest(
            engine=self._engine, program=self._program, began_at=self._began_at, parts=tuple(self._parts)
        )
        self._record(b"M", msgspec.json.encode(manifest))
        self._out.write(self._deflate.flush())
        return manifest

    def _record(self, letter: bytes, body: bytes) -> None:
        packed = self._deflate.compress(letter + len(body).to_bytes(4)) + self._deflate.compress(body)
        if packed:
            self._out.write(packed)


class Begin(msgspec.Struct, frozen=True):
    """A part begins."""

    name: str


class Data(msgspec.Struct, frozen=True):
    """Bytes of the part that began last."""

    data: bytes


class End(msgspec.Struct, frozen=True):
    """A part is over; size and hash were compared."""

    part: Part


Event = Begin | Data | End | Manifest


def read_parts(chunks: Iterable[bytes]) -> Iterator[Event]:
    """Yield what `PartsWriter` wrote; the manifest comes last and agrees with all that came before.

    Raises:
        InvalidError: something is missing, too much, or not what its hash says.
    """
    open_name: str | None = None
    digest, size = hashlib.sha256(), 0
    seen: list[Part] = []
    manifest: Manifest | None = None
    for letter, body in _records(_inflated(chunks)):
        if manifest is not None:
            raise InvalidError("goes on behind its manifest", place=_PLACE)
        match letter:
            case b"B" if open_name is None and len(seen) < _PARTS_LIMIT:
                open_name, digest, size = _name(body), hashlib.sha256(), 0
                yield Begin(open_name)
            case b"D" if open_name is not None:
                digest.update(body)
                size += len(body)
                yield Data(body)
            case b"E" if open_name is not None:
                part = _decoded(body, Part)
                if (part.name, part.size_bytes, part.sha256) != (open_name, size, digest.hexdigest()):
                    raise InvalidError(f"its part {open_name} is not what its hash says", place=_PLACE)
                open_name = None
                seen.append(part)
                yield End(part)
            case b"M" if open_name is None:
                manifest = _decoded(body, Manifest)
            case _:
                raise InvalidError("its records are out of order", place=_PLACE)
    if manifest is None or manifest.parts != tuple(seen):
        raise InvalidError("it is not whole: its manifest does not agree with its parts", place=_PLACE)
    yield manifest


def _inflated(chunks: Iterable[bytes]) -> Iterator[bytes]:
    inflate = zlib.decompressobj()
    try:
        for chunk in chunks:
            waiting = chunk
            while waiting:
                # Piece by piece: a little that grows to a lot may not fill the memory.
                yield inflate.decompress(waiting, _INFLATED_BYTES)
                waiting = inflate.unconsumed_tail
            if inflate.unused_data:
                raise InvalidError("has something behind its end", place=_PLACE)
        yield inflate.flush()
    except zlib.error as error:
        raise InvalidError("cannot be unpacked", place=_PLACE) from error
    if not inflate.eof:
        raise InvalidError("ends early", place=_PLACE)


def _records(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        start = 0
        while len(waiting) - start >= 5:
            size = int.from_bytes(waiting[start + 1 : start + 5])
            if size > _RECORD_LIMIT_BYTES:
                raise InvalidError("has a record that is too long", place=_PLACE)
            end = start + 5 + size
            if len(waiting) < end:
                break
            yield bytes(waiting[start : start + 1]), bytes(waiting[start + 5 : end])
            start = end
        del waiting[:start]
    if waiting:
        raise InvalidError("ends in the middle of a record", place=_PLACE)


def _name(body: bytes) -> str:
    name = body.decode("utf-8", "replace")
    if not (0 < len(name) <= _NAME_LIMIT and name.isprintable()):
        raise InvalidError("has a part without a proper name", place=_PLACE)
    return name


def _decoded(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"its {kind.__name__.lower()} cannot be read", place=_PLACE) from error
