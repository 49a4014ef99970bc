from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import apsw
import msgspec
import pytest

from chariot.adapters.sql.tags import FEW, tag_number
from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.adapters.sqlite.mending import SqliteMender
from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.kinds.weakness import Risk
from chariot.model.observations import Edit, Observations
from chariot.model.states import Severity
from chariot.modules.surface.filters import parse_filter
from chariot.modules.surface.mending import Line
from chariot.modules.surface.merge import entity_doc
from chariot.modules.surface.query import Query
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule, Sight

ACME, GLOBEX = Organisation("acme"), Organisation("globex")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SHOP: Sight = (Rule(tags=(("team", "shop"),)),)
HOSTS = [Domain(host=f"h{number}.test") for number in range(6)]
SEEN = Query(kinds=("domain",), sight=SHOP)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteEntityStore]:
    store = SqliteEntityStore(SqliteDatabase(path))
    yield store
    await store.close()


async def see(
    store: SqliteEntityStore,
    *entities: Entity,
    tags: Mapping[str, str] | None = None,
    by: Organisation = ACME,
) -> None:
    batch = Observations(
        capability="probe",
        seen_at=NOON,
        entities=entities,
        tags=dict(tags or {}),
    )
    assert not (await SurfaceService(store).observe(by, batch)).refused


async def keys(store: SqliteEntityStore, query: Query, by: Organisation = ACME) -> list[str]:
    return [record.key for record in (await store.find(by, query)).items]


def kept(path: Path) -> set[tuple[object, ...]]:
    connection = apsw.Connection(str(path))
    try:
        return set(connection.execute("SELECT organisation, tag, key FROM bearer"))
    finally:
        connection.close()


async def test_nobody_pays_for_tags_before_somebody_looks_for_one(
    store: SqliteEntityStore, path: Path
) -> None:
    await see(store, HOSTS[0], tags={"team": "shop"})
    await keys(store, Query(kinds=("domain",)))

    assert kept(path) == set()


@pytest.mark.parametrize(
    "query", [SEEN, Query(kinds=("domain",), where=parse_filter("tag.team=shop", ("domain",)))]
)
async def test_a_look_for_a_tag_enters_what_bore_one_before(
    store: SqliteEntityStore, path: Path, query: Query
) -> None:
    await see(store, HOSTS[0], tags={"team": "shop"})
    await see(store, HOSTS[1])
    await see(store, HOSTS[2], tags={"team": "shop"}, by=GLOBEX)

    assert await keys(store, query) == [HOSTS[0].key]
    number = tag_number("team", "shop")
    assert {(tag, key) for _, tag, key in kept(path)} == {
        (number, HOSTS[0].key),
        (tag_number("team"), HOSTS[0].key),
    }


async def test_what_changes_later_is_entered_too(store: SqliteEntityStore) -> None:
    await see(store, *HOSTS[:2], tags={"team": "shop"})
    assert len(await keys(store, SEEN)) == 2
    await see(store, HOSTS[2], tags={"team": "shop"})
    service = SurfaceService(store)
    await service.edit(ACME, [Edit(actor="ada", key=HOSTS[0].key, tags={"team": None})])
    await service.edit(ACME, [Edit(actor="ada", entity=HOSTS[3], tags={"team": "shop"})])

    assert await keys(store, SEEN) == [HOSTS[number].key for number in (1, 2, 3)]


async def test_pages_go_on_behind_their_cursor_both_ways(store: SqliteEntityStore) -> None:
    await see(store, *HOSTS, tags={"team": "shop"})
    await see(store, *(Domain(host=f"x{number}.test") for number in range(6)))
    for sort in ("key", "-key"):
        found, cursor = [], ""
        while True:
            page = await store.find(
                ACME, Query(kinds=("domain",), sight=SHOP, sort=sort, limit=2, cursor=cursor)
            )
            found += [record.key for record in page.items]
            cursor = page.cursor
            if not cursor:
                break
        assert found == sorted((one.key for one in HOSTS), reverse=sort == "-key")


async def test_many_that_do_not_fit_another_condition_are_gone_past(store: SqliteEntityStore) -> None:
    many = [Address(ip=f"10.0.{number // 250}.{number % 250}") for number in range(300)]
    await see(store, *many, tags={"team": "shop"})
    await SurfaceService(store).edit(ACME, [Edit(actor="ada", key=many[-1].key, tags={"env": "prod"})])
    where = parse_filter("tag.team=shop tag.env=prod", ("address",))

    assert await keys(store, Query(kinds=("address",), where=where, limit=1)) == [many[-1].key]


async def test_what_more_bear_than_are_gone_through_is_listed_in_any_order(store: SqliteEntityStore) -> None:
    many = [
        Address(ip=f"10.{number // 62500}.{number // 250 % 250}.{number % 250}") for number in range(FEW + 5)
    ]
    await see(store, *many, tags={"team": "shop"})
    await see(store, Address(ip="192.0.2.7"))
    found: set[str] = set()
    query = Query(kinds=("address",), sight=SHOP, sort="-updated", limit=1_000)
    for _ in range(3):
        page = await store.find(ACME, query)
        found |= {record.key for record in page.items}
        query = msgspec.structs.replace(query, cursor=page.cursor)

    assert found == {one.key for one in many}


async def test_a_renamed_thing_is_still_found_by_its_tag(store: SqliteEntityStore, path: Path) -> None:
    await see(store, HOSTS[0], tags={"team": "shop"})
    await keys(store, SEEN)
    database = SqliteDatabase(path)

    def renamed(line: Line) -> Line:
        other = Domain(host="erased.test")
        return msgspec.structs.replace(line, key=other.key, said=entity_doc(other))

    await SqliteMender(database).mend(ACME, renamed, why="asked for")
    await database.close()

    assert await keys(store, SEEN) == ["#domain#erased.test"]
    assert {key for _, _, key in kept(path)} == {"#domain#erased.test"}


async def test_who_sees_the_mild_alone_gets_risks_by_score(store: SqliteEntityStore) -> None:
    risks = [
        Risk(target=HOSTS[0].key, weakness=f"CVE-2024-{number}", severity=severity, score=score)
        for number, (severity, score) in enumerate(
            [
                (Severity.CRITICAL, 99),
                (Severity.LOW, 40),
                (Severity.INFO, 40),
                (Severity.MEDIUM, 70),
                (None, 80),
            ],
            10_000,
        )
    ]
    await see(store, HOSTS[0], *risks)
    sight: Sight = (Rule(highest=Severity.LOW), Rule(highest=Severity.MEDIUM))
    first = await store.find(ACME, Query(kinds=("risk",), sight=sight, sort="-score", limit=2))
    rest = await store.find(
        ACME, Query(kinds=("risk",), sight=sight, sort="-score", limit=2, cursor=first.cursor)
    )

    assert [record.entity.score for record in (*first.items, *rest.items)] == [70, 40, 40]
    assert rest.cursor == ""
