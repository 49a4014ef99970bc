"""Somebody on the network who keeps messages and brings them again: at once, late, behind newer ones."""

import asyncio
import contextlib
import random
from types import TracebackType
from typing import Self

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

import nats

_MARK = "Late-Delivery"
_REPLY_S = 30.0


class LateDeliveries:
    """Listens to all queues of one server and publishes a share of the messages again, under new ids."""

    def __init__(self, url: str, chance: random.Random, *, share: float, longest_s: float) -> None:
        """*longest_s* is how much later a message comes again, at most."""
        self._url = url
        self._chance = chance
        self._share = share
        self._longest_s = longest_s
        self._client: Client | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._open = True
        self.accepted = 0
        """How many were taken by a queue once more: their first delivery was done by then."""
        self.refused = 0
        """How often one was refused, or not heard."""

    async def _hear(self, message: Msg) -> None:
        headers = message.headers or {}
        # What was published by hand or by this is left alone: a poisoned message is to die once.
        if not self._open or _MARK in headers or b"poison" in message.data:
            return
        if self._chance.random() < self._share:
            task = asyncio.create_task(self._bring(message.subject, message.data))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _bring(self, subject: str, data: bytes) -> None:
        """Bring it until it is taken: the queue refuses it as long as the first one waits or is in work."""
        while not await self._is_taken(subject, data) and self._open:
            self.refused += 1

    async def _is_taken(self, subject: str, data: bytes) -> bool:
        await asyncio.sleep(self._chance.random() * self._longest_s)
        assert self._client is not None
        headers = {_MARK: "1", "Nats-Msg-Id": f"late-{self._chance.getrandbits(64):x}"}
        # A server that is away now misses this one; it comes again.
        with contextlib.suppress(NatsError, asyncio.TimeoutError, OSError):
            answer = await self._client.request(subject, data, headers=headers, timeout=_REPLY_S)
            if b'"error"' not in answer.data:
                self.accepted += 1
                return True
        return False

    async def finish(self) -> None:
        """Take nothing new, and return when all that was kept was brought."""
        self._open = False
        await asyncio.gather(*self._tasks)

    async def _said(self, _error: Exception) -> None:
        """Say nothing of a server that is killed on purpose."""

    async def __aenter__(self) -> Self:
        self._client = await nats.connect(
            self._url, max_reconnect_attempts=-1, reconnect_time_wait=0.2, error_cb=self._said
        )
        await self._client.subscribe("chariot.queue.>", cb=self._hear)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._client is not None
        await self._client.close()
