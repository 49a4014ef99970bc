"""One JSON value after another out of a stream, each bounded, decoded where it stands and forgotten behind."""

import codecs
import json
import re
from typing import IO, Any, NoReturn

import msgspec

from chariot.errors import InvalidError

VALUE_LIMIT_BYTES = 64 * 1024 * 1024
"""Bytes that one value may have; a larger one is refused before it fills the memory."""

_CHUNK_BYTES = 256 * 1024
_NEAR_END = 64
"""An error so near to the end of what was read may only mean that the value goes on."""
_BLANKS = re.compile(rb"[ \t\r\n]*+")
_NAME = re.compile(rb'"([ !#-\[\]-~]*+)"[ \t\r\n]*+:')
_WHERE = re.compile(r": ([^(]+) \(byte (\d+)\)")
_TRAILING = "trailing characters"
_CLOSING = b"}]"
_COMMA, _RETURN = b",\r"
_plain = msgspec.json.Decoder()
_raw = msgspec.json.Decoder(msgspec.Raw)


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_lenient = json.JSONDecoder(parse_constant=_not_a_number)


class JsonReader:
    """Bytes of a stream, decoded value by value.

    The quick decoder reads nearly everything. What it does not take and other readers do (a lone half of a
    surrogate pair, a number beyond all measure, bytes that are no UTF-8) is read again with more patience.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._data = b""
        self._at = 0
        self._counted = 0
        self._lines = 1
        self._line_end = -1
        self._shared_line_end = -1
        self._begun = False
        self._ended = False
        self._text: codecs.IncrementalDecoder | None = None
        self.full = False

    @property
    def line(self) -> int:
        """The line of the next character, from 1."""
        self._lines += self._data.count(b"\n", self._counted, self._at)
        self._counted = self._at
        return self._lines

    def peek(self) -> bytes:
        """Return the next character that is not blank; empty at the end."""
        while True:
            found = _BLANKS.match(self._data, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._data):
                return self._data[self._at : self._at + 1]
            if not self._more():
                return b""

    def take(self, expected: bytes) -> bool:
        """Step over *expected* when it is next."""
        if self.peek() != expected[:1]:
            return False
        while len(self._data) - self._at < len(expected) and self._more():
            pass
        if not self._data.startswith(expected, self._at):
            return False
        self._at += len(expected)
        return True

    def name(self) -> str:
        """Return the name of the next member of an object, and step over its colon."""
        self.peek()
        known = _NAME.match(self._data, self._at)
        if known is not None:
            self._at = known.end()
            return known[1].decode("ascii")
        name = self.value()
        if not isinstance(name, str) or not self.take(b":"):
            self.fail("expected a name and a colon")
        return name

    def value(self) -> Any:
        """Return the next value."""
        return self._next(_plain)

    def skip(self) -> None:
        """Go behind the next value."""
        self._next(_raw)

    def skip_held(self) -> bool:
        """Go behind the next value where all of it has been read by now; else stay before it."""
        self.peek()
        if self._of_line(_raw) is not None:
            return True
        try:
            _raw.decode(memoryview(self._data)[self._at :])
        except msgspec.DecodeError as error:
            where = _WHERE.search(str(error))
            if where is None or where[1] != _TRAILING:
                return False
            self._at += int(where[2]) - 1
            return True
        except RecursionError:
            self.fail("is nested too deep")
        return False

    def _next(self, decoder: msgspec.json.Decoder[Any]) -> Any:
        self.peek()
        found = self._of_line(decoder)
        if found is not None:
            return found
        while (end := self._end()) < 0:
            pass
        try:
            value = decoder.decode(memoryview(self._data)[self._at : end])
        except RecursionError:
            self.fail("is nested too deep")
        except (msgspec.DecodeError, UnicodeDecodeError):
            return self._patiently()
        self._at = end
        return value

    def _of_line(self, decoder: msgspec.json.Decoder[Any]) -> Any:
        """Return the value that fills the rest of its line, as many tools write them; None where none does."""
        if self._line_end < self._at:
            found = self._data.find(b"\n", self._at)
            self._line_end = found if found >= 0 else len(self._data)
        end = self._line_end
        if end in (len(self._data), self._shared_line_end):
            return None
        if self._data[end - 1] == _RETURN:
            end -= 1
        if self._data[end - 1] == _COMMA:
            end -= 1
        if end <= self._at or self._data[end - 1] not in _CLOSING:
            return None
        try:
            value = decoder.decode(memoryview(self._data)[self._at : end])
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            # Others stand behind it on the line, so the next ones there need not be tried.
            self._shared_line_end = self._line_end
            return None
        self._at = end
        return value

    def _end(self) -> int:
        """Return where the next value ends; negative after more was read, since it goes on there."""
        view = memoryview(self._data)[self._at :]
        try:
            _raw.decode(view)
        except msgspec.DecodeError as error:
            where = _WHERE.search(str(error))
            at = int(where[2]) if where else len(view)
            if where and where[1] == _TRAILING:
                # The decoder counts the first of them too.
                return self._at + at - 1
            if at > len(view) - _NEAR_END and self._more():
                return -1
            # It is broken or only needs more patience, which is told apart there.
            return len(self._data)
        except RecursionError:
            self.fail("is nested too deep")
        # A number at the end of what was read may have more digits.
        return -1 if view[-1] not in _CLOSING and self._more() else len(self._data)

    def _patiently(self) -> Any:
        """Return the next value as the slower decoder reads it."""
        if self._text is None:
            self._text = codecs.getincrementaldecoder("utf-8")(errors="replace")
            rest = self._text.decode(self._data[self._at :], final=self._ended).encode()
            self._data = self._data[: self._at] + rest
            self._line_end = self._shared_line_end = -1
        while True:
            text = self._data[self._at :].decode()
            try:
                value, end = _lenient.raw_decode(text)
            except json.JSONDecodeError as error:
                goes_on = error.msg.startswith("Unterminated string") or error.pos > len(text) - _NEAR_END
                if goes_on and self._more():
                    continue
                self.fail(error.msg.lower(), len(text[: error.pos].encode()))
            except RecursionError:
                self.fail("is nested too deep")
            except ValueError as error:
                self.fail(str(error))
            if end == len(text) and self._more():
                continue
            self._at += len(text[:end].encode())
            return value

    def skip_line(self) -> None:
        """Go behind the next line end."""
        while (end := self._data.find(b"\n", self._at)) < 0:
            self._at = len(self._data)
            if not self._more():
                return
        self._at = end + 1

    def finish(self) -> None:
        """Check that nothing follows."""
        if self.peek():
            self.fail("something follows the end of the JSON")

    def fail(self, reason: str, behind: int = 0) -> NoReturn:
        """Say what is wrong, and on which line: so many bytes *behind* the next character."""
        if not self._data:
            raise InvalidError("the file is empty or ends too early", place=f"line {self._lines}")
        line = self.line + self._data.count(b"\n", self._at, self._at + behind)
        raise InvalidError(f"the JSON is broken: {reason}", place=f"line {line}") from None

    def _more(self) -> bool:
        """Read on; False at the end. What was read but not taken at least doubles, so that retries stay few."""
        if self._ended:
            return False
        line = self.line
        rest = self._data[self._at :]
        if len(rest) > VALUE_LIMIT_BYTES:
            self.full = True
            raise InvalidError(f"a value is larger than {VALUE_LIMIT_BYTES:,} bytes", place=f"line {line}")
        data = self._stream.read(max(_CHUNK_BYTES, len(rest)))
        if not self._begun:
            self._begun = True
            data = self._without_mark(data)
        self._ended = not data
        if self._text is not None:
            data = self._text.decode(data, final=self._ended).encode()
        self._data = rest + data
        self._at = self._counted = 0
        self._line_end = self._shared_line_end = -1
        return len(self._data) > len(rest) or not self._ended

    def _without_mark(self, data: bytes) -> bytes:
        """Return the first bytes of the file without a mark of their order, which tells the encoding."""
        # PowerShell writes UTF-16.
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if wide:
            self._text = codecs.getincrementaldecoder("utf-16")(errors="replace")
        return data.removeprefix(codecs.BOM_UTF8)
