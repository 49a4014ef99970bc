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
_OPENING = re.compile(rb'\{[ \t\r\n]*+"[^"\\]{1,200}+"')
_SEPARATOR = re.compile(rb"[ \t\r\n]*+(?:,[ \t\r\n]*+)?")
_WHERE = re.compile(r": ([^(]+) \(byte (\d+)\)")
_TRAILING = "trailing characters"
_CLOSING = b"}]"
_COMMA, _RETURN = b",\r"
_plain = msgspec.json.Decoder()
_raw = msgspec.json.Decoder(msgspec.Raw)
_raws = msgspec.json.Decoder(list[msgspec.Raw])
_NOT_QUICK = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the quick decoder raises where another may read on."""


def _not_a_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


_lenient = json.JSONDecoder(parse_constant=_not_a_number)


def _numbered(body: bytes, line: int) -> list[tuple[int, Any]]:
    """Return the items of an array that stand in *body*, the first on *line*, each with its own."""
    whole = b"[%b]" % body
    if b"\n" not in body:
        return [(line, value) for value in _plain.decode(whole)]
    found = []
    at = 1
    for raw in _raws.decode(whole):
        # Blanks of any number may stand on both sides of a comma.
        start = _SEPARATOR.match(whole, at).end()  # type: ignore[union-attr]  # it matches nothing at all, too
        line += whole.count(b"\n", at, start)
        at = start + len(memoryview(raw))
        found.append((line, _plain.decode(raw)))
        line += whole.count(b"\n", start, at)
    return found


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
        self._is_run_over = False
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

    def items(self) -> list[tuple[int, Any]]:
        """Return the next items of an array, each with its line: all that were read by now, or one alone."""
        body = self._run()
        if body:
            try:
                found = _numbered(body, self.line)
            except _NOT_QUICK:
                found = []
            if found:
                self._at += len(body)
                return found
        self.peek()
        return [(self.line, self.value())]

    def skip_items(self) -> bool:
        """Go behind all items of an array that were read by now; False where they must be looked at one by one."""
        body = self._run()
        try:
            _raw.decode(b"[%b]" % body)
        except _NOT_QUICK:
            return False
        self._at += len(body)
        return bool(body)

    def _run(self) -> bytes:
        """Return what may be the next items of an array, without what follows the last; empty where none is seen.

        The last one that was read to its end stands before the last place where another begins as the next one does.
        That place may be one of something else: then what stands before it is no array.
        """
        if self.peek() != b"{" or self._is_run_over:
            return b""
        self._is_run_over = True
        opening = _OPENING.match(self._data, self._at)
        if opening is None:
            return b""
        end = self._data.rfind(opening[0], opening.end())
        body = self._data[self._at : end].rstrip() if end > 0 else b""
        return body[:-1] if body.endswith(b",") else b""

    def lines(self) -> list[tuple[int, Any]]:
        """Return the next values that each fill a line, with their lines: all that were read by now, or one alone."""
        self.peek()
        line = self.line
        found = self._rows(_plain)
        return list(enumerate(found, line)) if found else [(line, self.value())]

    def skip_lines(self) -> bool:
        """Go behind all values that each fill a line and were read by now; False where there is none."""
        self.peek()
        return bool(self._rows(_raw))

    def _rows(self, decoder: msgspec.json.Decoder[Any]) -> list[Any]:
        if self._is_run_over:
            return []
        self._is_run_over = True
        body = self._data[self._at : self._data.rfind(b"\n") + 1]
        between = b"}\r\n{" if body.endswith(b"\r\n") else b"}\n{"
        # A line end between two brackets is one between two values; where no other is, each value has its line.
        lines = body.count(between) + 1
        if not body.startswith(b"{") or body.count(b"\n") != lines:
            return []
        try:
            values = decoder.decode_lines(body)
        except _NOT_QUICK:
            return []
        if len(values) != lines:
            return []
        self._at += len(body)
        return values

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
        self._is_run_over = False
        self._line_end = self._shared_line_end = -1
        return len(self._data) > len(rest) or not self._ended

    def _without_mark(self, data: bytes) -> bytes:
        """Return the first bytes of the file without a mark of their order, which tells the encoding."""
        # PowerShell writes UTF-16.
        wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        if wide:
            self._text = codecs.getincrementaldecoder("utf-16")(errors="replace")
        return data.removeprefix(codecs.BOM_UTF8)
