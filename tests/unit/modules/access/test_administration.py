from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from chariot.adapters.sqlite.database import SqliteDatabase
from chariot.adapters.sqlite.entity_store import SqliteEntityStore
from chariot.errors import ConflictError, DeniedError, InvalidError, NotFoundError
from chariot.model.keys import Organisation
from chariot.model.kinds.access import Member, Role
from chariot.model.states import Status
from chariot.modules.access.administration import Administration, Asker
from chariot.modules.access.directory import StoreDirectory
from chariot.modules.access.grants import Access, Grant
from chariot.modules.access.service import AccessService
from chariot.modules.identity.identity import Identity
from chariot.modules.surface.service import SurfaceService
from chariot.modules.surface.sight import Rule

TOP, NORTH, SOUTH, SHOP = map(Organisation, ("top", "north", "south", "shop"))
ROOT = Asker(name="root", organisation=TOP, access=None, roams=True)


class Installed(msgspec.Struct):
    """A tree in a store: north and south stand below the top, the shop below the north."""

    administration: Administration
    access: AccessService

    async def may(self, subject: str, organisation: Organisation, permission: str) -> bool:
        identity = Identity(subject=subject, name="Ann", home=organisation, method="password")
        access = await self.access.access(identity, organisation)
        return access is not None and access.may(permission)


@pytest.fixture
async def installed(tmp_path: Path) -> AsyncIterator[Installed]:
    store = SqliteEntityStore(SqliteDatabase(tmp_path / "t.db"))
    access = AccessService(StoreDirectory(store), stamp=store.stamp)
    administration = Administration(SurfaceService(store), access)
    for name, parent in ((TOP, ""), (NORTH, TOP), (SOUTH, TOP), (SHOP, NORTH)):
        await administration.create(ROOT, name, title=name.title(), parent=parent)
    yield Installed(administration, access)
    await store.close()


def admin(organisation: Organisation, *permissions: str, rule: Rule = Rule()) -> Asker:  # noqa: B008 - frozen
    grant = Grant(frozenset(permissions or ("*",)), rule)
    return Asker(name="ann", organisation=organisation, access=Access(organisation, (grant,)))


@pytest.mark.parametrize(
    ("asker", "names"),
    [
        (ROOT, ["north", "shop", "south", "top"]),
        (admin(NORTH), ["north", "shop"]),
        (admin(SHOP), ["shop"]),
        (admin(Organisation("alone")), ["alone"]),
    ],
)
async def test_somebody_sees_their_organisation_and_those_below(
    installed: Installed, asker: Asker, names: list[str]
) -> None:
    found = await installed.administration.organisations(asker)

    assert [one.name for one in found] == names
    # Nobody is told who stands above them.
    assert all(one.parent in names or not one.parent for one in found)


async def test_an_organisation_is_made_below_ones_own(installed: Installed) -> None:
    made = await installed.administration.create(admin(NORTH), Organisation("new"))

    assert made.parent == "north"
    for parent in ("top", "south", "", "nowhere"):
        with pytest.raises(DeniedError):
            await installed.administration.create(admin(NORTH), Organisation("other"), parent=parent)
    with pytest.raises(ConflictError):
        await installed.administration.create(admin(NORTH), SOUTH)
    with pytest.raises(InvalidError, match="no such organisation"):
        await installed.administration.create(ROOT, Organisation("other"), parent="nowhere")


async def test_an_organisation_is_moved_but_never_below_itself(installed: Installed) -> None:
    moved = await installed.administration.change(ROOT, SHOP, parent="south", title="The shop")

    assert (moved.parent, moved.title) == ("south", "The shop")
    with pytest.raises(ConflictError, match="below itself"):
        await installed.administration.change(ROOT, TOP, parent="shop")
    with pytest.raises(ConflictError, match="below itself"):
        await installed.administration.change(ROOT, TOP, parent="top")


@pytest.mark.parametrize("name", [TOP, SOUTH])
async def test_what_is_above_or_beside_is_not_there(installed: Installed, name: Organisation) -> None:
    with pytest.raises(NotFoundError):
        await installed.administration.change(admin(NORTH), name, title="Mine")
    with pytest.raises(NotFoundError):
        await installed.administration.end(admin(NORTH), name)


