"""Rows of the queue tables, their states, and the counters that go with them."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from zlib import crc32

import apsw
import msgspec

from chariot.adapters.local_bus import statements
from chariot.model.keys import Organisation
from chariot.modules.work.messages import DeadLetter, Delivery, Message, Oldest, Standing

READY, LEASED, DELAYED, BEHIND = range(4)

Row = tuple[Any, ...]
Deltas = Counter[tuple[str, str, str]]
"""How the counters move, by queue, organisation and column."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_STANDINGS = {
    READY: Standing.WAITING,
    LEASED: Standing.LEASED,
    DELAYED: Standing.DELAYED,
    BEHIND: Standing.WAITING,
}
_COLUMNS = ("waiting", "leased", "delayed", "dead")


def micros(at: datetime) -> int:
    """Return *at* in microseconds since 1970."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at_us: int) -> datetime:
    """Return the instant that `micros` wrote."""
    return _EPOCH + at_us * _MICROSECOND


def fetch(connection: apsw.Connection, sql: str, values: Sequence[Any] = ()) -> list[Row]:
    """Return all rows of one statement."""
    return list(connection.execute(sql, tuple(values)))


@lru_cache(4_096)
def lanes_of(queue: str, organisation: str) -> tuple[int, int]:
    """Return the first and the last lane that the messages of one organisation can have in *queue*."""
    first = _hash(f"{queue}\0{organisation}") << 32
    return first, first + 0xFFFF_FFFF


def lane_of(message: Message) -> int:
    """Return the lane of *message* as a signed 64-bit number.

    Two keys that share a lane, one pair in some ten thousand million, only wait for each other.
    """
    return lanes_of(message.queue, message.organisation)[0] + crc32(message.order_key.encode())


def known_as(message: Message) -> str:
    """Return by what a message is known again within its queue: no organisation can take up another's ids."""
    return f"{message.organisation}\n{message.id}"


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=4).digest(), "big", signed=True)


def as_json(values: Sequence[int] | Sequence[str]) -> str:
    """Return *values* as a statement takes a list."""
    return msgspec.json.encode(values).decode()


def receipt(sequence: int, attempt: int) -> str:
    """Return what proves the lease of one attempt."""
    return f"{sequence}.{attempt}"


def lease_of(delivery: Delivery) -> tuple[int, int]:
    """Return sequence and attempt of a receipt; of a foreign one numbers that no message has."""
    sequence, _, attempt = delivery.receipt.partition(".")
    try:
        return int(sequence), int(attempt)
    except ValueError:
        return -1, -1


def number_of(text: str) -> int:
    """Return *text* as a number that a message can have, or -1."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else -1


def message_from(row: Row) -> Message:
    """Return the message of a row that begins with queue, id, organisation, order key and body."""
    return Message(queue=row[0], id=row[1], organisation=Organisation(row[2]), order_key=row[3], body=row[4])


def dead_letter_from(row: Row) -> DeadLetter:
    """Return the dead letter of a row: a message, then sequence, attempt, error, publication and death."""
    return DeadLetter(
        number=str(row[5]),
        message=message_from(row),
        attempts=row[6],
        error=row[7],
        published_at=moment(row[8]),
        died_at=moment(row[9]),
    )


def oldest_from(row: Row) -> Oldest:
    """Return what a message does: id, key, publication, state, since, until, owner, attempt, error."""
    return Oldest(
        id=row[0],
        order_key=row[1],
        published_at=moment(row[2]),
        standing=_STANDINGS[row[3]],
        since=moment(row[4]),
        until=moment(row[5]) if row[3] in {LEASED, DELAYED} else None,
        owner=row[6],
        attempt=row[7],
        error=row[8],
    )


def count(connection: apsw.Connection, deltas: Deltas) -> None:
    """Move the counters of each queue and organisation, and the sums."""
    moved: dict[tuple[str, str], Counter[str]] = {}
    for (queue, organisation, column), difference in deltas.items():
        for line in ((queue, organisation), (queue, "")):
            moved.setdefault(line, Counter())[column] += difference
    connection.executemany(
        statements.COUNT,
        [(*line, *(columns[name] for name in _COLUMNS)) for line, columns in moved.items()],
    )
