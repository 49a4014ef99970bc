"""Scan, import and alerts while everything is killed in turn: the end is that of a run that nobody disturbed.

`make test` runs a short one; `make chaos SEED=7 ROUNDS=20` the long one. What the seed decides is who is killed when,
what comes twice and how late, and whose clock jumps by how much; the machine decides how far the work is by then.
"""

import asyncio
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import aiohttp
import msgspec
import pytest

from chariot.adapters.postgres.migrations import migrate
from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.entrypoints.rest.tokens import ensure_token
from chariot.errors import BusyError, UnavailableError
from chariot.lab.server import Lab, LabSettings
from chariot.lab.truth import expected
from chariot.model.kinds.work import AlertRule
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import ASSET, CORRELATE, NOTIFY, PLAN
from chariot.settings import Settings, load_settings
from support.chariot_processes import ChariotProcesses
from support.engines import PrivatePostgres
from support.late_deliveries import LateDeliveries
from support.nats_server import NatsServer
from support.redis_server import RedisServer
from support.sightings import batches
from support.told import Row, differences, told
from support.webhook_receiver import WebhookReceiver

SEED = int(os.environ.get("CHARIOT_CHAOS_SEED", "7"))
ROUNDS = int(os.environ.get("CHARIOT_CHAOS_ROUNDS", "6"))
OBSERVATIONS = int(os.environ.get("CHARIOT_CHAOS_OBSERVATIONS", "4000"))
LONGEST_S = float(os.environ.get("CHARIOT_CHAOS_LONGEST_S", "400"))

VICTIMS = ("worker", "postgres", "relay", "nats", "serve", "redis")
WORKERS = ("work-0", "work-1", "work-2")
RELAYS = ("relay-0", "relay-1")
POISONED = (PLAN, CORRELATE, NOTIFY, ASSET)
PAUSE_S = 2.0
AWAY_S = 1.5
JUMPS_S = (3_600.0, -3_600.0, 300.0, -30.0)
ANSWER_S = 30.0

T = TypeVar("T")


class Engines(msgspec.Struct):
    """The servers below, each of which dies and comes back with what it had kept."""

    postgres: PrivatePostgres
    nats: NatsServer
    redis: RedisServer
    url: str

    async def strike(self, name: str, away_s: float) -> None:
        server: PrivatePostgres | NatsServer | RedisServer = getattr(self, name)
        await asyncio.to_thread(server.kill)
        await asyncio.sleep(away_s)
        await asyncio.to_thread(server.start)


@pytest.fixture
async def lab(tmp_path: Path, worker_offset: int) -> AsyncIterator[Lab]:
    async with Lab(LabSettings(port_offset=worker_offset, directory=tmp_path)) as running:
        yield running


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    # Servers that the environment names are not ours to kill, so these are always private ones.
    postgres = PrivatePostgres(durable=True)
    nats, redis = NatsServer(made(tmp_path / "nats")), RedisServer(made(tmp_path / "redis"))
    try:
        url = postgres.url(await postgres.create())
        await migrate(url)
        yield Engines(postgres, nats.start(), redis.start(), url)
    finally:
        nats.kill()
        redis.kill()
        postgres.stop()


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def alone(lab: Lab, folder: Path) -> Settings:
    profile = lab.profile
    return msgspec.structs.replace(
        load_settings(environ={}),
        home=str(folder),
        seeds=profile.seeds,
        resolver=profile.resolver,
        ports=profile.ports,
        webhook_networks=("127.0.0.0/8",),
    )


async def begin(application: Application, receiver: WebhookReceiver) -> None:
    rule = AlertRule(label="all", channel=receiver.url, signing_key="of-the-test", minimum_score=1)
    await application.alerts.put(application.organisation, rule, actor="test")
    await application.scans.start(application.organisation, application.settings.seeds, requested_by="test")


async def idle(application: Application) -> None:
    """Return when nothing is left to do, three times in a row: once may be the moment between two processes."""
    quiet = 0
    async with asyncio.timeout(LONGEST_S):
        while quiet < 3:
            quiet = quiet + 1 if await insisted(application.pipeline.is_idle) else 0
            await asyncio.sleep(0.2)


async def insisted(call: Callable[[], Awaitable[T]]) -> T:
    """Return what *call* returns, however often that takes."""
    while True:
        try:
            return await call()
        except (UnavailableError, BusyError):
            await asyncio.sleep(0.2)


async def undisturbed(
    lab: Lab, folder: Path, receiver: WebhookReceiver, seen_at: datetime
) -> dict[str, Counter[Row]]:
    async with open_application(alone(lab, folder)) as application:
        await begin(application, receiver)
        working = asyncio.create_task(application.pipeline.run())
        for batch in batches(OBSERVATIONS, seen_at):
            applied = await application.surface.observe_json(application.organisation, batch)
            assert not applied.refused
        await idle(application)
        await application.pipeline.stop()
        await working
        return await told(application)


