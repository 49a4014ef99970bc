"""That pages walk an index; what they hold is the contract of the store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import apsw
import pytest

from chariot.adapters.sql.compile import compile_query
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.dialect import Past, SqliteDialect
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.migrations import MIGRATIONS, kind_ids, migrate
from chariot.model.keys import Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit, Observations
from chariot.model.registry import KINDS
from chariot.model.states import Status
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Query, sorts
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
RECENT, LONG_AGO = Past("version_ended"), Past("version_past")
EVERY_KIND = tuple(KINDS)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    path: Path = tmp_path_factory.mktemp("plans") / "t.db"
    opened = apsw.Connection(str(path))
    migrate(opened, MIGRATIONS)
    yield opened
    opened.close()


def plans(connection: apsw.Connection, query: Query, past: Past = RECENT) -> list[str]:
    compiled = compile_query(query, 1, kind_ids(connection), SqliteDialect(past))
    found: list[str] = []
    for leg in compiled.legs:
        statement = compiled.statement(leg, "v.key", 1, 9)
        rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}", compiled.values[: leg.values])
        found += [str(row[3]) for row in rows]
    return found


def whole_scans(plan: list[str]) -> list[str]:
    return [step for step in plan if step.startswith("SCAN v")]


@pytest.mark.parametrize(("kind", "sort"), [(kind, sort) for kind in KINDS for sort in sorts((kind,))])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_page_walks_an_index_and_sorts_nothing(
    connection: apsw.Connection, kind: str, sort: str, sign: str
) -> None:
    plan = plans(connection, Query(kinds=(kind,), sort=sign + sort))

    assert [step for step in plan if "TEMP B-TREE" in step or step.startswith("SCAN v")] == []


@pytest.mark.parametrize("text", ["score=70", "score>=70", "severity=high,critical", "target=#domain#a.test"])
def test_a_filter_by_an_indexed_field_seeks(connection: apsw.Connection, text: str) -> None:
    plan = plans(connection, Query(kinds=("risk",), where=parse_filter(text, ("risk",)), sort="-score"))

    assert [step for step in plan if step.startswith("SCAN v")] == []


@pytest.mark.parametrize("sort", ["updated", "-updated"])
def test_the_last_changes_of_several_kinds_are_walked_side_by_side(
    connection: apsw.Connection, sort: str
) -> None:
    plan = plans(connection, Query(kinds=EVERY_KIND, sort=sort))

    assert whole_scans(plan) == []
    assert len([step for step in plan if "version_recent" in step]) == len(EVERY_KIND)


@pytest.mark.parametrize(("kinds", "sort"), [(EVERY_KIND, "key"), (("risk",), "-key"), (("risk",), "-score")])
def test_a_page_of_the_past_walks_what_still_holds_beside_what_has_ended(
    connection: apsw.Connection, kinds: tuple[str, ...], sort: str
) -> None:
    plan = plans(connection, Query(kinds=kinds, sort=sort, as_of=MOMENT))

    assert whole_scans(plan) == []
    assert any("version_ended" in step for step in plan)


def test_of_much_that_has_ended_the_keys_are_walked(connection: apsw.Connection) -> None:
    plan = plans(connection, Query(kinds=("risk",), as_of=MOMENT), LONG_AGO)

    assert whole_scans(plan) == []
    assert any("version_past" in step for step in plan)


def test_where_little_was_written_yet_the_log_is_walked(connection: apsw.Connection) -> None:
    plan = plans(connection, Query(kinds=("risk",), as_of=MOMENT), Past("version_ended", last=9))

    assert whole_scans(plan) == []
    assert any("INTEGER PRIMARY KEY (rowid<?)" in step for step in plan)


class Clock:
    """A clock that tells the hour it was set to."""

    def __init__(self) -> None:
        self.hour = 0

    def __call__(self) -> datetime:
        return MOMENT + timedelta(hours=self.hour)


async def lived(path: Path) -> None:
    """Write six hours of risks that come, change in score, and leave."""
    clock = Clock()
    store = SqliteEntityStore(SqliteDatabase(path), now=clock)
    service = SurfaceService(store, now=clock)
    for hour in range(6):
        clock.hour = hour
        risks = tuple(
            Risk(
                target=f"#domain#{n % 3}.test", weakness=f"w-{n}", score=(n * 7 + hour * (n % 4)) % 11 or None
            )
            for n in range(2 * hour + 2)
        )
        await service.observe(ACME, Observations(capability="probe", seen_at=clock(), entities=risks))
        if hour % 2:
            await service.edit(ACME, [Edit(actor="ana", key=risks[hour].key, status=Status.GONE)])
    await store.close()


@pytest.mark.parametrize("sort", ["key", "-key", "updated", "-updated", "score", "-score"])
async def test_the_past_is_the_same_whichever_way_it_is_found(tmp_path: Path, sort: str) -> None:
    await lived(tmp_path / "t.db")
    connection = apsw.Connection(str(tmp_path / "t.db"))

    def pages(hour: int, past: Past) -> list[object]:
        query = Query(kinds=("risk", "domain") if "score" not in sort else ("risk",), sort=sort,
                      as_of=MOMENT + timedelta(hours=hour), limit=5)  # fmt: skip
        compiled = compile_query(query, 1, kind_ids(connection), SqliteDialect(past))
        return [
            connection.execute(
                compiled.statement(leg, "v.key", 1, 5), compiled.values[: leg.values]
            ).fetchall()
            for leg in compiled.legs
        ]

    whole_log = [pages(hour, Past("version_ended", last=10_000)) for hour in range(7)]
    assert [pages(hour, RECENT) for hour in range(7)] == whole_log
    assert [pages(hour, LONG_AGO) for hour in range(7)] == whole_log
    assert any(whole_log[0])
    connection.close()
