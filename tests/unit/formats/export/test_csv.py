import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.formats.export.csv import Csv, harmless
from chariot.model.registry import KINDS
from support.exports import HOSTILE, NOW, SECRET, exported


async def rows(store: SqliteEntityStore, **asked: object) -> list[dict[str, str]]:
    data = await exported(Csv(), store, **asked)
    return list(csv.DictReader(io.StringIO(data.decode(), newline="")))


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b"])
def test_a_formula_is_made_text(begin: str) -> None:
    assert harmless(f"{begin}1+1") == f"'{begin}1+1"


@given(st.text())
def test_no_cell_begins_like_a_formula(text: str) -> None:
    assert not harmless(text).startswith(("=", "+", "-", "@", "\t", "\r"))


async def test_a_risk_is_a_row_with_its_decisions(store: SqliteEntityStore) -> None:
    found = {row["key"]: row for row in await rows(store)}

    risk = found["#risk#webapplication#https://app.example.com/#CVE-2021-41773"]
    assert (risk["score"], risk["state"], risk["severity"], risk["decision"]) == (
        "97",
        "open",
        "critical",
        "act",
    )
    assert risk["title"] == f"'{HOSTILE}"
    assert risk["tags"] == "env=prod"


async def test_a_cell_that_holds_a_list_cannot_begin_a_formula(store: SqliteEntityStore) -> None:
    (row,) = [row for row in await rows(store, kinds=("domain",)) if row["host"] == "app.example.com"]

    assert row["tags"] == "env=prod; owner==shop"
    assert row["registrar"].startswith("'=")


@pytest.mark.parametrize("kind", list(KINDS))
async def test_every_kind_has_a_table_without_secrets(store: SqliteEntityStore, kind: str) -> None:
    data = await exported(Csv(), store, kinds=(kind,))

    header = next(csv.reader(io.StringIO(data.decode(), newline="")))
    assert len(set(header)) == len(header)
    assert SECRET.encode() not in data
    assert "channel" not in header


async def test_a_table_holds_one_kind(store: SqliteEntityStore) -> None:
    with pytest.raises(InvalidError, match="one kind"):
        await exported(Csv(), store, kinds=("risk", "domain"))


async def test_an_empty_surface_gives_the_header(empty: SqliteEntityStore) -> None:
    assert (await exported(Csv(), empty)).count(b"\r\n") == 1


async def test_the_table_of_a_moment_before_the_first_sighting_is_empty(store: SqliteEntityStore) -> None:
    assert await rows(store, as_of=NOW.replace(year=2020)) == []
