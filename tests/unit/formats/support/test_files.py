import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.format import Parsed, Refused
from chariot.formats.support.files import begin, each, json_names
from chariot.formats.support.json import Value


@given(data=st.binary(max_size=20_000), piece=st.integers(1, 9_000))
def test_a_stream_that_was_begun_still_has_its_beginning(data: bytes, piece: int) -> None:
    head, rest = begin(io.BytesIO(data))

    assert head == data[:8_192]
    assert b"".join(iter(lambda: rest.read(piece), b"")) == data


def test_closing_what_was_begun_leaves_the_stream_open() -> None:
    stream = io.BytesIO(b"abc")

    begin(stream)[1].close()

    assert not stream.closed


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (b'{"a": 1, "b": {"c": {"d": 1}}}', {"a", "b", "b.c"}),
        (b'[{"a": [{"b": 1}]}, {"z": 1}]', {"a", "a.b"}),
        (b'{"a": "x\\"y: {", "b": [', {"a", "b"}),
        (b'{"a": 1}\n{"z": 1}', {"a"}),
        (b"a,b\n", set()),
        (b"}}}", set()),
        (b"", set()),
    ],
)
def test_the_names_of_the_first_object_are_known(head: bytes, names: set[str]) -> None:
    assert json_names(head) == names


@given(head=st.binary(max_size=500))
def test_any_beginning_has_names_or_none(head: bytes) -> None:
    assert isinstance(json_names(b"{" + head), frozenset)


def test_a_bad_record_leaves_the_others() -> None:
    def read(item: Value) -> Parsed:
        return Parsed(item.place, findings=int(item.value))

    items = list(
        each([Value("line 1", "1"), Value("line 2", "x"), Refused("line 3", "no"), Value("line 4", 4)], read)
    )

    assert [type(item) for item in items] == [Parsed, Refused, Refused, Parsed]
