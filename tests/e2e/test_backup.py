"""The drill: fill, back up while everything runs, destroy, restore, compare everything; also with kills in between."""

import asyncio
import os
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import apsw
import pytest

from chariot.adapters.local_bus.bus import LocalBus
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.work import Seed
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.messages import Message

ACME = Organisation("acme")
GLOBEX = Organisation("globex")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TIMEOUT_S = 120.0
LOG = "chariot.db/audit_entry"
OF_COMMANDS = {"chariot.db/lease", "chariot.db/commit_number", LOG} | {
    f"chariot.db/audit_{table}" for table in ("head", "checkpoint")
}
"""What a command itself may write: that it ran, and that it was the one to run."""

Rows = dict[str, list[tuple[object, ...]]]


async def chariot(home: Path, *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chariot", "--home", str(home), *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},
    )


async def run(home: Path, *arguments: str) -> tuple[int, str]:
    process = await chariot(home, *arguments)
    async with asyncio.timeout(TIMEOUT_S):
        output, errors = await process.communicate()
    return process.returncode or 0, output.decode() + errors.decode()


async def observe(surface: SurfaceService, number: int) -> None:
    hosts = tuple(Domain(host=f"h{number}-{n}.example.com") for n in range(50))
    addresses = tuple(Address(ip=f"192.0.2.{n}") for n in range(50))
    links = tuple(
        Relationship(RelationshipType.RESOLVES_TO, host.key, address.key)
        for host, address in zip(hosts, addresses, strict=True)
    )
    batch = Observations(capability="dns", seen_at=NOON, entities=(*hosts, *addresses), relationships=links)
    await surface.observe(ACME, batch)


async def fill(home: Path) -> None:
    """Put entities of two organisations, decisions, history and waiting work into the store."""
    database = SqliteDatabase(home / "chariot.db")
    surface = SurfaceService(SqliteEntityStore(database), now=lambda: NOON)
    for number in range(10):
        await observe(surface, number)
    await surface.edit(GLOBEX, [Edit(actor="cli:ann", why="ours", entity=Seed(value="globex.test"))])
    messages = [
        Message(queue="plan", id=f"m{n}", organisation=ACME, order_key=f"#domain#{n}", body=b"{}")
        for n in range(20)
    ]
    await LocalBus(database).publish(messages)
    await database.close()


def rows(home: Path) -> Rows:
    """Return every row of every table of both files."""
    found: Rows = {}
    for name in ("chariot.db", "intel.db"):
        connection = apsw.Connection(str(home / name))
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (table,) in tables:
            found[f"{name}/{table}"] = sorted(
                connection.execute(f'SELECT * FROM "{table}"').fetchall(), key=repr
            )
        connection.close()
    return found


@pytest.fixture
async def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    code, said = await run(home, "intel", "status")
    assert code == 0, said
    await fill(home)
    return home


async def test_all_that_was_backed_up_comes_back_after_everything_is_lost(home: Path, tmp_path: Path) -> None:
    before = rows(home)
    backup, key = tmp_path / "a.backup", tmp_path / "kept.key"
    assert (await run(home, "backup", str(backup)))[0] == 0
    shutil.copy(home / "backup.key", key)
    shutil.rmtree(home)

    verified = await run(home, "restore", str(backup), "--verify", "--key-file", str(key))
    restored = await run(home, "restore", str(backup), "--key-file", str(key))

    assert (verified[0], restored[0]) == (0, 0), (verified, restored)
    assert rows(home) == before


async def test_a_backup_taken_while_others_write_is_one_moment(home: Path, tmp_path: Path) -> None:
    """Each batch adds a hundred entities and fifty links in one transaction: a moment has all of them or none."""
    database = SqliteDatabase(home / "chariot.db")
    surface = SurfaceService(SqliteEntityStore(database), now=lambda: NOON)
    backing_up = asyncio.create_task(run(home, "backup", str(tmp_path / "a.backup")))
    number = 10
    while not backing_up.done():
        await observe(surface, number)
        number += 1
        await asyncio.sleep(0)
    await database.close()
    assert (await backing_up)[0] == 0

    code, said = await run(home, "restore", str(tmp_path / "a.backup"), "--force")
    assert code == 0, said
    restored = rows(home)
    hosts = {row[4] for row in restored["chariot.db/version"] if str(row[4]).startswith("#domain#h")}

    assert len(hosts) % 50 == 0
    assert 500 <= len(hosts) <= 50 * number
    assert len(restored["chariot.db/edge"]) == len(hosts)


async def test_a_restore_killed_at_any_moment_leaves_the_old_data_or_the_backup(
    home: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "a.backup"
    await run(home, "backup", str(backup))
    saved = rows(home)
    database = SqliteDatabase(home / "chariot.db")
    await observe(SurfaceService(SqliteEntityStore(database), now=lambda: NOON), 99)
    await database.close()
    present = rows(home)

    for delay_s in (0.15, 0.25, 0.3, 0.35, 0.4, 0.5):
        process = await chariot(home, "restore", str(backup), "--force")
        await asyncio.sleep(delay_s)
        if process.returncode is None:
            process.send_signal(signal.SIGKILL)
        await process.communicate()
        # Any command opens the store, and finishes what was begun.
        assert (await run(home, "queue", "list"))[0] == 0
        now = rows(home)
        lost = {table for table in saved if now[table] not in (saved[table], present[table])}
        assert lost <= OF_COMMANDS
        assert now["chariot.db/version"] in (saved["chariot.db/version"], present["chariot.db/version"])
        # A restore that came to its end is in the log itself, behind all that was there.
        log = set(now[LOG])
        assert set(saved[LOG]) <= log or set(present[LOG]) <= log


async def test_another_key_and_a_changed_file_are_refused_and_change_nothing(
    home: Path, tmp_path: Path
) -> None:
    backup = tmp_path / "a.backup"
    await run(home, "backup", str(backup))
    before = rows(home)
    other = tmp_path / "other"
    await run(other, "intel", "status")
    await run(other, "backup", str(tmp_path / "other.backup"))
    wrong_key = await run(home, "restore", str(backup), "--force", "--key-file", str(other / "backup.key"))
    data = bytearray(backup.read_bytes())
    data[len(data) // 2] ^= 1
    backup.write_bytes(data)
    changed = await run(home, "restore", str(backup), "--force")

    assert (wrong_key[0], changed[0]) == (2, 2)
    assert "key or passphrase" in wrong_key[1]
    assert "Traceback" not in wrong_key[1] + changed[1]
    assert rows(home) == before


async def test_backups_again_and_again_end_cleanly_and_keep_the_newest(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    process = await chariot(home, "backup", str(folder), "--every", "1h", "--keep", "1")
    assert process.stdout is not None
    async with asyncio.timeout(TIMEOUT_S):
        said = await process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(TIMEOUT_S):
        await process.communicate()

    assert b"backed up" in said
    assert process.returncode == 0
    assert len(list(folder.iterdir())) == 1
