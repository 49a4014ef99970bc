"""FIRST's daily EPSS scores, in their CSV form."""

import re
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO, Final

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.feed import Feed
from chariot.modules.intel.records import EpssScore, FeedHeader

MAX_LINE_BYTES: Final = 4_096
BATCH_ROWS: Final = 5_000
_COLUMNS: Final = b"cve,epss,percentile"
_SCORE_DATE = re.compile(rb"score_date:\s*(\d{4}-\d{2}-\d{2})")
_DATE_IN_NAME = re.compile(r"(\d{4}-\d{2}-\d{2})")
_CVE = re.compile(r"CVE-[0-9]{4}-[0-9]{4,12}")


def read_epss(stream: BinaryIO, name: str) -> Feed:
    """Return the scores in *stream*, which replace those of an earlier day.

    The day comes from the first line, or, in files of before 2022 that lack it, from the file's name.

    Raises:
        InvalidError: the file is no EPSS file, or does not say its day.
    """
    first = stream.readline(MAX_LINE_BYTES)
    columns = stream.readline(MAX_LINE_BYTES) if first.startswith(b"#") else first
    if columns.strip() != _COLUMNS:
        raise InvalidError(f"the columns are not {_COLUMNS.decode()!r}", place=name)
    found = _SCORE_DATE.search(first)
    written = found.group(1).decode() if found else "".join(_DATE_IN_NAME.findall(name)[:1])
    try:
        day = date.fromisoformat(written)
    except ValueError:
        raise InvalidError(
            "says no score date, neither in its first line nor in its name", place=name
        ) from None
    header = FeedHeader("epss", name, day.isoformat(), replaces=True)
    return Feed(header, _batches(stream, name, day, first_line=3 if found else 2))


def read_epss_past(stream: BinaryIO, name: str) -> Feed:
    """Return the scores of one earlier day in *stream* as history; today's score stays.

    Raises:
        InvalidError: see `read_epss`.
    """
    day = read_epss(stream, name)
    return Feed(FeedHeader("epss-history", name, day.header.version, replaces=False), day.batches)


def _batches(stream: BinaryIO, name: str, day: date, *, first_line: int) -> Iterator[list[EpssScore]]:
    number = first_line - 1
    batch: list[EpssScore] = []
    while line := stream.readline(MAX_LINE_BYTES):
        number += 1
        if not line.endswith(b"\n"):
            raise InvalidError("the last line has no end: the file is cut short", place=f"{name}:{number}")
        batch.append(_score(line, day, f"{name}:{number}"))
        if len(batch) == BATCH_ROWS:
            yield batch
            batch = []
    if number < first_line:
        raise InvalidError("an EPSS file without scores", place=name)
    yield batch


def _score(line: bytes, day: date, place: str) -> EpssScore:
    try:
        cve, probability, percentile = line.decode("ascii").split(",")
        score = EpssScore(cve, float(probability), float(percentile), day)
    except ValueError as error:
        raise InvalidError("not a row of CVE, probability, percentile", place=place) from error
    if not _CVE.fullmatch(cve):
        raise InvalidError(f"not a CVE id: {cve[:40]!r}", place=place)
    if not (0.0 <= score.probability <= 1.0 and 0.0 <= score.percentile <= 1.0):
        raise InvalidError("a score outside 0 to 1", place=place)
    return score
