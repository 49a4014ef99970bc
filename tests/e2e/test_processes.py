"""Relay and workers as processes of their own: one relays, another takes over, and a SIGTERM loses nothing."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from chariot.lab.profile import write_profile
from chariot.lab.server import Lab, LabSettings

TIMEOUT_S = 120.0
SCAN_S = 400.0
"""A whole scan, on a machine that has much else to do."""


@asynccontextmanager
async def chariot(home: Path, *arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chariot", "--home", str(home), "--json", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def event(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async with asyncio.timeout(TIMEOUT_S):
        line = await process.stdout.readline()
    if not line:
        assert process.stderr is not None
        raise AssertionError(f"it ended: {(await process.stderr.read()).decode()}")
    return str(json.loads(line)["event"])


async def ended(process: asyncio.subprocess.Process) -> int:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(TIMEOUT_S):
        return await process.wait()


async def test_another_relay_takes_over_when_the_active_one_is_killed(tmp_path: Path) -> None:
    async with chariot(tmp_path, "relay") as first:
        assert [await event(first), await event(first)] == ["standby", "active"]
        async with chariot(tmp_path, "relay") as second:
            assert await event(second) == "standby"
            first.kill()
            assert await event(second) == "active"
            assert await ended(second) == 0


async def test_a_relay_that_ends_hands_over(tmp_path: Path) -> None:
    async with chariot(tmp_path, "relay") as first:
        assert [await event(first), await event(first)] == ["standby", "active"]
        async with chariot(tmp_path, "relay") as second:
            assert await event(second) == "standby"
            assert await ended(first) == 0
            assert await event(second) == "active"


async def test_a_scan_is_finished_by_workers_that_come_and_go(tmp_path: Path, worker_offset: int) -> None:
    home = tmp_path / "home"
    async with Lab(LabSettings(port_offset=worker_offset, directory=tmp_path)) as lab:
        config = str(write_profile(lab.profile, tmp_path))
        # Asked for, and interrupted as soon as it says something.
        async with chariot(home, "--config", config, "scan") as scan:
            await event(scan)
            assert await ended(scan) in (0, 130)
        async with chariot(home, "--config", config, "relay") as relay:
            await event(relay)
            for _ in range(2):
                async with chariot(home, "--config", config, "work") as worker:
                    assert await event(worker) == "work"
                    await asyncio.sleep(1.0)
                    assert await ended(worker) == 0
            async with chariot(home, "--config", config, "work") as worker:
                await event(worker)
                await idle(home)
                assert await ended(worker) == 0
            assert await ended(relay) == 0


async def idle(home: Path) -> None:
    """Return when no queue has anything left."""
    async with asyncio.timeout(SCAN_S):
        while True:
            async with chariot(home, "queue", "list") as asked:
                output, _ = await asked.communicate()
            depths = json.loads(output)
            if depths and not any(one["waiting"] + one["leased"] + one["delayed"] for one in depths):
                assert sum(one["dead"] for one in depths) == 0
                return
            await asyncio.sleep(0.5)
