"""The same product on PostgreSQL and NATS: five processes find what one finds, and one of each kind may be killed."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from chariot.lab.profile import write_profile
from chariot.lab.server import Lab, LabSettings
from support.databases import databases
from support.nats_server import NatsServer

TIMEOUT_S = 120.0


class Installation:
    """Processes on shared engines; each has a data folder of its own, as on a machine of its own."""

    def __init__(self, folder: Path, config: Path, store: str, bus: str) -> None:
        self._folder = folder
        self._config = config
        self._environment = os.environ | {
            "CHARIOT_STORE": store,
            "CHARIOT_BUS": bus,
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._count = 0

    @asynccontextmanager
    async def process(self, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        self._count += 1
        home = self._folder / f"machine-{self._count}"
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "chariot", "--config", str(self._config), "--home", str(home), "--json"),
            *arguments,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=self._environment,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            async with asyncio.timeout(TIMEOUT_S):
                await process.communicate()

    async def run(self, *arguments: str) -> tuple[int, bytes]:
        async with self.process(*arguments) as process, asyncio.timeout(TIMEOUT_S):
            output, _ = await process.communicate()
        return process.returncode or 0, output

    async def idle(self) -> None:
        async with asyncio.timeout(TIMEOUT_S):
            while True:
                _, output = await self.run("queue", "list")
                depths = json.loads(output)
                if depths and not any(one["waiting"] + one["leased"] + one["delayed"] for one in depths):
                    return
                await asyncio.sleep(0.5)


async def said(process: asyncio.subprocess.Process, event: str) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(TIMEOUT_S):
        while json.loads(await process.stdout.readline()).get("event") != event:
            pass


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[tuple[str, str]]:
    store = await databases().take()
    (tmp_path / "nats").mkdir()
    server = NatsServer(tmp_path / "nats").start()
    yield store, server.url
    server.kill()
    await databases().give_back(store)


@pytest.mark.timeout(400)
async def test_a_scan_is_whole_although_a_worker_and_the_active_relay_are_killed(
    tmp_path: Path, engines: tuple[str, str], worker_offset: int
) -> None:
    async with AsyncExitStack() as stack:
        lab = await stack.enter_async_context(Lab(LabSettings(port_offset=worker_offset, directory=tmp_path)))
        installation = Installation(tmp_path, write_profile(lab.profile, tmp_path), *engines)
        active = await stack.enter_async_context(installation.process("relay"))
        await said(active, "active")
        standby = await stack.enter_async_context(installation.process("relay"))
        workers = [await stack.enter_async_context(installation.process("work")) for _ in range(2)]
        for worker in workers:
            await said(worker, "work")
        server = await stack.enter_async_context(
            installation.process("serve", "--port", str(8_700 + worker_offset % 97))
        )
        assert server.stdout is not None
        await server.stdout.readline()
        # The order goes into the bus; this process is then ended, and the others do the work.
        async with installation.process("scan") as ordering:
            await asyncio.sleep(3)
            ordering.terminate()
        workers[0].kill()
        active.kill()
        await said(standby, "active")
        await installation.idle()
        code, score = await installation.run("lab", "score")

    assert code == 0
    found = json.loads(score)
    kinds = found.get("kinds", found)
    assert {kind for kind, one in kinds.items() if one["missed"] or one["extra"]} == set()
    assert len(kinds) > 5
