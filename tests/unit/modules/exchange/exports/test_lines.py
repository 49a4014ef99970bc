import contextlib
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.format import Refused
from chariot.modules.exchange.exports.lines import (
    VERSION,
    EntityLine,
    Header,
    Placed,
    RelationshipLine,
    read_header,
    read_lines,
)
from support.exports import DOMAIN

HEADER = {"chariot": 1, "program": "Chariot 0.1.0", "organisation": "acme"}
ENTITY = {
    "line": "entity",
    "key": DOMAIN.key,
    "entity": {"kind": "domain", "host": DOMAIN.host},
    "first_seen": "2026-03-01T12:00:00Z",
    "last_seen": "2026-03-01T12:00:00Z",
    "updated": "2026-03-01T12:00:00Z",
}
RELATIONSHIP = {
    "line": "relationship",
    "relationship": {"type": "RESOLVES_TO", "source": DOMAIN.key, "target": "#address#192.0.2.7"},
    "first_seen": "2026-03-01T12:00:00Z",
    "last_seen": "2026-03-01T12:00:00Z",
}
END = {"line": "end", "entities": 1, "relationships": 1}


def stream(*lines: Any) -> io.BytesIO:
    return io.BytesIO(b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines))


def read(*lines: Any) -> list[Placed | Refused]:
    file = stream(HEADER, *lines)
    read_header(file)
    return list(read_lines(file))


def test_a_file_of_the_first_version_is_read_for_ever() -> None:
    file = stream(HEADER, ENTITY, RELATIONSHIP, END)

    assert read_header(file).organisation == "acme"
    assert [type(item.line) for item in read_lines(file) if isinstance(item, Placed)] == [
        EntityLine,
        RelationshipLine,
    ]


def test_members_that_a_later_writer_added_do_no_harm() -> None:
    newer = stream(
        {**HEADER, "colour": "red"},
        {**ENTITY, "mood": {"good": True}},
        {**RELATIONSHIP, "weight": 3},
        {**END, "sum": "ab"},
    )

    read_header(newer)
    assert all(isinstance(item, Placed) for item in read_lines(newer))


def test_kinds_and_lines_of_a_later_writer_are_refused_one_by_one() -> None:
    found = read(
        {**ENTITY, "entity": {"kind": "spaceship", "name": "x"}},
        {"line": "comment", "text": "hello"},
        RELATIONSHIP,
        END,
    )

    assert [type(item) for item in found] == [Refused, Refused, Placed]
    assert [item.place for item in found] == ["line 2", "line 3", "line 4"]


@pytest.mark.parametrize("version", [0, VERSION + 1, 99])
def test_a_file_of_another_version_is_refused_whole(version: int) -> None:
    with pytest.raises(InvalidError, match=f"version {version}"):
        read_header(stream({**HEADER, "chariot": version}))


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b"\xff", b'{"chariot":"one"}', b'{"chariot":', b"<xml>"]
)
def test_what_is_no_export_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidError, match="line 1"):
        read_header(io.BytesIO(data))


@pytest.mark.parametrize("lines", [[ENTITY, RELATIONSHIP], [], [ENTITY]])
def test_a_cut_file_is_known_for_what_it_is(lines: list[Any]) -> None:
    with pytest.raises(InvalidError, match="cut"):
        read(*lines)


@pytest.mark.parametrize("lines", [[ENTITY, END], [RELATIONSHIP, END], [ENTITY, ENTITY, RELATIONSHIP, END]])
def test_an_end_that_counts_other_lines_is_refused(lines: list[Any]) -> None:
    with pytest.raises(InvalidError, match="its end says"):
        read(*lines)


def test_nothing_stands_behind_the_end() -> None:
    with pytest.raises(InvalidError, match="line 5: something follows"):
        read(ENTITY, RELATIONSHIP, END, ENTITY)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"key": "#domain#other.test"}, "the key of the entity is"),
        ({"first_seen": "2027-01-01T00:00:00Z"}, "first seen after"),
        ({"last_seen": "2026-03-01T12:00:00"}, "time zone"),
        ({"entity": {"kind": "domain", "host": "not a host"}}, "host"),
        ({"status": "asleep"}, "status"),
    ],
)
def test_a_wrong_line_is_refused_alone_with_its_reason(changed: dict[str, Any], reason: str) -> None:
    wrong, right = read({**ENTITY, **changed}, RELATIONSHIP, END)

    assert isinstance(wrong, Refused)
    assert reason in wrong.reason
    assert isinstance(right, Placed)


@given(st.binary(max_size=200))
def test_any_bytes_give_lines_or_one_error(data: bytes) -> None:
    file = io.BytesIO(json.dumps(HEADER, separators=(",", ":")).encode() + b"\n" + data)
    read_header(file)

    found: list[Placed | Refused] = []
    with contextlib.suppress(InvalidError):
        found.extend(read_lines(file))

    assert all(isinstance(item, Placed | Refused) for item in found)


def test_a_header_without_its_members_is_one_of_nothing_known() -> None:
    assert read_header(io.BytesIO(b'{"chariot":1}\n')) == Header()
