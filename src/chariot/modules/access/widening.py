"""Who may do more than before: what edits of members, roles, accounts and keys give, and what is odd about them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from chariot.errors import InvalidError
from chariot.model.base import Entity
from chariot.model.keys import Organisation
from chariot.model.kinds.access import ApiKey, Member, Role
from chariot.model.kinds.identity import User
from chariot.model.records import Version
from chariot.model.states import Status
from chariot.modules.access.grants import Grant, compiled, covers
from chariot.modules.access.permissions import EVERYTHING
from chariot.modules.access.service import AccessService
from chariot.modules.surface.ports import EntityStore
from chariot.modules.surface.telling import Decided

POWERS: Final = ("members:write", "roles:write", "users:grant", "users:recover")
"""Who has one of these says what others may do, or who they are."""
KINDS: Final = frozenset({Member.kind, Role.kind, User.kind, ApiKey.kind})
_TOLD_AS: Final[Mapping[str, tuple[str, ...]]] = {User.kind: ("users:add", "users:change")}
"""Actions by which the log tells of edits of a kind; `<kind>:edit` for all others."""

_GIVING: Final = frozenset({"roles", "suspended", "home", "status"})
"""Fields of an account that say what its owner may do."""

Seen = Callable[[Organisation, str, Sequence[str]], Awaitable[bool]]
"""Awaited, tells whether an actor (the text; empty for anybody) did one of these actions in the last months."""


class Widening:
    """See `Weigh`."""

    def __init__(self, store: EntityStore, access: AccessService, seen: Seen) -> None:
        self._store = store
        self._access = access
        self._seen = seen

    async def __call__(self, organisation: Organisation, one: Decided, subject: str) -> Mapping[str, str]:
        """Return facts about an edit that gives somebody more than before; none for all others."""
        if one.kind not in KINDS or _is_sign_in(one):
            return {}
        page = await self._store.versions(organisation, one.key, limit=2)
        now, *earlier = page.items
        before = await self._held(organisation, earlier[0]) if earlier else ()
        gained = _gained(before, await self._held(organisation, now))
        if not gained:
            return {}
        powers = [one for one in (EVERYTHING, *POWERS) if one in gained]
        return {
            "widens": "yes",
            "power": ", ".join(powers) or "no",
            "powerful": "yes" if powers else "no",
            "own": "yes" if subject and subject == _whose(now.entity) else "no",
            "unusual": "yes" if await self._is_unusual(organisation, one) else "no",
        }

    async def _held(self, organisation: Organisation, version: Version) -> tuple[Grant, ...]:
        """Return what *version* gives."""
        entity = version.entity
        if version.status is Status.GONE:
            return ()
        if isinstance(entity, ApiKey):
            return () if entity.revoked else (Grant(frozenset(entity.permissions)),)
        if isinstance(entity, Role):
            try:
                return (compiled(entity),)
            except InvalidError:
                # A role that cannot be read allows nothing.
                return ()
        roles: tuple[str, ...] = ()
        home = organisation
        if isinstance(entity, User):
            roles, home = (() if entity.suspended else entity.roles), Organisation(entity.home)
        elif isinstance(entity, Member):
            roles = entity.roles
        path = await self._access.path(home) or (home,)
        found = [await self._access.grant(name, path) for name in roles]
        return tuple(grant for grant in found if grant is not None)

    async def _is_unusual(self, organisation: Organisation, one: Decided) -> bool:
        """Tell whether others do this here, and this actor never did."""
        actions = _TOLD_AS.get(one.kind, (f"{one.kind}:edit",))
        if await self._seen(organisation, one.actor, actions):
            return False
        return await self._seen(organisation, "", actions)


def _is_sign_in(one: Decided) -> bool:
    """Tell whether an edit of an account is one of those that each sign-in makes, and gives nothing."""
    return one.kind == User.kind and bool(one.before) and not _GIVING & set(one.fields.split(","))


def _gained(before: Sequence[Grant], after: Sequence[Grant]) -> frozenset[str]:
    """Return the permissions, powers among them, that *after* allows and *before* did not, or for less."""
    stated = {one for grant in after for one in grant.permissions}
    wanted = stated | {power for power in POWERS if _may(after, power)}
    return frozenset(
        one
        for one in wanted
        if not _may(before, one) or (_is_whole(after, one) and not _is_whole(before, one))
    )


def _may(grants: Sequence[Grant], permission: str) -> bool:
    return any(covers(grant.permissions, permission) for grant in grants)


def _is_whole(grants: Sequence[Grant], permission: str) -> bool:
    return any(grant.rule.is_everything and covers(grant.permissions, permission) for grant in grants)


def _whose(entity: Entity) -> str:
    """Return the subject whose permissions *entity* states; empty where that is not one person."""
    if isinstance(entity, Member):
        return entity.id
    return f"user:{entity.id}" if isinstance(entity, User) else ""
