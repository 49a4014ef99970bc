import asyncio
import stat
from pathlib import Path

import apsw
import msgspec
import pytest

from chariot.adapters.sqlite import backup as module
from chariot.adapters.sqlite.backup import File, SqliteSource, SqliteTarget, in_use
from chariot.errors import ConfigurationError, ConflictError, InvalidError
from chariot.modules.backup.keys import KeyFile
from chariot.modules.backup.ports import Sink
from chariot.modules.backup.service import restore_backup, write_backup

KEY = KeyFile(bytes(range(32)))
ROWS = 2_000


class Pair:
    """Two database files of one installation."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.store, self.other = folder / "chariot.db", folder / "intel.db"
        self.files = (File("chariot.db", self.store, 3), File("intel.db", self.other, 1))

    def fill(self, text: str, *, schema: int = 3) -> None:
        for path, version in ((self.store, schema), (self.other, 1)):
            connection = apsw.Connection(str(path))
            connection.pragma("journal_mode", "wal")
            connection.execute("CREATE TABLE IF NOT EXISTS item (id INTEGER PRIMARY KEY, body TEXT)")
            connection.execute("DELETE FROM item")
            with connection:
                connection.executemany("INSERT INTO item (body) VALUES (?)", [(text,)] * ROWS)
            connection.pragma("user_version", version)
            connection.close()

    def bodies(self) -> set[tuple[str, int]]:
        found = set()
        for path in (self.store, self.other):
            connection = apsw.Connection(str(path))
            found |= set(connection.execute("SELECT body, count(*) FROM item GROUP BY body").fetchall())
            connection.close()
        return found

    def names(self) -> set[str]:
        return {path.name for path in self.store.parent.iterdir() if path.suffix != ".lock"}


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    pair = Pair(tmp_path / "home")
    pair.fill("old")
    return pair


@pytest.fixture
def copy(pair: Pair, tmp_path: Path) -> Path:
    """A backup of the old state; the files have the new one."""
    path = tmp_path / "a.backup"
    asyncio.run(write_backup(path, SqliteSource(pair.files), KEY))
    pair.fill("new")
    return path


def restore(pair: Pair, copy: Path, *, force: bool = True) -> None:
    asyncio.run(restore_backup(copy, SqliteTarget(pair.files), KEY, force=force))


def test_files_come_back_as_they_were(pair: Pair, copy: Path) -> None:
    restore(pair, copy)

    assert pair.bodies() == {("old", ROWS)}
    assert {"chariot.db", "intel.db"} == pair.names()
    assert stat.S_IMODE(pair.store.stat().st_mode) == 0o600


def test_files_come_back_where_there_are_none(pair: Pair, copy: Path, tmp_path: Path) -> None:
    restore(elsewhere := Pair(tmp_path / "elsewhere"), copy, force=False)

    assert elsewhere.bodies() == {("old", ROWS)}


def test_what_is_there_is_replaced_only_when_that_was_said(pair: Pair, copy: Path) -> None:
    with pytest.raises(ConflictError, match="--force"):
        restore(pair, copy, force=False)

    assert pair.bodies() == {("new", ROWS)}


class Meanwhile:
    """A source during whose copying another writes: between the moment that is kept and the first octet."""

    engine = module.ENGINE

    def __init__(self, pair: Pair) -> None:
        self._source = SqliteSource(pair.files)
        self._path = pair.store

    async def copy(self, sink: Sink) -> None:
        self._sink = sink
        self.write, self.end = sink.write, sink.end
        await self._source.copy(self)

    def begin(self, name: str) -> None:
        writer = apsw.Connection(str(self._path))
        writer.execute("UPDATE item SET body = 'later'")
        writer.close()
        self._sink.begin(name)


def test_a_copy_is_one_state_also_when_others_write_meanwhile(pair: Pair, tmp_path: Path) -> None:
    asyncio.run(write_backup(tmp_path / "b.backup", Meanwhile(pair), KEY))
    between = pair.bodies()
    restore(pair, tmp_path / "b.backup")

    assert between == {("old", ROWS), ("later", ROWS)}
    assert pair.bodies() == {("old", ROWS)}


def test_what_the_old_file_had_not_taken_in_is_not_mixed_into_the_new_one(pair: Pair, copy: Path) -> None:
    connection = apsw.Connection(str(pair.store))
    connection.pragma("wal_autocheckpoint", 0)
    connection.execute("UPDATE item SET body = 'in the log'")
    log = pair.store.with_name("chariot.db-wal")
    kept = log.read_bytes()
    connection.close()
    log.write_bytes(kept)

    restore(pair, copy)

    assert pair.bodies() == {("old", ROWS)}


def test_a_store_that_is_in_use_is_not_replaced(pair: Pair, copy: Path) -> None:
    with in_use(pair.store), pytest.raises(ConflictError, match="stop them"):
        restore(pair, copy)

    assert pair.bodies() == {("new", ROWS)}


def test_many_may_use_a_store_together(pair: Pair) -> None:
    with in_use(pair.store), in_use(pair.store):
        pass


def test_nobody_begins_to_use_a_store_while_it_is_restored(pair: Pair) -> None:
    with module._alone(pair.store), pytest.raises(ConflictError, match="restore"), in_use(pair.store):
        pass


@pytest.fixture
def staged(pair: Pair, copy: Path, tmp_path: Path) -> list[tuple[Path, Path]]:
    """The old files beside their places, as a restore has written them before it puts anything in place."""
    restore(unpacked := Pair(tmp_path / "unpacked"), copy, force=False)
    moves = []
    for source, place in ((unpacked.store, pair.store), (unpacked.other, pair.other)):
        beside = place.with_name(f".{place.name}.restoring")
        beside.write_bytes(source.read_bytes())
        moves.append((beside, place))
    return moves


def journal(pair: Pair, staged: list[tuple[Path, Path]]) -> None:
    moves = [{"staged": str(beside), "place": str(place)} for beside, place in staged]
    pair.store.with_name("chariot.db.restore").write_bytes(msgspec.json.encode(moves))


@pytest.mark.usefixtures("staged")
def test_a_restore_killed_before_its_journal_was_written_did_nothing(pair: Pair) -> None:
    with in_use(pair.store):
        pass

    assert pair.bodies() == {("new", ROWS)}


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_restore_killed_after_its_journal_was_written_is_finished_by_whoever_comes_next(
    pair: Pair, staged: list[tuple[Path, Path]], done: int
) -> None:
    journal(pair, staged)
    for beside, place in staged[:done]:
        beside.replace(place)

    with in_use(pair.store):
        found = pair.bodies()

    assert found == {("old", ROWS)}
    assert pair.names() == {"chariot.db", "intel.db"}


@pytest.mark.parametrize("written", [True, False])
def test_a_restore_that_was_killed_can_be_repeated(
    pair: Pair, copy: Path, staged: list[tuple[Path, Path]], written: bool
) -> None:
    journal(pair, staged if written else [])
    restore(pair, copy)

    assert pair.bodies() == {("old", ROWS)}
    assert pair.names() == {"chariot.db", "intel.db"}


def test_a_backup_of_a_newer_program_is_refused(pair: Pair, tmp_path: Path) -> None:
    pair.fill("old", schema=4)
    asyncio.run(write_backup(tmp_path / "b.backup", SqliteSource(pair.files), KEY))

    with pytest.raises(ConfigurationError, match="newer Chariot"):
        restore(pair, tmp_path / "b.backup")


def test_a_backup_without_its_store_is_refused(pair: Pair, tmp_path: Path) -> None:
    asyncio.run(write_backup(tmp_path / "b.backup", SqliteSource(pair.files[1:]), KEY))

    with pytest.raises(InvalidError, match="not in it"):
        restore(pair, tmp_path / "b.backup")
    assert pair.names() == {"chariot.db", "intel.db"}


def test_a_part_that_nobody_knows_is_refused(pair: Pair, tmp_path: Path) -> None:
    strange = File("../strange", pair.store, 3)
    asyncio.run(write_backup(tmp_path / "b.backup", SqliteSource([strange]), KEY))

    with pytest.raises(InvalidError, match="no part"):
        restore(pair, tmp_path / "b.backup")


def test_what_is_no_database_cannot_be_backed_up(pair: Pair, tmp_path: Path) -> None:
    pair.store.write_bytes(b"not a database, but long enough to be taken for one" * 50)

    with pytest.raises(ConfigurationError, match="not a Chariot database"):
        asyncio.run(write_backup(tmp_path / "b.backup", SqliteSource(pair.files), KEY))
    assert not (tmp_path / "b.backup").exists()


def test_where_nothing_is_there_is_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="nothing to back up"):
        asyncio.run(write_backup(tmp_path / "b.backup", SqliteSource(Pair(tmp_path / "x").files), KEY))


def test_a_journal_that_cannot_be_read_is_told(pair: Pair) -> None:
    module._journal(pair.store).write_bytes(msgspec.json.encode({"moves": 1}))

    with pytest.raises(ConfigurationError, match="interrupted"), in_use(pair.store):
        pass
