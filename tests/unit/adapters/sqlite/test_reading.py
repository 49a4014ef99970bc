"""That pages walk an index; what they hold is the contract of the store."""

from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from chariot.adapters.sql.compile import compile_query
from chariot.adapters.sqlite.dialect import SqliteDialect
from chariot.adapters.sqlite.migrations import MIGRATIONS, kind_ids, migrate
from chariot.model.registry import KINDS
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Query, sorts


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[apsw.Connection]:
    path: Path = tmp_path_factory.mktemp("plans") / "t.db"
    opened = apsw.Connection(str(path))
    migrate(opened, MIGRATIONS)
    yield opened
    opened.close()


def plans(connection: apsw.Connection, query: Query) -> list[str]:
    compiled = compile_query(query, 1, kind_ids(connection), SqliteDialect())
    found: list[str] = []
    for leg in compiled.legs:
        rows = connection.execute(
            "EXPLAIN QUERY PLAN SELECT v.key FROM version AS v JOIN presence AS p ON p.entity = v.entity"
            f" JOIN kind AS k ON k.id = v.kind WHERE {compiled.where} AND {leg.where} ORDER BY {leg.order} LIMIT 9",
            compiled.values[: leg.values],
        )
        found += [str(row[3]) for row in rows]
    return found


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