async def test_nobody_moves_suspends_or_ends_their_own(installed: Installed) -> None:
    renamed = await installed.administration.change(admin(SHOP), SHOP, title="Ours")

    assert renamed.title == "Ours"
    with pytest.raises(DeniedError):
        await installed.administration.change(admin(SHOP), SHOP, suspended=False)
    with pytest.raises(DeniedError):
        await installed.administration.change(admin(NORTH), NORTH, parent="shop")
    with pytest.raises(DeniedError):
        await installed.administration.end(admin(SHOP), SHOP)


async def test_what_was_ended_is_closed_and_its_name_is_not_given_again(installed: Installed) -> None:
    await installed.administration.put_member(admin(SHOP), Member(id="user:bob", roles=("admin",)))
    before = await installed.may("user:bob", SHOP, "seeds:write")
    await installed.administration.end(admin(NORTH), SHOP)

    assert before
    assert not await installed.may("user:bob", SHOP, "seeds:write")
    with pytest.raises(ConflictError):
        await installed.administration.create(admin(NORTH), SHOP)
    await installed.administration.change(admin(NORTH), SHOP, suspended=False)
    assert await installed.may("user:bob", SHOP, "seeds:write")


async def test_an_organisation_with_others_below_it_is_not_ended(installed: Installed) -> None:
    with pytest.raises(ConflictError, match="shop is below it"):
        await installed.administration.end(ROOT, NORTH)


async def test_a_member_has_what_their_role_allows_until_it_is_taken(installed: Installed) -> None:
    role = Role(label="web", permissions=("risks:*",))
    await installed.administration.put_role(admin(NORTH), role)
    await installed.administration.put_member(admin(NORTH), Member(id="user:bob", roles=("web",)))
    given = await installed.may("user:bob", NORTH, "risks:write")
    await installed.administration.put_role(admin(NORTH), Role(label="web", permissions=("scans:read",)))
    narrowed = await installed.may("user:bob", NORTH, "risks:write")
    gone = await installed.administration.end_member(admin(NORTH), "user:bob")

    assert (given, narrowed) == (True, False)
    assert gone.status is Status.GONE
    assert not await installed.may("user:bob", NORTH, "scans:read")
    with pytest.raises(NotFoundError):
        await installed.administration.end_member(admin(NORTH), "user:bob")


@pytest.mark.parametrize(
    "asker",
    [
        admin(NORTH, "members:write", "roles:write"),
        admin(NORTH, "*", rule=Rule(tags=(("env", "prod"),))),
    ],
)
async def test_nobody_gives_what_they_have_not(installed: Installed, asker: Asker) -> None:
    for role in (Role(label="web", permissions=("seeds:write",)), Role(label="web", permissions=("*",))):
        with pytest.raises(DeniedError, match="what they have not"):
            await installed.administration.put_role(asker, role)
    with pytest.raises(DeniedError, match="what they have not"):
        await installed.administration.put_member(asker, Member(id="user:ann", roles=("admin",)))


async def test_nobody_takes_what_they_could_not_give(installed: Installed) -> None:
    few = admin(NORTH, "members:write", "roles:write")
    await installed.administration.put_role(admin(NORTH), Role(label="web", permissions=("seeds:write",)))
    await installed.administration.put_member(admin(NORTH), Member(id="user:bob", roles=("web",)))

    with pytest.raises(DeniedError):
        await installed.administration.end_member(few, "user:bob")
    with pytest.raises(DeniedError):
        await installed.administration.put_member(few, Member(id="user:bob"))
    with pytest.raises(DeniedError):
        await installed.administration.end_role(few, "web")
    with pytest.raises(DeniedError):
        await installed.administration.put_role(few, Role(label="admin", permissions=("members:write",)))


async def test_a_role_that_there_is_not_is_not_given(installed: Installed) -> None:
    with pytest.raises(InvalidError) as caught:
        await installed.administration.put_member(ROOT, Member(id="user:bob", roles=("astronaut",)))

    assert caught.value.place == "roles"
    with pytest.raises(InvalidError, match="no kind"):
        await installed.administration.put_role(
            ROOT, Role(label="web", permissions=("*",), kinds=("planet",))
        )


async def test_a_role_names_no_permission_that_nothing_asks_for(installed: Installed) -> None:
    role = Role(label="web", permissions=("entities:read", "mine:stroke"))

    with pytest.raises(InvalidError, match="no resource 'mine'"):
        await installed.administration.put_role(admin(NORTH), role)
