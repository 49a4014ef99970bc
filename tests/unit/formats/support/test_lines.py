import io

import pytest

from chariot.errors import InvalidError
from chariot.formats.support import lines
from chariot.formats.support.lines import text_lines


def test_blank_lines_are_left_out_but_counted() -> None:
    items = list(text_lines(io.BytesIO(b"\xef\xbb\xbfone\r\n\n  two \n\xff")))

    assert [(item.place, item.value) for item in items] == [
        ("line 1", "one"),
        ("line 3", "two"),
        ("line 4", "\N{REPLACEMENT CHARACTER}"),
    ]


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LINE_LIMIT_BYTES", 10)

    with pytest.raises(InvalidError, match="line 2"):
        list(text_lines(io.BytesIO(b"one\n" + b"x" * 30)))
