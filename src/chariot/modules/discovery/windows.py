"""Time windows of scope contracts: days of the week and hours of the day in a time zone."""

import re
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from chariot.errors import InvalidError
from chariot.model.checks import shown

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM: Final = re.compile(
    r"(?:(?P<days>[a-z]{3}(?:-[a-z]{3})?(?:,[a-z]{3}(?:-[a-z]{3})?){0,6}) )?"
    r"(?P<start>\d{2}:\d{2})-(?P<end>\d{2}:\d{2})(?: (?P<zone>[A-Za-z0-9_+/-]{1,64}))?"
)
_MIDNIGHT: Final = time()


class Window(msgspec.Struct, frozen=True):
    """From an hour of some days to a later one; one that ends before it starts goes over midnight."""

    days: frozenset[int]
    """Monday is 0; the day on which it starts."""
    start: time
    end: time
    """Midnight is the end of the day."""
    zone: str

    def holds(self, now: datetime) -> bool:
        """Return whether *now* is in it."""
        local = now.astimezone(UTC if self.zone == "UTC" else ZoneInfo(self.zone))
        clock = local.time().replace(tzinfo=None)
        if self.end == _MIDNIGHT or self.start < self.end:
            return (
                local.weekday() in self.days
                and self.start <= clock
                and (self.end == _MIDNIGHT or clock < self.end)
            )
        yesterday = (local - timedelta(days=1)).weekday()
        return (local.weekday() in self.days and clock >= self.start) or (
            yesterday in self.days and clock < self.end
        )


def read_window(text: str) -> Window:
    """Return the window that *text* says: `[DAYS ]HH:MM-HH:MM[ ZONE]`, such as `mon-fri,sun 22:00-06:00 Europe/Berlin`.

    Raises:
        InvalidError: it says none; the text tells why.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise InvalidError(
            f"is no time window: {shown(text)}; write one like mon-fri 22:00-06:00 Europe/Berlin",
            place="windows",
        )
    zone = match["zone"] or "UTC"
    try:
        ZoneInfo(zone) if zone != "UTC" else None
        start, end = (time.fromisoformat(match[part]) for part in ("start", "end"))
    # The zone's name leads to a file, which may be a folder or no file of zones at all.
    except (ValueError, OSError, KeyError) as error:
        raise InvalidError(f"is no time window: {shown(text)}: {error}", place="windows") from None
    if start == end != _MIDNIGHT:
        raise InvalidError(f"is no time window: {shown(text)} has no length", place="windows")
    return Window(_days(match["days"] or "mon-sun", text), start, end, zone)


def _days(text: str, whole: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise InvalidError(
                f"is no time window: {shown(whole)}: days are {', '.join(DAYS)}", place="windows"
            )
        low, high = DAYS.index(first), DAYS.index(last or first)
        # A range may go over the end of the week.
        found.update(day % 7 for day in range(low, high + 1 if high >= low else high + 8))
    return frozenset(found)
