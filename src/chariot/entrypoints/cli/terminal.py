"""What reaches a terminal or a pipe: every value passes one function that takes its teeth out.

Banners, titles, DNS records and the like are written by strangers. `clean` makes control characters, ANSI
sequences and bidirectional marks visible, and styles are never parsed out of text.
"""

import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from chariot.errors import UnavailableError

if TYPE_CHECKING:
    from rich.console import Console, JustifyMethod
    from rich.table import Table
    from rich.text import Text

CELL_LIMIT = 400
"""The longest value that a table or a line shows, in characters; `--json` has all of it."""
_LEAST_WIDTH = 14
"""How narrow a column of long values may be, in characters: an instant takes two such lines."""
_GAP = 3
"""Between two columns, in characters."""


class Styled(NamedTuple):
    """A value with a style of ours, such as `bold red`."""

    text: str
    style: str


Cell = str | Styled


def clean(value: object, limit: int = CELL_LIMIT) -> str:
    r"""Return *value* as one harmless line: what cannot be seen is written as an escape.

    >>> clean("a\x1b[31mb\u202ec")
    'a\\x1b[31mb\\u202ec'
    """
    text = value if isinstance(value, str) else str(value)
    left_out = len(text) - limit
    if left_out > 0:
        text = text[:limit]
    if not text.isprintable():
        text = "".join(map(_visible, text))
    return f"{text}… ({left_out:,} more characters)" if left_out > 0 else text


