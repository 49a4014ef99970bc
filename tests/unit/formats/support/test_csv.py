import csv as python_csv
import io
from collections.abc import Iterator

import pytest

from chariot.errors import InvalidError
from chariot.formats.support import csv
from chariot.formats.support.csv import csv_rows, header


def test_rows_are_known_by_their_columns() -> None:
    rows = list(csv_rows(io.BytesIO(b'\xef\xbb\xbfa,b,c\n1,"x,\ny"\n\n2,3,4,5\n')))

    assert [(row.place, row.values) for row in rows] == [
        ("line 3", {"a": "1", "b": "x,\ny", "c": ""}),
        ("line 5", {"a": "2", "b": "3", "c": "4"}),
    ]


@pytest.mark.parametrize("data", [b"", b"\n\n", b",,\n", b"," * 1_000 + b"x\n"])
def test_a_file_without_a_header_is_an_error(data: bytes) -> None:
    with pytest.raises(InvalidError, match="line 1"):
        list(csv_rows(io.BytesIO(data)))


@pytest.mark.parametrize("data", [b'a\n"open', b'a\n"x"y\n', b"a\n" + b"x" * 5_000_000])
def test_a_broken_row_names_its_line(data: bytes) -> None:
    with pytest.raises(InvalidError, match="line 2"):
        list(csv_rows(io.BytesIO(data)))


@pytest.fixture
def limit() -> Iterator[None]:
    """What the module of Python takes at most, as it was before."""
    before = python_csv.field_size_limit()
    yield
    python_csv.field_size_limit(before)


@pytest.mark.usefixtures("limit")
def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv, "LINE_LIMIT_BYTES", 100)

    with pytest.raises(InvalidError, match="line 2: longer than"):
        list(csv_rows(io.BytesIO(b"a\n" + b"x" * 200)))


def test_the_header_is_read_from_the_beginning_alone() -> None:
    assert header(b'"id","name"\n1,2') == ["id", "name"]
    assert header(b"\xff\x00\n") == ["\N{REPLACEMENT CHARACTER}\0"]
