# ruff: noqa: ASYNC110 - it waits for other processes
"""The kill switch across processes: a tool with its children, and a connection that is open, end at once."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from support.stand_ins import stand_in

PATIENCE_S = 60.0
TOOL = """
name = "sleeper"
summary = "Sleeps"
program = "sleeper"
accepts = ["address"]
arguments = ["{address}"]
format = "naabu"
yields = ["port"]
touch = "active"
sends = "nothing"
"""
SLEEPER = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.setsid()
open('%s/' + str(os.getpid()), 'w').close()
time.sleep(600)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    home, programs, running = (tmp_path / name for name in ("home", "programs", "running"))
    for folder in (home / "tools", programs, running):
        folder.mkdir(parents=True)
    (home / "tools" / "sleeper.toml").write_text(TOOL)
    stand_in(programs, "sleeper", SLEEPER % running)
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "CHARIOT_HOME": str(home), "PATH": path, "CHARIOT_RESOLVER": "127.0.0.1:9"}


class Silent:
    """A server that takes connections and says nothing; tells how many are open."""

    def __init__(self) -> None:
        self.open = 0
        self.seen = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.seen += 1
        with contextlib.suppress(OSError):
            while await reader.read(1_000):
                pass
        self.open -= 1
        writer.close()


@pytest.fixture
async def silent(environment: dict[str, str]) -> AsyncIterator[Silent]:
    silent = Silent()
    server = await asyncio.start_server(silent.serve, "127.0.0.1", 0)
    environment["CHARIOT_PORTS"] = str(server.sockets[0].getsockname()[1])
    yield silent
    server.close()


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.05)


def alive(folder: Path) -> list[str]:
    """Return the processes that told their numbers and are still there."""
    return [entry.name for entry in folder.iterdir() if _is_sleeper(Path("/proc") / entry.name / "cmdline")]


def _is_sleeper(command: Path) -> bool:
    with contextlib.suppress(OSError):
        return b"sleeper" in command.read_bytes()
    return False


async def chariot(environment: dict[str, str], *words: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "chariot",
        *words,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the environment of other processes")
async def test_one_process_stops_what_another_one_runs(
    environment: dict[str, str], silent: Silent, tmp_path: Path
) -> None:
    running = tmp_path / "running"
    scan = await chariot(environment, "scan", "127.0.0.1")
    try:
        await until(lambda: len(alive(running)) == 2 and silent.open > 0)

        stop = await chariot(environment, "stop", "--reason", "a test")
        assert await asyncio.wait_for(stop.wait(), PATIENCE_S) == 0

        await until(lambda: not alive(running) and silent.open == 0)
        seen = silent.seen
        await asyncio.sleep(1)
        assert (silent.seen, alive(running)) == (seen, [])
    finally:
        with contextlib.suppress(ProcessLookupError):
            scan.kill()
        await asyncio.wait_for(scan.wait(), PATIENCE_S)
