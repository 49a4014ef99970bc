"""What a change leads to belongs to the trace of whoever made it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import Organisation
from chariot.model.kinds.network import Address, Domain
from chariot.model.observations import Observations
from chariot.model.records import Change, Op
from chariot.model.relationships import Relationship, RelationshipType
from chariot.modules.surface.service import SurfaceService
from chariot.modules.work.carrying import carrying
from chariot.modules.work.messages import Message
from chariot.modules.work.ports import Bus
from chariot.modules.work.relay import Interest, Relay, Route
from chariot.modules.work.traces import ChangeTraces, Told, ToldTraces, TracedStore
from chariot.telemetry import following
from chariot.testing.bus import MemoryBus, MemoryCheckpoints

ACME = Organisation("acme")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
OTHER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def batch(host: str, ip: str = "192.0.2.7") -> Observations:
    domain, address = Domain(host=host), Address(ip=ip)
    link = Relationship(type=RelationshipType.RESOLVES_TO, source=domain.key, target=address.key)
    return Observations(capability="dns", seen_at=NOON, entities=(domain, address), relationships=(link,))


def change(number: int) -> Change:
    key = Domain(host="a.test").key
    return Change(
        sequence=number, organisation=ACME, at=NOON, op=Op.CREATED, key=key, kind="domain", revision=1
    )


async def taken(bus: Bus) -> list[Message]:
    """Return what waits, in the order of the log; what has one key comes one at a time."""
    found: list[Message] = []
    while held := await bus.lease("project", limit=100, lease_s=30, owner="test"):
        found += [one.message for one in held]
        await bus.ack(held)
    return sorted(found, key=lambda one: int(one.id))


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteEntityStore]:
    opened = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"))
    yield opened
    await opened.close()


async def test_each_change_is_relayed_in_the_trace_in_which_it_was_made(store: SqliteEntityStore) -> None:
    traces, bus = ChangeTraces(), carrying(MemoryBus())
    surface = SurfaceService(TracedStore(store, traces))
    relay = Relay(store, bus, MemoryCheckpoints(), [Route("project", Interest())], trace_of=traces.of)
    with following(None, "a request", PARENT):
        await surface.observe(ACME, batch("a.test"))
    await surface.observe(ACME, batch("b.test"))
    with following(None, "another", OTHER):
        await surface.observe(ACME, batch("c.test"))

    await relay.step()

    found = await taken(bus)
    assert [one.trace for one in found] == [PARENT, PARENT, PARENT, "", "", OTHER, OTHER]
    assert not any(one.body.startswith(b"\0") for one in found)


async def test_what_was_only_looked_at_is_remembered_as_nobodys(store: SqliteEntityStore) -> None:
    traces = ChangeTraces()
    surface = SurfaceService(TracedStore(store, traces))
    with following(None, "a request", PARENT):
        await surface.preview(ACME, batch("a.test"))
    await surface.observe(ACME, batch("a.test"))

    assert [traces.of(change) for change in await store.changes(0, 10)] == ["", "", ""]


async def test_no_more_is_remembered_than_there_is_room_for(store: SqliteEntityStore) -> None:
    traces = ChangeTraces(limit=3)
    surface = SurfaceService(TracedStore(store, traces))
    with following(None, "a request", PARENT):
        await surface.observe(ACME, batch("a.test"))
        await surface.observe(ACME, batch("b.test"))

    assert [traces.of(change) for change in await store.changes(0, 10)] == ["", "", PARENT, PARENT, PARENT]


@pytest.mark.parametrize(
    ("number", "trace"), [(1, ""), (2, PARENT), (4, PARENT), (5, ""), (6, OTHER), (7, "")]
)
def test_a_commit_that_was_told_is_the_trace_of_its_own_changes_alone(number: int, trace: str) -> None:
    told = ToldTraces()
    for one in (Told(2, 4, PARENT), Told(6, 6, OTHER), Told(7, 7, "no trace")):
        told.tell(one)

    assert told.of(change(number)) == trace


def test_no_more_commits_are_remembered_than_there_is_room_for() -> None:
    told = ToldTraces(limit=10)
    for number in range(1, 101):
        told.tell(Told(number, number, PARENT))

    assert [told.of(change(number)) for number in (1, 80, 100)] == ["", "", PARENT]
