import importlib
import io
import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import ConfigurationError
from chariot.formats.export.parquet import Parquet, columns_of
from chariot.model.registry import KINDS, spec_of
from support.exports import HOSTILE, NOW, SECRET, exported

DOCUMENT = Path(__file__).parents[4] / "docs" / "exports.md"
QUERIES = re.findall(r"```sql\n(.*?)```", DOCUMENT.read_text(encoding="utf-8"), re.DOTALL)


async def table(store: SqliteEntityStore, kind: str, **asked: Any) -> Any:
    return pyarrow.parquet.read_table(io.BytesIO(await exported(Parquet(), store, kinds=(kind,), **asked)))


@pytest.mark.parametrize("kind", list(KINDS))
async def test_every_kind_has_typed_columns_and_no_secret(store: SqliteEntityStore, kind: str) -> None:
    data = await exported(Parquet(), store, kinds=(kind,))

    found = pyarrow.parquet.read_table(io.BytesIO(data))
    assert found.column_names == [column.name for column in columns_of(kind)]
    assert len(set(found.column_names)) == len(found.column_names)
    assert SECRET.encode() not in data
    secret = {spec.name for spec in spec_of(kind).values() if spec.mark.secret}
    assert not secret & set(found.column_names)


async def test_the_secrets_of_an_alert_rule_have_no_column(store: SqliteEntityStore) -> None:
    assert not {"channel", "signing_key"} & set((await table(store, "alertrule")).column_names)


async def test_values_keep_their_types(store: SqliteEntityStore) -> None:
    rows = (await table(store, "risk", filter="score>=90")).to_pylist()

    (risk,) = rows
    assert (risk["score"], risk["severity"], risk["tags"]) == (97, "critical", [("env", "prod")])
    assert risk["title"] == HOSTILE
    assert risk["last_seen"].tzinfo is not None
    assert json.loads(risk["factors"])[0]["points"] == 30.0


async def test_an_empty_surface_gives_a_table_without_rows(empty: SqliteEntityStore) -> None:
    assert (await table(empty, "port")).num_rows == 0


async def test_the_past_can_be_asked_for(store: SqliteEntityStore) -> None:
    assert (await table(store, "port", as_of=NOW.replace(year=2020))).num_rows == 0


async def test_without_the_library_the_error_names_the_extra(
    empty: SqliteEntityStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)

    with pytest.raises(ConfigurationError, match=r"chariot-asm\[parquet\]"):
        await exported(Parquet(), empty)


@pytest.mark.parametrize("query", QUERIES)
async def test_the_documented_queries_run(
    store: SqliteEntityStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    for kind, name in (("risk", "risks"), ("port", "ports"), ("vulnerability", "vulnerabilities")):
        (tmp_path / f"{name}.parquet").write_bytes(await exported(Parquet(), store, kinds=(kind,)))
    monkeypatch.chdir(tmp_path)

    with duckdb.connect() as database:
        assert database.execute(query).fetchall()


def test_three_queries_are_documented() -> None:
    assert len(QUERIES) == 3
