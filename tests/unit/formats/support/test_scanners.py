from datetime import UTC, datetime
from io import BytesIO, RawIOBase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.formats.support.scanners import (
    beginning,
    hour,
    is_json,
    is_xml,
    moment,
    plain,
    port_number,
    weakness,
)
from chariot.model.checks import weakness_id


@pytest.mark.parametrize(
    ("markup", "written"),
    [
        ("<p>One.</p><p>Two.</p>", "One.\nTwo."),
        ("a<br/>b &amp; c", "a\nb & c"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("no markup", "no markup"),
        (None, ""),
    ],
)
def test_markup_becomes_text(markup: object, written: str) -> None:
    assert plain(markup) == written


@given(st.text())
def test_any_markup_becomes_text_within_the_limit(markup: str) -> None:
    assert len(plain(markup, 50)) <= 50


@pytest.mark.parametrize(
    ("written", "pattern", "instant"),
    [
        ("2026-03-01T10:00:00+02:00", "", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("01/03/2026 10:00", "%d/%m/%Y %H:%M", datetime(2026, 3, 1, 10, tzinfo=UTC)),
        ("Sun Mar 01 10:00:00 EST 2026", "%a %b %d %H:%M:%S %Y", datetime(2026, 3, 1, 15, tzinfo=UTC)),
        ("01 Mar 2026 10:00AM -0400", "%d %b %Y %I:%M%p %z", datetime(2026, 3, 1, 14, tzinfo=UTC)),
        ("some day", "%d/%m/%Y", None),
        ("", "%d/%m/%Y", None),
    ],
)
def test_an_instant_is_read_in_the_tools_spelling(
    written: str, pattern: str, instant: datetime | None
) -> None:
    assert moment(written, pattern) == instant


@given(st.text(max_size=60))
def test_any_text_is_an_instant_or_none(written: str) -> None:
    found = moment(written, "%d/%m/%Y", "%a %b %d %H:%M:%S %Y")

    assert found is None or found.tzinfo is UTC


def test_sightings_of_one_hour_belong_together() -> None:
    assert hour(datetime(2026, 3, 1, 10, 59, 59, 7, tzinfo=UTC)) == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert hour(None) is None


@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("https://www.perimeter.test/login?x=1#y", "tool:7:/login"),
        ("/login", "tool:7:/login"),
        ("https://www.perimeter.test/", "tool:7"),
        ("", "tool:7"),
        ("https://[bad", "tool:7"),
    ],
)
def test_a_finding_at_a_page_is_named_by_its_path(where: str, name: str) -> None:
    assert weakness("tool", 7, where) == name


def test_long_paths_that_differ_at_their_ends_stay_apart() -> None:
    first, second = (weakness("tool", 7, "/" + "a" * 900 + end) for end in "xy")

    assert first != second
    assert len(first) < 400


@given(st.text(), st.text())
def test_any_rule_and_place_name_a_weakness(rule: str, where: str) -> None:
    name = weakness("tool", rule, where)

    assert weakness_id(name) == name


@pytest.mark.parametrize(("written", "number"), [("443", 443), (0, 0), ("65536", 0), ("-1", 0), (None, 0)])
def test_a_port_is_from_1_to_65535(written: object, number: int) -> None:
    assert port_number(written) == number


def test_the_beginning_is_read_and_left() -> None:
    stream = BytesIO(b" {} ")

    assert (beginning(stream), stream.read()) == (b" {} ", b" {} ")


def test_a_stream_that_cannot_go_back_is_refused() -> None:
    class Pipe(RawIOBase):
        pass

    with pytest.raises(InvalidError, match="read twice"):
        beginning(Pipe())


@pytest.mark.parametrize(
    ("head", "xml", "json"),
    [
        (b"\xef\xbb\xbf<a>", True, False),
        ("<a>".encode("utf-16"), True, False),
        (b"\n [", False, True),
        (b"a,b", False, False),
    ],
)
def test_xml_and_json_are_told_apart(head: bytes, *, xml: bool, json: bool) -> None:
    assert (is_xml(head), is_json(head)) == (xml, json)
