import io

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.format import Refused
from chariot.formats.support import json_reader
from chariot.formats.support.json import json_members, json_values

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
