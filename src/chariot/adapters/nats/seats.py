"""Who owns which partition of a queue: members, seats, and what an owner leaves to the next one."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable

import msgspec
import structlog

from chariot.adapters.nats.desk import NO_ANSWER, Desk
from chariot.adapters.nats.engine import OVERLAP, WRONG_REVISION, ApiError, Engine, Record
from chariot.adapters.nats.wire import Hand, Member, Names, Note, Seat
from chariot.errors import ChariotError

_log = structlog.get_logger(__name__)
_DRAIN_S = 10.0
_STAY_S = 60.0
_NOTE_TTL_S = 14 * 86_400
MAX_PENDING = 20_000
"""How many messages of a partition its owner may have unanswered."""


class Seats:
    """The partitions of all queues that this process takes part in.

    A member says every *beat_s* that it lives; the server forgets it *member_s* after the last time. Partitions of
    a member that is gone go to the others, each by one compare-and-swap. The consumer of the former owner is
    removed then, so it can neither fetch nor finish anything of that partition any more.
    """

    def __init__(
        self,
        engine: Engine,
        names: Names,
        *,
        member: str,
        process: str,
        member_s: float,
        tell: Callable[[], Awaitable[None]],
    ) -> None:
        """*tell* wakes the other members when there is something to take."""
        self._engine = engine
        self._names = names
        self._member = member
        self._process = process
        self._member_s = member_s
        self._tell = tell
        self._left = False
        self._queues: set[str] = set()
        self._absent: dict[str, float] = {}
        self._drains: dict[tuple[str, int], float] = {}
        self._stays: dict[tuple[str, int], float] = {}
        self._lock = asyncio.Lock()

    @property
    def beat_s(self) -> float:
        """How often to call `beat`."""
        return self._member_s / 5

    async def join(self, desk: Desk, desks: Iterable[Desk]) -> None:
        """Take part in a queue, and take what is nobody's."""
        self._queues.add(desk.queue)
        await self.beat(desks)

    async def beat(self, desks: Iterable[Desk], *, gone: frozenset[str] = frozenset()) -> None:
        """Say that this process lives, and give and take partitions; *gone* are known to have died."""
        async with self._lock:
            await self._say()
            members = await self.members()
            members[self._member] = Member(self._process, tuple(self._queues))
            for name in gone:
                members.pop(name, None)
            seats = await self._read_seats()
            self._watch(members, seats.values(), gone)
            for desk in desks:
                if desk.queue in self._queues:
                    await self._arrange(desk, members, seats)
            if self._left:
                self._left = False
                await self._tell()

    async def _say(self) -> None:
        record = Member(self._process, tuple(sorted(self._queues)))
        ttl_s = max(1, round(self._member_s))
        await self._engine.put(
            self._names.record("member", self._member), msgspec.json.encode(record), ttl_s=ttl_s
        )

    async def members(self) -> dict[str, Member]:
        """Return who takes part."""
        return {
            _last(record): msgspec.json.decode(record.data, type=Member)
            for record in await self._engine.all(self._names.state, self._names.record("member", "*"))
            if record.data
        }

    async def _read_seats(self) -> dict[tuple[str, int], tuple[Seat, int]]:
        found = {}
        for record in await self._engine.all(self._names.state, self._names.record("seat", "*", "*")):
            *_, queue, partition = record.subject.split(".")
            found[queue, int(partition)] = (msgspec.json.decode(record.data, type=Seat), record.sequence)
        return found

    def _watch(
        self, members: dict[str, Member], seats: Iterable[tuple[Seat, int]], gone: frozenset[str]
    ) -> None:
        now = time.monotonic()
        away = {seat.owner for seat, _ in seats} - members.keys() - {""}
        # After an outage of the server all members are absent for a moment: an absence must last.
        self._absent = {name: -1e9 if name in gone else self._absent.get(name, now) for name in away}

    def _is_gone(self, member: str) -> bool:
        return time.monotonic() - self._absent.get(member, time.monotonic()) >= 1.5 * self.beat_s

    async def _arrange(
        self, desk: Desk, members: dict[str, Member], seats: dict[tuple[str, int], tuple[Seat, int]]
    ) -> None:
        takers = sorted(name for name, member in members.items() if desk.queue in member.queues)
        claims: list[tuple[int, Seat, int]] = []
        for partition in range(desk.partitions):
            seat, revision = seats.get((desk.queue, partition), (Seat("", 0), 0))
            wanted = takers[partition % len(takers)] == self._member
            if partition in desk.consumers and seat.owner != self._member:
                _log.warning("partition_lost", queue=desk.queue, partition=partition, owner=seat.owner)
                desk.drop(partition)
            elif partition in desk.consumers and not wanted:
                await self._hand_over(desk, partition, seat, revision)
            elif partition in desk.consumers:
                desk.paused.discard(partition)
                self._drains.pop((desk.queue, partition), None)
            elif seat.owner == self._member or (wanted and (not seat.owner or self._is_gone(seat.owner))):
                claims.append((partition, seat, revision))
        # All have ended before the next beat may claim again, also when one fails.
        claiming = [self._claim(desk, *claim) for claim in claims]
        for outcome in await asyncio.gather(*claiming, return_exceptions=True):
            if isinstance(outcome, BaseException):
                raise outcome

    async def _hand_over(self, desk: Desk, partition: int, seat: Seat, revision: int) -> None:
        place, now = (desk.queue, partition), time.monotonic()
        if now < self._stays.get(place, 0.0):
            return
        started_at = self._drains.setdefault(place, now)
        desk.paused.add(partition)
        if not desk.busy(partition):
            del self._drains[place]
            await self._leave(desk, partition, seat, revision)
        elif now - started_at > _DRAIN_S:
            # What runs long would stop everything else of the partition: it stays, and is asked again later.
            del self._drains[place]
            self._stays[place] = now + _STAY_S
            desk.paused.discard(partition)

    async def _leave(self, desk: Desk, partition: int, seat: Seat, revision: int) -> None:
        await self._note_hands(desk.queue, desk.hands(), partition)
        consumer = desk.consumers[partition]
        desk.drop(partition)
        await self._engine.drop_consumers(self._names.stream(desk.queue), [consumer])
        await self._seat(desk.queue, partition, Seat("", seat.epoch), revision)
        self._left = True

    async def _claim(self, desk: Desk, partition: int, seat: Seat, revision: int) -> None:
        before = {seat.owner} - {"", self._member}
        heirs = tuple(dict.fromkeys((*seat.heirs, *before)))
        mine = Seat(self._member, seat.epoch + 1, heirs)
        taken = await self._seat(desk.queue, partition, mine, revision)
        if not taken:
            return
        stream = self._names.stream(desk.queue)
        await self._engine.drop_consumers(stream, [_consumer(partition, seat.epoch)] if seat.epoch else [])
        for heir in heirs:
            await self._inherit(desk, partition, heir)
        desk.notes[partition] = await self._notes(desk.queue, partition)
        name = _consumer(partition, mine.epoch)
        await self._consume(stream, name, desk.queue, partition, mine.epoch)
        if heirs:
            await self._seat(desk.queue, partition, Seat(self._member, mine.epoch), taken)
        desk.consumers[partition] = name

    async def _consume(self, stream: str, name: str, queue: str, partition: int, epoch: int) -> None:
        subject = self._names.work(queue, partition)
        try:
            await self._engine.add_consumer(stream, name, subject, pending=MAX_PENDING)
        except ApiError as error:
            if error.number != OVERLAP:
                raise
            # Somebody claimed before us and died before it removed the consumer of its own predecessor.
            older = [_consumer(partition, number) for number in range(1, epoch)]
            found = set(await self._engine.consumers(stream))
            await self._engine.drop_consumers(stream, [one for one in older if one in found])
            await self._engine.add_consumer(stream, name, subject, pending=MAX_PENDING)

    async def _seat(self, queue: str, partition: int, seat: Seat, revision: int) -> int:
        """Write a seat; return its revision, 0 when somebody else wrote it first."""
        subject = self._names.record("seat", queue, partition)
        try:
            return await self._engine.put(subject, msgspec.json.encode(seat), revision=revision)
        except ApiError as error:
            if error.number == WRONG_REVISION:
                return 0
            raise

    async def _inherit(self, desk: Desk, partition: int, heir: str) -> None:
        record = await self._engine.get(self._names.state, self._names.record("hands", desk.queue, heir))
        if record is not None:
            known = await self._notes(desk.queue, partition)
            # What was answered after the hands were written has its note already.
            hands = [
                hand
                for hand in hands_of(record)
                if hand.sequence not in known or known[hand.sequence].attempt < hand.attempt
            ]
            await self._note_hands(desk.queue, hands, partition)

    async def _note_hands(self, queue: str, hands: Iterable[Hand], partition: int) -> None:
        for hand in hands:
            if hand.partition == partition:
                error = NO_ANSWER if hand.leased else hand.error
                note = Note(hand.attempt, hand.organisation, error, time.time(), lost=hand.leased)
                await self.note(queue, hand.partition, hand.sequence, note)

    async def note(self, queue: str, partition: int, sequence: int, note: Note) -> None:
        """Remember durably what became of a try."""
        subject = self._names.record("note", queue, partition, sequence)
        await self._engine.put(subject, msgspec.json.encode(note), ttl_s=_NOTE_TTL_S)

    async def _notes(self, queue: str, partition: int) -> dict[int, Note]:
        subject = self._names.record("note", queue, partition, "*")
        records = await self._engine.all(self._names.state, subject)
        return {int(_last(record)): msgspec.json.decode(record.data, type=Note) for record in records}

    async def renew(self, desk: Desk) -> None:
        """Give every partition of this process a new consumer, which delivers all that is left from the start."""
        async with self._lock:
            seats = await self._read_seats()
            for partition in list(desk.consumers):
                seat, revision = seats.get((desk.queue, partition), (Seat("", 0), 0))
                mine = Seat(self._member, seat.epoch + 1, seat.heirs)
                if seat.owner != self._member or not await self._seat(desk.queue, partition, mine, revision):
                    desk.drop(partition)
                    continue
                stream, name = self._names.stream(desk.queue), _consumer(partition, mine.epoch)
                await self._engine.drop_consumers(stream, [_consumer(partition, seat.epoch)])
                await self._consume(stream, name, desk.queue, partition, mine.epoch)
                desk.consumers[partition] = name

    async def leave(self, desks: Iterable[Desk]) -> None:
        """Give everything back, for a stop."""
        async with self._lock:
            seats = await self._read_seats()
            for desk in desks:
                for partition in list(desk.consumers):
                    seat, revision = seats.get((desk.queue, partition), (Seat("", 0), 0))
                    if seat.owner == self._member:
                        await self._leave(desk, partition, seat, revision)
                await self._engine.forget(
                    self._names.state, self._names.record("hands", desk.queue, self._member)
                )
            await self.remove(self._member)

    async def remove(self, member: str) -> None:
        """Forget that *member* lives."""
        with contextlib.suppress(ApiError):
            await self._engine.forget(self._names.state, self._names.record("member", member))

    async def run(self, desks: Callable[[], Iterable[Desk]], woken: asyncio.Event) -> None:
        """Beat until cancelled, at once when *woken*; an outage is waited for."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.beat_s):
                    await woken.wait()
            woken.clear()
            try:
                await self.beat(desks())
            except ChariotError as error:
                _log.warning("beat_failed", reason=str(error))


def hands_of(record: Record) -> tuple[Hand, ...]:
    """Return what a member has in its hands."""
    return msgspec.json.decode(record.data, type=tuple[Hand, ...])


def _consumer(partition: int, epoch: int) -> str:
    return f"p{partition}-e{epoch}"


def _last(record: Record) -> str:
    return record.subject.rpartition(".")[2]
