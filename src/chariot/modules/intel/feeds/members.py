"""The files in a folder or an archive, one at a time, bounded in number and in size."""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.source import MAX_RATIO, MAX_UNPACKED_BYTES, RATIO_FREE_BYTES

MAX_FILES: Final = 2_000_000
MAX_RECORD_BYTES: Final = 32 << 20
"""The size of one record in a file of its own."""
_SKIPPED: Final = frozenset({".md", ".txt", ".yml", ".yaml", ".pdf", ".html", ".asc", ".sha256", ".meta"})


class Member(NamedTuple):
    """A file in a folder or an archive."""

    name: str
    """Its path there, with `/`."""
    size_bytes: int
    path: Path | None
    """Where it lies, when it is a file of its own."""
    data: bytes
    """Its contents, when it came out of an archive."""

    def read(self) -> bytes:
        """Return its contents.

        Raises:
            InvalidError: it is larger than one record may be, or cannot be read.
        """
        if self.path is None:
            return self.data
        if self.size_bytes > MAX_RECORD_BYTES:
            raise InvalidError(f"one record is larger than {MAX_RECORD_BYTES} bytes", place=self.name)
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise InvalidError(f"cannot be read: {error.strerror}", place=self.name) from error


def in_folder(folder: Path) -> Iterator[Member]:
    """Yield the files below *folder* by name; links are not followed, and hidden ones left out."""
    count = 0
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        hidden = any(part.startswith(".") for part in name.split("/"))
        if hidden or path.is_symlink() or not path.is_file() or path.suffix.lower() in _SKIPPED:
            continue
        count += 1
        if count > MAX_FILES:
            raise InvalidError(f"more than {MAX_FILES:,} files", place=folder.name)
        yield Member(name, path.stat().st_size, path, b"")


def names_in_zip(stream: BinaryIO, name: str) -> list[str]:
    """Return the names of the files in the zip archive in *stream*.

    Raises:
        InvalidError: the archive is damaged.
    """
    try:
        with zipfile.ZipFile(stream) as archive:
            return [entry.filename for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise InvalidError(f"the archive is damaged ({error})", place=name) from error


def in_zip(stream: BinaryIO, name: str, packed_bytes: int) -> Iterator[Member]:
    """Yield the files of the zip archive in *stream*, in the order of their names; an archive inside is opened too.

    Raises:
        InvalidError: the archive is damaged, or unpacks to more than the limits.
    """
    left = [min(MAX_UNPACKED_BYTES, RATIO_FREE_BYTES + MAX_RATIO * packed_bytes)]
    yield from _unzip(stream, name, left, depth=0)


def _unzip(stream: BinaryIO, name: str, left: list[int], *, depth: int) -> Iterator[Member]:
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
            if len(entries) > MAX_FILES:
                raise InvalidError(f"more than {MAX_FILES:,} files", place=name)
            for entry in entries:
                suffix = Path(entry.filename).suffix.lower()
                if entry.is_dir() or suffix in _SKIPPED:
                    continue
                if suffix == ".zip" and depth == 0:
                    data = _taken(archive, entry, left, MAX_UNPACKED_BYTES)
                    yield from _unzip(io.BytesIO(data), entry.filename, left, depth=depth + 1)
                elif suffix == ".json":
                    data = _taken(archive, entry, left, MAX_RECORD_BYTES)
                    yield Member(entry.filename, len(data), None, data)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise InvalidError(f"the archive is damaged ({error})", place=name) from error


def _taken(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, left: list[int], most: int) -> bytes:
    limit = min(most, left[0])
    with archive.open(entry) as member:
        data = member.read(limit + 1)
    if len(data) > limit:
        raise InvalidError(f"unpacks to more than {limit} bytes", place=entry.filename)
    left[0] -= len(data)
    return data


def in_tar(stream: BinaryIO, name: str) -> Iterator[Member]:
    """Yield the files of the tar archive in *stream*, which is read once from start to end and bounded already.

    Raises:
        InvalidError: the archive is damaged or cut short.
    """
    count = 0
    try:
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for entry in archive:
                if not entry.isfile() or Path(entry.name).suffix.lower() != ".json":
                    continue
                count += 1
                if count > MAX_FILES or entry.size > MAX_RECORD_BYTES:
                    raise InvalidError("too many files, or one too large", place=entry.name)
                file = archive.extractfile(entry)
                data = file.read() if file else b""
                if len(data) != entry.size:
                    raise InvalidError("the archive ends early: it is cut short", place=name)
                yield Member(entry.name, len(data), None, data)
    except tarfile.TarError as error:
        raise InvalidError(f"the archive is damaged ({error})", place=name) from error
