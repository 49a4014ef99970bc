"""The permissions that there are: what can be asked for, and what can be done with it.

A test holds them to what the operations of the API ask for.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from chariot.errors import InvalidError

EVERYTHING: Final = "*"
"""Stands for each resource, each action, or, alone, for both."""
ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "alerts": ("read", "write"),
    "audit": ("export", "read", "write"),
    "capabilities": ("read",),
    "comments": ("write",),
    "compliance": ("read",),
    "encryption": ("erase", "read", "write"),
    "entities": ("read", "write"),
    "exports": ("read",),
    "files": ("read", "write"),
    "imports": ("read", "write"),
    "incidents": ("read", "write"),
    "integrations": ("read", "write"),
    "intelligence": ("read",),
    "journal": ("read",),
    "keys": ("read", "write"),
    "members": ("read", "write"),
    "metrics": ("read",),
    "observations": ("write",),
    "organisations": ("read", "write"),
    "privacy": ("erase", "export"),
    "queues": ("read", "write"),
    "risks": ("write",),
    "roles": ("read", "write"),
    "scans": ("read", "write"),
    "scope": ("write",),
    "seeds": ("write",),
    "settings": ("read", "write"),
    "users": ("grant", "read", "recover", "write"),
}
"""What can be done with each resource."""


def check_permissions(stated: Sequence[str], *, place: str) -> None:
    """Refuse permissions that nothing asks for: whoever writes one believes to allow something, or to forbid it.

    Raises:
        InvalidError: there is no such resource, or nothing such can be done with it; the place names the permission.
    """
    for number, permission in enumerate(stated):
        if permission != EVERYTHING:
            _check(permission, f"{place}[{number}]")


def _check(permission: str, place: str) -> None:
    resource, _, action = permission.partition(":")
    if resource != EVERYTHING and resource not in ACTIONS:
        raise InvalidError(
            f"there is no resource {resource[:40]!r} to have {permission[:80]!r} of; there are {', '.join(ACTIONS)}",
            place=place,
        )
    known = ACTIONS.get(resource) or tuple(dict.fromkeys(one for some in ACTIONS.values() for one in some))
    if action != EVERYTHING and action not in known:
        raise InvalidError(
            f"nobody can {action[:40]!r} {resource}, as {permission[:80]!r} says; there are {', '.join(known)}",
            place=place,
        )
