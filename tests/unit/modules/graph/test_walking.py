"""That a walk in the store finds what the graph of everything holds around an entity."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import InvalidError, NotFoundError
from chariot.model.keys import Key, Organisation
from chariot.model.kinds.network import Domain
from chariot.model.observations import Edit, Observations
from chariot.model.relationships import Relationship, RelationshipType
from chariot.model.states import Status
from chariot.modules.graph import questions, walking
from chariot.modules.graph.facts import tagged_weight
from chariot.modules.graph.following import load
from chariot.modules.surface.service import SurfaceService

NAMES = [Domain(host=f"n{number}.test") for number in range(7)]
LINKS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda ends: ends[0] != ends[1]),
    max_size=12,
)
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_numbers = iter(range(100_000))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteEntityStore]:
    opened = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"))
    yield opened
    await opened.close()


def seen(links: list[tuple[Domain, Domain]]) -> Observations:
    discovered = {(one.key, other.key) for one, other in links}
    return Observations(
        capability="probe",
        seen_at=NOON,
        entities=tuple(NAMES),
        relationships=tuple(Relationship(RelationshipType.DISCOVERED, *ends) for ends in sorted(discovered)),
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(links=LINKS, hops=st.integers(1, 4), limit=st.integers(1, 8), gone=st.sampled_from([None, *NAMES[1:]]))
async def test_a_walk_says_what_the_graph_of_everything_says(
    store: SqliteEntityStore, links: list[tuple[Domain, Domain]], hops: int, limit: int, gone: Domain | None
) -> None:
    organisation = Organisation(f"org-{next(_numbers)}")
    service = SurfaceService(store)
    await service.observe(organisation, seen(links))
    if gone is not None:
        await service.edit(organisation, [Edit(actor="ann", key=gone.key, status=Status.EXCLUDED)])
    graph, _ = await load(store, organisation, tagged_weight)

    walked = await walking.neighbourhood(store, organisation, NAMES[0].key, hops=hops, limit=limit)

    assert walked == questions.neighbourhood(graph, NAMES[0].key, hops=hops, limit=limit)


async def test_of_an_entity_with_many_relationships_the_first_are_followed(
    store: SqliteEntityStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walking, "PAGE_LIMIT", 2)
    monkeypatch.setattr(walking, "EDGES_LIMIT", 4)
    organisation = Organisation("acme")
    await SurfaceService(store).observe(organisation, seen([(NAMES[0], other) for other in NAMES[1:]]))

    found = await walking.neighbourhood(store, organisation, NAMES[0].key)

    assert found.keys == tuple(one.key for one in NAMES[:5])
    assert found.left_out


async def test_what_is_not_there_has_no_neighbourhood(store: SqliteEntityStore) -> None:
    with pytest.raises(NotFoundError):
        await walking.neighbourhood(store, Organisation("acme"), Key("#domain#no.test"))
    with pytest.raises(InvalidError):
        await walking.neighbourhood(store, Organisation("acme"), Key("#domain#no.test"), hops=0)
