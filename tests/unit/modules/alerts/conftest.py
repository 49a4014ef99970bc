"""A store, a real receiver on loopback, and the stage between them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from aiohttp import web

from chariot.adapters.apprise_channel.channel import AppriseChannel
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.webhook.channel import WebhookChannel
from chariot.adapters.webhook.guard import Guard
from chariot.adapters.webhook.signature import verify
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Port
from chariot.model.kinds.weakness import Factor, Risk
from chariot.model.kinds.work import AlertRule, Job
from chariot.model.observations import Edit, Observations
from chariot.model.records import Op
from chariot.model.states import Decision, Severity
from chariot.modules.alerts.ports import Channels
from chariot.modules.alerts.stage import NotifyStage, routes
from chariot.modules.risk.service import RiskService
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import NOTIFY
from chariot.modules.work.relay import Notice

ACME = Organisation("acme")
KEY = "k3y"
PORT = Port(address="192.0.2.7", protocol="tcp", number=443)
RISK = Risk(target=PORT.key, weakness="CVE-2024-1000", title="Widget 1.0", severity=Severity.HIGH)


class Scene:
    """A risk that changes, rules, and whoever is told."""

    def __init__(self, database: SqliteDatabase) -> None:
        self.at = datetime(2026, 3, 1, 12, tzinfo=UTC)
        self.store = SqliteEntityStore(database, now=self.now)
        self.surface = SurfaceService(self.store, now=self.now, seal=lambda _, text: text)
        self.risks = RiskService(self.surface, now=self.now)
        guard = Guard(("127.0.0.0/8",))
        self.services = AppriseChannel(guard)
        channels = Channels(webhook=WebhookChannel(guard, now=self.now), services=self.services)
        self.stage = NotifyStage(self.surface, channels, now=self.now)
        self.statuses: dict[str, int] = {}
        self.received: list[dict[str, Any]] = []
        self.port = 0
        self.relayed = 0

    def now(self) -> datetime:
        self.at += timedelta(milliseconds=1)
        return self.at

    async def answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        status = self.statuses.get(request.path, 204)
        assert verify(
            KEY, int(request.headers["Chariot-Timestamp"]), body, request.headers["Chariot-Signature"]
        )
        self.received.append({**msgspec.json.decode(body), "status": status})
        return web.Response(status=status)

    @property
    def causes(self) -> list[str]:
        return [one["cause"] for one in self.received]

    async def rule(self, label: str = "urgent", **fields: Any) -> None:
        values = {"channel": f"http://127.0.0.1:{self.port}/{label}", "signing_key": KEY} | fields
        await self.surface.edit(ACME, [Edit(actor="ann", entity=AlertRule(label=label, **values))])

    async def score(self, score: int | None, *, exploited: bool = False) -> None:
        factors = (Factor("known exploited", "yes" if exploited else "no", 15.0 * exploited),)
        scored = msgspec.structs.replace(RISK, score=score, decision=Decision.ATTEND, factors=factors)
        batch = Observations(capability="assessor", seen_at=self.now(), entities=(PORT, scored))
        await self.surface.observe(ACME, batch)

    def message(self, sequence: int = 1) -> Message:
        notice = Notice(sequence=sequence, key=RISK.key, kind="risk", op=Op.UPDATED)
        return Message(
            queue=NOTIFY,
            id=str(sequence),
            organisation=ACME,
            order_key=RISK.key,
            body=msgspec.json.encode(notice),
        )

    async def tell(self) -> int:
        """Handle what the routes let through since the last call; return how many changes that were."""
        changes = await self.store.changes(self.relayed, 1_000, organisation=ACME)
        wanted = [one for one in changes if any(route.interest.meets(one) for route in routes())]
        self.relayed = await self.store.last_sequence()
        for change in wanted:
            await self.stage.handle(self.message(change.sequence))
        return len(wanted)

    async def job(self, label: str = "urgent") -> Job | None:
        key = Job(capability=f"alert.{label}", target=RISK.key).key
        record = (await self.store.get(ACME, [key])).get(key)
        return record.entity if record is not None else None


@pytest.fixture
async def scene(tmp_path) -> AsyncIterator[Scene]:
    made = Scene(SqliteDatabase(tmp_path / "scene.db"))
    runner = web.ServerRunner(web.Server(made.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.port = runner.addresses[0][1]
    yield made
    await runner.cleanup()
    made.services.close()
    await made.store.close()
