import pytest

from chariot.entrypoints.rest.app import PERMISSIONS
from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.access import Role
from chariot.model.states import Severity
from chariot.modules.access.grants import Access, Grant, built_in, compiled, covers, read_roles
from chariot.modules.surface.places import block_place, place_in
from chariot.modules.surface.sight import Rule

ACME = Organisation("acme")
PROD = Rule(tags=(("env", "prod"),))


@pytest.mark.parametrize(
    ("held", "wanted", "has"),
    [
        ("risks:write", "risks:write", True),
        ("risks:*", "risks:write", True),
        ("*:read", "risks:read", True),
        ("*", "risks:write", True),
        ("*:read", "risks:write", False),
        ("risks:*", "seeds:write", False),
        ("risks:write", "risks:*", False),
        ("*:read", "*", False),
        ("*:read", "risks:*", False),
        ("risks:read", "risk:read", False),
    ],
)
def test_a_star_stands_for_every_resource_or_every_action(held: str, wanted: str, has: bool) -> None:
    assert covers(frozenset({held}), wanted) is has


def test_a_permission_holds_for_what_the_role_that_gives_it_shows() -> None:
    reader, writer = Grant(frozenset({"entities:read"})), Grant(frozenset({"risks:write"}), PROD)
    access = Access(ACME, (reader, writer))

    assert access.sight("entities:read") is None
    assert access.sight("risks:write") == (PROD,)
    assert access.sight("seeds:write") == ()
    assert not access.is_whole


def test_a_limit_takes_away_whatever_the_roles_say() -> None:
    access = Access(ACME, (Grant(frozenset({"*"})),), frozenset({"entities:read"}))

    assert access.may("entities:read")
    assert not access.may("risks:write")


@pytest.mark.parametrize(("rates", "rate"), [((5, 9), 9), ((5, None), None), ((None,), None), ((), None)])
def test_somebody_asks_as_fast_as_the_fastest_of_their_roles(
    rates: tuple[int | None, ...], rate: int | None
) -> None:
    grants = tuple(Grant(frozenset({"entities:read"}), requests_per_s=one) for one in rates)

    assert Access(ACME, grants).requests_per_s == rate


@pytest.mark.parametrize(
    ("grant", "given"),
    [
        (Grant(frozenset({"entities:read"})), True),
        (Grant(frozenset({"risks:write"})), False),
        (Grant(frozenset({"seeds:write"})), False),
        (Grant(frozenset({"*"})), False),
    ],
)
def test_nobody_gives_what_they_have_not_for_all_of_the_surface(grant: Grant, given: bool) -> None:
    access = Access(ACME, (Grant(frozenset({"entities:read"})), Grant(frozenset({"risks:write"}), PROD)))

    assert access.includes(grant) is given


def test_a_role_is_compiled_to_a_rule() -> None:
    role = Role(
        label="web",
        permissions=("entities:read",),
        kinds=("domain",),
        asset_tags=("env=prod", "team"),
        netblocks=("192.0.2.0/28",),
        names=("shop.test",),
        highest_severity=Severity.HIGH,
        requests_per_s=5,
    )

    assert compiled(role) == Grant(
        frozenset({"entities:read"}),
        Rule(
            kinds=("domain",),
            tags=(("env", "prod"), ("team", "")),
            places=(block_place("192.0.2.0/28"), place_in("shop.test")),
            highest=Severity.HIGH,
        ),
        5,
    )


@pytest.mark.parametrize("name", ["admin", "analyst", "read-only"])
def test_built_in_roles_name_permissions_that_there_are(name: str) -> None:
    named = {one for one in built_in()[name].permissions if "*" not in one}

    assert named <= PERMISSIONS | {"compliance:read"}


@pytest.mark.parametrize(
    "table",
    [
        {"permissions": ["no permission"]},
        {"permissions": ["risks:read"], "kinds": ["planet"]},
        {"permissions": ["risks:read"], "netblocks": ["192.0.2.7/8"]},
        {"permissions": ["risks:read"], "planet": "mars"},
        {"permissions": "risks:read"},
        "text",
    ],
)
def test_a_role_that_is_wrong_is_refused_by_its_name(table: object) -> None:
    with pytest.raises(InvalidError) as caught:
        read_roles({"web": table})

    assert caught.value.place == "roles.web"
