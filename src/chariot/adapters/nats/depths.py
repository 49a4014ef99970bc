"""How the queues are: numbers that the server keeps, and what owners wrote about their messages."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from chariot.adapters.nats.desk import Desk, moment, oldest_of
from chariot.adapters.nats.engine import Engine, Record
from chariot.adapters.nats.letters import Letters
from chariot.adapters.nats.seats import hands_of
from chariot.adapters.nats.streams import Streams
from chariot.adapters.nats.wire import Hand, Names, Note, message_from, organisation_token
from chariot.model.keys import Organisation
from chariot.modules.work.messages import Oldest, QueueDepth, Standing


class _Elsewhere(msgspec.Struct):
    """What other processes do in one queue, by sequence."""

    hands: dict[int, Hand]
    notes: dict[int, Note]


class Depths:
    """Answers `Inspector.depths`, and whether a queue got anything new."""

    def __init__(
        self,
        engine: Engine,
        streams: Streams,
        names: Names,
        letters: Letters,
        desks: Mapping[str, Desk],
    ) -> None:
        self._engine = engine
        self._streams = streams
        self._names = names
        self._letters = letters
        self._desks = desks
        self._seen: dict[str, tuple[int, frozenset[str]]] = {}

    async def is_new(self, desk: Desk) -> bool:
        """Return whether the queue of *desk* took something since the last question, or partitions came."""
        info = await self._engine.api(f"STREAM.INFO.{self._names.stream(desk.queue)}")
        seen = int(info["state"]["last_seq"]), frozenset(desk.consumers.values())
        before, self._seen[desk.queue] = self._seen.get(desk.queue), seen
        left = int(info["state"]["messages"]) > len(desk.entries) and desk.ready == 0
        return before != seen or left

    async def tell(self, organisation: Organisation | None, now: float) -> Sequence[QueueDepth]:
        """Return every queue that was used, by name."""
        infos = {
            self._names.queue_of(info["config"]["name"]): info
            for info in await self._engine.streams(self._names.work())
        }
        if organisation is None:
            queues = sorted(queue for queue, info in infos.items() if info["state"]["last_seq"])
        else:
            queues = [queue for queue in await self._streams.used_by(organisation) if queue in infos]
        return await asyncio.gather(*(self._one(queue, organisation, now) for queue in queues))

    async def _one(self, queue: str, organisation: Organisation | None, now: float) -> QueueDepth:
        token = "*" if organisation is None else organisation_token(organisation)
        first = await self._engine.first(
            self._names.stream(queue), self._names.work(queue, organisation=token)
        )
        live = 0 if first is None else first.more + 1
        desk = self._desks.get(queue)
        elsewhere = await self._elsewhere(queue, organisation, now, desk)
        leased = sum(hand.leased and hand.until > now for hand in elsewhere.hands.values())
        delayed = len(elsewhere.notes)
        if desk is not None:
            mine = desk.standing(organisation)
            leased, delayed = leased + mine[0], delayed + mine[1]
        leased = min(leased, live)
        delayed = min(delayed, live - leased)
        oldest = None if first is None else _oldest(queue, first, desk, elsewhere, now)
        return QueueDepth(
            queue=queue,
            waiting=live - leased - delayed,
            leased=leased,
            delayed=delayed,
            dead=await self._letters.count(queue, organisation),
            oldest_age_s=max(0.0, now - oldest.published_at.timestamp()) if oldest else 0.0,
            oldest=oldest,
        )

    async def _elsewhere(
        self, queue: str, organisation: Organisation | None, now: float, desk: Desk | None
    ) -> _Elsewhere:
        """Return what processes other than this one wrote about *queue*."""
        mine: frozenset[int] = frozenset() if desk is None else frozenset(desk.consumers)
        notes: dict[int, Note] = {}
        for record in await self._engine.all(self._names.state, self._names.record("note", queue, "*", "*")):
            *_, partition, sequence = record.subject.split(".")
            if int(partition) not in mine:
                notes[int(sequence)] = msgspec.json.decode(record.data, type=Note)
        hands: dict[int, Hand] = {}
        for record in await self._engine.all(self._names.state, self._names.record("hands", queue, "*")):
            for hand in hands_of(record):
                note = notes.get(hand.sequence)
                # A note of the same try is newer than the hands.
                is_newer = note is None or note.attempt < hand.attempt
                if is_newer and hand.partition not in mine and organisation in {None, hand.organisation}:
                    hands[hand.sequence] = hand
        delays = {
            sequence: note
            for sequence, note in notes.items()
            if note.until > now and sequence not in hands and organisation in {None, note.organisation}
        }
        return _Elsewhere(hands, delays)


def _oldest(queue: str, first: Record, desk: Desk | None, elsewhere: _Elsewhere, now: float) -> Oldest | None:
    if desk is not None and first.sequence in desk.entries:
        return oldest_of(desk.entries[first.sequence])
    message = message_from(queue, first.data)
    if message is None:
        return None
    hand = elsewhere.hands.get(first.sequence)
    note = elsewhere.notes.get(first.sequence)
    published_at = first.stored_at
    if hand is not None and hand.leased and hand.until > now:
        standing, since, until = Standing.LEASED, moment(hand.since), moment(hand.until)
    elif note is not None:
        standing, since, until = Standing.DELAYED, moment(note.since), moment(note.until)
    else:
        standing, since, until = Standing.WAITING, published_at, None
    return Oldest(
        id=message.id,
        order_key=message.order_key,
        published_at=published_at,
        standing=standing,
        since=since,
        until=until,
        owner=hand.owner if standing is Standing.LEASED and hand is not None else "",
        attempt=hand.attempt if hand is not None else note.attempt if note is not None else 0,
        error=note.error if note is not None else hand.error if hand is not None else "",
    )
