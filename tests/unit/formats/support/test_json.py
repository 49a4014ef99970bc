import io
import json
from collections.abc import Iterator
from typing import IO

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.format import Refused
from chariot.formats.support import json_reader
from chariot.formats.support.json import Value, json_members, json_values

_PLAIN = st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20)
_VALUES = st.recursive(
    _PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=5), inner), max_leaves=8
)


def values(data: bytes) -> list[object]:
    return [item if isinstance(item, Refused) else item.value for item in json_values(io.BytesIO(data))]


@given(items=st.lists(_VALUES, max_size=6))
def test_an_array_gives_its_items(items: list[object]) -> None:
    assert values(msgspec.json.encode(items)) == items


@given(items=st.lists(_VALUES.filter(lambda value: not isinstance(value, list)), max_size=6))
def test_lines_give_their_values(items: list[object]) -> None:
    assert values(b"\n".join(map(msgspec.json.encode, items))) == items


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_value_may_go_on_in_the_next_piece(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(json_reader, "_CHUNK_BYTES", size)

    assert values('[12345, "äöü", {"a": [true, 1.5e3]}]'.encode()) == [12345, "äöü", {"a": [True, 1500.0]}]


def test_a_broken_line_is_refused_and_the_next_is_read() -> None:
    assert values(b'{"a":1}\n{"a":\n{"a":3}\n')[::2] == [{"a": 1}, {"a": 3}]


def test_the_place_is_the_line() -> None:
    places = [item.place for item in json_values(io.BytesIO(b'[\n1,\n\n"x\\n",\n2]'))]

    assert places == ["line 2", "line 4", "line 5"]


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (b"[1,\n2", "line 2"),
        (b"[1\n2]", "line 2"),
        (b"[1]\nx", "line 2"),
        (b"[NaN]", "line 1"),
        (b"[" * 100_000, "line 1"),
        (b"\xff\xfe\x00", "line 1"),
        (b"[" + b"9" * 5_000 + b"]", "line 1"),
    ],
)
def test_a_broken_file_names_its_line(data: bytes, place: str) -> None:
    with pytest.raises(InvalidError) as caught:
        values(data)

    assert caught.value.place == place


def test_a_value_beyond_the_limit_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(json_reader, "VALUE_LIMIT_BYTES", 1_000)
    monkeypatch.setattr(json_reader, "_CHUNK_BYTES", 500)

    with pytest.raises(InvalidError, match="larger than"):
        values(b'["' + b"x" * 10_000 + b'"]')


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    assert values('[{"a": "ä"}]'.encode(encoding)) == [{"a": "ä"}]


def test_members_come_one_by_one() -> None:
    stream = io.BytesIO(b'{"a": [1, 2], "results": [3,\n4], "b": {}, "empty": []}')

    members = [(item.member, item.value) for item in json_members(stream, ("results", "empty"))]

    assert members == [("a", [1, 2]), ("results", 3), ("results", 4), ("b", {})]


@pytest.mark.parametrize(
    "data", [b"[]", b"{", b'{"a"', b'{"a":1', b'{"a":1 "b":2}', b"{1:2}", b"", b'{"a":[1}']
)
def test_what_is_no_object_is_an_error(data: bytes) -> None:
    with pytest.raises(InvalidError):
        list(json_members(io.BytesIO(data), ("a",)))


def test_an_epilogue_that_is_no_json_ends_the_array() -> None:
    items = list(json_values(io.BytesIO(b"[1,\n{finished: 1}\n]"), epilogue="{finished: 1}"))

    assert [item.place for item in items] == ["line 1"]


_BLANK = st.sampled_from(["", " ", "\n", "\r\n  ", "\n\n\t"])
_RECORDS = st.lists(
    st.dictionaries(st.sampled_from(["a", "b", 'c"', "d,{"]), _VALUES, max_size=3) | _VALUES, max_size=8
)


@given(
    items=_RECORDS,
    blanks=st.lists(_BLANK, min_size=4, max_size=4),
    piece=st.integers(1, 200),
    indent=st.booleans(),
)
def test_items_read_together_are_those_read_one_by_one(
    items: list[object], blanks: list[str], piece: int, *, indent: bool
) -> None:
    before, behind, opening, end = blanks
    written = [json.dumps(one, indent=1 if indent else None) for one in items]
    data = f"[{opening}{f'{before},{behind}'.join(written)}{end}]".encode()

    found = list(json_values(InPieces(data, piece)))

    assert [one.value for one in found if isinstance(one, Value)] == items
    assert [one.place for one in found] == [f"line {number}" for number in lines_of(data, written)]


@given(
    items=st.lists(_VALUES.filter(lambda value: not isinstance(value, list)), max_size=8),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\n\n", " \n", " "]), min_size=8, max_size=8)
    | st.just(["\n"] * 8),
    piece=st.integers(1, 200),
)
def test_lines_read_together_are_those_read_one_by_one(
    items: list[object], ends: list[str], piece: int
) -> None:
    written = [json.dumps(one) for one in items]
    data = "".join(one + end for one, end in zip(written, ends, strict=False)).encode()

    found = list(json_values(InPieces(data, piece)))

    assert [one.value for one in found if isinstance(one, Value)] == items
    assert [one.place for one in found] == [f"line {number}" for number in lines_of(data, written)]


@given(data=st.binary(max_size=40), at=st.integers(0, 60), piece=st.integers(1, 60))
def test_what_is_broken_is_told_where_it_is_however_much_is_read_at_once(
    data: bytes, at: int, piece: int
) -> None:
    sound = b'{"a":1}\n{"a":2}\n{"a":3}\n{"a":[{"a":4},{"a":5}]}\n{"a":6}\n'
    broken = sound[:at] + data + sound[at:]

    assert told(InPieces(broken, piece)) == told(io.BytesIO(broken))


def told(stream: IO[bytes]) -> list[object]:
    found: list[object] = []
    try:
        found.extend(json_values(stream))
    except InvalidError as error:
        found.append((error.place, error.message))
    return found


class InPieces(io.BytesIO):
    """Gives so many bytes at once, as a pipe would."""

    def __init__(self, data: bytes, piece: int) -> None:
        super().__init__(data)
        self._piece = piece

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(self._piece, size) if size is not None and size > 0 else self._piece)


def lines_of(data: bytes, written: list[str]) -> Iterator[int]:
    """Yield the line at which each of the values that are *written* in this order begins."""
    at = 1 if data.startswith(b"[") else 0
    for one in written:
        at = data.index(one.encode(), at)
        yield data.count(b"\n", 0, at) + 1
        at += len(one.encode())
