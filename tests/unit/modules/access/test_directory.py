from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.keys import SYSTEM, Organisation
from chariot.model.kinds.access import Member, OrganisationNode, Role
from chariot.model.observations import Edit, Observations
from chariot.model.states import Status
from chariot.modules.access.directory import StoreDirectory
from chariot.modules.surface.service import SurfaceService
from rest_perimeter import NOON

ACME = Organisation("acme")


@pytest.fixture
async def surface(tmp_path: Path) -> AsyncIterator[SurfaceService]:
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"))
    yield SurfaceService(store)
    await store.close()


async def test_what_was_decided_is_found(surface: SurfaceService) -> None:
    await surface.edit(SYSTEM, [Edit(actor="ann", entity=OrganisationNode(id="acme", parent="top"))])
    await surface.edit(
        ACME,
        [
            Edit(actor="ann", entity=Member(id="user:bob", roles=("web",))),
            Edit(actor="ann", entity=Role(label="web", permissions=("risks:write",))),
        ],
    )
    directory = StoreDirectory(surface.store)
    node, role = await directory.node(ACME), await directory.role(ACME, "web")

    assert node is not None
    assert node.parent == "top"
    assert await directory.roles_of(ACME, "user:bob") == ("web",)
    assert role is not None
    assert role.permissions == ("risks:write",)


async def test_what_is_not_there_is_nothing(surface: SurfaceService) -> None:
    directory = StoreDirectory(surface.store)

    assert await directory.node(Organisation("no name")) is None
    assert await directory.node(ACME) is None
    assert await directory.roles_of(ACME, "") == ()
    assert await directory.role(ACME, "No Name") is None


async def test_what_was_merely_seen_says_nothing(surface: SurfaceService) -> None:
    seen = Observations(
        capability="probe",
        seen_at=NOON,
        entities=(Member(id="user:bob", roles=("admin",)), Role(label="web", permissions=("*",))),
    )
    await surface.observe(ACME, seen)
    directory = StoreDirectory(surface.store)

    assert await directory.roles_of(ACME, "user:bob") == ()
    assert await directory.role(ACME, "web") is None


async def test_one_that_was_ended_is_suspended_and_one_who_left_has_no_roles(surface: SurfaceService) -> None:
    node, member = OrganisationNode(id="acme", title="Acme"), Member(id="user:bob", roles=("admin",))
    await surface.edit(SYSTEM, [Edit(actor="ann", entity=node, status=Status.EXCLUDED)])
    await surface.edit(ACME, [Edit(actor="ann", entity=member)])
    await surface.edit(ACME, [Edit(actor="ann", key=member.key, status=Status.GONE)])
    directory = StoreDirectory(surface.store)
    found = await directory.node(ACME)

    assert found is not None
    assert found.suspended
    assert await directory.roles_of(ACME, "user:bob") == ()
