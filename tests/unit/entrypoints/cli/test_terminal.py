import io
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.entrypoints.cli.terminal import (
    LogStream,
    Output,
    OutputLostError,
    Styled,
    clean,
    clean_lines,
    json_text,
)

HOSTILE = "\x1b[31mred\x1b]0;owned\x07 \u202egnp.exe\u202c [bold]x[/bold]\r\n\x9b2J\x7f"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(st.text())
def test_whatever_comes_in_one_printable_line_comes_out(text: str) -> None:
    assert clean(text).isprintable()


@given(st.text())
def test_json_is_printable_ascii_that_decodes_to_the_same(text: str) -> None:
    written = json_text({"text": text})

    assert written.isascii()
    assert written.isprintable()
    assert json.loads(written) == {"text": text}


def test_a_long_value_says_how_much_is_left_out() -> None:
    assert clean("a" * 1_500, 500) == "a" * 500 + "… (1,000 more characters)"


def test_several_lines_stay_lines() -> None:
    assert clean_lines("one\ntwo\x1b") == ["one", "two\\x1b"]


def test_no_column_separator_can_be_smuggled_into_a_piped_table() -> None:
    written = io.StringIO()

    Output(stdout=written).table(("a", "b"), [("x\ty\nz", "2")])

    assert written.getvalue() == "a\tb\nx\\ty\\nz\t2\n"


def test_a_terminal_gets_hostile_text_as_text() -> None:
    written = Terminal()
    output = Output(stdout=written, color=False)

    output.line(HOSTILE)
    output.table(("what", "why"), [(HOSTILE, Styled(HOSTILE, "red"))])

    shown = written.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert not any(character in shown for character in "\x1b\x07\u202e\u202c\x9b\x7f\r")
    assert "[bold]x[/bold]" in shown


RISK_ROW = ("89", "act", "#webapplication#http://app.example.com:18080/", "2026-11-21 23:27:55+00:00")
RISK_COLUMNS = ("score", "decision", "target", "last seen")


@pytest.mark.parametrize("width", [20, 30, 80, 200])
def test_no_value_is_left_out_however_narrow_the_terminal_is(
    monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    written = Terminal()

    Output(stdout=written, color=False).table(RISK_COLUMNS, [RISK_ROW])

    shown = re.sub(r"\x1b\[\d*m", "", written.getvalue())
    assert all(
        word in shown for value in (*RISK_COLUMNS, "89", "act", "2026-11-21") for word in value.split()
    )


def test_a_row_on_a_narrow_terminal_is_a_paragraph_with_whole_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    written = Terminal()

    Output(stdout=written, color=False).table(RISK_COLUMNS, [RISK_ROW, RISK_ROW])

    shown = re.sub(r"\x1b\[\d*m", "", written.getvalue())
    paragraph = "score 89   decision act\ntarget {}\nlast seen {}\n\n".format(*RISK_ROW[2:])
    assert shown == paragraph * 2


@pytest.mark.parametrize(
    ("error", "nobody_reads"),
    [(BrokenPipeError(32, "Broken pipe"), True), (OSError(28, "No space left"), False)],
)
def test_an_output_that_takes_nothing_tells_why(error: OSError, nobody_reads: bool) -> None:
    class Lost(io.StringIO):
        def write(self, text: str) -> int:
            raise error

    with pytest.raises(OutputLostError, match=str(error.strerror)) as lost:
        Output(stdout=Lost()).line("x")

    assert lost.value.has_no_reader is nobody_reads


def test_json_is_never_for_a_person() -> None:
    assert not Output(as_json=True, stdout=Terminal()).is_terminal


@pytest.mark.parametrize(("as_json", "expected"), [(True, '{\n  "a": 1\n}\n'), (False, "shown\n")])
def test_a_result_is_json_or_shown(as_json: bool, expected: str) -> None:
    written = io.StringIO()
    output = Output(as_json=as_json, stdout=written)

    output.choose({"a": 1}, lambda: output.line("shown"))

    assert written.getvalue() == expected


def test_notices_stay_out_of_the_result() -> None:
    out, err = io.StringIO(), io.StringIO()

    Output(stdout=out, stderr=err).notice("there is more")

    assert (out.getvalue(), err.getvalue()) == ("", "there is more\n")


def test_a_log_line_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    stream = LogStream()

    stream.write(f"event title={HOSTILE}\n")
    stream.flush()

    assert not stream.isatty()
    assert capsys.readouterr().err.replace("\n", "").isprintable()
