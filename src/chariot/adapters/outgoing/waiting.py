"""How long another system asks to be left alone. Source: RFC 9110, section 10.2.3; GitHub's REST rate limits."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DAY_S = 86_400.0


def asked_wait_s(status: int, headers: Mapping[str, str], now: datetime) -> float | None:
    """Return how many seconds an answer asks to wait; None where it is no answer that asks for it."""
    # A 503 that says nothing more may come from something in between, with the request done behind it.
    limited = (
        status == 429
        or (status in (403, 503) and "Retry-After" in headers)
        or (status == 403 and headers.get("X-RateLimit-Remaining") == "0")
    )
    if not limited:
        return None
    stated = headers.get("Retry-After", "").strip()
    if stated.isascii() and stated.isdecimal():
        return min(float(stated[:9]), _DAY_S)
    if stated:
        return _until(stated, now)
    reset = headers.get("X-RateLimit-Reset", "").strip()
    if reset.isascii() and reset.isdecimal() and headers.get("X-RateLimit-Remaining") == "0":
        return min(max(float(reset[:12]) - now.timestamp(), 0.0), _DAY_S)
    return 0.0


def _until(stated: str, now: datetime) -> float:
    try:
        moment = parsedate_to_datetime(stated)
    except ValueError:
        return 0.0
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max((aware - now).total_seconds(), 0.0), _DAY_S)
