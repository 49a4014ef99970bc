from datetime import datetime, timedelta
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError
from chariot.model.keys import Key
from chariot.model.kinds.work import AlertRule
from chariot.model.observations import Edit, Observations
from chariot.model.registry import KINDS, spec_of
from chariot.model.relationships import RelationshipType
from chariot.modules.exchange.exports.source import SECRET_FIELDS, Selection, Source, without_secrets
from chariot.modules.surface.query import PAGE_LIMIT
from chariot.modules.surface.service import SurfaceService
from support.exports import (
    ACME,
    APP,
    BEFORE,
    CVE,
    DOMAIN,
    NOW,
    OPEN,
    SIX,
    UNRELATED,
)


def source_of(store: SqliteEntityStore, selection: Selection | None = None) -> Source:
    return Source(store, ACME, selection, made_at=NOW, program="Chariot 1.2.3")


async def keys(source: Source, *kinds: str) -> list[str]:
    return [record.key async for record in source.records(*kinds)]


async def test_what_left_the_surface_is_read_only_when_asked_for(store: SqliteEntityStore) -> None:
    assert SIX.key not in await keys(source_of(store))
    assert SIX.key in await keys(source_of(store, Selection(everything=True)))


async def test_a_kind_that_is_not_selected_is_not_read(store: SqliteEntityStore) -> None:
    source = source_of(store, Selection(kinds=("domain",)))

    assert await keys(source, "risk") == []
    assert await keys(source, "domain") == ["#domain#app.example.com", "#domain#www.example.com"]


async def test_a_filter_reaches_over_kinds(store: SqliteEntityStore) -> None:
    source = source_of(store, Selection(filter="score>=90 or host~app"))

    assert await keys(source) == [DOMAIN.key, OPEN.key]


def test_a_wrong_filter_is_refused_before_anything_is_read() -> None:
    with pytest.raises(InvalidError, match="cannot filter by 'nonsense'"):
        Selection(filter="nonsense=1")


async def test_secrets_are_gone_before_a_writer_sees_them(store: SqliteEntityStore) -> None:
    source = source_of(store)

    (rule,) = [record async for record in source.records("alertrule")]
    (got,) = (await source.get([Key("#alertrule#urgent")])).values()
    assert rule.entity == got.entity == AlertRule(label="urgent")
    assert rule.decided == ()


def test_every_field_that_is_declared_secret_or_personal_is_left_out() -> None:
    assert set(SECRET_FIELDS) == {
        f"{kind}.{name}" for kind in KINDS for name, spec in spec_of(kind).items() if spec.mark.sealed
    }


def test_an_entity_without_secrets_stays_itself() -> None:
    assert without_secrets(DOMAIN) is DOMAIN


async def test_shared_knowledge_without_a_relationship_stays_out(store: SqliteEntityStore) -> None:
    found = await keys(source_of(store), "vulnerability")

    assert found == [CVE.key]
    assert UNRELATED.key not in found


async def test_a_version_of_its_own_stands_for_the_shared_one(store: SqliteEntityStore) -> None:
    await SurfaceService(store, now=lambda: NOW).observe(
        ACME, Observations(capability="import", seen_at=NOW, entities=(CVE,))
    )

    records = [record async for record in source_of(store).records("vulnerability")]
    assert [(record.key, record.organisation) for record in records] == [(CVE.key, ACME)]


async def test_only_the_types_that_were_asked_for_are_read(store: SqliteEntityStore) -> None:
    edges = [
        edge async for edge in source_of(store).edges(RelationshipType.SERVES, RelationshipType.HAS_RISK)
    ]

    assert [edge.type.value for edge in edges] == ["SERVES", "HAS_RISK"]


async def test_a_relationship_to_what_is_not_selected_stays_out(store: SqliteEntityStore) -> None:
    source = source_of(store, Selection(filter="not score>=90"))

    types = [edge.type.value async for edge in source.edges()]
    assert "HAS_RISK" not in types
    assert "INSTANCE_OF" not in types
    assert "RESOLVES_TO" in types


async def test_the_past_is_as_it_was(tmp_path: Path) -> None:
    clock = [BEFORE]
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"), now=lambda: clock[0])
    surface = SurfaceService(store, now=lambda: clock[0])
    await surface.observe(ACME, Observations(capability="probe", seen_at=BEFORE, entities=(DOMAIN, APP)))
    clock[0] = NOW
    await surface.edit(ACME, [Edit(actor="cli:ann", key=DOMAIN.key, fields={"registrar": "new"})])

    async def registrar(as_of: datetime | None) -> list[str]:
        source = source_of(store, Selection(kinds=("domain",), as_of=as_of))
        return [getattr(record.entity, "registrar", "") async for record in source.records()]

    assert await registrar(None) == ["new"]
    assert await registrar(BEFORE + timedelta(hours=1)) == [DOMAIN.registrar]
    assert await registrar(BEFORE - timedelta(hours=1)) == []
    await store.close()


async def test_more_than_one_page_is_read_to_its_end(empty: SqliteEntityStore) -> None:
    numbers = range(PAGE_LIMIT + 5)
    rules = tuple(AlertRule(label=f"r{number}") for number in numbers)
    await SurfaceService(empty, now=lambda: NOW).observe(
        ACME, Observations(capability="probe", seen_at=NOW, entities=rules)
    )

    assert len(set(await keys(source_of(empty)))) == len(numbers)
