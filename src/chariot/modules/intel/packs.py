"""Signed packs: all that is known, or what changed since an earlier pack, in one file for networks apart.

A pack is three lines and a payload: the name of the form, the signature, the manifest, and the gzipped records.
The signature covers the manifest, the manifest the payload by its digest: nothing is unpacked before both hold.
"""

import gzip
import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal

import msgspec

from chariot.errors import ConflictError, InvalidError, NotFoundError
from chariot.modules.intel.feeds.source import MAX_UNPACKED_BYTES
from chariot.modules.intel.ports import Section, Signature
from chariot.modules.intel.records import (
    Advisory,
    Cve,
    EpssScore,
    Exploit,
    FeedHeader,
    IntelRecord,
    KevEntry,
    PackMark,
    Ssvc,
)

MAGIC: Final = b"chariot-intel-pack 1\n"
MAX_LINE_BYTES: Final = 1 << 20
MAX_FRAME_BYTES: Final = 256 << 20
CHUNK_BYTES: Final = 1 << 20

_KINDS: Final[dict[str, type[Any]]] = {
    "cve": Cve,
    "kev": KevEntry,
    "epss": EpssScore,
    "ssvc": Ssvc,
    "exploit": Exploit,
    "advisory": Advisory,
}
_NAMES: Final = {kind: name for name, kind in _KINDS.items()}
_DECODERS: Final = {name: msgspec.msgpack.Decoder(list[kind]) for name, kind in _KINDS.items()}  # type: ignore[valid-type]  # the table's own types
_LENGTH: Final = struct.Struct(">I")


class Manifest(msgspec.Struct, frozen=True):
    """What a pack says of itself."""

    form: Literal[1]
    series: str
    """Names the store that it comes from; revisions are that store's."""
    revision: int
    base: int
    """The revision that must be there before; 0 for a whole pack."""
    created_at: datetime
    payload_bytes: int
    sha256: str


class _Frame(msgspec.Struct, frozen=True, array_like=True):
    kind: str
    records: msgspec.Raw


_SIGNATURE: Final = msgspec.json.Decoder(Signature)
_MANIFEST: Final = msgspec.json.Decoder(Manifest)
_HEADER: Final = msgspec.msgpack.Decoder(FeedHeader)
_FRAME: Final = msgspec.msgpack.Decoder(_Frame)
_ENCODER: Final = msgspec.msgpack.Encoder()
Sign = Callable[[bytes], Signature]
Check = Callable[[Signature, bytes], None]
"""Raises InvalidError when the key is not trusted or the signature is not of these bytes."""


