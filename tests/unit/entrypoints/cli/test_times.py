from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.entrypoints.cli.times import ago, local, parse_moment
from chariot.errors import InvalidError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("2w", NOW - timedelta(weeks=2)),
        ("90m", NOW - timedelta(minutes=90)),
        ("now", NOW),
        ("2026-02-01T10:00:00+02:00", datetime(2026, 2, 1, 8, tzinfo=UTC)),
        ("2026-02-01T10:00:00Z", datetime(2026, 2, 1, 10, tzinfo=UTC)),
    ],
)
def test_spans_and_moments_are_understood(text: str, expected: datetime) -> None:
    assert parse_moment(text, NOW, place="--since") == expected


def test_a_span_ahead_lies_in_the_future() -> None:
    assert parse_moment("30d", NOW, place="--until", ahead=True) == NOW + timedelta(days=30)


def test_a_date_without_an_offset_is_local() -> None:
    moment = parse_moment("2026-02-01", NOW, place="--since")

    assert moment.astimezone().replace(tzinfo=None) == datetime(2026, 2, 1)  # noqa: DTZ001 - local on purpose


@given(st.text())
def test_anything_is_a_moment_or_an_error_that_names_the_place(text: str) -> None:
    try:
        place = parse_moment(text, NOW, place="--since").tzinfo and "--since"
    except InvalidError as error:
        place = error.place

    assert place == "--since"


@pytest.mark.parametrize("text", ["2026-W05-1", "20260131", "2026-01-31x12:00", "2026-01-31T12"])
def test_a_moment_that_reads_as_a_slip_is_refused(text: str) -> None:
    with pytest.raises(InvalidError, match="neither a span"):
        parse_moment(text, NOW, place="--since")


def test_a_span_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(InvalidError):
        parse_moment("999999w", NOW, place="--since")


def test_local_time_carries_its_offset() -> None:
    assert datetime.fromisoformat(local(NOW)) == NOW
    assert local(None) == "-"


@pytest.mark.parametrize(("seconds", "said"), [(3, "just now"), (60, "1 min ago"), (7_300, "2 h ago")])
def test_ago_uses_the_largest_whole_unit(seconds: int, said: str) -> None:
    assert ago(NOW - timedelta(seconds=seconds), NOW) == said
