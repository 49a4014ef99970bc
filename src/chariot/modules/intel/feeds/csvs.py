"""Feeds that are tables: CISA's SSVC decisions, FIRST's history of scores, lists of exploits.

The columns are told by the first line; a row that does not fit refuses the file.
"""

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import BinaryIO, Final, Literal

import msgspec

from chariot.errors import InvalidError
from chariot.modules.intel.feeds.feed import Feed
from chariot.modules.intel.feeds.nvd import instant
from chariot.modules.intel.records import EpssScore, Exploit, FeedHeader, IntelRecord, Ssvc

BATCH_ROWS: Final = 5_000
MAX_LINE_BYTES: Final = 1 << 20
_CVE: Final = re.compile(r"CVE-[0-9]{4}-[0-9]{4,12}")
Row = dict[str, str]
Maker = Callable[[Row], Sequence[IntelRecord]]

SSVC_COLUMNS: Final = ("cve", "exploitation", "automatable", "technical_impact", "timestamp")
HISTORY_COLUMNS: Final = ("cve", "date", "epss", "percentile")
EXPLOITDB_COLUMNS: Final = ("id", "file", "codes")


def read_ssvc(stream: BinaryIO, name: str) -> Feed:
    """Return the decisions in *stream*; they add to those known, the newer stays."""
    return Feed(FeedHeader("ssvc", name, "", replaces=False), _batches(stream, name, SSVC_COLUMNS, _ssvc))


def read_epss_history(stream: BinaryIO, name: str) -> Feed:
    """Return the scores of many days in *stream*; they become history, and today's score stays."""
    header = FeedHeader("epss-history", name, "", replaces=False)
    return Feed(header, _batches(stream, name, HISTORY_COLUMNS, _past))


def read_exploitdb(stream: BinaryIO, name: str) -> Feed:
    """Return the exploits of an Exploit-DB index in *stream*, which replace those of an earlier one."""
    header = FeedHeader("exploits", "exploit-db", "", replaces=True)
    return Feed(header, _batches(stream, name, EXPLOITDB_COLUMNS, _exploitdb))


def read_nuclei(stream: BinaryIO, name: str) -> Feed:
    """Return the templates of a Nuclei list in *stream*, one JSON object a line; they replace earlier ones."""
    return Feed(FeedHeader("exploits", "nuclei", "", replaces=True), _templates(stream, name))


def _batches(stream: BinaryIO, name: str, wanted: Sequence[str], make: Maker) -> Iterator[list[IntelRecord]]:
    rows = csv.reader(_lines(stream, name), strict=True)
    number = 0
    batch: list[IntelRecord] = []
    try:
        columns = _columns(next(rows, []), wanted)
        for row in rows:
            number += 1
            batch.extend(make(_named(columns, row)))
            if len(batch) >= BATCH_ROWS:
                yield batch
                batch = []
    except (csv.Error, ValueError) as error:
        raise InvalidError(f"row {number}: {error}", place=name) from error
    except InvalidError as error:
        raise InvalidError(f"row {number}: {error.message}", place=name) from error
    if not number:
        raise InvalidError("a table without rows", place=name)
    yield batch


def _columns(first: Sequence[str], wanted: Sequence[str]) -> list[str]:
    columns = [column.strip().lower() for column in first]
    if missing := [column for column in wanted if column not in columns]:
        raise InvalidError(f"the columns lack {', '.join(missing)}")
    return columns


def _named(columns: Sequence[str], row: Sequence[str]) -> Row:
    if len(row) != len(columns):
        raise InvalidError(f"{len(row)} values for {len(columns)} columns")
    return dict(zip(columns, row, strict=True))


def _lines(stream: BinaryIO, name: str) -> Iterator[str]:
    while line := stream.readline(MAX_LINE_BYTES):
        if not line.endswith(b"\n"):
            cut = (
                "a line is too long"
                if len(line) == MAX_LINE_BYTES
                else "the last line has no end: it is cut short"
            )
            raise InvalidError(cut, place=name)
        yield line.decode("utf-8", "replace").replace("\0", "")


def _cve(text: str) -> str:
    if not _CVE.fullmatch(text):
        raise ValueError(f"not a CVE id: {text[:40]!r}")
    return text


def _one_of(text: str, *allowed: str) -> str:
    if text not in allowed:
        raise ValueError(f"{text[:40]!r} is none of {', '.join(allowed)}")
    return text


def _ssvc(row: Row) -> list[IntelRecord]:
    decided: datetime = instant(row["timestamp"])
    exploitation: Literal["none", "poc", "active"] = msgspec.convert(
        row["exploitation"].lower(), Literal["none", "poc", "active"]
    )
    automatable = _one_of(row["automatable"].lower(), "yes", "no") == "yes"
    total = _one_of(row["technical_impact"].lower(), "partial", "total") == "total"
    return [Ssvc(_cve(row["cve"]), exploitation, automatable, total, decided)]


def _past(row: Row) -> list[IntelRecord]:
    score = EpssScore(
        _cve(row["cve"]), float(row["epss"]), float(row["percentile"]), date.fromisoformat(row["date"])
    )
    if not (0.0 <= score.probability <= 1.0 and 0.0 <= score.percentile <= 1.0):
        raise ValueError("a score outside 0 to 1")
    return [score]


def _exploitdb(row: Row) -> list[IntelRecord]:
    reference = f"EDB-{int(row['id'])}"
    # An entry that its curators ran counts for more than one that somebody sent in.
    verified = row.get("verified", "").strip() == "1"
    return [
        Exploit(cve, "exploit-db", reference, "functional" if verified else "poc")
        for cve in dict.fromkeys(_CVE.findall(row["codes"]))
    ]


class _Template(msgspec.Struct, gc=False):
    id: str = msgspec.field(name="ID")
    path: str = msgspec.field(name="file_path")


_TEMPLATE: Final = msgspec.json.Decoder(_Template)


def _templates(stream: BinaryIO, name: str) -> Iterator[list[IntelRecord]]:
    found: list[IntelRecord] = []
    for number, line in enumerate(_lines(stream, name), 1):
        if not line.strip():
            continue
        try:
            template = _TEMPLATE.decode(line)
        except msgspec.DecodeError as error:
            raise InvalidError(f"not a template of the list: {error}", place=f"{name}:{number}") from error
        cve = template.id.upper()
        # Some templates are for more than the CVE of their name; those without one say nothing here.
        if _CVE.fullmatch(cve):
            found.append(Exploit(cve, "nuclei", template.path[:1_000], "functional"))
    if not found:
        raise InvalidError("a list without templates for CVEs", place=name)
    yield found
