"""What the server refuses is told in one sentence."""

import pytest

from chariot.adapters.nats.engine import ApiError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            {"code": 503, "err_code": 10_023, "description": "insufficient resources"},
            "NATS refuses a message: insufficient resources; its disk is full: make room, then start it again",
        ),
        (
            {"code": 404, "err_code": 10_059, "description": "stream not found"},
            "NATS refuses a message: stream not found",
        ),
    ],
)
def test_a_refusal_says_what_to_do_where_there_is_something_to_do(
    error: dict[str, object], told: str
) -> None:
    assert str(ApiError("a message", error)) == told
