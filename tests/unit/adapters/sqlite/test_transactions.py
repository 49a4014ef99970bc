from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest

from chariot.adapters.sqlite.transactions import writing


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[tuple[apsw.Connection, apsw.Connection]]:
    one, other = apsw.Connection(str(tmp_path / "t.db")), apsw.Connection(str(tmp_path / "t.db"))
    for connection in (one, other):
        connection.set_busy_timeout(60_000)
    one.pragma("journal_mode", "wal")
    one.execute("CREATE TABLE t (x)")
    yield one, other
    one.close()
    other.close()


def test_who_waits_for_its_turn_lets_other_threads_go_on(
    pair: tuple[apsw.Connection, apsw.Connection],
) -> None:
    one, other = pair

    def count(connection: apsw.Connection) -> int:
        with writing(connection):
            (before,) = connection.execute("SELECT count(*) FROM t").fetchone()
            for _ in range(200):
                connection.execute("INSERT INTO t VALUES (1)")
        return int(before)

    with ThreadPoolExecutor(2) as threads:
        counts = [threads.submit(count, connection) for connection in (one, other)]

        assert sorted(each.result(30) for each in counts) == [0, 200]


def test_what_fails_leaves_nothing(pair: tuple[apsw.Connection, apsw.Connection]) -> None:
    one, other = pair

    def fail() -> None:
        with writing(one):
            one.execute("INSERT INTO t VALUES (1)")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert (other.execute("SELECT count(*) FROM t").get, one.in_transaction) == (0, False)


def test_what_the_engine_gave_up_is_told_as_it_is(pair: tuple[apsw.Connection, apsw.Connection]) -> None:
    one, _ = pair
    one.pragma("max_page_count", one.pragma("page_count"))

    with pytest.raises(apsw.FullError), writing(one):
        one.execute("INSERT INTO t VALUES (zeroblob(1000000))")

    assert not one.in_transaction
