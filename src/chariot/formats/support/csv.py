"""CSV read in constant memory: rows by column name, lines and fields bounded."""

import codecs
import csv
from collections.abc import Collection, Iterator, Sequence
from itertools import chain, islice
from typing import IO

import msgspec

from chariot.errors import InvalidError
from chariot.formats.support.files import decoded

LINE_LIMIT_BYTES = 4 * 1024 * 1024
COLUMNS_LIMIT = 500
_PREAMBLE_ROWS = 100
_DELIMITERS = (",", ";", "\t", "|")
_MARK_LENGTH = len("sep=;")


class Row(msgspec.Struct, frozen=True, gc=False):
    """One row and the line at which it ends."""

    place: str
    values: dict[str, str]
    """By column name; a column that the row does not have is empty."""


def header(head: bytes, delimiter: str = "") -> list[str]:
    """Return the names in the first line of a file's beginning; empty where it is no CSV."""
    first = decoded(head).split("\n", 1)[0].strip()
    try:
        return [
            name.strip() for name in next(csv.reader([first], delimiter=delimiter or _delimiter([first])), [])
        ]
    except csv.Error:
        return []


def _delimiter(lines: Sequence[str], known: Collection[str] = ()) -> str:
    """Return what stands between the columns: where they use a decimal comma, spreadsheets write semicolons."""
    for line in lines:
        if line.lower().startswith("sep=") and len(line.strip()) == _MARK_LENGTH:
            return line[_MARK_LENGTH - 1]
        if known and all(name in line for name in known):
            return max(_DELIMITERS, key=line.count)
    return max(_DELIMITERS, key=lines[0].count) if lines else _DELIMITERS[0]


def csv_rows(stream: IO[bytes], delimiter: str = "", known: Collection[str] = ()) -> Iterator[Row]:
    """Yield the rows below the header line: the first, or the first that has all columns that are *known*.

    Without a *delimiter* the header tells it.

    Raises:
        InvalidError: there is no header, or a line or a field is too long or broken; the text names the line.
    """
    # The module's own limit of 128 KiB would refuse a whole file for one long output of a tool.
    csv.field_size_limit(LINE_LIMIT_BYTES)
    lines = _lines(stream)
    beginning = list(islice(lines, _PREAMBLE_ROWS if known else 2))
    found = delimiter or _delimiter(beginning, known)
    if beginning and beginning[0].lower().startswith("sep="):
        beginning[0] = "\n"
    reader = csv.reader(chain(beginning, lines), delimiter=found, strict=True)
    try:
        names = [name.strip() for name in next(reader, [])] or [name.strip() for name in next(reader, [])]
        for _ in range(_PREAMBLE_ROWS):
            if set(known) <= set(names):
                break
            names = [name.strip() for name in next(reader, [])]
        if not set(known) <= set(names):
            raise InvalidError(f"expected a header with {', '.join(known)}", place="line 1")
        if not any(names) or len(names) > COLUMNS_LIMIT:
            raise InvalidError("expected a header with the names of the columns", place="line 1")
        for cells in reader:
            if any(cells):
                values = dict.fromkeys(names, "")
                values.update(zip(names, cells, strict=False))
                yield Row(f"line {reader.line_num}", values)
    except csv.Error as error:
        raise InvalidError(f"the CSV is broken: {error}", place=f"line {reader.line_num}") from None


def _lines(stream: IO[bytes]) -> Iterator[str]:
    number = 0
    while line := stream.readline(LINE_LIMIT_BYTES):
        number += 1
        if len(line) == LINE_LIMIT_BYTES and not line.endswith(b"\n"):
            raise InvalidError(f"longer than {LINE_LIMIT_BYTES:,} bytes", place=f"line {number}")
        try:
            yield line.removeprefix(codecs.BOM_UTF8).decode() if number == 1 else line.decode()
        except UnicodeDecodeError:
            # Spreadsheets in the West write this where they do not write UTF-8.
            yield line.decode("cp1252", "replace")
