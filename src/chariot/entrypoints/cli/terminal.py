"""What reaches a terminal or a pipe: every value passes one function that takes its teeth out.

Banners, titles, DNS records and the like are written by strangers. `clean` makes control characters, ANSI
sequences and bidirectional marks visible, and styles are never parsed out of text.
"""

import io
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import IO, TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

CELL_LIMIT = 400
"""The longest value that a table or a line shows, in characters; `--json` has all of it."""


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
            self.console.print(styled(*parts), soft_wrap=True)
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
        """Write a table: drawn on a terminal, with tabs between its columns when piped."""
        if not self.is_terminal:
            self._write("\t".join(columns))
            for row in rows:
                self._write("\t".join(clean(_text(cell)) for cell in row))
            return
        from rich.box import SIMPLE_HEAD
        from rich.table import Table

        drawn = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
        for column in columns:
            # Numbers stand under each other, and a short word is never broken to make room for a long one.
            narrow = column in ("score", "status", "decision", "severity", "state", "kind", "first seen")
            drawn.add_column(
                column, overflow="fold", no_wrap=narrow, justify="right" if column == "score" else "left"
            )
        for row in rows:
            drawn.add_row(*(styled(cell) for cell in row))
        self.console.print(drawn)

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
        self.stdout.write(line + "\n")
        self.stdout.flush()


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
