"""Dates and times as people and programs write them, read in one way everywhere."""

import re
from datetime import datetime

_FORM = re.compile(
    r"\d{4}-\d\d-\d\d"
    r"(?:[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)?)?",
    re.ASCII,
)


def written_instant(text: str) -> datetime:
    """Return the date, or the date and time, that *text* is; without a zone where it names none.

    It is what RFC 3339 shares with ISO 8601. The standard library reads more, and more with each release: week dates,
    forms without separators, any character between date and time. Nobody means those, and a slip reads as one.

    >>> written_instant("2026-01-31T12:00Z")
    datetime.datetime(2026, 1, 31, 12, 0, tzinfo=datetime.timezone.utc)

    Raises:
        ValueError: it is none, or one that the calendar does not have.
    """
    if _FORM.fullmatch(text) is None:
        raise ValueError("is not in the form 2026-01-31T12:00:00Z")
    return datetime.fromisoformat(text)
