"""From the change log to the queues: every change reaches every stage that is interested, at least once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Sequence

import msgspec
import structlog

from chariot.errors import BusyError, ChariotError, ConfigurationError, InvalidError, UnavailableError
from chariot.model.keys import Key, Organisation, label_of
from chariot.model.records import Change, Op
from chariot.model.relationships import RelationshipType
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import ChangeLog, Checkpoints, Publisher

_log = structlog.get_logger(__name__)
_BATCH = 500
_POLL_S = 0.2
_TOLD_POLL_S = 2.0
"""How often a relay looks that is told of commits: a hint may be lost."""
_PAUSE_CAP_S = 5.0

Hints = Callable[[], AsyncIterator[None]]
"""Yields whenever there may be something new in the log, until it is closed."""


class Interest(msgspec.Struct, frozen=True, kw_only=True):
    """Which changes a stage wants. An empty set does not choose; each other one must be met."""

    kinds: frozenset[str] = frozenset()
    """Kind of the entity, or of the source of a relationship."""
    ops: frozenset[Op] = frozenset()
    relationships: frozenset[RelationshipType] = frozenset()
    fields: frozenset[str] = frozenset()
    """At least one of these is different."""
    labels: frozenset[str] = frozenset()
    """Of a relationship: the label of the attribute that it leads to."""

    def meets(self, change: Change) -> bool:
        """Return whether *change* is wanted."""
        return (
            (not self.kinds or change.kind in self.kinds)
            and (not self.ops or change.op in self.ops)
            and (not self.relationships or change.relationship in self.relationships)
            and (not self.fields or not self.fields.isdisjoint(change.fields))
            and (not self.labels or label_of(change.target or "") in self.labels)
        )


class Route(msgspec.Struct, frozen=True):
    """A queue and what it wants; a queue with several routes gets what any of them wants, once."""

    queue: str
    interest: Interest


class Notice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The body of a relayed message: what changed, never what it changed to. The stage loads the present."""

    sequence: int
    key: Key
    kind: str
    op: Op
    relationship: RelationshipType | None = None
    target: Key | None = None


_decoder = msgspec.json.Decoder(Notice)
_encoder = msgspec.json.Encoder()


def notice_of(message: Message) -> Notice:
    """Return the notice in a relayed message.

    Raises:
        InvalidError: the body is no notice.
    """
    try:
        return _decoder.decode(message.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidError(f"is no notice of a change: {error}", place="body") from None


class Relay:
    """Follows the change log from a durable checkpoint and publishes what the routes want.

    It publishes first and moves the checkpoint then: a crash between the two publishes again what the bus knows
    by its id. A full queue stops it until there is room; it drops nothing. Changes of the organisations *besides*
    are passed over. With *hints* it is told when to look, else it looks five times a second. *trace_of* tells whose
    trace a change belongs to.
    """

    def __init__(
        self,
        log: ChangeLog,
        bus: Publisher,
        checkpoints: Checkpoints,
        routes: Sequence[Route],
        *,
        name: str = "relay",
        batch: int = _BATCH,
        besides: Collection[Organisation] = (),
        hints: Hints | None = None,
        trace_of: Callable[[Change], str] = lambda _: "",
    ) -> None:
        if batch < 1:
            raise ConfigurationError("a relay takes one change at a time at least")
        self._changes = log
        self._bus = bus
        self._checkpoints = checkpoints
        self._routes = tuple(routes)
        self._name = name
        self._batch = batch
        self._besides = frozenset(besides)
        self._hints = hints
        self._trace_of = trace_of
        self._poll_s = _POLL_S
        self._reached: int | None = None
        self._nudged = asyncio.Event()
        self.blocked = ""
        """Why it does not move; empty when it does."""

    @property
    def blocked_for_all(self) -> str:
        """See `Relays.blocked_for_all`."""
        return self.blocked

    def nudge(self) -> None:
        """Let it look at the log now."""
        self._nudged.set()

    async def reached(self) -> int:
        """Return the sequence of the last change that was relayed, by this process or another."""
        # Only who relays knows the checkpoint without looking; while nobody runs it here, another process may.
        return await self._checkpoints.get(self._name) if self._reached is None else self._reached

    async def newest(self) -> int:
        """Return the sequence of the newest change, whether it was relayed or not."""
        return await self._changes.last_sequence()

    async def is_caught_up(self) -> bool:
        """Return whether every change so far was relayed."""
        return await self.reached() >= await self.newest()

    async def step(self) -> int:
        """Relay one batch and return how many changes it had.

        Raises:
            BusyError: a queue is full; nothing is lost, the next step tries the same batch.
        """
        after = await self.reached()
        changes = await self._changes.changes(after, self._batch)
        if not changes:
            self._reached = after
            return 0
        messages = [message for change in changes for message in self._messages(change)]
        if messages:
            await self._bus.publish(messages)
        await self._checkpoints.put(self._name, changes[-1].sequence)
        self._reached = changes[-1].sequence
        return len(changes)

    def _messages(self, change: Change) -> Sequence[Message]:
        queues = dict.fromkeys(route.queue for route in self._routes if route.interest.meets(change))
        if not queues or change.organisation in self._besides:
            return ()
        notice = Notice(
            sequence=change.sequence,
            key=change.key,
            kind=change.kind,
            op=change.op,
            relationship=change.relationship,
            target=change.target,
        )
        body, trace = _encoder.encode(notice), self._trace_of(change)
        return [
            Message(
                queue=queue,
                id=str(change.sequence),
                organisation=change.organisation,
                order_key=change.key,
                body=body,
                trace=trace,
            )
            for queue in queues
        ]

    async def run(self, stop: asyncio.Event) -> None:
        """Relay until *stop* is set; a batch that has begun is finished."""
        self._reached = None
        listening = asyncio.create_task(self._listen())
        try:
            await self._follow(stop)
        finally:
            self._reached, self.blocked = None, ""
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self) -> None:
        if self._hints is None:
            return
        self._poll_s = _TOLD_POLL_S
        try:
            async for _ in self._hints():
                self.nudge()
        except ChariotError as error:
            _log.warning("relay_is_not_told", relay=self._name, reason=str(error))
        finally:
            self._poll_s = _POLL_S

    async def _follow(self, stop: asyncio.Event) -> None:
        pause_s = _POLL_S
        while not stop.is_set():
            self._nudged.clear()
            try:
                moved = await self.step()
            except BusyError as error:
                self._block(error)
                await _pause(stop, error.retry_after_s)
                continue
            except UnavailableError as error:
                self._block(error)
                await _pause(stop, pause_s)
                pause_s = min(2 * pause_s, _PAUSE_CAP_S)
                continue
            self.blocked = ""
            pause_s = _POLL_S
            if not moved:
                await self._sleep(stop)

    def _block(self, error: BusyError | UnavailableError) -> None:
        if not self.blocked:
            _log.warning("relay_waits", relay=self._name, reason=str(error))
        self.blocked = str(error)

    async def _sleep(self, stop: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(self._poll_s):
                await self._nudged.wait()
        except TimeoutError:
            return
        if not stop.is_set():
            # A burst of nudges is one batch: what comes in the same moment is read together.
            await asyncio.sleep(0)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return
