import pytest

from chariot.entrypoints.rest.app import PERMISSIONS
from chariot.errors import InvalidError
from chariot.modules.access.grants import built_in
from chariot.modules.access.permissions import ACTIONS, check_permissions


def test_the_permissions_that_there_are_are_those_that_operations_ask_for() -> None:
    assert {f"{resource}:{one}" for resource, actions in ACTIONS.items() for one in actions} == PERMISSIONS


@pytest.mark.parametrize("permission", ["*", "*:read", "risks:*", *sorted(PERMISSIONS)])
def test_what_there_is_can_be_held(permission: str) -> None:
    check_permissions([permission], place="permissions")


def test_the_roles_that_everybody_has_hold_what_there_is() -> None:
    for role in built_in().values():
        check_permissions(role.permissions, place=role.label)


@pytest.mark.parametrize(
    ("permission", "said"),
    [
        ("mine:stroke", "no resource 'mine'"),
        ("mine:*", "no resource 'mine'"),
        ("risk:write", "no resource 'risk'"),
        ("risks:read", "can 'read' risks"),
        ("risks:stroke", "there are write"),
        ("*:stroke", "can 'stroke'"),
        ("entities", "can '' entities"),
        ("Entities:read", "no resource 'Entities'"),
        ("entities:read:write", "can 'read:write' entities"),
        ("", "no resource ''"),
    ],
)
def test_what_nothing_asks_for_is_refused_with_its_place(permission: str, said: str) -> None:
    with pytest.raises(InvalidError, match="there are") as refused:
        check_permissions(["entities:read", permission], place="roles.web.permissions")

    assert said in str(refused.value)
    assert refused.value.place == "roles.web.permissions[1]"
