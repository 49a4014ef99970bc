"""When the few rows of a filter are gone through; what a list holds is the contract of the store."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.adapters.sqlite import rare
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.migrations import kind_ids
from chariot.adapters.sqlite.writing import organisation_id
from chariot.model.keys import Organisation
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Observations
from chariot.model.states import Decision
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService

ACME = Organisation("acme")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    opened = SqliteDatabase(tmp_path / "t.db")
    risks = tuple(
        Risk(
            target="#domain#a.test",
            weakness=f"CVE-2024-{1000 + number}",
            score=number,
            decision=Decision.ACT if number < 2 else Decision.TRACK,
        )
        for number in range(9)
    )
    seen = Observations(capability="probe", seen_at=NOON, entities=risks)
    await SurfaceService(SqliteEntityStore(opened)).observe(ACME, seen)
    yield opened
    await opened.close()


def asked(text: str, sort: str = "-score") -> Query:
    return Query(kinds=("risk",), where=parse_filter(text, ("risk",)), sort=sort)


async def source_of(database: SqliteDatabase, text: str) -> str | None:
    return await database.read(
        lambda one: rare.rare_source(one, organisation_id(one, ACME) or 0, asked(text), kind_ids(one))
    )


@pytest.mark.parametrize(
    ("text", "slot"),
    [
        ("weakness=CVE-2024-1001", "fact_2"),
        ("score>=1 weakness=CVE-2024-1001,CVE-2024-1002", "fact_2"),
        ("decision=track decision=act weakness~CVE", "fact_8"),
        ("decision=attend", "fact_8"),
    ],
)
async def test_what_few_rows_fulfil_is_sought(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, text: str, slot: str
) -> None:
    monkeypatch.setattr(rare, "FEW", 3)

    assert slot in (await source_of(database, text) or "")


@pytest.mark.parametrize(
    "text",
    ["decision=track", "weakness~CVE-2024-1001", "weakness=CVE-2024-1001 OR score>=3", "decision!=act"],
)
async def test_what_many_rows_may_fulfil_is_walked_in_its_order(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(rare, "FEW", 3)

    assert await source_of(database, text) is None


@pytest.mark.parametrize("sort", ["-score", "key", "-updated", "decision"])
@pytest.mark.parametrize("text", ["weakness=CVE-2024-1003", "decision=track", "decision=act score>=1"])
async def test_a_list_is_the_same_either_way(
    database: SqliteDatabase, monkeypatch: pytest.MonkeyPatch, sort: str, text: str
) -> None:
    store = SqliteEntityStore(database)
    sought = await store.find(ACME, asked(text, sort))
    monkeypatch.setattr(rare, "FEW", -1)
    walked = await store.find(ACME, asked(text, sort))

    assert sought.items
    assert sought == walked
