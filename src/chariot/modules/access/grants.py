"""What a role allows, compiled once: permissions, the rule of what they hold for, and how fast a member may ask."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

import msgspec

from chariot.errors import InvalidError
from chariot.model.keys import Organisation
from chariot.model.kinds.access import Role
from chariot.model.registry import KINDS
from chariot.modules.access.permissions import EVERYTHING, check_permissions
from chariot.modules.surface.places import block_place, place_in
from chariot.modules.surface.sight import Rule, Sight


def covers(held: frozenset[str], permission: str) -> bool:
    """Tell whether *held*, which may have stars, has *permission* in it.

    >>> covers(frozenset({"risks:*", "*:read"}), "risks:write"), covers(frozenset({"*:read"}), "risks:write")
    (True, False)
    """
    if permission in held or EVERYTHING in held:
        return True
    resource, _, action = permission.partition(":")
    # Who holds no star is not told to hold what has one.
    return f"{resource}:*" in held or (resource != "*" and action != "*" and f"*:{action}" in held)


class Grant(msgspec.Struct, frozen=True):
    """One role that somebody has."""

    permissions: frozenset[str]
    rule: Rule = Rule()
    requests_per_s: int | None = None


class Access(msgspec.Struct, frozen=True):
    """What somebody may do in one organisation: what one of their roles allows, for what that role holds."""

    organisation: Organisation
    grants: tuple[Grant, ...]
    limit: frozenset[str] | None = None
    """No more than these, whatever the roles say; None is no such limit."""

    def may(self, permission: str) -> bool:
        """Tell whether somebody has *permission*, be it for a part of the surface alone."""
        if self.limit is not None and not covers(self.limit, permission):
            return False
        return any(covers(one.permissions, permission) for one in self.grants)

    def sight(self, permission: str) -> Sight | None:
        """Return what *permission* holds for; None is everything."""
        if not self.may(permission):
            return ()
        rules = [one.rule for one in self.grants if covers(one.permissions, permission)]
        return None if any(rule.is_everything for rule in rules) else tuple(dict.fromkeys(rules))

    @property
    def is_whole(self) -> bool:
        """True when no role holds for a part of the surface alone."""
        return all(one.rule.is_everything for one in self.grants)

    @property
    def requests_per_s(self) -> int | None:
        """How fast they may ask: as fast as the fastest of their roles; None is no limit of their own."""
        rates = [one.requests_per_s for one in self.grants if one.requests_per_s is not None]
        return max(rates) if rates and len(rates) == len(self.grants) else None

    def includes(self, grant: Grant) -> bool:
        """Tell whether whoever has this may give *grant* to others: all of it, for the whole surface."""
        return all(self.sight(one) is None and self.may(one) for one in grant.permissions)


def compiled(role: Role) -> Grant:
    """Return what *role* allows.

    Raises:
        InvalidError: it names a kind that there is not.
    """
    for kind in role.kinds:
        if kind not in KINDS:
            raise InvalidError(f"there is no kind {kind[:40]!r}", place="kinds")
    tags = (text.partition("=") for text in role.asset_tags)
    return Grant(
        frozenset(role.permissions),
        Rule(
            kinds=role.kinds,
            tags=tuple((label, value) for label, _, value in tags),
            places=(*map(block_place, role.netblocks), *map(place_in, role.names)),
            highest=role.highest_severity,
        ),
        role.requests_per_s,
    )


def read_roles(tables: Mapping[str, Any], *, place: str = "roles") -> dict[str, Role]:
    """Return the roles in *tables*, by name.

    Raises:
        InvalidError: one of them is wrong; the place is the path to it.
    """
    found: dict[str, Role] = {}
    for name, table in tables.items():
        here = f"{place}.{name}"
        if not isinstance(table, dict):
            raise InvalidError("is not a table", place=here)
        try:
            found[name] = msgspec.convert({"kind": "role", "label": name, **table}, Role)
            compiled(found[name])
        except (msgspec.ValidationError, InvalidError) as error:
            raise InvalidError(str(error), place=here) from None
        check_permissions(table.get("permissions", ()), place=f"{here}.permissions")
    return found


def built_in() -> dict[str, Role]:
    """Return the roles that every organisation has."""
    text = resources.files(__package__).joinpath("roles.toml").read_text(encoding="utf-8")
    return read_roles(tomllib.loads(text)["roles"])


def least(held: Access, wanted: Iterable[str]) -> list[str]:
    """Return those of *wanted* permissions that *held* does not have for the whole surface, sorted."""
    return sorted(one for one in wanted if held.sight(one) is not None)
