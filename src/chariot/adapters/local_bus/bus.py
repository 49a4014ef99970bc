"""Durable queues in a SQLite file, shared by the processes of one machine."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import apsw

from chariot.adapters.local_bus import reading, writing
from chariot.adapters.local_bus.rows import micros
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.model.keys import Organisation
from chariot.modules.work.messages import DeadLetter, Delivery, Message, QueueDepth

T = TypeVar("T")
_BOUND = 100_000
_POLL_S = 0.25
_TIDY_EVERY = 5_000
_TIDY_AFTER_S = 60.0
_PAGE_LIMIT = 1_000


class LocalBus:
    """See `Bus` and `LeaseRecovery`.

    A lease, a heartbeat or a finish that a power cut takes means that a message is done again, which is harmless;
    these do not wait for the disk. What this process publishes is noticed at once, what another one does by looking
    four times a second.
    """

    def __init__(
        self,
        database: SqliteDatabase,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        bound: int = _BOUND,
        bounds: Mapping[str, int] | None = None,
    ) -> None:
        """*bound* is how many messages a queue takes, *bounds* that of some queues."""
        self._database = database
        self._now = now
        self._bound = bound
        self._bounds = bounds or {}
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._tidy_debt = 0
        self._tidy_position = writing.START
        self._tidied_us = 0

    async def publish(self, messages: Sequence[Message]) -> int:
        """See `Publisher.publish`; it keeps all of *messages* or none."""
        if not messages:
            return 0
        now_us = self._now_us()
        kept = await self._write(
            lambda connection: writing.publish(connection, messages, now_us, self._bounds, self._bound)
        )
        self._ring({message.queue for message in messages})
        self._tidy_debt += kept
        await self._tidy(now_us)
        return kept

    async def _tidy(self, now_us: int) -> None:
        if self._tidy_debt < _TIDY_EVERY and now_us - self._tidied_us < _us(_TIDY_AFTER_S):
            return
        # Twice what came: so the walk overtakes the publishers, and the table cannot grow without end.
        limit = 2 * max(self._tidy_debt, _TIDY_EVERY)
        self._tidy_debt = 0
        self._tidied_us = now_us
        position = self._tidy_position
        self._tidy_position = await self._write(
            lambda connection: writing.tidy(connection, now_us, limit, position)
        )

    async def lease(self, queue: str, *, limit: int, lease_s: float, owner: str) -> Sequence[Delivery]:
        """See `Consumer.lease`."""
        if limit <= 0:
            return []
        now_us = self._now_us()
        return await self._write(
            lambda connection: writing.lease(connection, queue, limit, _us(lease_s), owner, now_us),
            durable=False,
        )

    async def extend(self, deliveries: Sequence[Delivery], lease_s: float) -> Sequence[Delivery]:
        """See `Consumer.extend`."""
        now_us = self._now_us()
        return await self._write(
            lambda connection: writing.extend(connection, deliveries, _us(lease_s), now_us),
            durable=False,
        )

    async def ack(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """See `Consumer.ack`."""
        now_us = self._now_us()
        lost = await self._write(
            lambda connection: writing.ack(connection, deliveries, now_us), durable=False
        )
        self._ring_for(deliveries)
        return lost

    async def retry(self, delivery: Delivery, error: str, *, delay_s: float) -> bool:
        """See `Consumer.retry`."""
        now_us = self._now_us()
        held = (
            await self._write(
                lambda connection: writing.stand(connection, [delivery], error, _us(delay_s), now_us)
            )
            > 0
        )
        self._ring_for([delivery])
        return held

    async def bury(self, delivery: Delivery, error: str) -> bool:
        """See `Consumer.bury`."""
        now_us = self._now_us()
        held = await self._write(lambda connection: writing.bury(connection, delivery, error, now_us))
        self._ring_for([delivery])
        return held

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        """See `Consumer.release`."""
        now_us = self._now_us()
        await self._write(
            lambda connection: writing.stand(connection, deliveries, None, 0, now_us), durable=False
        )
        self._ring_for(deliveries)

    async def wait(self, queues: Sequence[str], timeout_s: float) -> bool:
        """See `Consumer.wait`."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s
        bell = asyncio.Event()
        # It listens before it looks: what arrives in between rings.
        for queue in queues:
            self._bells.setdefault(queue, set()).add(bell)
        try:
            while True:
                if await self._database.read(partial(reading.has_work, names=queues, now_us=self._now_us())):
                    return True
                remaining_s = ends_at - loop.time()
                if remaining_s <= 0:
                    return False
                try:
                    async with asyncio.timeout(min(_POLL_S, remaining_s)):
                        await bell.wait()
                except TimeoutError:
                    continue
                return True
        finally:
            for queue in queues:
                self._bells[queue].discard(bell)

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:
        """See `Inspector.depths`."""
        now_us = self._now_us()
        await self._tidy(now_us)

        def work(connection: apsw.Connection) -> Sequence[QueueDepth]:
            for queue in reading.queues(connection):
                writing.sweep(connection, queue, now_us)
            return reading.depths(connection, organisation, now_us)

        return await self._write(work)

    async def check(self) -> None:
        """See `Readiness.check`."""
        await self._write(lambda _: None)

    async def dead_letters(
        self, organisation: Organisation | None = None, *, queue: str = "", limit: int = 100, after: str = ""
    ) -> Sequence[DeadLetter]:
        """See `Inspector.dead_letters`."""
        size = max(0, min(limit, _PAGE_LIMIT))
        return await self._database.read(
            lambda connection: reading.dead_letters(connection, organisation, queue, size, after)
        )

    async def replay(self, numbers: Sequence[str], *, organisation: Organisation | None = None) -> int:
        """See `Inspector.replay`."""
        now_us = self._now_us()
        replayed, queues = await self._write(
            lambda connection: writing.replay(connection, numbers, organisation, now_us)
        )
        self._ring(queues)
        return replayed

    async def recover(self, is_dead: Callable[[str], bool]) -> int:
        """See `LeaseRecovery.recover`."""
        now_us = self._now_us()
        dead = [owner for owner in await self._database.read(reading.owners) if is_dead(owner)]
        given_back = await self._write(
            lambda connection: sum(writing.recover(connection, owner, now_us) for owner in dead)
        )
        self._ring(tuple(self._bells))
        return given_back

    async def _write(self, work: Callable[[apsw.Connection], T], *, durable: bool = True) -> T:
        # No answer about the surface shows the queues, so what moves in them outdates none that is kept.
        return await self._database.write(work, durable=durable, quiet=True)

    def _now_us(self) -> int:
        return micros(self._now())

    def _ring_for(self, deliveries: Sequence[Delivery]) -> None:
        self._ring({delivery.message.queue for delivery in deliveries})

    def _ring(self, queues: Iterable[str]) -> None:
        for queue in queues:
            for bell in self._bells.get(queue, ()):
                bell.set()


def _us(seconds: float) -> int:
    return max(0, round(seconds * 1_000_000))
