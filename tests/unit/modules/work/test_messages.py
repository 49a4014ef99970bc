from datetime import UTC, datetime

import pytest

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import BODY_LIMIT_BYTES, KEY_LIMIT, Message, Oldest, QueueDepth, Standing

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("queue", ""),
        ("queue", "Plan"),
        ("queue", "plan.risk"),
        ("queue", "p" * 64),
        ("queue", "plan\n"),
        ("id", ""),
        ("id", "a\nb"),
        ("id", "1" * 201),
        ("organisation", ""),
        ("organisation", "a\x00"),
        ("order_key", ""),
        ("order_key", "k" * (KEY_LIMIT + 1)),
        ("body", b"b" * (BODY_LIMIT_BYTES + 1)),
    ],
)
def test_a_message_out_of_bounds_is_refused_with_its_place(place: str, value: object) -> None:
    right = {"queue": "plan", "id": "1", "organisation": Organisation("acme"), "order_key": "#a", "body": b""}

    with pytest.raises(InvalidError) as caught:
        Message(**(right | {place: value}))

    assert caught.value.place == place


@pytest.mark.parametrize(
    ("standing", "error", "words"),
    [
        (Standing.WAITING, "", "waits for a free worker since 12:00:00"),
        (Standing.WAITING, "refused", "attempt 2 failed: refused"),
        (Standing.LEASED, "", "me works on it since 12:00:00 (attempt 2)"),
        (Standing.DELAYED, "refused", "tried again at 12:00:00; attempt 2 failed: refused"),
    ],
)
def test_the_oldest_message_says_why_it_does_not_move(standing: Standing, error: str, words: str) -> None:
    oldest = Oldest(
        id="1",
        order_key="#a",
        published_at=NOON,
        standing=standing,
        since=NOON,
        until=NOON,
        owner="me",
        attempt=2,
        error=error,
    )

    assert words in oldest.reason


def test_dead_letters_are_not_live() -> None:
    assert QueueDepth(queue="plan", waiting=1, leased=2, delayed=3, dead=4).live == 6
