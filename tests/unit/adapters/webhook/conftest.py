"""A real receiver on loopback that keeps what it is sent."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp import web

from chariot.model.kinds.weakness import Factor
from chariot.model.states import Decision, RiskState, Severity
from chariot.modules.alerts.ports import Alert

ALERT = Alert(
    id="0123456789abcdef0123456789abcdef",
    rule="urgent",
    cause="new",
    began_at=datetime(2026, 3, 1, tzinfo=UTC),
    organisation="acme",
    risk="#risk#port#192.0.2.7#tcp#443#CVE-2024-1000",
    target="#port#192.0.2.7#tcp#443",
    weakness="CVE-2024-1000",
    title="Widget 1.0: it overflows",
    score=84,
    decision=Decision.ACT,
    severity=Severity.CRITICAL,
    state=RiskState.TRIAGE,
    known_exploited=True,
    remediation="Update Widget to 2.0 or later.",
    factors=(Factor("epss", "at least 87 %", 25.0), Factor("cvss", "9.8", 25.0)),
)


class Receiver:
    """Answers with what `answer` is, and keeps each request with its body."""

    def __init__(self) -> None:
        self.requests: list[tuple[web.Request, bytes]] = []
        self.status = 204
        self.headers: dict[str, str] = {}
        self.body = b""
        self.pause_s = 0.0
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook?token=s3cret-token"

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request, await request.read()))
        await asyncio.sleep(self.pause_s)
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    made = Receiver()
    server = web.Server(made.handle)
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    sockets: Any = runner.addresses
    made.port = sockets[0][1]
    yield made
    await runner.cleanup()
