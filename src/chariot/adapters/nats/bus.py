"""Durable queues on NATS JetStream, shared by many processes."""

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from uuid import uuid4

import msgspec
import structlog
from nats.aio.msg import Msg

from chariot.adapters.nats.answers import ACK, PROGRESS, answer
from chariot.adapters.nats.depths import Depths
from chariot.adapters.nats.desk import NO_ANSWER, Desk, Entry, moment
from chariot.adapters.nats.engine import Engine
from chariot.adapters.nats.feed import Feed
from chariot.adapters.nats.letters import Letters
from chariot.adapters.nats.link import Link
from chariot.adapters.nats.publishing import Publishing
from chariot.adapters.nats.seats import Seats, hands_of
from chariot.adapters.nats.streams import Streams
from chariot.adapters.nats.wire import Names, Note
from chariot.errors import ChariotError, ConfigurationError
from chariot.model.keys import Organisation
from chariot.modules.work.messages import (
    DEDUPLICATION_S,
    DELIVERY_LIMIT,
    ERROR_LIMIT,
    RETENTION_DAYS,
    DeadLetter,
    Delivery,
    Message,
    QueueDepth,
)

_log = structlog.get_logger(__name__)
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_POLL_S = 0.4
_LOOK_S = 0.1
_HELD_LIMIT = 2_000


