"""Moments as people write and read them: `24h` ago, a date, local time with its offset."""

import re
from datetime import datetime, timedelta

from chariot.errors import InvalidError
from chariot.model.instants import written_instant

_SPAN = re.compile(r"(\d{1,6})\s*([smhdw])", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_moment(text: str, now: datetime, *, place: str, ahead: bool = False) -> datetime:
    """Return the moment that *text* names: a span before *now* (after it, with *ahead*), or a date and time.

    A date or time without an offset is local.

    Raises:
        InvalidError: it is neither; the text names *place*.
    """
    words = text.strip().lower()
    if words == "now":
        return now
    span = _SPAN.fullmatch(words)
    try:
        if span is not None:
            length = timedelta(seconds=int(span[1]) * _SECONDS[span[2]])
            return now + length if ahead else now - length
        moment = written_instant(text.strip())
        return moment.astimezone(now.tzinfo)
    except (ValueError, OverflowError):
        raise InvalidError(
            f"{text[:40]!r} is neither a span like 90m, 24h, 7d nor a moment like 2026-01-31T18:00",
            place=place,
        ) from None


def local(moment: datetime | None) -> str:
    """Return *moment* in the local zone with its offset; `-` when there is none."""
    if moment is None:
        return "-"
    return moment.astimezone().isoformat(sep=" ", timespec="seconds")


def ago(moment: datetime, now: datetime) -> str:
    """Return how long before *now*, in the largest whole unit.

    >>> from datetime import UTC
    >>> ago(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC))
    '2 d ago'
    """
    seconds = int((now - moment).total_seconds())
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit} ago"
    return "just now" if seconds < 10 else f"{seconds} s ago"
