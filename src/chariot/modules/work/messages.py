"""What travels through a queue, and what a queue tells about itself."""

import re
from datetime import datetime
from enum import Enum
from functools import lru_cache

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Organisation

BODY_LIMIT_BYTES = 1_000_000
"""The largest body: what the smallest engine takes in one message, less its headers."""

KEY_LIMIT = 8_192
"""The longest order key, in characters."""

ERROR_LIMIT = 2_000
"""The longest error text that a queue keeps, in characters."""

DEDUPLICATION_S = 3_600.0
"""How long an id is remembered after its publication, at least."""

RETENTION_DAYS = 14
"""How long a dead letter is kept, and a waiting message at least."""

DELIVERY_LIMIT = 20
"""A message whose lease was lost so often, with nobody saying why, becomes a dead letter."""

_QUEUE = re.compile(r"[a-z][a-z0-9-]{0,62}")
_LABEL_LIMIT = 200


@lru_cache(1_024)
def _is_queue(name: str) -> bool:
    return _QUEUE.fullmatch(name) is not None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of work. Its id names it within its queue: published twice, it is done once.

    Raises:
        InvalidError: a name or a size is out of bounds.
    """

    queue: str
    id: str
    organisation: Organisation
    order_key: str
    """Messages of one organisation with the same order key are done one after the other."""
    body: bytes
    trace: str = ""
    """The `traceparent` of whoever published it, or of whoever made the change that it tells of."""

    def __post_init__(self) -> None:
        if not _is_queue(self.queue):
            raise InvalidError("is not lower case letters, digits and hyphens, 63 at most", place="queue")
        if not (0 < len(self.id) <= _LABEL_LIMIT and self.id.isprintable()):
            raise InvalidError(f"has not 1 to {_LABEL_LIMIT} printable characters", place="id")
        if not (0 < len(self.organisation) <= _LABEL_LIMIT and self.organisation.isprintable()):
            raise InvalidError(f"has not 1 to {_LABEL_LIMIT} printable characters", place="organisation")
        if not 0 < len(self.order_key) <= KEY_LIMIT:
            raise InvalidError(f"has not 1 to {KEY_LIMIT:,} characters", place="order_key")
        if len(self.body) > BODY_LIMIT_BYTES:
            raise InvalidError(f"is larger than {BODY_LIMIT_BYTES:,} bytes", place="body")


class Delivery(msgspec.Struct, frozen=True):
    """A message in somebody's hands, for a while."""

    message: Message
    attempt: int
    """The how manieth time it is handed out, from 1."""
    receipt: str
    """Proves the lease; means nothing outside the bus that wrote it."""
    leased_until: datetime


class Standing(Enum):
    """What a message does."""

    WAITING = "waiting"
    LEASED = "leased"
    DELAYED = "delayed"


class Oldest(msgspec.Struct, frozen=True, kw_only=True):
    """The oldest message of a queue, and why it does not move."""

    id: str
    order_key: str
    published_at: datetime
    standing: Standing
    since: datetime
    """Since when it stands so."""
    until: datetime | None
    """When the lease or the delay ends; None while it waits."""
    owner: str
    """Who holds the lease."""
    attempt: int
    error: str
    """Why its last attempt failed; empty when none did."""

    @property
    def reason(self) -> str:
        """One sentence for a person.

        A message that waits stands behind others, or nobody works on its queue.
        """
        failed = f"; attempt {self.attempt} failed: {self.error}" if self.error else ""
        match self.standing:
            case Standing.LEASED:
                return f"{self.owner} works on it since {self.since:%H:%M:%S} (attempt {self.attempt})"
            case Standing.DELAYED:
                return f"tried again at {self.until:%H:%M:%S}{failed}"
            case Standing.WAITING:
                return f"waits for a free worker since {self.since:%H:%M:%S}{failed}"


class QueueDepth(msgspec.Struct, frozen=True, kw_only=True):
    """How full one queue is."""

    queue: str
    waiting: int = 0
    leased: int = 0
    delayed: int = 0
    """Failed, and waiting for their next try."""
    dead: int = 0
    oldest_age_s: float = 0.0
    oldest: Oldest | None = None

    @property
    def live(self) -> int:
        """How many messages are not finished and not dead."""
        return self.waiting + self.leased + self.delayed


class DeadLetter(msgspec.Struct, frozen=True, kw_only=True):
    """A message that nobody tries any more, with the reason."""

    number: str
    """Names it in its organisation, and is the cursor after it."""
    message: Message
    attempts: int
    error: str
    published_at: datetime
    died_at: datetime
