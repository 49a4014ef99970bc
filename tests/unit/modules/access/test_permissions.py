import re
from pathlib import Path

import pytest

from chariot import entrypoints
from chariot.entrypoints.rest.app import PERMISSIONS
from chariot.entrypoints.rest.routes.parameters import READ_BY
from chariot.errors import InvalidError
from chariot.modules.access.grants import built_in
from chariot.modules.access.permissions import ACTIONS, check_permissions
from chariot.modules.access.widening import POWERS

DECLARED = {f"{resource}:{one}" for resource, actions in ACTIONS.items() for one in actions}
_ASKED = re.compile(r'\.(?:may|may_within|sight)\(\s*"([^"]+)"')


def test_the_permissions_that_there_are_are_those_that_something_asks_for() -> None:
    sources = (one.read_text(encoding="utf-8") for one in Path(entrypoints.__path__[0]).rglob("*.py"))
    asked = {permission for text in sources for permission in _ASKED.findall(text)}

    assert PERMISSIONS | asked | set(READ_BY.values()) == DECLARED
    assert DECLARED.issuperset(POWERS)


@pytest.mark.parametrize("permission", ["*", "*:read", "risks:*", *sorted(DECLARED)])
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
