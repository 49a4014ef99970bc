"""What is said of an edit that gives somebody more than before."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.model.base import Entity
from chariot.model.keys import SYSTEM, Organisation
from chariot.model.kinds.access import ApiKey, Member, Role
from chariot.model.kinds.identity import User
from chariot.model.kinds.work import Setting
from chariot.model.observations import Edit
from chariot.model.states import Status
from chariot.modules.access.directory import StoreDirectory
from chariot.modules.access.service import AccessService
from chariot.modules.access.widening import Widening
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.telling import Decided

ACME = Organisation("acme")
READER, ADMIN = ("read-only",), ("admin",)


class World:
    """Edits, and what was said of the last one."""

    def __init__(self, folder: Path) -> None:
        self.store = SqliteEntityStore(SqliteDatabase(folder / "t.db"))
        self.surface = SurfaceService(self.store, tell=self._tell)
        self.earlier: set[str] = set()
        self.subject = "user:lead"
        self.facts: dict[str, str] = {}
        access = AccessService(StoreDirectory(self.store), stamp=self.store.stamp)
        self._weigh = Widening(self.store, access, self._seen)

    async def _seen(self, organisation: Organisation, actor: str, actions: Sequence[str]) -> bool:
        del organisation, actions
        return actor in self.earlier if actor else bool(self.earlier)

    async def _tell(self, organisation: Organisation, decided: Sequence[Decided]) -> None:
        for one in decided:
            self.facts = dict(await self._weigh(organisation, one, self.subject))

    async def edit(self, entity: Entity, whose: Organisation = ACME, **fields: Any) -> dict[str, str]:
        status = fields.pop("status", Status.ACTIVE)
        edit = Edit(actor="lead", entity=entity, fields=fields, status=status)
        await self.surface.edit(whose, [edit])
        return self.facts


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    yield made
    await made.store.close()


async def test_a_new_reader_has_more_and_no_power(world: World) -> None:
    facts = await world.edit(Member(id="user:bob"), roles=READER)

    assert facts == {"widens": "yes", "power": "no", "powerful": "no", "own": "no", "unusual": "no"}


@pytest.mark.parametrize(
    ("entity", "fields", "whose", "power"),
    [
        (
            Member(id="user:bob"),
            {"roles": ADMIN},
            ACME,
            "*, members:write, roles:write, users:grant, users:recover",
        ),
        (User(id="bob", home="acme"), {"home": "acme", "roles": ADMIN}, SYSTEM, "*"),
        (Role(label="lead"), {"permissions": ("members:*",)}, ACME, "members:write"),
        (ApiKey(id="k1"), {"permissions": ("users:recover",)}, ACME, "users:recover"),
    ],
)
async def test_who_may_say_what_others_may_do_has_power(
    world: World, entity: Entity, fields: dict[str, Any], whose: Organisation, power: str
) -> None:
    facts = await world.edit(entity, whose, **fields)

    assert facts["powerful"] == "yes"
    assert facts["power"].startswith(power)


async def test_who_has_as_much_as_before_or_less_is_not_told_of(world: World) -> None:
    await world.edit(Member(id="user:bob"), roles=ADMIN)

    assert await world.edit(Member(id="user:bob"), roles=ADMIN, label="Bob") == {}
    assert await world.edit(Member(id="user:bob"), roles=READER) == {}
    assert await world.edit(Member(id="user:bob"), roles=READER, status=Status.GONE) == {}
    assert (await world.edit(Member(id="user:bob"), roles=READER))["widens"] == "yes"


async def test_a_role_that_held_for_a_part_and_now_for_all_gives_more(world: World) -> None:
    await world.edit(Role(label="web"), permissions=("risks:write",), names=("example.com",))

    facts = await world.edit(Role(label="web"), permissions=("risks:write",), names=())

    assert (facts["widens"], facts["powerful"]) == ("yes", "no")


@pytest.mark.parametrize(("subject", "own"), [("user:bob", "yes"), ("user:lead", "no"), ("", "no")])
async def test_who_gives_to_themselves_is_told_of(world: World, subject: str, own: str) -> None:
    world.subject = subject

    assert (await world.edit(Member(id="user:bob"), roles=READER))["own"] == own


@pytest.mark.parametrize(
    ("earlier", "unusual"), [(set(), "no"), ({"lead"}, "no"), ({"lead", "ann"}, "no"), ({"ann"}, "yes")]
)
async def test_who_never_did_so_where_others_do_is_unusual(
    world: World, earlier: set[str], unusual: str
) -> None:
    world.earlier = earlier

    assert (await world.edit(Member(id="user:bob"), roles=READER))["unusual"] == unusual


async def test_a_suspended_account_gives_nothing_until_it_is_let_in_again(world: World) -> None:
    assert await world.edit(User(id="bob"), SYSTEM, home="acme", roles=ADMIN, suspended=True) == {}
    assert (await world.edit(User(id="bob"), SYSTEM, suspended=False))["powerful"] == "yes"


async def test_other_kinds_are_not_looked_at(world: World) -> None:
    assert await world.edit(Setting(label="x"), value="1") == {}


async def test_a_role_or_key_that_ended_gives_nothing(world: World) -> None:
    assert await world.edit(Member(id="user:bob"), roles=("no-such-role",)) == {}
    await world.edit(ApiKey(id="k1"), permissions=("*",))
    assert await world.edit(ApiKey(id="k1"), revoked=True) == {}
