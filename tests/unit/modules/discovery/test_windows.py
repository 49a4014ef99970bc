from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.errors import InvalidError
from chariot.modules.discovery.windows import Window, read_window


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        ("22:00-06:00", ["2026-01-05T23:00", "2026-01-06T05:59"], ["2026-01-06T06:00", "2026-01-06T12:00"]),
        ("mon-fri 08:00-18:00", ["2026-01-05T08:00"], ["2026-01-04T09:00", "2026-01-05T18:00"]),
        # The night that starts on a Friday ends on a Saturday; the one that starts on a Saturday is not meant.
        (
            "fri 22:00-06:00",
            ["2026-01-09T23:00", "2026-01-10T05:00"],
            ["2026-01-10T23:00", "2026-01-09T05:00"],
        ),
        ("sat-mon 00:00-00:00", ["2026-01-10T00:00", "2026-01-12T23:59"], ["2026-01-13T00:00"]),
        # Noon in Berlin is eleven in winter, and ten in summer.
        ("12:00-13:00 Europe/Berlin", ["2026-01-05T11:30", "2026-07-06T10:30"], ["2026-01-05T12:30"]),
        ("mon,wed 10:00-11:00 UTC", ["2026-01-05T10:00", "2026-01-07T10:59"], ["2026-01-06T10:30"]),
    ],
)
def test_a_window_holds_its_hours_on_its_days(window, inside, outside) -> None:
    read = read_window(window)

    assert [read.holds(at(moment)) for moment in inside] == [True] * len(inside)
    assert [read.holds(at(moment)) for moment in outside] == [False] * len(outside)


@pytest.mark.parametrize(
    "text",
    [
        "", "always", "25:00-26:00", "10:00", "10:00-10:00", "abc 10:00-11:00", "mon-xyz 10:00-11:00",
        "10:00-11:00 Mars/Olympus", "10:00-11:00 ../../etc/passwd", "10:00-11:00 Europe", "10:00-11:00 /etc/passwd",
    ],
)  # fmt: skip
def test_what_is_no_window_is_refused(text) -> None:
    with pytest.raises(InvalidError, match="is no time window"):
        read_window(text)


@given(st.text(max_size=60))
def test_any_text_is_a_window_or_a_clear_error(text) -> None:
    try:
        assert isinstance(read_window(text), Window)
    except InvalidError:
        return


@given(st.datetimes(timezones=st.just(UTC)), st.times(), st.times())
def test_a_window_and_the_rest_of_the_day_hold_each_moment_once(moment, one, other) -> None:
    start, end = sorted((one.replace(microsecond=0), other.replace(microsecond=0)))
    if time() in (start, end) or start == end:
        return
    everyday = frozenset(range(7))

    held = [
        Window(everyday, start, end, "UTC").holds(moment),
        Window(everyday, end, start, "UTC").holds(moment),
    ]

    assert sorted(held) == [False, True]
