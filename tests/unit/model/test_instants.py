from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.model.instants import written_instant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-01-31", datetime(2026, 1, 31)),  # noqa: DTZ001 - it names no zone
        ("2026-01-31 18:05", datetime(2026, 1, 31, 18, 5)),  # noqa: DTZ001 - it names no zone
        ("2026-01-31T18:05:07Z", datetime(2026, 1, 31, 18, 5, 7, tzinfo=UTC)),
        ("2026-01-31T18:05:07.250+05:30", datetime(2026, 1, 31, 12, 35, 7, 250_000, tzinfo=UTC)),
        ("2026-01-31T18:05:07-0800", datetime(2026, 2, 1, 2, 5, 7, tzinfo=UTC)),
    ],
)
def test_what_people_write_is_read(text, meant):
    assert written_instant(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-W05-1",
        "20260131",
        "2026-01-31T12",
        "2026-01-31T1200",
        "2026-01-31x12:00:00",
        "2026-01-31T24:00:00",
        "2026-01-31T12:00:00,5Z",
        "2026-01-31T12:00:00z",
        "2026-02-30",
        "\u0662\u0660\u0662\u0666-01-31",
        " 2026-01-31",
        "2026-01-31\n",
        "1e3",
    ],
)
def test_what_nobody_means_is_refused(text):
    with pytest.raises(ValueError, match=r"form|day|month"):
        written_instant(text)


@given(st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-3, minutes=-30))])))
def test_what_programs_write_is_read_as_it_was_meant(moment):
    assert written_instant(moment.isoformat()) == moment
