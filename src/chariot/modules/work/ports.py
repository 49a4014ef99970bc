"""The Bus port in its parts, and what the relay needs. The promises are `BusContract` in the tests."""

from collections.abc import Callable, Sequence
from typing import Protocol

from chariot.model.keys import Organisation
from chariot.model.records import Change
from chariot.modules.work.messages import DeadLetter, Delivery, Message, QueueDepth


class Publisher(Protocol):
    """Puts work into queues."""

    async def publish(self, messages: Sequence[Message]) -> int:
        """Keep *messages* durably and return how many were new.

        An id that still waits, is worked on, or was published within the de-duplication window is ignored,
        whatever became of it. When it raises, some may have been kept: publishing again is harmless.

        Raises:
            BusyError: a queue is at its bound.
            UnavailableError: the engine is away.
        """
        ...


class Consumer(Protocol):
    """Takes work out of queues. A lease ends by itself; whose lease has ended can change nothing any more."""

    async def lease(self, queue: str, *, limit: int, lease_s: float, owner: str) -> Sequence[Delivery]:
        """Return at most *limit* messages that may start now, oldest first; none when there are none.

        Of one organisation and order key at most one is in flight, in the order of publication; a later one
        waits until the earlier is done or dead, also while that waits for its next try. Other keys go on.
        """
        ...

    async def extend(self, deliveries: Sequence[Delivery], lease_s: float) -> Sequence[Delivery]:
        """Let the leases end *lease_s* from now; return those that were lost already."""
        ...

    async def ack(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """Finish them; return those whose lease was lost: they may be done again."""
        ...

    async def retry(self, delivery: Delivery, error: str, *, delay_s: float) -> bool:
        """Hand it out again after *delay_s*, remembering *error*; False when the lease was lost."""
        ...

    async def bury(self, delivery: Delivery, error: str) -> bool:
        """Make it a dead letter; False when the lease was lost."""
        ...

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        """Give them back at once: nobody failed. A lost lease is ignored."""
        ...

    async def wait(self, queues: Sequence[str], timeout_s: float) -> bool:
        """Return True as soon as there may be something to lease in *queues*, False after *timeout_s*.

        It may wake for nothing; it never sleeps through a message for longer than half a second.
        """
        ...


class Inspector(Protocol):
    """Tells how the queues are, to the operator (no organisation: all of them) or to one organisation."""

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:
        """Return every queue that was ever used, by name; its numbers are kept, never counted."""
        ...

    async def dead_letters(
        self, organisation: Organisation | None = None, *, queue: str = "", limit: int = 100, after: str = ""
    ) -> Sequence[DeadLetter]:
        """Return dead letters, newest publication first, of one queue or all.

        *after* is the number of the last one seen.
        """
        ...

    async def replay(self, numbers: Sequence[str], *, organisation: Organisation | None = None) -> int:
        """Publish dead letters again at the end of their queues, with all their tries; return how many.

        Unknown numbers and those of other organisations are left alone. One whose id is at work again already
        is dropped and not counted.
        """
        ...


class Readiness(Protocol):
    """Tells whether queues keep what they are given."""

    async def check(self) -> None:
        """Return when they do.

        Raises:
            UnavailableError: they are away, or their disk takes nothing.
        """
        ...


class Bus(Publisher, Consumer, Inspector, Readiness, Protocol):
    """Durable queues. See `Publisher`, `Consumer`, `Inspector` and `Readiness`."""


class LeaseRecovery(Protocol):
    """An ability of buses that see who holds what: no waiting for the leases of a process that died here."""

    async def recover(self, is_dead: Callable[[str], bool]) -> int:
        """Give back at once what the owners for whom *is_dead* is true held; return how many messages."""
        ...


class Checkpoints(Protocol):
    """Remembers how far a reader of the change log came."""

    async def get(self, name: str) -> int:
        """Return the sequence that *name* reached, 0 when it never began."""
        ...

    async def put(self, name: str, sequence: int) -> None:
        """Remember durably that *name* reached *sequence*; it never moves back."""
        ...


class ChangeLog(Protocol):
    """What the relay reads of the entity store."""

    async def changes(
        self, after: int, limit: int, *, organisation: Organisation | None = None
    ) -> Sequence[Change]:
        """Return changes with a sequence above *after*, in order."""
        ...

    async def last_sequence(self) -> int:
        """Return the sequence of the newest change, 0 when there is none."""
        ...
