import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from chariot.adapters.sqlite.migrations import MIGRATIONS, Migration, migrate, version_of
from chariot.errors import ConfigurationError


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    opened = apsw.Connection(str(tmp_path / "t.db"))
    yield opened
    opened.close()


def schema(connection: apsw.Connection) -> set[tuple[str, str]]:
    return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))


@pytest.mark.parametrize("down_to", range(len(MIGRATIONS) + 1))
def test_each_step_has_a_way_back_and_forth_again(connection: apsw.Connection, down_to: int) -> None:
    migrate(connection, MIGRATIONS, to=down_to)
    then = schema(connection)
    migrate(connection, MIGRATIONS)
    whole = schema(connection)

    migrate(connection, MIGRATIONS, to=down_to)
    assert schema(connection) == then
    assert version_of(connection) == down_to
    migrate(connection, MIGRATIONS)
    assert schema(connection) == whole


def test_migrating_twice_changes_nothing(connection: apsw.Connection) -> None:
    migrate(connection, MIGRATIONS)
    before = schema(connection)

    migrate(connection, MIGRATIONS)

    assert schema(connection) == before


@pytest.mark.parametrize("had", [0, len(MIGRATIONS)])
def test_who_migrates_while_another_process_writes_waits_for_it(tmp_path: Path, had: int) -> None:
    path = str(tmp_path / "t.db")
    other, opened = apsw.Connection(path), apsw.Connection(path)
    other.pragma("journal_mode", "wal")
    migrate(other, MIGRATIONS, to=had)
    waits = threading.Event()
    opened.set_busy_handler(lambda _: waits.set() is None)
    other.execute("BEGIN IMMEDIATE; CREATE TABLE theirs (a)")

    with ThreadPoolExecutor(1) as thread:
        migrated = thread.submit(migrate, opened, MIGRATIONS)
        waits.wait(60)
        other.execute("COMMIT")
        migrated.result(60)

    assert version_of(opened) == len(MIGRATIONS)
    assert opened.execute("SELECT count(*) FROM theirs").get == 0
    other.close()
    opened.close()


def test_a_file_of_a_newer_program_is_refused_and_left_alone(connection: apsw.Connection) -> None:
    newer = (*MIGRATIONS, Migration("tomorrow", "CREATE TABLE tomorrow (a)", "DROP TABLE tomorrow"))
    migrate(connection, newer)

    with pytest.raises(ConfigurationError, match="use a newer Chariot"):
        migrate(connection, MIGRATIONS)

    assert version_of(connection) == len(newer)


def test_a_step_that_fails_leaves_the_file_as_it_was(connection: apsw.Connection) -> None:
    migrate(connection, MIGRATIONS)
    before = schema(connection)
    broken = (*MIGRATIONS, Migration("broken", "CREATE TABLE half (a); CREATE TABLE half (a)", ""))

    with pytest.raises(apsw.SQLError):
        migrate(connection, broken)

    assert schema(connection) == before
    assert version_of(connection) == len(MIGRATIONS)


def test_slots_that_no_longer_fit_the_kinds_are_filled_anew(connection: apsw.Connection) -> None:
    migrate(connection, MIGRATIONS)
    kept = set(connection.execute("SELECT * FROM slot"))
    connection.execute("UPDATE slot SET field = 'forgotten' WHERE place = 0")

    migrate(connection, MIGRATIONS)

    assert set(connection.execute("SELECT * FROM slot")) == kept
