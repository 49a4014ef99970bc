"""Readers of intelligence feeds: one file each, all streaming, all refusing a broken file whole."""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, Literal

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.epss import read_epss
from chariot.modules.intel.feeds.feed import Feed
from chariot.modules.intel.feeds.kev import read_kev
from chariot.modules.intel.feeds.nvd import read_nvd, read_nvd_lines
from chariot.modules.intel.feeds.nvd_archive import read_nvd_archive
from chariot.modules.intel.feeds.source import open_feed_bytes

FeedFormat = Literal["kev", "epss", "nvd", "nvd-lines", "nvd-1.1"]

READERS: Final[dict[FeedFormat, Callable[[BinaryIO, str], Feed]]] = {
    "kev": read_kev,
    "epss": read_epss,
    "nvd": read_nvd,
    "nvd-lines": read_nvd_lines,
    "nvd-1.1": read_nvd_archive,
}

_MARKS: Final[tuple[tuple[re.Pattern[bytes], FeedFormat], ...]] = (
    (re.compile(rb'\A\s*\{[^\n]*"cve"\s*:\s*\{[^\n]*\}\s*\n\s*\{'), "nvd-lines"),
    (re.compile(rb"\A(?:#[^\n]*\n)?cve,epss,percentile\b"), "epss"),
    (re.compile(rb'"catalogVersion"\s*:|"cveID"\s*:'), "kev"),
    (re.compile(rb'"CVE_Items"\s*:|"CVE_data_type"\s*:'), "nvd-1.1"),
    (re.compile(rb'"vulnerabilities"\s*:\s*\[\s*(?:\]|\{\s*"cve"\s*:)|"NVD_CVE"'), "nvd"),
    (re.compile(rb'\A\s*\{\s*"cve"\s*:\s*\{'), "nvd-lines"),
)
_PACKING_SUFFIXES: Final = frozenset({".gz", ".bz2", ".xz", ".zip"})


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