def clean_lines(value: str, limit: int = 4_000) -> list[str]:
    """Return text of several lines as harmless lines."""
    left_out = len(value) - limit
    lines = [clean(line, limit) for line in value[:limit].splitlines()]
    return [*lines, f"… ({left_out:,} more characters)"] if left_out > 0 else lines


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return *value* (msgspec or plain) as JSON in ASCII, which no terminal takes for a command."""
    import msgspec

    plain = msgspec.to_builtins(value)
    return json.dumps(plain, indent=indent).replace("\x7f", "\\u007f")


class OutputLostError(UnavailableError):
    """Standard output takes no more."""

    def __init__(self, error: OSError) -> None:
        super().__init__(f"cannot write to standard output: {error.strerror}")
        self.has_no_reader = isinstance(error, BrokenPipeError)
        """Whether whoever read it went away, as `head` does, of which nothing is said."""


def make_writable() -> None:
    """Let anything be written to standard output and standard error, whatever the terminal can show.

    What its encoding lacks becomes an escape. A stream that the shell has closed leads nowhere; its number is taken, so
    that no file of ours gets it.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_WRONLY), "w", encoding="utf-8"))
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def let_go_of_stdout() -> None:
    """Let what waits for standard output go nowhere: at its exit Python would try, and fail, once more."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Output:
    """Where a command writes: results on standard output, everything said about them on standard error."""

    def __init__(
        self,
        *,
        as_json: bool = False,
        color: bool | None = None,
        stdout: IO[str] | None = None,
        stderr: IO[str] | None = None,
    ) -> None:
        self.as_json = as_json
        self._color = color
        self._stdout = stdout
        self._stderr = stderr
        self._console: Console | None = None

    def without_color(self) -> None:
        """Use no colours from now on."""
        self._color = False

    @property
    def stdout(self) -> IO[str]:
        """Standard output as it is now: tests and shells replace it."""
        return self._stdout or sys.stdout

    @property
    def stderr(self) -> IO[str]:
        """Standard error as it is now."""
        return self._stderr or sys.stderr

    @property
    def is_terminal(self) -> bool:
        """Whether a person watches, and asked for no JSON."""
        return not self.as_json and self.stdout.isatty()

    @property
    def console(self) -> "Console":
        """The terminal, made when first used."""
        if self._console is None:
            from rich.console import Console

            plain = self._color is False or "NO_COLOR" in os.environ
            self._console = Console(
                file=self.stdout, no_color=plain, highlight=False, markup=False, emoji=False, soft_wrap=False
            )
        return self._console

    def line(self, *parts: Cell) -> None:
        """Write one line of *parts*, cleaned, with their styles on a terminal."""
        if self.is_terminal:
            self._draw(styled(*parts), soft_wrap=True)
        else:
            self._write("".join(clean(_text(part)) for part in parts))

    def block(self, text: str, indent: str = "    ") -> None:
        """Write text of several lines, cleaned and indented."""
        for line in clean_lines(text):
            self.line(f"{indent}{line}")

    def heading(self, text: str) -> None:
        """Write a heading with an empty line before it."""
        self._write("")
        self.line(Styled(text, "bold"))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
        """Write a table: drawn on a terminal that is wide enough, with tabs between its columns when piped.

        On a narrow terminal each row is a paragraph of names and values, so that nothing is left out or broken up.
        """
        if not self.is_terminal:
            self._write("\t".join(columns))
            for row in rows:
                self._write("\t".join(clean(_text(cell)) for cell in row))
            return
        texts = [[styled(cell) for cell in row] for row in rows]
        widths = [
            # A short word is never broken to make room for a long one.
            min(max(map(len, (column, *column_texts))), _LEAST_WIDTH)
            for column, *column_texts in zip(columns, *texts, strict=True)
        ]
        if sum(widths) + _GAP * len(widths) > self.console.width:
            self._paragraphs(columns, texts)
            return
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        drawn = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for column, width in zip(columns, widths, strict=True):
            # Numbers stand under each other.
            justify: JustifyMethod = "right" if column == "score" else "left"
            drawn.add_column(column, overflow="fold", min_width=width, justify=justify)
        for cells in texts:
            drawn.add_row(*cells)
        self._draw(drawn)

    def _paragraphs(self, columns: Sequence[str], rows: Sequence[Sequence["Text"]]) -> None:
        from rich.text import Text

        for row in rows:
            lines = [Text()]
            for column, value in zip(columns, row, strict=True):
                pair = Text.assemble((column, "dim"), " ", value)
                if lines[-1] and len(lines[-1]) + _GAP + len(pair) > self.console.width:
                    lines.append(Text())
                if lines[-1]:
                    lines[-1].append(" " * _GAP)
                lines[-1].append_text(pair)
            self._draw(Text("\n").join([*lines, Text()]), soft_wrap=True)

    def document(self, value: Any) -> None:
        """Write one JSON document."""
        self._write(json_text(value, indent=2))

    def event(self, value: Any) -> None:
        """Write one line of JSON."""
        self._write(json_text(value))

    def notice(self, text: str) -> None:
        """Say something about the result, without becoming a part of it."""
        self.stderr.write(clean(text, 4_000) + "\n")
        self.stderr.flush()

    def choose(self, value: Any, show: Callable[[], None]) -> None:
        """Write *value* as JSON when that was asked for, otherwise *show* it to a person."""
        if self.as_json:
            self.document(value)
        else:
            show()

    def _write(self, line: str) -> None:
        with _writing():
            self.stdout.write(line + "\n")
            self.stdout.flush()

    def _draw(self, what: "Text | Table", *, soft_wrap: bool = False) -> None:
        with _writing():
            self.console.print(what, soft_wrap=soft_wrap)


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise OutputLostError(error) from error


class LogStream(io.StringIO):
    """Standard error as it is at each moment, for logs: their values come from outside, too."""

    def write(self, text: str) -> int:
        """Write the lines of *text*, cleaned."""
        for line in text.splitlines():
            sys.stderr.write(clean(line, 10_000) + "\n")
        return len(text)

    def flush(self) -> None:
        """Flush standard error."""
        sys.stderr.flush()

    def isatty(self) -> bool:
        """Return False: colours would be escapes, which are not let through."""
        return False


def styled(*parts: Cell) -> "Text":
    """Return cleaned *parts* as text for a terminal; markup in them stays text."""
    from rich.text import Text

    text = Text()
    for part in parts:
        text.append(clean(_text(part)), style=part.style if isinstance(part, Styled) else "")
    return text


def _text(cell: Cell) -> str:
    return cell.text if isinstance(cell, Styled) else cell
