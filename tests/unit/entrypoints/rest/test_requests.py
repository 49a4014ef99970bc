import asyncio
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.entrypoints.rest.problems import MediaTypeError, SlowRequestError
from chariot.entrypoints.rest.requests import (
    decode_body,
    instant,
    path_parameter,
    query_parameters,
    read_body,
    revision_of,
)
from chariot.errors import InvalidError, TooLargeError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
JSON = {"content-type": "application/json"}


class Asked(msgspec.Struct, forbid_unknown_fields=True):
    limit: Annotated[int, msgspec.Meta(ge=1, le=10, description="The most items on one page")] = 5
    text: str = ""
    everything: Annotated[bool, msgspec.Meta(description="Also what is gone")] = False
    after: Annotated[Annotated[int, msgspec.Meta(ge=0)] | None, msgspec.Meta(description="From here on")] = (
        None
    )


def messages(*chunks: bytes):
    left = list(chunks)

    async def receive():
        chunk = left.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    return receive


def test_parameters_become_typed_values():
    assert query_parameters("limit=7&text=a%20b&everything=true", Asked) == Asked(7, "a b", everything=True)


def test_without_a_query_the_defaults_hold():
    assert query_parameters("", Asked) == Asked()


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("limit=x", "limit"),
        ("limit=11", "limit"),
        ("limit=", "limit"),
        ("limit=1e0", "limit"),
        ("limit=5.0", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=05", "limit"),
        ("limit=-0", "limit"),
        ("limit=%205", "limit"),
        ("limit=5%0A", "limit"),
        ("limit=1_0", "limit"),
        ("limit=%D9%A5", "limit"),
        ("limit=null", "limit"),
        ("after=null", "after"),
        ("after=1E2", "after"),
        ("everything=TRUE", "everything"),
        ("everything=1", "everything"),
        ("everything=yes", "everything"),
        ("everything=", "everything"),
        ("text=a%00b", "text"),
        ("text=\u00c3\u00bc", "query"),
        ("everything=maybe", "everything"),
        ("limt=5", "limt"),
        ("text=a&text=b", "text"),
        ("text=%ff", "query"),
        ("&".join(f"a{n}=1" for n in range(40)), "query"),
    ],
)
def test_a_wrong_parameter_is_named(query, place):
    with pytest.raises(InvalidError) as raised:
        query_parameters(query, Asked)

    assert raised.value.place == place


@given(st.text(max_size=200))
def test_any_query_is_either_read_or_refused(query):
    try:
        query_parameters(query, Asked)
    except InvalidError as error:
        assert error.place  # noqa: PT017 - either outcome is right, and this is what one of them promises


def test_a_segment_is_decoded_once():
    assert path_parameter("key", "%23a%2523") == "#a%23"


@pytest.mark.parametrize(("segment", "why"), [("%ff", "is not UTF-8"), ("a%00", "has a NUL character")])
def test_a_segment_that_no_store_keeps_is_refused(segment, why):
    with pytest.raises(InvalidError, match=f"key: {why}"):
        path_parameter("key", segment)


async def test_a_body_comes_in_pieces():
    assert await read_body(messages(b"{", b"}"), JSON, limit_bytes=10, timeout_s=1) == b"{}"


@pytest.mark.parametrize(
    ("headers", "error"),
    [
        ({}, MediaTypeError),
        ({"content-type": "text/plain"}, MediaTypeError),
        ({"content-type": "application/json, text/plain"}, MediaTypeError),
        (JSON | {"content-encoding": "gzip"}, MediaTypeError),
        (JSON | {"content-length": "11"}, TooLargeError),
        (JSON | {"content-length": "9" * 5_000}, TooLargeError),
    ],
)
async def test_what_the_headers_tell_is_refused_unread(headers, error):
    with pytest.raises(error):
        await read_body(messages(), headers, limit_bytes=10, timeout_s=1)


async def test_a_body_that_grows_past_the_limit_is_not_read_to_its_end():
    with pytest.raises(TooLargeError):
        await read_body(messages(b"12345", b"678901", b"never read"), JSON, limit_bytes=10, timeout_s=1)


async def test_a_body_that_stalls_is_given_up():
    async def receive():
        await asyncio.Event().wait()

    with pytest.raises(SlowRequestError):
        await read_body(receive, JSON, limit_bytes=10, timeout_s=0.01)


async def test_a_caller_who_goes_away_leaves_no_half_body():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(InvalidError, match="before it was complete"):
        await read_body(receive, JSON, limit_bytes=10, timeout_s=1)


@given(st.binary(max_size=300))
def test_any_body_is_either_read_or_refused(body):
    decoder = msgspec.json.Decoder(Asked)
    try:
        decode_body(body, decoder)
    except InvalidError as error:
        assert error.place  # noqa: PT017 - either outcome is right, and this is what one of them promises


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-02-28T11:00:00Z", NOW - timedelta(days=1, hours=1)),
        ("2026-02-28T12:00:00+01:00", NOW - timedelta(days=1, hours=1)),
        ("2026-02-28T12:00:00 01:00", NOW - timedelta(days=1, hours=1)),
        ("2026-03-01T12:00:00", NOW),
        ("2026-03-01 12:00", NOW),
        ("24h", NOW - timedelta(days=1)),
        ("2w", NOW - timedelta(days=14)),
    ],
)
def test_an_instant_is_iso_8601_or_a_time_ago(text, moment):
    assert instant(text, place="since", now=NOW) == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "24",
        "-1h",
        "999999w",
        "2026-13-01",
        "2026-W05-1",
        "20260131",
        "2026-01-31x12:00:00",
        "0001-01-01T00:00:00+23:00",
        "٣h",
        "\0",
    ],
)
def test_anything_else_is_no_instant(text):
    with pytest.raises(InvalidError, match="since"):
        instant(text, place="since", now=NOW)


def test_a_time_ago_is_taken_only_where_it_makes_sense():
    with pytest.raises(InvalidError, match="as_of"):
        instant("24h", place="as_of")


@pytest.mark.parametrize(
    ("headers", "revision"),
    [
        ({}, None),
        ({"if-match": "*"}, None),
        ({"if-match": '"7"'}, 7),
        ({"if-match": '"7-0a1b2c3d"'}, 7),
        ({"if-match": ' "12-ff" '}, 12),
    ],
)
def test_the_revision_stands_before_the_dash(headers, revision):
    assert revision_of(headers) == revision


@pytest.mark.parametrize(
    "header", ["", "7", '"x"', 'W/"7"', '"7", "8"', '"' + "9" * 30 + '"', '"7-zz"', '"\u0667"']
)
def test_what_is_no_etag_of_an_entity_is_refused(header):
    with pytest.raises(InvalidError, match="if-match"):
        revision_of({"if-match": header})
