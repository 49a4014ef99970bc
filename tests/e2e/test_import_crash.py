"""An import that is killed while it writes goes on behind what was committed, and ends as if nothing had happened."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import apsw
import pytest

NAMES = 40_000
TIMEOUT_S = 120.0
TRIES = 10
"""How often to begin anew when an import was over before it could be killed."""


async def start(home: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chariot", "--home", str(home), "import", *arguments, "--json"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )


async def finish(process: asyncio.subprocess.Process) -> dict[str, Any]:
    async with asyncio.timeout(TIMEOUT_S):
        out, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    (report,) = json.loads(out)
    assert isinstance(report, dict)
    return report


async def pages(home: Path, least: int) -> None:
    """Return when so many pages of a journal are committed."""
    async with asyncio.timeout(TIMEOUT_S):
        while not (home / "chariot.db").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.005)
        connection = apsw.Connection(str(home / "chariot.db"), flags=apsw.SQLITE_OPEN_READONLY)
        connection.set_busy_timeout(60_000)
        while count(connection, "importpage") < least:  # noqa: ASYNC110
            await asyncio.sleep(0.002)
        connection.close()


def count(connection: apsw.Connection, kind: str) -> int:
    try:
        return int(
            connection.execute(
                "SELECT count(*) FROM version AS v JOIN kind AS k ON k.id = v.kind"
                " WHERE k.name = ? AND v.valid_to IS NULL",
                (kind,),
            ).get
        )
    except apsw.SQLError:
        return 0  # The tables are not there yet.


async def killed_import(file: Path, folder: Path, least: int) -> Path:
    """Return the home of an import that was killed with *least* pages or more, and some left to do."""
    for number in range(TRIES):
        home = folder / f"home-{number}"
        process = await start(home, str(file), "--format", "subfinder")
        await pages(home, least)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.communicate()
        if process.returncode == -signal.SIGKILL and is_open(home):
            return home
    raise AssertionError(f"{TRIES} imports were over before they could be killed")


def is_open(home: Path) -> bool:
    """Tell whether an import has something left to do."""
    connection = apsw.Connection(str(home / "chariot.db"), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        return count(connection, "domain") < NAMES
    finally:
        connection.close()


@pytest.mark.parametrize("least", [1, 3])
async def test_an_import_that_is_killed_goes_on(tmp_path: Path, least: int) -> None:
    file = tmp_path / "names.txt"
    file.write_text("".join(f"host-{number}.shop.test\n" for number in range(NAMES)))
    home = await killed_import(file, tmp_path, least)

    report = await finish(await start(home, str(file), "--format", "subfinder"))

    assert report["resumed"]
    assert (report["assets"], report["created"], report["confirmed"]) == (NAMES, NAMES, 0)
    connection = apsw.Connection(str(home / "chariot.db"))
    assert (count(connection, "domain"), count(connection, "import")) == (NAMES, 1)
    connection.close()
