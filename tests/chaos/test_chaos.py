"""Scan, import and alerts while everything is killed in turn: the end is that of a run that nobody disturbed.

`make test` runs a short one; `make chaos SEED=7 ROUNDS=20` the long one. The seed decides who is killed when and stays
away how long, what comes twice and how late, and whose clock jumps by how much; the machine decides how far the work
is by then.
"""

import asyncio
import os
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.entrypoints.rest.tokens import ensure_token
from chariot.errors import BusyError, UnavailableError
from chariot.lab.profile import PROFILE_FILE, LabProfile, read_profile
from chariot.lab.truth import expected
from chariot.model.kinds.work import AlertRule
from chariot.model.registry import KINDS
from chariot.modules.work.messages import Message
from chariot.modules.work.queues import ASSET, CORRELATE, NOTIFY, PLAN
from chariot.settings import Settings, load_settings
from support.chaos import PROCESSES, Chaos, Engines, made, private_engines
from support.chariot_processes import ChariotProcesses
from support.importer import Importer
from support.late_deliveries import LateDeliveries
from support.sightings import batches
from support.told import Row, differences, told
from support.webhook_receiver import WebhookReceiver

SEED = int(os.environ.get("CHARIOT_CHAOS_SEED", "7"))
ROUNDS = int(os.environ.get("CHARIOT_CHAOS_ROUNDS", "6"))
OBSERVATIONS = int(os.environ.get("CHARIOT_CHAOS_OBSERVATIONS", "2000"))
LONGEST_S = float(os.environ.get("CHARIOT_CHAOS_LONGEST_S", "600"))

POISONED = (PLAN, CORRELATE, NOTIFY, ASSET)
PAUSE_S = 1.0
LATE_SHARE = 0.1
LATEST_S = 5.0
LOST_ANSWERS = 0.1

T = TypeVar("T")


@pytest.fixture
async def lab(tmp_path: Path, worker_offset: int) -> AsyncIterator[LabProfile]:
    # A process of its own: a busy neighbour in the same loop would make its answers late.
    folder = made(tmp_path / "lab")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chariot", "lab", str(folder), "--port-offset", str(worker_offset)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    assert await process.stdout.readline()
    yield read_profile(folder / PROFILE_FILE)
    process.terminate()
    await process.wait()


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    async with private_engines(tmp_path) as running:
        yield running


def alone(profile: LabProfile, home: Path) -> Settings:
    """Return the settings of one process that does everything."""
    return msgspec.structs.replace(
        load_settings(environ={}),
        home=str(home),
        seeds=profile.seeds,
        resolver=profile.resolver,
        ports=profile.ports,
        ca_file=str(profile.ca_file),
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
    lab: LabProfile, home: Path, receiver: WebhookReceiver, seen_at: datetime
) -> dict[str, Counter[Row]]:
    async with open_application(alone(lab, home)) as application:
        await begin(application, receiver)
        working = asyncio.create_task(application.pipeline.run())
        await idle(application)
        for batch in batches(OBSERVATIONS, seen_at):
            applied = await application.surface.observe_json(application.organisation, batch)
            assert not applied.refused
        await idle(application)
        await application.pipeline.stop()
        await working
        return await told(application)


async def poison(application: Application) -> None:
    """Put into queues what no stage can do."""
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


def write_settings(settings: Settings, file: Path) -> Path:
    usual = msgspec.to_builtins(Settings())
    values = {name: value for name, value in msgspec.to_builtins(settings).items() if value != usual[name]}
    lines = [f"{name} = {msgspec.json.encode(value).decode()}" for name, value in values.items()]
    file.write_text("\n".join(lines))
    return file


@pytest.mark.timeout(int(3 * LONGEST_S))
async def test_a_run_in_which_everything_is_killed_ends_as_an_undisturbed_one(
    lab: LabProfile, engines: Engines, tmp_path: Path, unused_tcp_port: int
) -> None:
    seen_at = datetime.now(UTC) - timedelta(hours=12)
    settings = msgspec.structs.replace(
        alone(lab, tmp_path / "home"),
        store=engines.store,
        bus=engines.nats.url,
        cache=engines.redis.url,
        api_port=unused_tcp_port,
    )
    config = write_settings(settings, tmp_path / "chariot.toml")
    processes = ChariotProcesses(config, made(tmp_path / "processes"))
    address = f"http://127.0.0.1:{unused_tcp_port}/api/v1/observations"
    importer = Importer(address, ensure_token(settings.home_path), list(batches(OBSERVATIONS, seen_at)))
    chance = random.Random(SEED)
    chaos = Chaos(processes, engines, chance)

    async with AsyncExitStack() as stack:
        calm = await stack.enter_async_context(WebhookReceiver(random.Random(SEED)))
        told_to = await stack.enter_async_context(
            WebhookReceiver(random.Random(SEED), lost_answers=LOST_ANSWERS)
        )
        wanted = await undisturbed(lab, tmp_path / "alone", calm, seen_at)
        application = await stack.enter_async_context(open_application(settings))
        late = await stack.enter_async_context(
            LateDeliveries(engines.nats.url, random.Random(SEED), share=LATE_SHARE, longest_s=LATEST_S)
        )
        stack.push_async_callback(processes.kill_all)
        await begin(application, told_to)
        await chaos.start()
        async with asyncio.timeout(2 * LONGEST_S), asyncio.TaskGroup() as group:
            supervising = group.create_task(processes.supervise())
            importing = group.create_task(importer.run())
            group.create_task(poison(application))
            for turn in range(ROUNDS):
                await importer.reached(turn / ROUNDS)
                await asyncio.sleep(chance.random() * PAUSE_S)
                await chaos.strike()
            await importing
            await late.finish()
            await idle(application)
            ended = await processes.stop()
            supervising.cancel()
        reached = await told(application)
        letters = await application.bus.dead_letters(limit=1_000)

    # Whoever watches the long run wants to know how hard it was.
    print(  # noqa: T201
        f"\nseed {SEED}: {' '.join(chaos.struck)}; {late.accepted} messages done twice, {late.refused} refused;"
        f" {importer.repeated} requests repeated; {len(told_to.events)} alerts in {told_to.deliveries.total()}"
        f" deliveries, of which {told_to.lost} without an answer"
    )
    found = {str(row[1]) for row in reached["entities"]}
    # What a port offers is a fact of the port, and is compared with all its facts below.
    truth = {kind: keys for kind, keys in expected(port_offset=lab.port_offset).items() if kind in KINDS}
    assert {kind: keys - found for kind, keys in truth.items() if keys - found} == {}, processes.said()
    assert "\n".join(differences(wanted, reached)) == "", processes.said()
    assert sorted(one.message.id for one in letters) == sorted(f"poison-{queue}" for queue in POISONED)
    assert told_to.events == calm.events
    assert late.accepted > 0
    assert ended == dict.fromkeys(PROCESSES, 0), processes.said()