class NatsBus:
    """See `Bus` and `LeaseRecovery`.

    Messages of one queue are spread over partitions by organisation and order key. A partition has one owner at a
    time, which keeps order and leases in its memory; the server keeps the messages, the tries and the owners.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "chariot",
        process: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        bound: int = 100_000,
        bounds: Mapping[str, int] | None = None,
        partitions: int = 8,
        replicas: int = 1,
        member_s: float = 5.0,
        deduplication_s: float = DEDUPLICATION_S,
        retention_s: float = RETENTION_DAYS * 86_400.0,
    ) -> None:
        """*name* tells installations on one server apart; *process* is what `recover` is asked about.

        *member_s* is how long a process may be silent until its partitions go to others.

        Raises:
            ConfigurationError: the URL or the name is wrong.
        """
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                "the name on NATS must be lower case letters, digits and hyphens, 32 at most"
            )
        self._now = now
        self._names = Names(name)
        self._link = Link(url)
        self._member = uuid4().hex
        engine = Engine(self._link, replicas=replicas)
        self._engine = engine
        self._streams = Streams(
            engine,
            self._names,
            bound=bound,
            bounds=bounds or {},
            partitions=partitions,
            deduplication_s=deduplication_s,
            retention_s=retention_s,
        )
        self._publishing = Publishing(self._link, self._streams, self._names)
        self._letters = Letters(engine, self._names)
        self._seats = Seats(
            engine,
            self._names,
            member=self._member,
            process=process or self._member,
            member_s=member_s,
            tell=partial(self._link.post, self._names.bell("-")),
        )
        self._desks: dict[str, Desk] = {}
        self._feeds: dict[str, Feed] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._depths = Depths(engine, self._streams, self._names, self._letters, self._desks)
        self._beating: asyncio.Task[None] | None = None
        self._woken = asyncio.Event()

    def _time(self) -> float:
        return self._now().timestamp()

    async def publish(self, messages: Sequence[Message]) -> int:
        """See `Publisher.publish`; when it raises, those before the refused one were kept."""
        try:
            return await self._publishing.publish(messages)
        finally:
            self._ring({message.queue for message in messages})

    async def _desk(self, queue: str) -> Desk:
        desk = self._desks.get(queue)
        if desk is not None:
            return desk
        async with self._locks.setdefault(queue, asyncio.Lock()):
            if queue not in self._desks:
                await self._link.listen(self._names.bell("*"), self._hear)
                desk = Desk(queue, await self._streams.open(queue))
                await self._seats.join(desk, [desk])
                self._feeds[queue] = Feed(self._link, self._names, desk, self._member)
                self._desks[queue] = desk
                await self._link.post(self._names.bell("-"))
        if self._beating is None:
            self._beating = asyncio.create_task(self._beat())
        return self._desks[queue]

    async def _beat(self) -> None:
        beating = asyncio.create_task(self._seats.run(lambda: list(self._desks.values()), self._woken))
        try:
            while True:
                await asyncio.sleep(10)
                try:
                    await self._progress()
                except ChariotError as error:
                    _log.warning("progress_failed", reason=str(error))
        finally:
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _progress(self) -> None:
        """Let the server wait longer for all that is here, leased or behind something that is."""
        for desk in list(self._desks.values()):
            for entry in [one for one in desk.entries.values() if one.reply]:
                await self._link.post(entry.reply, PROGRESS)

    async def lease(self, queue: str, *, limit: int, lease_s: float, owner: str) -> Sequence[Delivery]:
        """See `Consumer.lease`; it fetches only when too little is here already."""
        if limit <= 0:
            return []
        desk = await self._desk(queue)
        async with self._locks[queue]:
            await self._synchronise(desk)
            await self._sweep(desk)
            limit = min(limit, _HELD_LIMIT - len(desk.leased()))
            if limit > desk.ready:
                await self._fetch(desk, limit)
            now = self._time()
            entries = desk.choose(limit, owner, now, now + lease_s)
            if not entries:
                return []
            try:
                await self._write_hands(desk)
            except BaseException:
                desk.undo(entries, self._time())
                raise
        return [
            Delivery(entry.message, entry.attempt, entry.receipt, moment(entry.until)) for entry in entries
        ]

    async def _fetch(self, desk: Desk, wanted: int) -> None:
        # What was fetched may all stand behind a few heads: then one goes on, up to the bound of the feed.
        while await self._feeds[desk.queue].pull(wanted) and not desk.ready:
            continue
        await self._sweep(desk)

    async def _synchronise(self, desk: Desk) -> None:
        """Make sure that answers reach the server; the lock of the queue is held.

        After a new connection the server may not know any more what it had delivered, and would pass over the
        answers. New consumers deliver all that is left once more; what does not come was done before.
        """
        await self._link.client()
        if desk.generation == self._link.generation:
            return
        generation = self._link.generation
        if desk.entries:
            await self._seats.renew(desk)
            for entry in desk.entries.values():
                entry.reply = ""
            while await self._feeds[desk.queue].pull(1, again=True) and desk.unaddressed():
                continue
            for entry in desk.unaddressed():
                desk.finish(entry)
        desk.generation = generation

    async def _current(self, desk: Desk) -> None:
        """Do `_synchronise` when there is need to, without the lock being held."""
        if desk.generation != self._link.generation or not self._link.is_connected:
            async with self._locks[desk.queue]:
                await self._synchronise(desk)

    async def _write_hands(self, desk: Desk) -> None:
        """Tell the next owner what is handed out, before anybody gets it."""
        subject = self._names.record("hands", desk.queue, self._member)
        await self._engine.put(subject, msgspec.json.encode(desk.hands()))

    async def _sweep(self, desk: Desk) -> None:
        for entry in desk.sweep(self._time()):
            await self._letters.keep(entry, f"{NO_ANSWER}, {DELIVERY_LIMIT} times", self._time())
            await self._done(desk, [entry])

    async def _done(self, desk: Desk, entries: Sequence[Entry]) -> list[Entry]:
        """Remove messages from the server and from here; return those that another process owns."""
        for entry in entries:
            entry.answering = True
        try:
            lost = await answer(self._link, desk, entries, ACK)
        finally:
            for entry in entries:
                entry.answering = False
        for entry in entries:
            if entry.noted:
                subject = self._names.record("note", desk.queue, entry.partition, entry.sequence)
                await self._engine.forget(self._names.state, subject)
            desk.finish(entry)
        return lost

    def _held(self, delivery: Delivery) -> tuple[Desk, Entry] | None:
        desk = self._desks.get(delivery.message.queue)
        entry = None if desk is None else desk.held(delivery, self._time())
        return None if desk is None or entry is None else (desk, entry)

    def _is_answering(self, delivery: Delivery) -> bool:
        desk = self._desks.get(delivery.message.queue)
        return desk is not None and desk.is_answering(delivery)

    def _split(self, deliveries: Sequence[Delivery]) -> tuple[dict[str, dict[int, Delivery]], list[Delivery]]:
        held: dict[str, dict[int, Delivery]] = {}
        lost = []
        for delivery in deliveries:
            found = self._held(delivery)
            if found is None or found[1].sequence in held.get(found[0].queue, {}):
                lost.append(delivery)
            else:
                held.setdefault(found[0].queue, {})[found[1].sequence] = delivery
        return held, lost

    async def extend(self, deliveries: Sequence[Delivery], lease_s: float) -> Sequence[Delivery]:
        """See `Consumer.extend`; the server's own time for an answer begins anew, too."""
        # What is being answered needs no more time, and is not lost: its worker waits for the answer to arrive.
        held, lost = self._split([one for one in deliveries if not self._is_answering(one)])
        for queue, those in held.items():
            desk = self._desks[queue]
            await self._current(desk)
            entries = [desk.entries[sequence] for sequence in those if sequence in desk.entries]
            lost += [one for sequence, one in those.items() if sequence not in desk.entries]
            lost += [those[entry.sequence] for entry in await answer(self._link, desk, entries, PROGRESS)]
            until = self._time() + lease_s
            for entry in entries:
                if entry.sequence in desk.entries:
                    desk.extend(entry, until)
        return lost

    async def ack(self, deliveries: Sequence[Delivery]) -> Sequence[Delivery]:
        """See `Consumer.ack`."""
        held, lost = self._split(deliveries)
        for queue, those in held.items():
            desk = self._desks[queue]
            await self._current(desk)
            # What is not here any more after a new connection was done, or is another process's.
            lost += [one for sequence, one in those.items() if sequence not in desk.entries]
            entries = [desk.entries[sequence] for sequence in those if sequence in desk.entries]
            gone = await self._done(desk, entries)
            lost += [those[entry.sequence] for entry in gone]
            self._ring({queue})
        return lost

    async def retry(self, delivery: Delivery, error: str, *, delay_s: float) -> bool:
        """See `Consumer.retry`."""
        found = self._held(delivery)
        if found is None:
            return False
        desk, entry = found
        await self._current(desk)
        if entry.sequence not in desk.entries or await answer(self._link, desk, [entry], PROGRESS):
            return False
        now = self._time()
        text = error[:ERROR_LIMIT]
        note = Note(
            entry.attempt, entry.message.organisation, text, now, now + delay_s if delay_s > 0 else 0.0
        )
        await self._seats.note(desk.queue, entry.partition, entry.sequence, note)
        if desk.held(delivery, now) is not entry:
            return False
        desk.noted(entry)
        desk.give_back(entry, text, now, delay_s)
        self._ring({desk.queue})
        return True

    async def bury(self, delivery: Delivery, error: str) -> bool:
        """See `Consumer.bury`."""
        found = self._held(delivery)
        if found is None:
            return False
        desk, entry = found
        await self._current(desk)
        if entry.sequence not in desk.entries or await answer(self._link, desk, [entry], PROGRESS):
            return False
        await self._letters.keep(entry, error, self._time())
        lost = await self._done(desk, [entry])
        self._ring({desk.queue})
        return not lost

    async def release(self, deliveries: Sequence[Delivery]) -> None:
        """See `Consumer.release`."""
        now = self._time()
        for delivery in deliveries:
            found = self._held(delivery)
            if found is not None:
                found[0].give_back(found[1], found[1].error, now)
        self._ring({delivery.message.queue for delivery in deliveries})

    async def wait(self, queues: Sequence[str], timeout_s: float) -> bool:
        """See `Consumer.wait`; what another process publishes rings here as well."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + timeout_s
        bell = asyncio.Event()
        for queue in queues:
            self._bells.setdefault(queue, set()).add(bell)
        try:
            desks = [await self._desk(queue) for queue in queues]
            looked_at = -_POLL_S
            while True:
                if loop.time() - looked_at >= _POLL_S:
                    looked_at = loop.time()
                    await self._look(desks)
                for desk in desks:
                    await self._sweep(desk)
                if any(desk.ready for desk in desks):
                    return True
                remaining_s = ends_at - loop.time()
                if remaining_s <= 0:
                    return False
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(_LOOK_S, remaining_s)):
                        await bell.wait()
                if bell.is_set():
                    return True
        finally:
            for queue in queues:
                self._bells[queue].discard(bell)

    async def _look(self, desks: Sequence[Desk]) -> None:
        """Fetch what a lost bell did not tell; a queue in which nothing is new costs one question."""
        for desk in desks:
            async with self._locks[desk.queue]:
                await self._synchronise(desk)
                if await self._depths.is_new(desk):
                    await self._fetch(desk, 1)

    async def depths(self, organisation: Organisation | None = None) -> Sequence[QueueDepth]:
        """See `Inspector.depths`; what other processes do is told as they last wrote it."""
        await self._streams.base()
        for desk in list(self._desks.values()):
            await self._sweep(desk)
        return await self._depths.tell(organisation, self._time())

    async def check(self) -> None:
        """See `Readiness.check`: a server whose disk is full still answers what is only asked."""
        await self._streams.try_writing()

    async def dead_letters(
        self, organisation: Organisation | None = None, *, queue: str = "", limit: int = 100, after: str = ""
    ) -> Sequence[DeadLetter]:
        """See `Inspector.dead_letters`."""
        await self._streams.base()
        return await self._letters.newest(organisation, queue, limit, after)

    async def replay(self, numbers: Sequence[str], *, organisation: Organisation | None = None) -> int:
        """See `Inspector.replay`.

        Raises:
            BusyError: the queue is full; the letter is kept.
        """
        await self._streams.base()
        replayed = await self._letters.replay(numbers, organisation, self._publishing.again)
        self._ring(set(self._bells))
        return replayed

    async def recover(self, is_dead: Callable[[str], bool]) -> int:
        """See `LeaseRecovery.recover`; the partitions of dead processes come over at once, too."""
        now = self._time()
        given_back = 0
        for desk in self._desks.values():
            for entry in desk.leased():
                if is_dead(entry.owner):
                    desk.lose(entry, now)
                    given_back += 1
        await self._streams.base()
        members = await self._seats.members()
        gone = frozenset(
            name for name, one in members.items() if name != self._member and is_dead(one.process)
        )
        for name in gone:
            for record in await self._engine.all(self._names.state, self._names.record("hands", "*", name)):
                given_back += sum(hand.leased for hand in hands_of(record))
            await self._seats.remove(name)
        if gone:
            await self._seats.beat(list(self._desks.values()), gone=gone)
        self._ring(set(self._bells))
        return given_back

    def _hear(self, message: Msg) -> None:
        queue = message.subject.rpartition(".")[2]
        if queue == "-":
            self._woken.set()
        else:
            self._ring({queue})

    def _ring(self, queues: set[str]) -> None:
        for queue in queues:
            for bell in self._bells.get(queue, ()):
                bell.set()

    async def close(self) -> None:
        """Give back what this process has, and end the connection."""
        if self._beating is not None:
            self._beating.cancel()
            await asyncio.gather(self._beating, return_exceptions=True)
        try:
            if self._desks and self._link.is_connected:
                await self._seats.leave(self._desks.values())
                await self._link.post(self._names.bell("-"))
        except ChariotError as error:
            _log.warning("leave_failed", reason=str(error))
        finally:
            await self._link.close()
