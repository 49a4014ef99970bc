"""Streaming over a JSON array."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.intel.feeds import scan
from chariot.modules.intel.feeds.scan import ArrayReader

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(max_size=6), VALUES, max_size=4)


def read(document: bytes) -> list[bytes]:
    return list(ArrayReader(io.BytesIO(document), "items"))


@given(st.lists(OBJECTS, max_size=6), st.sampled_from([None, 2]), st.booleans())
def test_every_object_of_any_document_comes_out_as_it_went_in(objects, indent, escaped):
    document = json.dumps(
        {"before": {"a": "]"}, "items": objects, "after": [1]}, indent=indent, ensure_ascii=escaped
    )

    assert [json.loads(item) for item in read(document.encode("utf-8", "surrogatepass"))] == objects


@given(st.lists(OBJECTS, min_size=1, max_size=4), st.data())
def test_a_document_cut_anywhere_is_refused(objects, data):
    document = json.dumps({"items": objects, "after": 1}).encode()
    cut = data.draw(st.integers(0, len(document) - 1))

    with pytest.raises(InvalidError):
        read(document[:cut])


def test_objects_larger_than_a_chunk_come_out_whole(monkeypatch):
    monkeypatch.setattr(scan, "CHUNK_BYTES", 7)
    objects = [{"text": 'quote " brace } backslash \\' * 9}, {}, {"a": {"b": [{"c": 1}]}}]

    assert [json.loads(item) for item in read(json.dumps({"items": objects}).encode())] == objects


def test_an_object_over_the_limit_is_refused(monkeypatch):
    monkeypatch.setattr(scan, "CHUNK_BYTES", 64)
    monkeypatch.setattr(scan, "MAX_ITEM_BYTES", 256)

    with pytest.raises(InvalidError, match="larger than 256"):
        read(json.dumps({"items": [{"text": "x" * 2_000}]}).encode())


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b'{"items": 5}',
        b'{"items": [1]}',
        b'{"items": [{},]}',
        b'{"items": [{}{}]}',
        b'{"items": [{}]',
        b'{"items": [,{}]}',
    ],
)
def test_what_is_no_array_of_objects_is_refused(document):
    with pytest.raises(InvalidError):
        read(document)


def test_nesting_deeper_than_any_feed_is_refused():
    with pytest.raises(InvalidError, match="nested deeper"):
        read(b'{"items": [' + b'{"a":' * 50 + b"1" + b"}" * 50 + b"]}")


def test_head_and_tail_are_kept_for_the_version():
    reader = ArrayReader(io.BytesIO(b'{"v": 1, "items": [{}], "w": 2}'), "items")
    list(reader)

    assert (reader.head, reader.tail, reader.count) == (b'{"v": 1, ', b', "w": 2}', 1)
