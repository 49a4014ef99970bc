from datetime import UTC, datetime

import pytest

from chariot.adapters.outgoing.waiting import asked_wait_s

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
RESET = str(int(NOW.timestamp()) + 30)


@pytest.mark.parametrize(
    ("status", "headers", "seconds"),
    [
        (200, {"Retry-After": "5"}, None),
        (500, {}, None),
        (403, {}, None),
        (503, {}, None),
        (429, {}, 0),
        (429, {"Retry-After": "7"}, 7),
        (503, {"Retry-After": "Sat, 10 Jan 2026 12:00:09 GMT"}, 9),
        (503, {"Retry-After": "Sat, 10 Jan 2026 11:00:00 GMT"}, 0),
        (429, {"Retry-After": "soon"}, 0),
        (429, {"Retry-After": "-5"}, 0),
        (429, {"Retry-After": "9" * 50}, 86_400),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": RESET}, 30),
        (403, {"X-RateLimit-Remaining": "12"}, None),
        (403, {"Retry-After": "60"}, 60),
    ],
)
def test_an_answer_says_how_long_to_wait(status: int, headers: dict[str, str], seconds: float | None) -> None:
    assert asked_wait_s(status, headers, NOW) == seconds
