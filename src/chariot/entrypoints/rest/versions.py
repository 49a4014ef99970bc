"""Versions of the API: which one a request asks for, and what is told of operations that will go."""

from datetime import datetime
from email.utils import format_datetime

import msgspec

from chariot.errors import InvalidError

VERSION = "1.1"
"""Of the API, not of the product: the second number grows with what is added, the first with what breaks."""
HEADER = "chariot-version"
_FIRST, _SECOND = VERSION.split(".")
SPOKEN = tuple(f"{_FIRST}.{number}" for number in range(int(_SECOND) + 1))
"""What a caller may have been written against."""


class Deprecation(msgspec.Struct, frozen=True, kw_only=True):
    """Since when an operation is on its way out, when it goes, and where its successor is described."""

    since: datetime
    sunset: datetime
    link: str


def check_version(asked: str) -> None:
    """Refuse a request that asks for a version that this server does not speak.

    Within one first number a newer server answers as an older one did, with more beside it.

    Raises:
        InvalidError: it is no version, or another one.
    """
    if asked not in SPOKEN:
        raise InvalidError(f"this server speaks {SPOKEN[0]} to {VERSION}, not {asked[:20]!r}", place=HEADER)


def deprecation_headers(told: Deprecation | None) -> dict[str, str]:
    """Return what goes with each answer of an operation that will go. Source: RFC 9745 and RFC 8594."""
    if told is None:
        return {}
    return {
        "deprecation": f"@{int(told.since.timestamp())}",
        "sunset": format_datetime(told.sunset, usegmt=True),
        "link": f'<{told.link}>; rel="deprecation"',
    }
