"""The same product on PostgreSQL and NATS JetStream: several processes, some of which are killed on the way."""

import asyncio
import os
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from chariot.application import Application
from chariot.bootstrap import open_application
from chariot.lab.score import score
from chariot.lab.server import Lab, LabSettings
from chariot.lab.truth import expected
from chariot.modules.surface.query import Query
from chariot.settings import Settings, load_settings
from support.databases import databases
from support.nats_server import NatsServer

LONGEST_S = 180.0
ROUNDS = 3
PAUSE_S = 1.5

Row = tuple[object, ...]


class Processes:
    """Chariot's processes, started as a person would."""

    def __init__(self, settings: Settings, home: Path) -> None:
        self._environment = os.environ | {
            "CHARIOT_STORE": settings.store,
            "CHARIOT_BUS": settings.bus,
            "CHARIOT_RESOLVER": settings.resolver,
            "CHARIOT_PORTS": ",".join(map(str, settings.ports)),
            "CHARIOT_HOME": str(home),
        }
        self._running: list[asyncio.subprocess.Process] = []

    async def start(self, *command: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chariot", *command),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
        )
        self._running.append(process)
        return process

    async def end(self) -> list[int | None]:
        """Ask all that still run to drain, and return how each ended."""
        running = [process for process in self._running if process.returncode is None]
        for process in running:
            process.terminate()
        await asyncio.wait_for(asyncio.gather(*(process.wait() for process in running)), LONGEST_S)
        return [process.returncode for process in running]


@pytest.fixture
async def lab(tmp_path: Path, worker_offset: int) -> AsyncIterator[Lab]:
    async with Lab(LabSettings(port_offset=worker_offset, directory=tmp_path)) as running:
        yield running


@pytest.fixture
def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    folder = tmp_path / "nats"
    folder.mkdir()
    server = NatsServer(folder).start()
    yield server
    server.kill()


@pytest.fixture
async def distributed(lab: Lab, nats: NatsServer, tmp_path: Path) -> AsyncIterator[Settings]:
    url = await databases().take()
    yield msgspec.structs.replace(embedded(lab, tmp_path), store=url, bus=nats.url)
    await databases().give_back(url)


def embedded(lab: Lab, folder: Path) -> Settings:
    profile = lab.profile
    return msgspec.structs.replace(
        load_settings(environ={}),
        home=str(folder / "home"),
        seeds=profile.seeds,
        resolver=profile.resolver,
        ports=profile.ports,
    )


async def scan(application: Application) -> None:
    await application.scans.start(application.organisation, application.settings.seeds, requested_by="test")


async def idle(application: Application) -> None:
    async with asyncio.timeout(LONGEST_S):
        # Once may be the moment between two processes; what is idle stays so.
        for _ in range(3):
            await application.pipeline.idle()
            await asyncio.sleep(0.3)


async def history(application: Application) -> set[Row]:
    """Return every version of every entity, without when and by whom."""
    found: set[Row] = set()
    for kind in (*expected(), "seed", "netblock", "dnsrecord", "attribute", "job"):
        page = await application.store.find(application.organisation, Query(kinds=(kind,), limit=1_000))
        for record in page.items:
            versions = await application.store.versions(application.organisation, record.key)
            found |= {
                (
                    record.key,
                    one.change.revision,
                    one.change.op,
                    one.status,
                    one.change.fields,
                    repr(one.entity),
                )
                for one in versions.items
            }
    return found


async def undisturbed(lab: Lab, folder: Path) -> set[Row]:
    async with open_application(embedded(lab, folder)) as application:
        await scan(application)
        working = asyncio.create_task(application.pipeline.run())
        await idle(application)
        await application.pipeline.stop()
        await working
        return await history(application)


@pytest.mark.timeout(600)
async def test_workers_and_queues_that_are_killed_change_nothing_of_the_end(
    lab: Lab, nats: NatsServer, distributed: Settings, tmp_path: Path
) -> None:
    wanted = await undisturbed(lab, tmp_path / "alone")
    truth = expected(port_offset=lab.profile.port_offset)
    processes = Processes(distributed, tmp_path / "home")
    chance = random.Random(7)

    async with open_application(distributed) as application:
        await scan(application)
        relays = [await processes.start("relay"), await processes.start("relay")]
        workers = [await processes.start("work"), await processes.start("work")]
        for turn in range(ROUNDS):
            await asyncio.sleep(chance.random() * PAUSE_S)
            workers[turn % 2].kill()
            nats.kill()
            relays[turn % 2].kill()
            nats.start()
            workers[turn % 2] = await processes.start("work")
            relays[turn % 2] = await processes.start("relay")
        await idle(application)
        ended = await processes.end()
        reached = await history(application)
        scores = score(
            truth, {kind: [str(row[0]) for row in reached if f"#{kind}#" == kind_of(row)] for kind in truth}
        )
        letters = await application.bus.dead_letters()

    assert {kind: (one.missed, one.extra) for kind, one in scores.items()} == {
        kind: ([], []) for kind in truth
    }
    assert reached ^ wanted == set()
    assert list(letters) == []
    assert set(ended) == {0}


def kind_of(row: Row) -> str:
    return "#".join(str(row[0]).split("#", 2)[:2]) + "#"
