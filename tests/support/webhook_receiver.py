"""A receiver of webhooks on loopback that keeps to its side of the bargain: one key is one event."""

import random
from collections import Counter
from types import TracebackType
from typing import Self

from aiohttp import web

_HEADER = "Idempotency-Key"


class WebhookReceiver:
    """Takes deliveries; of some it keeps the event and loses the answer, as a bad network does."""

    def __init__(self, chance: random.Random, *, lost_answers: float = 0.0) -> None:
        """*lost_answers* is the share of first deliveries whose answer says "try again" although it was kept."""
        self._chance = chance
        self._lost_answers = lost_answers
        self._runner: web.AppRunner | None = None
        self.port = 0
        self.deliveries: Counter[str] = Counter()
        """By key: how often each event was brought."""
        self.lost = 0
        """How many answers were lost."""

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}/alerts"

    @property
    def events(self) -> frozenset[str]:
        """Return the keys of the events it got; what is brought again under one key is the same event."""
        return frozenset(self.deliveries)

    async def _take(self, request: web.Request) -> web.Response:
        await request.read()
        key = request.headers[_HEADER]
        self.deliveries[key] += 1
        if self.deliveries[key] == 1 and self._chance.random() < self._lost_answers:
            self.lost += 1
            return web.Response(status=503)
        return web.Response(status=204)

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_post("/alerts", self._take)
        self._runner = web.AppRunner(application, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()
