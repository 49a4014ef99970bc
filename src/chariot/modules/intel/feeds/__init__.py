"""Readers of intelligence feeds: one file each, all streaming, all refusing a broken file whole."""

import io
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.collection import record_feeds, single_record
from chariot.modules.intel.feeds.csvs import read_epss_history, read_exploitdb, read_nuclei, read_ssvc
from chariot.modules.intel.feeds.epss import read_epss, read_epss_past
from chariot.modules.intel.feeds.feed import Feed
from chariot.modules.intel.feeds.kev import read_kev
from chariot.modules.intel.feeds.members import MAX_RECORD_BYTES, in_folder, in_tar, in_zip, names_in_zip
from chariot.modules.intel.feeds.nvd import read_nvd, read_nvd_lines
from chariot.modules.intel.feeds.nvd_archive import read_nvd_archive
from chariot.modules.intel.feeds.source import open_feed_bytes

FeedFormat = Literal[
    "kev",
    "epss",
    "epss-history",
    "epss-past",
    "nvd",
    "nvd-lines",
    "nvd-1.1",
    "ssvc",
    "nuclei",
    "exploit-db",
    "record",
]


def _read_record(stream: BinaryIO, name: str) -> Feed:
    data = stream.read(MAX_RECORD_BYTES + 1)
    if len(data) > MAX_RECORD_BYTES:
        raise InvalidError(f"one record is larger than {MAX_RECORD_BYTES} bytes", place=name)
    return single_record(data, name)


READERS: Final[dict[FeedFormat, Callable[[BinaryIO, str], Feed]]] = {
    "kev": read_kev,
    "epss": read_epss,
    "epss-history": read_epss_history,
    "epss-past": read_epss_past,
    "nvd": read_nvd,
    "nvd-lines": read_nvd_lines,
    "nvd-1.1": read_nvd_archive,
    "ssvc": read_ssvc,
    "nuclei": read_nuclei,
    "exploit-db": read_exploitdb,
    "record": _read_record,
}

_MARKS: Final[tuple[tuple[re.Pattern[bytes], FeedFormat], ...]] = (
    (re.compile(rb'\A\s*\{[^\n]*"cve"\s*:\s*\{[^\n]*\}\s*\n\s*\{'), "nvd-lines"),
    (re.compile(rb"\A(?:#[^\n]*\n)?cve,epss,percentile\b"), "epss"),
    (re.compile(rb"\Acve,date,epss,percentile\b"), "epss-history"),
    (re.compile(rb"\A[^\n]*\bexploitation,automatable,technical_impact\b"), "ssvc"),
    (re.compile(rb"\Aid,file,[^\n]*\bcodes\b"), "exploit-db"),
    (re.compile(rb'\A\s*\{"ID"\s*:\s*"[^\n]*"file_path"'), "nuclei"),
    (re.compile(rb'"catalogVersion"\s*:|"cveID"\s*:'), "kev"),
    (re.compile(rb'"CVE_Items"\s*:|"CVE_data_type"\s*:'), "nvd-1.1"),
    (re.compile(rb'"vulnerabilities"\s*:\s*\[\s*(?:\]|\{\s*"cve"\s*:)|"NVD_CVE"'), "nvd"),
    (re.compile(rb'\A\s*\{\s*"cve"\s*:\s*\{'), "nvd-lines"),
    (re.compile(rb'"dataType"\s*:\s*"CVE_RECORD"|"schema_version"\s*:|"affected"\s*:'), "record"),
)
_PACKING_SUFFIXES: Final = frozenset({".gz", ".bz2", ".xz", ".zip"})
_FEED_SUFFIXES: Final = frozenset({".json", ".jsonl", ".csv", ".tar", ".tgz", *_PACKING_SUFFIXES})
_RECORD_NAME: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,12}\.json")


@contextmanager
def open_feed(path: Path, feed: FeedFormat | None = None) -> Iterator[Feed]:
    """Give the feed in the file *path*, of the format *feed* or of the one that its start shows.

    Raises:
        NotFoundError: there is no such file.
        InvalidError: the file is none of the formats, or broken.
    """
    with open_feed_bytes(path) as stream:
        name = path.stem if path.suffix in _PACKING_SUFFIXES else path.name
        yield READERS[feed or sniff(stream, path.name)](stream, name)


def open_feeds(path: Path, feed: FeedFormat | None = None) -> Generator[Feed, None, None]:
    """Yield every feed in *path*: a file, a folder of files, or an archive of records.

    Each is to be used up before the next is asked for.

    Raises:
        NotFoundError: there is no such file or folder.
        InvalidError: something in it is broken, or nothing in it is a feed.
    """
    if path.is_dir():
        yield from _folder(path)
    elif feed is None and (kind := _archive_of(path)):
        yield from _archived(path, kind)
    else:
        with open_feed(path, feed) as opened:
            yield opened


def _folder(path: Path) -> Iterator[Feed]:
    files = list(in_folder(path))
    feeds = [
        file.path
        for file in files
        if file.path is not None and file.path.suffix in _FEED_SUFFIXES and not _is_record(file.path)
    ]
    for file in feeds:
        yield from open_feeds(file)
    records = [file for file in files if file.path is not None and _is_record(file.path)]
    if records or not feeds:
        yield from record_feeds(records, path.name)


def _is_record(path: Path) -> bool:
    if path.suffix != ".json":
        return False
    if _RECORD_NAME.fullmatch(path.name):
        return True
    try:
        with open_feed_bytes(path) as stream:
            # What none of the readers knows (a list of changes beside the records) is passed over with them.
            return sniff(stream, path.name) == "record"
    except InvalidError:
        return True


def _archive_of(path: Path) -> Literal["zip", "tar"] | None:
    """Return which archive of many records *path* is, or None for a packed feed and a plain one."""
    if "".join(path.suffixes[-2:]).lower().endswith((".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2")):
        return "tar"
    if not path.is_file():
        return None
    with path.open("rb") as raw:
        if raw.read(4) != b"PK\x03\x04":
            return None
        raw.seek(0)
        names = names_in_zip(raw, path.name)
    # A zip of one file is a packed feed, unless that file is a record or itself an archive of them.
    one_feed = len(names) == 1 and not names[0].endswith(".zip") and not _RECORD_NAME.search(names[0])
    return None if one_feed else "zip"


def _archived(path: Path, kind: Literal["zip", "tar"]) -> Iterator[Feed]:
    name = path.name.partition(".")[0]
    if kind == "tar":
        with open_feed_bytes(path) as stream:
            yield from record_feeds(in_tar(stream, path.name), name)
    else:
        with path.open("rb") as raw:
            yield from record_feeds(in_zip(raw, path.name, path.stat().st_size), name)


def sniff(stream: io.BufferedReader, name: str) -> FeedFormat:
    """Return the format that the first bytes of *stream* show, without taking them.

    Raises:
        InvalidError: they show none of ours.
    """
    start = stream.peek(1)
    for mark, feed in _MARKS:
        if mark.search(start[: 1 << 16]):
            return feed
    known = ", ".join(READERS)
    raise InvalidError(f"the start of the file shows none of the feeds {known}", place=name)
