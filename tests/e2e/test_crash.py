"""A scan that is killed at any moment and resumed ends as if nothing had happened: nothing lost, nothing twice."""

import asyncio
import os
import random
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import apsw
import pytest

from chariot.lab.profile import write_profile
from chariot.lab.server import Lab, LabSettings

POINTS = 20
GROUPS = 4
"""The points are spread over so many tests, so that several cores share them."""
LONGEST_S = 2.5
TIMEOUT_S = 300.0

Row = tuple[object, ...]


@pytest.fixture
async def lab(tmp_path: Path, worker_offset: int) -> AsyncIterator[Path]:
    async with Lab(LabSettings(port_offset=worker_offset, directory=tmp_path)) as running:
        yield write_profile(running.profile, tmp_path)


async def start(config: Path, home: Path, *options: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chariot", "--config", str(config), "--home", str(home), "scan", *options),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )


async def finish(process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(TIMEOUT_S):
        _, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()


async def accepted(home: Path) -> None:
    """Return when the scan was asked for durably: before that there is nothing to resume."""
    async with asyncio.timeout(TIMEOUT_S):
        while not (home / "chariot.db").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.005)
        connection = apsw.Connection(str(home / "chariot.db"), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(60_000)
        while not has_messages(connection):  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        connection.close()


def has_messages(connection: apsw.Connection) -> bool:
    try:
        return bool(connection.execute("SELECT count(*) FROM published").get)
    except apsw.SQLError:
        # The tables are not there yet.
        return False


def state(home: Path) -> list[Row]:
    """Return every version, every relationship and every message that is left, sorted, without when and by whom.

    Which of two capabilities came first to what both see is a matter of chance, with or without a crash.
    """
    connection = apsw.Connection(str(home / "chariot.db"), flags=apsw.SQLITE_OPEN_READONLY)
    versions = connection.execute(
        "SELECT key, revision, op, status, fields, doc FROM version WHERE key NOT LIKE '#scan#%'"
    ).fetchall()
    # A scan has an id of its own, and tells now and then how far it is: what counts is how it ended.
    scans = connection.execute(
        "SELECT doc ->> 'state', doc ->> 'looked' FROM version WHERE key LIKE '#scan#%' AND valid_to IS NULL"
    ).fetchall()
    edges = connection.execute(
        "SELECT s.key, e.type, t.key, e.op, e.evidence FROM edge AS e"
        " JOIN version AS s ON s.sequence = e.source JOIN version AS t ON t.sequence = e.target"
    ).fetchall()
    waiting = connection.execute("SELECT queue, id FROM message").fetchall()
    connection.close()
    return sorted([*versions, *scans, *edges, *waiting], key=repr)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize("group", range(GROUPS))
async def test_a_scan_killed_at_a_random_point_and_resumed_ends_as_an_undisturbed_one(
    lab: Path, tmp_path: Path, group: int
) -> None:
    await finish(await start(lab, tmp_path / "undisturbed"))
    undisturbed = state(tmp_path / "undisturbed")
    chance = random.Random(group)

    for point in range(POINTS // GROUPS):
        home = tmp_path / f"killed-{point}"
        killed = await start(lab, home)
        await accepted(home)
        await asyncio.sleep(chance.random() * LONGEST_S)
        if killed.returncode is None:
            killed.send_signal(signal.SIGKILL)
        await killed.communicate()
        await finish(await start(lab, home, "--resume"))

        resumed = state(home)
        assert set(resumed) ^ set(undisturbed) == set(), f"killed at point {point} of group {group}"
        assert resumed == undisturbed
