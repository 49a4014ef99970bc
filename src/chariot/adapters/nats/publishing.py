"""How messages get into a queue: many in flight while there is room, one after the other when it is nearly full."""

import asyncio
from collections import deque
from collections.abc import Sequence

from nats.aio.msg import Msg

from chariot.adapters.nats.engine import ApiError, stored
from chariot.adapters.nats.link import Link
from chariot.adapters.nats.streams import Streams
from chariot.adapters.nats.wire import Names, digest, envelope_of, organisation_token, partition_of
from chariot.errors import BusyError, UnavailableError
from chariot.modules.work.messages import Message

_IN_FLIGHT = 256
_REPLY_S = 10.0


class Publishing:
    """See `Publisher`."""

    def __init__(self, link: Link, streams: Streams, names: Names) -> None:
        self._link = link
        self._streams = streams
        self._names = names

    async def publish(self, messages: Sequence[Message]) -> int:
        """See `Publisher.publish`."""
        by_queue: dict[str, list[Message]] = {}
        for message in messages:
            by_queue.setdefault(message.queue, []).append(message)
        kept = 0
        for queue, those in by_queue.items():
            partitions = await self._streams.open(queue)
            for organisation in {message.organisation for message in those}:
                await self._streams.use(queue, organisation)
            # The server refuses message by message. Near the bound a later one could get in where an earlier
            # one was refused, so there nothing is sent before the one before it was kept.
            in_flight = _IN_FLIGHT if await self._streams.has_room(queue, len(those)) else 1
            try:
                kept += await self._in_order(queue, those, partitions, in_flight)
            finally:
                await self.ring(queue)
        return kept

    async def _in_order(
        self, queue: str, messages: Sequence[Message], partitions: int, in_flight: int
    ) -> int:
        kept = 0
        waiting: deque[asyncio.Future[Msg]] = deque()
        try:
            async with asyncio.timeout(_REPLY_S + len(messages) / 1_000):
                for message in messages:
                    if len(waiting) >= in_flight:
                        kept += self._is_new(queue, await waiting.popleft())
                    waiting.append(await self._send(message, partitions))
                while waiting:
                    kept += self._is_new(queue, await waiting.popleft())
        except TimeoutError as error:
            raise UnavailableError("NATS did not confirm messages in time") from error
        return kept

    async def _send(self, message: Message, partitions: int, suffix: str = "") -> asyncio.Future[Msg]:
        queue, organisation = message.queue, organisation_token(message.organisation)
        partition = partition_of(message.organisation, message.order_key, partitions)
        name = digest(message.id)
        headers = {"Nats-Msg-Id": f"{queue}|{organisation}|{name}{suffix}"}
        subject = self._names.work(queue, partition, organisation, name)
        return await self._link.send(subject, envelope_of(message), headers)

    def _is_new(self, queue: str, answer: Msg) -> bool:
        data = answer.data
        if b'"seq"' in data and b'"error"' not in data and answer.headers is None:
            return b'"duplicate"' not in data
        try:
            return stored(answer)[1]
        except ApiError as error:
            if error.is_there_already:
                return False
            if error.is_full:
                bound = self._streams.bound(queue)
                raise BusyError(f"the queue {queue} is full: it takes {bound:,} messages") from error
            raise
        except UnavailableError:
            self._streams.forget()
            raise

    async def again(self, message: Message, number: str) -> bool:
        """Publish what dead letter *number* holds; False when its id is at work already."""
        partitions = await self._streams.open(message.queue)
        await self._streams.use(message.queue, message.organisation)
        # The id of its own lets it pass the window once; a live message of the same id still refuses it.
        future = await self._send(message, partitions, f"|again|{number}")
        try:
            async with asyncio.timeout(_REPLY_S):
                answer = await future
        except TimeoutError as error:
            raise UnavailableError("NATS did not confirm a message in time") from error
        fresh = self._is_new(message.queue, answer)
        await self.ring(message.queue)
        return fresh

    async def ring(self, queue: str) -> None:
        """Tell all processes that something may have arrived; nothing is lost when nobody hears it."""
        if self._link.is_connected:
            await self._link.post(self._names.bell(queue))
