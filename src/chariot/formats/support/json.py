"""JSON read in constant memory: lines, concatenated values, and arrays item by item, each value bounded."""

import codecs
import json
from collections.abc import Collection, Iterator
from typing import IO, Any, NoReturn

import msgspec

from chariot.errors import InvalidError
from chariot.format import Refused

VALUE_LIMIT = 64 * 1024 * 1024
"""Characters that one value may have; a larger one is refused before it fills the memory."""

_BLANK = " \t\r\n"
_CHUNK_BYTES = 256 * 1024
_NEAR_END = 64
"""An error so near to the end of what was read may only mean that the value goes on."""


class Value(msgspec.Struct, frozen=True, gc=False):
    """One value of a file, and where it begins."""

    place: str
    value: Any
    member: str = ""
    """The name under which it stands in the outermost object, where that is read member by member."""


def json_values(stream: IO[bytes], *, epilogue: str = "") -> Iterator[Value | Refused]:
    """Yield the items of one array, or each value of a file of values (JSON lines, or one after another).

    *epilogue* is what some tool writes behind the last item of its array that is no JSON.

    A broken line among lines is refused and the next one is read; what stands inside an array cannot be left
    out, because nobody knows where it ends.

    Raises:
        InvalidError: the file is broken at its first value or inside its array, or a value is too large.
    """
    reader = JsonReader(stream)
    if reader.take("["):
        yield from _items(reader, epilogue=epilogue)
        reader.finish()
        return
    first = True
    while reader.peek():
        line = reader.line
        try:
            value = reader.value()
        except InvalidError as error:
            if first or reader.full:
                raise
            yield Refused(f"line {line}", error.message)
            reader.skip_line()
            continue
        first = False
        yield Value(f"line {line}", value)


def json_members(stream: IO[bytes], streamed: Collection[str]) -> Iterator[Value]:
    """Yield the members of one object in their order; an array called one of *streamed* comes item by item.

    Raises:
        InvalidError: the file is broken, or is no object; the text names the line.
    """
    reader = JsonReader(stream)
    if not reader.take("{"):
        reader.fail("expected an object")
    if not reader.take("}"):
        while True:
            name = reader.value()
            if not isinstance(name, str) or not reader.take(":"):
                reader.fail("expected a name and a colon")
            if name in streamed and reader.take("["):
                yield from _items(reader, name)
            else:
                place = f"line {reader.line}"
                yield Value(place, reader.value(), name)
            if reader.take("}"):
                break
            if not reader.take(","):
                reader.fail("expected a comma or the end of the object")
    reader.finish()


def _items(reader: "JsonReader", member: str = "", epilogue: str = "") -> Iterator[Value]:
    if reader.take("]"):
        return
    while True:
        if epilogue and reader.take(epilogue):
            if not reader.take("]"):
                reader.fail("expected the end of the array")
            return
        reader.peek()
        place = f"line {reader.line}"
        yield Value(place, reader.value(), member)
        if reader.take("]"):
            return
        if not reader.take(","):
            reader.fail("expected a comma or the end of the array")
        # Some tools leave a comma behind the last item.
        if reader.take("]"):
            return


class JsonReader:
    """Text of a stream, decoded value by value and forgotten behind."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._text = ""
        self._at = 0
        self._counted = 0
        self._lines = 1
        self._ended = False
        self._bytes: Any = None
        self._json = json.JSONDecoder(parse_constant=_not_a_number)
        self.full = False

    @property
    def line(self) -> int:
        """The line of the next character, from 1."""
        self._lines += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def peek(self) -> str:
        """Return the next character that is not blank; empty at the end."""
        while True:
            while self._at < len(self._text):
                character = self._text[self._at]
                if character not in _BLANK:
                    return character
                self._at += 1
            if not self._more():
                return ""

    def take(self, expected: str) -> bool:
        """Step over *expected* when it is next."""
        if self.peek() != expected[0]:
            return False
        while len(self._text) - self._at < len(expected) and self._more():
            pass
        if not self._text.startswith(expected, self._at):
            return False
        self._at += len(expected)
        return True

    def value(self) -> Any:
        """Return the next value."""
        self.peek()
        while True:
            try:
                value, end = self._json.raw_decode(self._text, self._at)
            except json.JSONDecodeError as error:
                goes_on = (
                    error.msg.startswith("Unterminated string") or error.pos > len(self._text) - _NEAR_END
                )
                if goes_on and self._more():
                    continue
                self.fail(error.msg.lower(), error.pos)
            except RecursionError:
                self.fail("is nested too deep")
            except ValueError as error:
                self.fail(str(error))
            if end == len(self._text) and self._more():
                # A number at the end of what was read may have more digits.
                continue
            self._at = end
            return value

    def skip_line(self) -> None:
        """Go behind the next line end."""
        while (end := self._text.find("\n", self._at)) < 0:
            self._at = len(self._text)
            if not self._more():
                return
        self._at = end + 1

    def finish(self) -> None:
        """Check that nothing follows."""
        if self.peek():
            self.fail("something follows the end of the JSON")

    def fail(self, reason: str, position: int | None = None) -> NoReturn:
        """Say what is wrong and where."""
        if not self._text:
            raise InvalidError("the file is empty or ends too early", place=f"line {self._lines}")
        line = self.line + self._text.count("\n", self._at, self._at if position is None else position)
        raise InvalidError(f"the JSON is broken: {reason}", place=f"line {line}") from None

    def _more(self) -> bool:
        """Read on; False at the end. What was read but not taken at least doubles, so that retries stay few."""
        if self._ended:
            return False
        line = self.line
        rest = self._text[self._at :]
        if len(rest) > VALUE_LIMIT:
            self.full = True
            raise InvalidError(f"a value is larger than {VALUE_LIMIT:,} characters", place=f"line {line}")
        data = self._stream.read(max(_CHUNK_BYTES, len(rest)))
        if self._bytes is None:
            self._bytes = codecs.getincrementaldecoder(_encoding(data))(errors="replace")
        self._ended = not data
        self._text = rest + self._bytes.decode(data, final=self._ended)
        self._at = self._counted = 0
        return len(self._text) > len(rest) or not self._ended


def _encoding(start: bytes) -> str:
    """Return the encoding that a byte order mark tells: PowerShell writes UTF-16."""
    return "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