class Importer:
    """Somebody who sends sightings to the API, and sends again what got no answer."""

    def __init__(self, address: str, token: str, all_batches: list[bytes]) -> None:
        self._address = address
        self._token = token
        self._batches = all_batches
        self._moved = asyncio.Condition()
        self.sent = 0
        self.repeated = 0

    async def run(self) -> None:
        async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {self._token}"}) as session:
            for batch in self._batches:
                while not await self._is_taken(session, batch):
                    self.repeated += 1
                    await asyncio.sleep(0.2)
                async with self._moved:
                    self.sent += 1
                    self._moved.notify_all()

    async def _is_taken(self, session: aiohttp.ClientSession, batch: bytes) -> bool:
        with suppress(aiohttp.ClientError, TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                headers = {"Content-Type": "application/json"}
                async with session.post(self._address, data=batch, headers=headers) as response:
                    text = await response.text()
                    # Whatever is broken on the way is ours to wait for; a refusal would be a fault.
                    assert response.status in (200, 503, 429), text
                    return response.status == 200
        return False

    async def reached(self, share: float) -> None:
        """Return when so much of it was sent."""
        async with self._moved:
            await self._moved.wait_for(lambda: self.sent >= share * len(self._batches))


def write_config(settings: Settings, file: Path) -> Path:
    values = {
        "home": settings.home,
        "store": settings.store,
        "bus": settings.bus,
        "cache": settings.cache,
        "resolver": settings.resolver,
        "ports": list(settings.ports),
        "webhook_networks": list(settings.webhook_networks),
        "api_port": settings.api_port,
    }
    file.write_text("\n".join(f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()))
    return file


class Chaos:
    """What happens to the processes and to the servers below them, decided by the seed."""

    def __init__(self, processes: ChariotProcesses, engines: Engines, chance: random.Random) -> None:
        self._processes = processes
        self._engines = engines
        self._chance = chance
        self._victims = [*VICTIMS]

    async def start(self) -> None:
        for number, name in enumerate(WORKERS):
            await self._processes.start(name, "work", jump=self._jump() if number == 2 else None)
        for name in RELAYS:
            await self._processes.start(name, "relay")
        await self._processes.start("serve", "serve")

    def _jump(self) -> tuple[float, float]:
        return (self._chance.uniform(1, 10), self._chance.choice(JUMPS_S))

    async def strike(self, turn: int) -> str:
        if not turn % len(VICTIMS):
            self._chance.shuffle(self._victims)
        victim, away_s = self._victims[turn % len(VICTIMS)], self._chance.random() * AWAY_S
        if victim in ("postgres", "nats", "redis"):
            await self._engines.strike(victim, away_s)
            return victim
        name = victim
        if victim in ("worker", "relay"):
            name = self._chance.choice(WORKERS if victim == "worker" else RELAYS)
        await self._processes.kill(name)
        await asyncio.sleep(away_s)
        jumps = name in (WORKERS[2], RELAYS[1])
        await self._processes.again(name, jump=self._jump() if jumps else None)
        return name


async def poison(application: Application) -> None:
    """Put something into queues that no stage can do."""
    messages = [
        Message(
            queue=queue,
            id=f"poison-{queue}",
            organisation=application.organisation,
            order_key="#domain#poison.example",
            body=b'{"poison": 1}',
        )
        for queue in POISONED
    ]
    await insisted(lambda: application.bus.publish(messages))


@pytest.mark.timeout(int(3 * LONGEST_S))
async def test_a_run_in_which_everything_is_killed_ends_as_an_undisturbed_one(
    lab: Lab, engines: Engines, tmp_path: Path, unused_tcp_port: int
) -> None:
    chance = random.Random(SEED)
    seen_at = datetime.now(UTC) - timedelta(hours=12)
    distributed = msgspec.structs.replace(
        alone(lab, tmp_path / "home"),
        store=engines.url,
        bus=engines.nats.url,
        cache=engines.redis.url,
        api_port=unused_tcp_port,
    )
    logs = made(tmp_path / "logs")
    processes = ChariotProcesses(write_config(distributed, tmp_path / "chariot.toml"), logs)
    importer = Importer(
        f"http://127.0.0.1:{unused_tcp_port}/api/v1/observations",
        ensure_token(Path(distributed.home)),
        list(batches(OBSERVATIONS, seen_at)),
    )
    async with AsyncExitStack() as stack:
        calm = await stack.enter_async_context(WebhookReceiver(random.Random(SEED)))
        receiver = await stack.enter_async_context(WebhookReceiver(random.Random(SEED), lost_answers=0.1))
        wanted = await undisturbed(lab, tmp_path / "alone", calm, seen_at)
        application = await stack.enter_async_context(open_application(distributed))
        late = await stack.enter_async_context(
            LateDeliveries(engines.nats.url, random.Random(SEED), share=0.1, longest_s=5.0)
        )
        stack.push_async_callback(processes.kill_all)
        chaos = Chaos(processes, engines, chance)
        await begin(application, receiver)
        await chaos.start()
        importing = asyncio.create_task(importer.run())
        await poison(application)
        struck = []
        for turn in range(ROUNDS):
            await asyncio.sleep(chance.random() * PAUSE_S)
            await importer.reached(turn / ROUNDS)
            struck.append(await chaos.strike(turn))
        async with asyncio.timeout(LONGEST_S):
            await importing
        await late.finish()
        await idle(application)
        ended = await processes.stop()
        reached = await told(application)
        letters = await application.bus.dead_letters(limit=1_000)

    truth = expected(port_offset=lab.profile.port_offset)
    found = {row[1] for row in reached["entities"]}
    print(struck, "late", late.accepted, late.refused, "repeated", importer.repeated, "alerts", len(calm.events), sum(receiver.deliveries.values()), receiver.lost)  # noqa: T201
    assert {kind: sorted(keys - found) for kind, keys in truth.items()} == {kind: [] for kind in truth}
    assert differences(wanted, reached) == []
    assert sorted(one.message.id for one in letters) == sorted(f"poison-{queue}" for queue in POISONED)
    assert receiver.events == calm.events
    assert late.accepted > 0
    assert ended == dict.fromkeys((*WORKERS, *RELAYS, "serve"), 0)
