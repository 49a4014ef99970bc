import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.formats.support.json_paths import begins_with_array, json_at, look_ahead, require

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


def at(value: object, path: str) -> list[object]:
    """Return what stands at a path, the plain way."""
    found = [value]
    for name in path.split("."):
        found = [
            inner
            for one in found
            for key, inner in (
                one.items() if isinstance(one, dict) else enumerate(one) if isinstance(one, list) else ()
            )
            if name in ("*", str(key))
        ]
    return found


@given(ANY, st.lists(st.sampled_from(["a", "b", "*", "0"]), min_size=1, max_size=4).map(".".join))
def test_what_stands_at_a_path_is_found_in_order(value: object, path: str) -> None:
    stream = io.BytesIO(json.dumps(value).encode())

    assert [found.value for found in json_at(stream, path)] == at(value, path)


def test_the_line_and_the_path_of_a_value_are_told() -> None:
    (found,) = json_at(io.BytesIO(b'{"a":\n {"b": [\n 7]}}'), "a.b.*")

    assert (found.place, found.path, found.value) == ("line 3", ("a", "b", "0"), 7)


def test_looking_ahead_leaves_the_stream_where_it_is() -> None:
    stream = io.BytesIO(b'{"rows": [], "name": "x"}')
    stream.read(5)

    assert [found.value for found in look_ahead(stream, 0, "name")] == ["x"]
    assert stream.tell() == 5


def test_a_file_of_another_tool_is_refused() -> None:
    with pytest.raises(InvalidError, match="no rows or lines"):
        require(io.BytesIO(b'{"a": 1}'), 0, "it", "rows", "lines")


def test_a_stream_that_cannot_go_back_is_refused_in_words() -> None:
    class Pipe(io.BytesIO):
        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

    with pytest.raises(InvalidError, match="must be a file"):
        look_ahead(Pipe(b"{}"), 0, "a")


@pytest.mark.parametrize(
    ("data", "expected"), [(b" [1]", True), (b"\xef\xbb\xbf[1]", True), (b"{}", False), (b"", False)]
)
def test_an_array_is_known_by_its_beginning(data: bytes, expected: bool) -> None:
    assert begins_with_array(io.BytesIO(data)) is expected


@given(st.binary(max_size=200))
def test_any_bytes_give_values_or_one_error(data: bytes) -> None:
    place = "read"
    try:
        list(json_at(io.BytesIO(data), "a.*", "*"))
    except InvalidError as error:
        place = error.place
    assert place


def test_what_is_passed_over_may_be_larger_than_one_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chariot.formats.support.json_reader.VALUE_LIMIT_BYTES", 1_000_000)
    data = b'{"rows": [' + b",".join([b'"' + b"x" * 1_000 + b'"'] * 4_000) + b'], "name": "x"}'

    assert [found.value for found in json_at(io.BytesIO(data), "name")] == ["x"]
