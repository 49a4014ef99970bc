"""Queues in memory: the reference that the other buses are compared with."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from chariot.errors import BusyError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import (
    DEDUPLICATION_S,
    DELIVERY_LIMIT,
    ERROR_LIMIT,
    RETENTION_DAYS,
    DeadLetter,
    Delivery,
    Message,
    Oldest,
    QueueDepth,
    Standing,
)

_NO_ANSWER = "the lease ended without an answer"
_POLL_S = 0.05


class _Entry(msgspec.Struct):
    sequence: int
    message: Message
    published_at: datetime
    since: datetime
    standing: Standing = Standing.WAITING
    until: datetime | None = None
    attempt: int = 0
    owner: str = ""
    error: str = ""

    @property
    def lane(self) -> tuple[str, str, str]:
        return self.message.queue, self.message.organisation, self.message.order_key


class MemoryBus:
    """See `Bus` and `LeaseRecovery`; it forgets everything with its process."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        bound: int = 100_000,
        bounds: Mapping[str, int] | None = None,
    ) -> None:
        self._now = now
        self._bound = bound
        self._bounds = bounds or {}
        self._number = 0
        self._entries: dict[int, _Entry] = {}
        self._published: dict[tuple[str, str, str], tuple[int, datetime]] = {}
        self._dead: dict[int, DeadLetter] = {}
        self._used: set[tuple[str, str]] = set()
        self._bell = asyncio.Event()

    async def publish(self, messages: Sequence[Message]) -> int:
        """See `Publisher.publish`."""
        now = self._now()
        fresh: dict[tuple[str, str, str], Message] = {}
        for message in messages:
            if not self._is_known(message, now):
                fresh.setdefault(_named(message), message)
        for queue, more in Counter(queue for queue, _, _ in fresh).items():
            live = sum(entry.message.queue == queue for entry in self._entries.values())
            if live + more > self._bounds.get(queue, self._bound):
                raise BusyError(
                    f"the queue {queue} is full: it takes {self._bounds.get(queue, self._bound):,}"
                )
        for message in fresh.values():
            self._keep(message, now)
        self._bell.set()
        return len(fresh)

    def _is_known(self, message: Message, now: datetime) -> bool:
        sequence, at = self._published.get(_named(message), (-1, now))
        return sequence in self._entries or (sequence >= 0 and (now - at).total_seconds() < DEDUPLICATION_S)

    def _keep(self, message: Message, now: datetime) -> None:
        self._number += 1
        self._entries[self._number] = _Entry(self._number, message, now, now)
        self._published[_named(message)] = (self._number, now)
        self._used.add((message.queue, message.organisation))

    async def lease(self, queue: str, *, limit: int, lease_s: float, owner: str) -> Sequence[Delivery]:
        """See `Consumer.lease`."""
        self._sweep()
        now = self._now()
        until = now + timedelta(seconds=lease_s)
        seen: set[tuple[str, str, str]] = set()
        deliveries: list[Delivery] = []
        for entry in self._entries.values():
            if len(deliveries) >= limit:
                break
            if entry.message.queue != queue or entry.lane in seen or self._is_behind(entry):
                continue
            seen.add(entry.lane)
            if entry.standing is Standing.WAITING:
                entry.attempt += 1
                entry.standing, entry.since, entry.until, entry.owner = Standing.LEASED, now, until, owner
                receipt = f"{entry.sequence}.{entry.attempt}"
                deliveries.append(Delivery(entry.message, entry.attempt, receipt, until))
        return deliveries

    def _is_behind(self, entry: _Entry) -> bool:
        return any(
            other.lane == entry.lane and other.standing is not Standing.WAITING
            for other in self._entries.values()
            if other is not entry
        )

    async def extend(self, deliveries: Sequence[Delivery], lease_s: float) -> Sequence[Delivery]:
        """See `Consumer.extend`."""
        until = self._now() + timedelta(seconds=lease_s)
        lost = []
        for delivery in deliveries:
            entry = self._held(delivery)
            if entry is None:
                lost.append(delivery)
            else:
                entry.until = until
        return lost

    async def ack(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """See `Consumer.ack`."""
        lost = [delivery for delivery in deliveries if not self._finish(delivery)]
        self._bell.set()
        return lost

    def _finish(self, delivery: Delivery) -> bool:
        entry = self._held(delivery)
        return entry is not None and self._entries.pop(entry.sequence) is entry

    async def retry(self, delivery: Delivery, error: str, *, delay_s: float) -> bool:
        """See `Consumer.retry`."""
        entry = self._held(delivery)
        if entry is not None:
            self._give_back(entry, error[:ERROR_LIMIT], delay_s)
        return entry is not None

    async def bury(self, delivery: Delivery, error: str) -> bool:
        """See `Consumer.bury`."""
        entry = self._held(delivery)
        if entry is not None:
            self._die(entry, error[:ERROR_LIMIT])
        return entry is not None

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        """See `Consumer.release`."""
        for delivery in deliveries:
            entry = self._held(delivery)
            if entry is not None:
                self._give_back(entry, entry.error, 0.0)

    async def wait(self, queues: Sequence[str], timeout_s: float) -> bool:
        """See `Consumer.wait`."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s
        while not self._has_work(queues):
            remaining_s = ends_at - loop.time()
            if remaining_s <= 0:
                return False
            self._bell.clear()
            try:
                async with asyncio.timeout(min(_POLL_S, remaining_s)):
                    await self._bell.wait()
            except TimeoutError:
                continue
        return True

    def _has_work(self, queues: Sequence[str]) -> bool:
        self._sweep()
        return any(
            entry.message.queue in queues
            and entry.standing is Standing.WAITING
            and not self._is_behind(entry)
            for entry in self._entries.values()
        )

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:
        """See `Inspector.depths`."""
        self._sweep()
        names = {queue for queue, whose in self._used if organisation in {None, whose}}
        return [self._depth(queue, organisation) for queue in sorted(names)]

    async def check(self) -> None:
        """See `Readiness.check`."""

    def _depth(self, queue: str, organisation: Organisation | None) -> QueueDepth:
        live = [
            entry
            for entry in self._entries.values()
            if entry.message.queue == queue and organisation in {None, entry.message.organisation}
        ]
        stands = Counter(entry.standing for entry in live)
        oldest = _oldest(live[0]) if live else None
        return QueueDepth(
            queue=queue,
            waiting=stands[Standing.WAITING],
            leased=stands[Standing.LEASED],
            delayed=stands[Standing.DELAYED],
            dead=sum(
                letter.message.queue == queue and organisation in {None, letter.message.organisation}
                for letter in self._dead.values()
            ),
            oldest_age_s=(self._now() - oldest.published_at).total_seconds() if oldest else 0.0,
            oldest=oldest,
        )

    async def dead_letters(
        self, organisation: Organisation | None = None, *, queue: str = "", limit: int = 100, after: str = ""
    ) -> Sequence[DeadLetter]:
        """See `Inspector.dead_letters`."""
        before = int(after) if after.isdecimal() else self._number + 1
        found = [
            letter
            for number, letter in sorted(self._dead.items(), reverse=True)
            if number < before
            and organisation in {None, letter.message.organisation}
            and queue in {"", letter.message.queue}
        ]
        return found[: max(0, limit)]

    async def replay(self, numbers: Sequence[str], *, organisation: Organisation | None = None) -> int:
        """See `Inspector.replay`."""
        now = self._now()
        replayed = 0
        for letter in [one for one in self._dead.values() if one.number in numbers]:
            message = letter.message
            if organisation not in {None, message.organisation}:
                continue
            del self._dead[int(letter.number)]
            if self._published.get(_named(message), (-1, now))[0] not in self._entries:
                self._keep(message, now)
                replayed += 1
        self._bell.set()
        return replayed

    async def recover(self, is_dead: Callable[[str], bool]) -> int:
        """See `LeaseRecovery.recover`."""
        held = [entry for entry in self._entries.values() if entry.standing is Standing.LEASED]
        lost = [entry for entry in held if is_dead(entry.owner)]
        for entry in lost:
            self._lose(entry)
        return len(lost)

    def _held(self, delivery: Delivery) -> _Entry | None:
        sequence, _, attempt = delivery.receipt.partition(".")
        entry = self._entries.get(int(sequence)) if sequence.isdecimal() else None
        if entry is None or entry.standing is not Standing.LEASED or attempt != str(entry.attempt):
            return None
        return entry if entry.until is not None and entry.until > self._now() else None

    def _give_back(self, entry: _Entry, error: str, delay_s: float) -> None:
        entry.standing = Standing.DELAYED if delay_s > 0 else Standing.WAITING
        entry.since = self._now()
        entry.until = entry.since + timedelta(seconds=delay_s)
        entry.owner, entry.error = "", error
        self._bell.set()

    def _lose(self, entry: _Entry) -> None:
        if entry.attempt >= DELIVERY_LIMIT:
            self._die(entry, f"{_NO_ANSWER}, {DELIVERY_LIMIT} times")
        else:
            self._give_back(entry, _NO_ANSWER, 0.0)

    def _die(self, entry: _Entry, error: str) -> None:
        del self._entries[entry.sequence]
        self._dead[entry.sequence] = DeadLetter(
            number=str(entry.sequence),
            message=entry.message,
            attempts=entry.attempt,
            error=error,
            published_at=entry.published_at,
            died_at=self._now(),
        )
        self._bell.set()

    def _sweep(self) -> None:
        now = self._now()
        for entry in list(self._entries.values()):
            if entry.until is None or entry.until > now or entry.standing is Standing.WAITING:
                continue
            if entry.standing is Standing.LEASED:
                self._lose(entry)
            else:
                self._give_back(entry, entry.error, 0.0)
        for number, letter in list(self._dead.items()):
            if now - letter.died_at >= timedelta(days=RETENTION_DAYS):
                del self._dead[number]


def _named(message: Message) -> tuple[str, str, str]:
    return message.queue, message.organisation, message.id


def _oldest(entry: _Entry) -> Oldest:
    return Oldest(
        id=entry.message.id,
        order_key=entry.message.order_key,
        published_at=entry.published_at,
        standing=entry.standing,
        since=entry.since,
        until=None if entry.standing is Standing.WAITING else entry.until,
        owner=entry.owner,
        attempt=entry.attempt,
        error=entry.error,
    )


class MemoryCheckpoints:
    """See `Checkpoints`."""

    def __init__(self) -> None:
        self._reached: dict[str, int] = {}

    async def get(self, name: str) -> int:
        """See `Checkpoints.get`."""
        return self._reached.get(name, 0)

    async def put(self, name: str, sequence: int) -> None:
        """See `Checkpoints.put`."""
        self._reached[name] = max(sequence, self._reached.get(name, 0))