def write_pack(
    path: Path, sections: Iterator[Section], mark: PackMark, *, base: int, created_at: datetime, sign: Sign
) -> Manifest:
    """Write *sections* to *path*, wholly or not at all, and return what the pack says of itself."""
    payload = path.with_name(f"{path.name}.payload")
    whole = path.with_name(f"{path.name}.part")
    try:
        with payload.open("wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
            for header, batches in sections:
                _put(packed, _ENCODER.encode(header))
                for batch in batches:
                    for frame in _frames(batch):
                        _put(packed, frame)
                _put(packed, b"")
        manifest = Manifest(
            form=1,
            series=mark.series,
            revision=mark.revision,
            base=base,
            created_at=created_at,
            payload_bytes=payload.stat().st_size,
            sha256=_digest(payload),
        )
        said = msgspec.json.encode(manifest)
        with whole.open("wb") as file, payload.open("rb") as rest:
            file.write(MAGIC + msgspec.json.encode(sign(said)) + b"\n" + said + b"\n")
            while chunk := rest.read(CHUNK_BYTES):
                file.write(chunk)
        whole.replace(path)
    except OSError as error:
        raise InvalidError(f"cannot be written: {error.strerror}", place=path.name) from error
    finally:
        payload.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
    return manifest


def _put(packed: gzip.GzipFile, frame: bytes) -> None:
    packed.write(_LENGTH.pack(len(frame)) + frame)


def _frames(batch: Sequence[IntelRecord]) -> Iterator[bytes]:
    by_kind: dict[str, list[IntelRecord]] = {}
    for record in batch:
        by_kind.setdefault(_NAMES[type(record)], []).append(record)
    for kind, records in by_kind.items():
        yield _ENCODER.encode([kind, records])


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_pack(path: Path) -> bool:
    """Tell whether the file *path* begins as a pack does."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def verify_pack(path: Path, check: Check) -> Manifest:
    """Return what the pack *path* says of itself, once its signature and its digest hold.

    Raises:
        NotFoundError: there is no such file.
        InvalidError: it is no pack, damaged, changed, or signed by a key that is not trusted.
    """
    try:
        with path.open("rb") as file:
            return _verified(file, path.name, check)
    except FileNotFoundError:
        raise NotFoundError(f"no such file: {path.name}") from None
    except OSError as error:
        raise InvalidError(f"cannot be read: {error.strerror}", place=path.name) from error


def _verified(file: BinaryIO, name: str, check: Check) -> Manifest:
    if file.readline(len(MAGIC)) != MAGIC:
        raise InvalidError("not an intelligence pack of a form that this program reads", place=name)
    signed, said = file.readline(MAX_LINE_BYTES), file.readline(MAX_LINE_BYTES)
    try:
        signature = _SIGNATURE.decode(signed)
        check(signature, said.removesuffix(b"\n"))
        manifest = _MANIFEST.decode(said)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"the pack's first lines are damaged: {error}", place=name) from error
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(CHUNK_BYTES):
        digest.update(chunk)
        size += len(chunk)
    if size != manifest.payload_bytes:
        raise InvalidError(
            f"says {manifest.payload_bytes} bytes and holds {size}: it is cut short", place=name
        )
    if digest.hexdigest() != manifest.sha256:
        raise InvalidError("the payload is not the one that was signed", place=name)
    return manifest


def refuse_out_of_order(manifest: Manifest, marks: Sequence[PackMark]) -> None:
    """Refuse a pack that is older than what was taken in, or builds on a pack that was not.

    Raises:
        ConflictError: with the revisions.
    """
    known = next((mark.revision for mark in marks if mark.series == manifest.series), 0)
    if manifest.revision < known:
        raise ConflictError(
            f"the pack is of revision {manifest.revision}, older than {known}, which stays in use"
        )
    if manifest.base > known:
        raise ConflictError(
            f"the pack holds changes since revision {manifest.base}, and only {known} is here: load the pack before it"
        )


def read_sections(path: Path) -> Iterator[Section]:
    """Yield the feeds in the pack *path*, which `verify_pack` has passed; each to be used up before the next.

    Raises:
        InvalidError: a record is not of the form that this program reads.
    """
    with path.open("rb") as file:
        for _ in range(3):
            file.readline(MAX_LINE_BYTES)
        with gzip.GzipFile(fileobj=file) as packed:
            frames = _Frames(packed, path.name)
            while (first := frames.next()) is not None:
                try:
                    header = _HEADER.decode(first)
                except msgspec.DecodeError as error:
                    raise InvalidError(f"not a feed's header: {error}", place=path.name) from error
                batches = _batches(frames)
                yield header, batches
                # What was not asked for is passed over, so that the next header stands where it is looked for.
                for _ in batches:
                    pass


class _Frames:
    """The frames of a payload, bounded one by one and together."""

    def __init__(self, packed: gzip.GzipFile, name: str) -> None:
        self._packed = packed
        self.name = name
        self._left_bytes = MAX_UNPACKED_BYTES

    def next(self) -> bytes | None:
        """Return the next frame; None at the end."""
        try:
            length = self._packed.read(_LENGTH.size)
            if not length:
                return None
            size = _LENGTH.unpack(length)[0]
            self._left_bytes -= size
            if size > MAX_FRAME_BYTES or self._left_bytes < 0:
                raise InvalidError("unpacks to more than the limits", place=self.name)
            frame = self._packed.read(size)
        except (EOFError, OSError, zlib.error, struct.error) as error:
            raise InvalidError(f"the payload is damaged ({error})", place=self.name) from error
        if len(frame) < size:
            raise InvalidError("the payload ends early: it is cut short", place=self.name)
        return frame


def _batches(frames: _Frames) -> Iterator[list[IntelRecord]]:
    while frame := frames.next():
        try:
            read = _FRAME.decode(frame)
            decoder = _DECODERS.get(read.kind)
            if decoder is not None:
                yield decoder.decode(read.records)
        except msgspec.DecodeError as error:
            raise InvalidError(f"not records of this form: {error}", place=frames.name) from error
