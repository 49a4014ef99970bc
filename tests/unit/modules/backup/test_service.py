import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.errors import ConfigurationError, ConflictError, InvalidError, UnavailableError
from chariot.modules.backup.keys import KeyFile
from chariot.modules.backup.ports import Manifest, Part, Sink
from chariot.modules.backup.service import restore_backup, verify_backup, write_backup

KEY = KeyFile(bytes(range(32)))
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Memory:
    """A store in memory: source, target and staging."""

    engine = "memory"

    def __init__(self, **parts: bytes) -> None:
        self.parts = parts
        self.fails: Exception | None = None
        self._staged: dict[str, bytes] = {}
        self._name = ""

    async def copy(self, sink: Sink) -> None:
        for name, data in self.parts.items():
            sink.begin(name)
            sink.write(data)
            sink.end(schema=1, counts={name: 1})
        if self.fails is not None:
            raise self.fails

    @asynccontextmanager
    async def staging(self, *, force: bool) -> AsyncIterator["Memory"]:
        if self.parts and not force:
            raise ConflictError("there is data already")
        self._staged = {}
        yield self

    async def begin(self, name: str) -> None:
        self._name, self._staged[name] = name, b""

    async def write(self, data: bytes) -> None:
        self._staged[self._name] += data

    async def end(self, part: Part) -> None:
        assert part.name == self._name

    async def commit(self, manifest: Manifest) -> None:
        self.parts = self._staged


def content(path: Path) -> bytes:
    return path.read_bytes()


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.backup"


@pytest.fixture
async def backup(path: Path) -> Path:
    await write_backup(path, Memory(a=b"first", b=b"second"), KEY, now=lambda: NOON)
    return path


async def test_everything_comes_back(backup: Path) -> None:
    empty = Memory()
    manifest = await restore_backup(backup, empty, KEY)

    assert empty.parts == {"a": b"first", "b": b"second"}
    assert manifest.began_at == NOON
    assert await verify_backup(backup, KEY) == manifest


async def test_only_its_owner_may_read_a_backup(backup: Path) -> None:
    assert mode(backup) == 0o600


async def test_a_backup_is_not_replaced_unless_that_was_said(backup: Path) -> None:
    with pytest.raises(ConflictError, match="--force"):
        await write_backup(backup, Memory(a=b"new"), KEY)
    await write_backup(backup, Memory(a=b"new"), KEY, replace=True)

    await restore_backup(backup, empty := Memory(), KEY)
    assert empty.parts == {"a": b"new"}


async def test_data_is_not_replaced_unless_that_was_said(backup: Path) -> None:
    full = Memory(a=b"mine")
    with pytest.raises(ConflictError):
        await restore_backup(backup, full, KEY)
    assert full.parts == {"a": b"mine"}
    await restore_backup(backup, full, KEY, force=True)

    assert full.parts == {"a": b"first", "b": b"second"}


async def test_a_damaged_backup_changes_nothing(backup: Path) -> None:
    spoil(backup)
    full = Memory(a=b"mine")

    with pytest.raises(InvalidError):
        await restore_backup(backup, full, KEY, force=True)
    assert full.parts == {"a": b"mine"}


async def test_a_backup_of_another_engine_is_refused(backup: Path) -> None:
    other = Memory()
    other.engine = "postgresql"

    with pytest.raises(InvalidError, match="memory"):
        await restore_backup(backup, other, KEY)


@pytest.mark.parametrize("error", [UnavailableError("gone"), OSError(28, "No space left on device")])
async def test_a_backup_that_fails_leaves_the_last_one_and_no_rest(backup: Path, error: Exception) -> None:
    before = content(backup)
    broken = Memory(a=b"x")
    broken.fails = error

    with pytest.raises(UnavailableError):
        await write_backup(backup, broken, KEY, replace=True)
    assert content(backup) == before
    assert list(backup.parent.iterdir()) == [backup]


async def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="folder"):
        await write_backup(tmp_path / "nowhere" / "a.backup", Memory(a=b"x"), KEY)


async def test_a_backup_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"none\.backup"):
        await verify_backup(tmp_path / "none.backup", KEY)
