from collections.abc import Sequence

import msgspec
import pytest

from chariot.model.keys import SHARED, SYSTEM, Organisation
from chariot.model.kinds.access import OrganisationNode, Role
from chariot.modules.access.service import DEEPEST, AccessService
from chariot.modules.identity.identity import Identity

TOP, NORTH, SOUTH, SHOP = map(Organisation, ("top", "north", "south", "north-shop"))


TREE = {"top": "", "north": "top", "south": "top", "north-shop": "north"}


class Told(msgspec.Struct):
    """A directory in memory: north and south stand below the top, the shop below the north."""

    parents: dict[str, str] = msgspec.field(default_factory=TREE.copy)
    members: dict[tuple[str, str], tuple[str, ...]] = {}
    roles: dict[tuple[str, str], Role] = {}
    suspended: set[str] = set()
    asked: int = 0

    async def node(self, organisation: Organisation) -> OrganisationNode | None:
        self.asked += 1
        if organisation not in self.parents:
            return None
        return OrganisationNode(
            id=organisation,
            parent=self.parents[organisation],
            suspended=organisation in self.suspended,
        )

    async def roles_of(self, organisation: Organisation, subject: str) -> Sequence[str]:
        return self.members.get((organisation, subject), ())

    async def role(self, organisation: Organisation, name: str) -> Role | None:
        return self.roles.get((organisation, name))


def someone(home: Organisation = NORTH, **more: object) -> Identity:
    stated: dict[str, object] = {"subject": "user:ann", "name": "Ann", "home": home, "method": "password"}
    return msgspec.convert(stated | more, Identity)


async def may(told: Told, identity: Identity, organisation: Organisation, permission: str) -> bool:
    access = await AccessService(told, stamp=lambda: 0).access(identity, organisation)
    return access is not None and access.may(permission)


@pytest.mark.parametrize(
    ("organisation", "allowed"),
    [(NORTH, True), (SHOP, True), (TOP, False), (SOUTH, False), (Organisation("elsewhere"), False)],
)
async def test_a_role_holds_below_never_above_or_beside(organisation: Organisation, allowed: bool) -> None:
    told = Told(members={(NORTH, "user:ann"): ("analyst",)})

    assert await may(told, someone(), organisation, "risks:write") is allowed


@pytest.mark.parametrize(("organisation", "allowed"), [(NORTH, True), (SHOP, True), (SOUTH, False)])
async def test_roles_that_an_issuer_states_hold_at_home(organisation: Organisation, allowed: bool) -> None:
    assert await may(Told(), someone(roles=("analyst",)), organisation, "risks:write") is allowed


async def test_who_has_no_role_may_do_nothing() -> None:
    service = AccessService(Told(), stamp=lambda: 0)

    assert await service.access(someone(), NORTH) is None
    assert await service.access(someone(roles=("no-such-role",)), NORTH) is None


@pytest.mark.parametrize("organisation", [SHARED, SYSTEM, Organisation("")])
@pytest.mark.parametrize("method", ["token", "key", "password"])
async def test_nobody_acts_for_what_is_no_organisation(organisation: Organisation, method: str) -> None:
    told = Told(members={(organisation, "user:ann"): ("admin",)})
    identity = someone(organisation, method=method, roles=("admin",), permissions=("*",))

    assert await AccessService(told, stamp=lambda: 0).access(identity, organisation) is None


@pytest.mark.parametrize("suspended", [TOP, NORTH, SHOP])
async def test_in_a_suspended_organisation_and_below_it_nobody_may_do_anything(
    suspended: Organisation,
) -> None:
    told = Told(members={(TOP, "user:ann"): ("admin",)}, suspended={suspended})

    assert not await may(told, someone(TOP), SHOP, "entities:read")
    assert await may(told, someone(TOP), SOUTH, "entities:read") is (suspended != TOP)


@pytest.mark.parametrize("parents", [{"north": "south", "south": "north"}, {"north": "north"}])
async def test_organisations_that_stand_below_themselves_are_closed(parents: dict[str, str]) -> None:
    told = Told(parents=parents, members={(NORTH, "user:ann"): ("admin",)})

    assert not await may(told, someone(), NORTH, "entities:read")


async def test_a_tree_has_a_depth_that_it_does_not_exceed() -> None:
    told = Told(parents={f"o{number}": f"o{number + 1}" for number in range(DEEPEST + 5)})
    told.members["o0", "user:ann"] = ("admin",)

    assert not await may(told, someone(), Organisation("o0"), "entities:read")


async def test_a_role_is_what_the_organisation_that_gave_it_says() -> None:
    told = Told(members={(NORTH, "user:ann"): ("web",), (SHOP, "user:bob"): ("web",)})
    told.roles[TOP, "web"] = Role(label="web", permissions=("risks:write",))
    told.roles[SHOP, "web"] = Role(label="web", permissions=("*",))

    assert await may(told, someone(), SHOP, "risks:write")
    assert not await may(told, someone(), SHOP, "seeds:write")
    assert await may(told, someone(subject="user:bob"), SHOP, "seeds:write")


async def test_a_built_in_role_may_be_made_another() -> None:
    told = Told(members={(NORTH, "user:ann"): ("analyst",)})
    told.roles[TOP, "analyst"] = Role(label="analyst", permissions=("entities:read",))

    assert not await may(told, someone(), NORTH, "risks:write")


@pytest.mark.parametrize(("organisation", "allowed"), [(NORTH, True), (SHOP, False), (SOUTH, False)])
async def test_a_key_is_of_one_organisation(organisation: Organisation, allowed: bool) -> None:
    key = someone(subject="key:1", method="key", permissions=("risks:write",))

    assert await may(Told(), key, organisation, "risks:write") is allowed
    assert not await may(Told(), key, organisation, "seeds:write")


@pytest.mark.parametrize("organisation", [NORTH, SOUTH, Organisation("elsewhere")])
async def test_the_token_of_the_installation_does_everything_everywhere(organisation: Organisation) -> None:
    assert await may(Told(), someone(subject="token", method="token"), organisation, "keys:write")


async def test_an_answer_holds_until_something_was_written() -> None:
    told, stamps = Told(members={(NORTH, "user:ann"): ("admin",)}), [0]
    service = AccessService(told, stamp=lambda: stamps[0], clock=lambda: 0.0)
    await service.access(someone(), NORTH)
    asked = told.asked
    await service.access(someone(), NORTH)
    told.members.clear()
    kept = await service.access(someone(), NORTH)
    stamps[0] += 1

    assert told.asked == asked
    assert kept is not None
    assert await service.access(someone(), NORTH) is None


async def test_who_stands_above_whom() -> None:
    service = AccessService(Told(), stamp=lambda: 0)

    assert await service.is_above(TOP, SHOP)
    assert await service.is_above(SHOP, SHOP)
    assert not await service.is_above(SHOP, TOP)
    assert not await service.is_above(SOUTH, SHOP)
