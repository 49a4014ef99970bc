"""Open a feed file as a bounded stream of bytes, whatever it is packed in."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from chariot.errors import InvalidError, NotFoundError

MAX_UNPACKED_BYTES: Final = 8 << 30
"""A feed file that unpacks to more is refused; all of NVD in one file has about a fifth of it."""
MAX_RATIO: Final = 200
"""Bytes out for each byte in, past the first `RATIO_FREE_BYTES`; feeds reach about 30."""
RATIO_FREE_BYTES: Final = 32 << 20

_MAGIC: Final = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz", b"PK\x03\x04": "zip"}


@contextmanager
def open_feed_bytes(
    path: Path, *, max_unpacked_bytes: int = MAX_UNPACKED_BYTES
) -> Iterator[io.BufferedReader]:
    """Give the unpacked bytes of *path* (plain, .gz, .bz2, .xz, or .zip of one file).

    Raises:
        NotFoundError: there is no such file.
        InvalidError: the archive is broken, cut short, or unpacks to more than the limits.
    """
    with ExitStack() as stack:
        try:
            raw = stack.enter_context(path.open("rb"))
        except FileNotFoundError:
            raise NotFoundError(f"no such file: {path.name}") from None
        except OSError as error:
            raise InvalidError(f"cannot be read: {error.strerror}", place=path.name) from error
        start = raw.read(8)
        raw.seek(0)
        packing = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), "")
        limit = min(max_unpacked_bytes, RATIO_FREE_BYTES + MAX_RATIO * path.stat().st_size)
        unpacked = _unpack(raw, packing, path.name, stack)
        bounded = _Bounded(unpacked, path.name, limit_bytes=limit if packing else max_unpacked_bytes)
        yield stack.enter_context(io.BufferedReader(bounded, buffer_size=1 << 20))


def _unpack(raw: BinaryIO, packing: str, name: str, stack: ExitStack) -> BinaryIO:
    match packing:
        case "gzip":
            return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=raw)))
        case "bzip2":
            return cast("BinaryIO", stack.enter_context(bz2.BZ2File(raw)))
        case "xz":
            return cast("BinaryIO", stack.enter_context(lzma.LZMAFile(raw)))
        case "zip":
            return _unzip(raw, name, stack)
        case _:
            return raw


def _unzip(raw: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    try:
        archive = stack.enter_context(zipfile.ZipFile(raw))
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) != 1:
            raise InvalidError(f"the archive holds {len(members)} files; a feed is one", place=name)
        return cast("BinaryIO", stack.enter_context(archive.open(members[0])))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise InvalidError(f"not a readable zip archive ({error})", place=name) from error


class _Bounded(io.RawIOBase):
    """Counts what is unpacked, refuses too much of it, and words what a broken archive raises."""

    def __init__(self, stream: BinaryIO, name: str, *, limit_bytes: int) -> None:
        super().__init__()
        self._unpacked = stream
        self._place = name
        self._left_bytes = limit_bytes
        self._limit_bytes = limit_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # the base class's own signature, narrowed
        try:
            data = self._unpacked.read(len(view))
        except EOFError as error:
            raise InvalidError("the archive ends early: it is cut short", place=self._place) from error
        except (OSError, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
            raise InvalidError(f"the archive is damaged ({error})", place=self._place) from error
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise InvalidError(
                f"unpacks to more than {self._limit_bytes} bytes: refused as a decompression bomb",
                place=self._place,
            )
        view[: len(data)] = data
        return len(data)
