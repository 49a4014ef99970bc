"""Text read line by line in constant memory."""

import codecs
from collections.abc import Iterator
from typing import IO

from chariot.errors import InvalidError
from chariot.formats.support.json import Value

LINE_LIMIT_BYTES = 1024 * 1024


def text_lines(stream: IO[bytes]) -> Iterator[Value]:
    """Yield the lines that are not blank, without the blanks around them.

    Raises:
        InvalidError: a line is too long; the text names it.
    """
    number = 0
    while data := stream.readline(LINE_LIMIT_BYTES):
        number += 1
        if len(data) == LINE_LIMIT_BYTES and not data.endswith(b"\n"):
            raise InvalidError(f"longer than {LINE_LIMIT_BYTES:,} bytes", place=f"line {number}")
        written = data.removeprefix(codecs.BOM_UTF8).decode("utf-8", "replace").strip()
        if written:
            yield Value(f"line {number}", written)
