"""What a stage of the pipeline is: a queue, what it does with a message, and its limits."""

import random
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import msgspec

from chariot.errors import ConfigurationError
from chariot.modules.work.messages import Message


class Stage(Protocol):
    """Does the work of one queue.

    A message may come again, after a crash or a lost lease: doing it twice must be harmless.
    """

    @property
    def queue(self) -> str:
        """The queue that it empties."""
        ...

    async def handle(self, message: Message) -> None:
        """Do the work; return when it is done.

        Raises:
            InvalidError: the message can never be done; it becomes a dead letter at once.
            OutOfScopeError: it must not be done; likewise.
            BusyError: what it needs is full; it keeps its place and goes on when there is room.
            UnavailableError: what every message needs is away; it keeps its place and goes on when that is back. It
                is a failed attempt only where others are done meanwhile.
            Exception: anything else counts as a failed attempt.
        """
        ...


@runtime_checkable
class GatheringStage(Stage, Protocol):
    """Does many messages together for much less than one by one."""

    @property
    def at_once(self) -> int:
        """The most messages that it takes together."""
        ...

    async def handle_all(self, messages: Sequence[Message]) -> None:
        """Do the work of all of them; whatever it raises, they are done again one by one, which tells whose it was."""
        ...


class StageSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The limits of one stage.

    Raises:
        ConfigurationError: a limit is not positive, or the back-off goes backwards.
    """

    queue: str
    concurrency: int
    timeout_s: float
    """How long one attempt may take."""
    lease_s: float = 30.0
    """How long a message stays invisible after the last heartbeat; there are three heartbeats in that time."""
    max_tries: int = 5
    backoff_s: float = 1.0
    """The longest pause after the first failure; it doubles with each further one."""
    backoff_cap_s: float = 60.0

    def __post_init__(self) -> None:
        positive = (self.concurrency, self.timeout_s, self.lease_s, self.max_tries, self.backoff_s)
        if min(positive) <= 0 or self.backoff_cap_s < self.backoff_s:
            raise ConfigurationError(f"the limits of the queue {self.queue} must be above zero")

    def delay_s(self, attempt: int, chance: random.Random) -> float:
        """Return the pause after failed *attempt*: any time up to the back-off, so that failures spread out."""
        longest = min(self.backoff_cap_s, self.backoff_s * 2.0 ** min(attempt - 1, 60))
        return chance.uniform(0, longest)
