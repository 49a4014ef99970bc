"""That counting looks at one index and at no row; what is counted is the contract of the store."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import apsw
import pytest

from chariot.adapters.sqlite.counting import series, tally
from chariot.adapters.sqlite.migrations import MIGRATIONS, migrate
from chariot.model.keys import Organisation
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.ports import Span
from chariot.modules.surface.query import Query

ACME = Organisation("acme")
WEEK = Span(datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1), 8)
WAITING = Query(kinds=("risk",), where=parse_filter("state=triage,open", ("risk",)))
COUNTS: dict[str, Callable[[apsw.Connection], Any]] = {
    "risks by severity, over time": lambda one: series(one, ACME, "risk", "severity", WEEK, None),
    "risks by state, over time": lambda one: series(one, ACME, "risk", "state", WEEK, None),
    "names, over time": lambda one: series(one, ACME, "domain", "", WEEK, None),
    "by decision": lambda one: tally(one, ACME, WAITING, ("decision", "severity"), ()),
    "by age": lambda one: tally(one, ACME, WAITING, (), (WEEK.first,)),
}


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[apsw.Connection]:
    opened = apsw.Connection(str(tmp_path / "t.db"))
    migrate(opened, MIGRATIONS)
    opened.execute("INSERT INTO organisation (name) VALUES (?)", (ACME,))
    yield opened
    opened.close()


@pytest.mark.parametrize("what", COUNTS)
def test_what_holds_now_is_counted_in_the_index_alone(connection: apsw.Connection, what: str) -> None:
    said: list[str] = []
    connection.exec_trace = lambda cursor, sql, bindings: said.append(cursor.expanded_sql) or True

    COUNTS[what](connection)

    connection.exec_trace = None
    counted = [sql for sql in said if "count(*)" in sql]
    steps = [str(row[3]) for sql in counted for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")]
    present = [step for step in steps if "version_recent" in step]
    assert present
    assert all("COVERING INDEX version_recent" in step for step in present)
    assert all("version_ended" in step for step in steps if " v " in step and step not in present)
