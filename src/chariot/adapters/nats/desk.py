"""What one process has of one queue: the messages of its partitions, their lanes, and who holds what."""

import heapq
from bisect import insort
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from chariot.adapters.nats.wire import Hand, Note
from chariot.model.keys import Organisation
from chariot.modules.work.messages import DELIVERY_LIMIT, Delivery, Message, Oldest, Standing

NO_ANSWER = "the lease ended without an answer"
_NEVER = float("inf")


class Entry(msgspec.Struct, eq=False):
    """A live message of a partition that this process owns."""

    sequence: int
    partition: int
    message: Message
    published_ns: int
    reply: str
    """Where its answer goes."""
    since: float
    standing: Standing = Standing.WAITING
    until: float = 0.0
    attempt: int = 0
    noted: int = 0
    """The attempt that is known to the server by a note."""
    owner: str = ""
    error: str = ""
    answering: bool = False
    """True while its answer is on the way: no clock takes the lease away then."""

    @property
    def lane(self) -> tuple[str, str]:
        """Messages of one lane go one after the other."""
        return self.message.organisation, self.message.order_key

    @property
    def receipt(self) -> str:
        """Proves the lease."""
        return f"{self.sequence}.{self.attempt}"


class Desk:
    """The state of one queue in this process; it never waits for anything."""

    def __init__(self, queue: str, partitions: int) -> None:
        self.queue = queue
        self.partitions = partitions
        self.consumers: dict[int, str] = {}
        """The partitions that this process owns, each with its consumer."""
        self.paused: set[int] = set()
        """Partitions that go to another process as soon as nothing of them is in work."""
        self.notes: dict[int, dict[int, Note]] = {}
        """By partition and sequence: what was known of messages when their partition was taken over."""
        self.entries: dict[int, Entry] = {}
        self.sizes: dict[int, int] = {}
        """By partition: how many messages are here."""
        self.bytes = 0
        self.generation = 0
        """The connection over which the messages came."""
        self._lanes: dict[tuple[str, str], list[int]] = {}
        self._ready: dict[int, Entry] = {}
        self._order: list[int] = []
        self._timers: list[tuple[float, int]] = []
        self._leased: dict[str, Entry] = {}
        self._delayed: dict[int, Entry] = {}
        self._spent: dict[int, Entry] = {}
        self._tried: dict[int, Entry] = {}

    @property
    def ready(self) -> int:
        """How many messages may be handed out now."""
        if not self.paused:
            return len(self._ready)
        # Whoever waits for work would be woken again and again by what it does not get.
        return sum(entry.partition not in self.paused for entry in self._ready.values())

    def ready_of(self, partition: int) -> bool:
        """Return whether something of *partition* may be handed out."""
        return any(entry.partition == partition for entry in self._ready.values())

    def add(self, partition: int, sequence: int, message: Message, published_ns: int, reply: str) -> None:
        """Take in a delivery; one that is known already only gets its newer address for the answer."""
        known = self.entries.get(sequence)
        if known is not None:
            known.reply = reply
            return
        if partition not in self.consumers:
            return
        entry = Entry(sequence, partition, message, published_ns, reply, published_ns / 1e9)
        self.entries[sequence] = entry
        self.sizes[partition] = self.sizes.get(partition, 0) + 1
        self.bytes += len(message.body)
        lane = self._lanes.setdefault(entry.lane, [])
        before = lane[0] if lane else 0
        insort(lane, sequence)
        note = self.notes.get(partition, {}).pop(sequence, None)
        if note is not None:
            self._remember(entry, note)
        if lane[0] != sequence:
            return
        if (
            before
            and self._ready.pop(before, None) is None
            and self.entries[before].standing is not Standing.WAITING
        ):
            # What is in work goes on; the older one waits for it.
            lane.remove(sequence)
            insort(lane, sequence, lo=1)
            return
        self._promote(entry.lane)

    def _remember(self, entry: Entry, note: Note) -> None:
        entry.attempt = entry.noted = note.attempt
        entry.error, entry.since = note.error, note.since
        if note.lost and note.attempt >= DELIVERY_LIMIT:
            self._spend(entry)
        elif note.until:
            entry.standing, entry.until = Standing.DELAYED, note.until
            self._delayed[entry.sequence] = entry
            heapq.heappush(self._timers, (note.until, entry.sequence))

    def _promote(self, lane: tuple[str, str]) -> None:
        waiting = self._lanes.get(lane)
        if not waiting:
            return
        head = self.entries[waiting[0]]
        if head.standing is Standing.WAITING and head.sequence not in self._ready:
            self._ready[head.sequence] = head
            heapq.heappush(self._order, head.sequence)

    def choose(self, limit: int, owner: str, now: float, until: float) -> list[Entry]:
        """Hand out at most *limit* messages, oldest first."""
        chosen: list[Entry] = []
        passed: list[int] = []
        while self._order and len(chosen) < limit:
            sequence = heapq.heappop(self._order)
            entry = self._ready.get(sequence)
            if entry is None:
                continue
            if entry.partition in self.paused:
                passed.append(sequence)
                continue
            del self._ready[sequence]
            entry.attempt += 1
            entry.standing, entry.owner, entry.since, entry.until = Standing.LEASED, owner, now, until
            self._leased[entry.receipt] = self._tried[sequence] = entry
            heapq.heappush(self._timers, (until, sequence))
            chosen.append(entry)
        for sequence in passed:
            heapq.heappush(self._order, sequence)
        return chosen

    def held(self, delivery: Delivery, now: float) -> Entry | None:
        """Return what *delivery* holds, None when its lease was lost."""
        entry = self._leased.get(delivery.receipt)
        if (
            entry is None
            or entry.until <= now
            or entry.answering
            or entry.message.queue != delivery.message.queue
        ):
            return None
        return entry

    def is_answering(self, delivery: Delivery) -> bool:
        """Return whether the answer to *delivery* is on the way."""
        entry = self._leased.get(delivery.receipt)
        return entry is not None and entry.answering

    def extend(self, entry: Entry, until: float) -> None:
        """Move the end of a lease."""
        entry.until = until
        heapq.heappush(self._timers, (until, entry.sequence))

    def finish(self, entry: Entry) -> None:
        """Forget a message that is done or dead."""
        if self.entries.pop(entry.sequence, None) is None:
            return
        self._unhand(entry)
        self._ready.pop(entry.sequence, None)
        self._spent.pop(entry.sequence, None)
        self._tried.pop(entry.sequence, None)
        self.sizes[entry.partition] -= 1
        self.bytes -= len(entry.message.body)
        lane = self._lanes[entry.lane]
        lane.remove(entry.sequence)
        if lane:
            self._promote(entry.lane)
        else:
            del self._lanes[entry.lane]

    def _unhand(self, entry: Entry) -> None:
        self._leased.pop(entry.receipt, None)
        self._delayed.pop(entry.sequence, None)

    def give_back(self, entry: Entry, error: str, now: float, delay_s: float = 0.0) -> None:
        """Let *entry* wait for its next try."""
        self._unhand(entry)
        entry.answering = False
        entry.owner, entry.error, entry.since = "", error, now
        if delay_s > 0:
            entry.standing, entry.until = Standing.DELAYED, now + delay_s
            self._delayed[entry.sequence] = entry
            heapq.heappush(self._timers, (entry.until, entry.sequence))
        else:
            entry.standing, entry.until = Standing.WAITING, 0.0
            self._promote(entry.lane)

    def undo(self, entries: Iterable[Entry], now: float) -> None:
        """Take back what was chosen and never reached anybody."""
        for entry in entries:
            if entry.sequence in self.entries:
                self._unhand(entry)
                entry.attempt -= 1
                if entry.attempt <= entry.noted:
                    self._tried.pop(entry.sequence, None)
                self.give_back(entry, entry.error, now)

    def sweep(self, now: float) -> list[Entry]:
        """Let end what is over; return the messages that were lost too often, to be buried."""
        answering = []
        while self._timers and self._timers[0][0] <= now:
            timer = heapq.heappop(self._timers)
            entry = self.entries.get(timer[1])
            if entry is None or not 0 < entry.until <= now:
                continue
            if entry.answering:
                # Its answer may never arrive: then this is what ends its lease.
                answering.append(timer)
            elif entry.standing is Standing.LEASED:
                self.lose(entry, now)
            elif entry.standing is Standing.DELAYED:
                self.give_back(entry, entry.error, now)
        for timer in answering:
            heapq.heappush(self._timers, timer)
        return list(self._spent.values())

    def noted(self, entry: Entry) -> None:
        """Remember that a note tells the tries of *entry*."""
        entry.noted = entry.attempt
        self._tried.pop(entry.sequence, None)

    def lose(self, entry: Entry, now: float) -> None:
        """End a lease that nobody answered."""
        if entry.attempt < DELIVERY_LIMIT:
            self.give_back(entry, NO_ANSWER, now)
            return
        self._unhand(entry)
        entry.error = NO_ANSWER
        self._spend(entry)

    def _spend(self, entry: Entry) -> None:
        entry.standing, entry.until = Standing.LEASED, _NEVER
        self._spent[entry.sequence] = entry

    def drop(self, partition: int) -> None:
        """Forget everything of a partition that is another process's now."""
        self.consumers.pop(partition, None)
        self.paused.discard(partition)
        for entry in [one for one in self.entries.values() if one.partition == partition]:
            self.finish(entry)
        self.sizes.pop(partition, None)
        self.notes.pop(partition, None)

    def busy(self, partition: int) -> bool:
        """Return whether something of *partition* is in somebody's hands."""
        return any(entry.partition == partition for entry in self._leased.values())

    def unaddressed(self) -> list[Entry]:
        """Return the messages that nobody knows how to answer yet, after a new connection."""
        return [entry for entry in self.entries.values() if not entry.reply]

    def leased(self) -> list[Entry]:
        """Return what is in somebody's hands."""
        return list(self._leased.values())

    def hands(self) -> tuple[Hand, ...]:
        """Return what the next owner must know: the tries that no note tells yet."""
        return tuple(
            Hand(
                sequence=one.sequence,
                partition=one.partition,
                attempt=one.attempt,
                organisation=one.message.organisation,
                owner=one.owner,
                since=one.since,
                until=min(one.until, 1e12),
                leased=one.standing is Standing.LEASED,
                error=one.error,
            )
            for one in self._tried.values()
        )

    def standing(self, organisation: Organisation | None) -> tuple[int, int]:
        """Return how many messages are leased and delayed."""
        leased = sum(organisation in {None, one.message.organisation} for one in self._leased.values())
        delayed = sum(organisation in {None, one.message.organisation} for one in self._delayed.values())
        return leased, delayed


def moment(seconds: float) -> datetime:
    """Return a POSIX time as a moment."""
    return datetime.fromtimestamp(seconds, UTC)


def oldest_of(entry: Entry) -> Oldest:
    """Return how *entry* stands."""
    return Oldest(
        id=entry.message.id,
        order_key=entry.message.order_key,
        published_at=moment(entry.published_ns / 1e9),
        standing=entry.standing,
        since=moment(entry.since),
        until=None if entry.standing is Standing.WAITING else moment(min(entry.until, 4e9)),
        owner=entry.owner,
        attempt=entry.attempt,
        error=entry.error,
    )
