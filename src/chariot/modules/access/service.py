"""Whether somebody may do something in an organisation: roles there and above, never below or beside."""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from chariot.errors import InvalidError
from chariot.model.keys import SHARED, SYSTEM, Organisation
from chariot.modules.access.grants import Access, Grant, built_in, compiled
from chariot.modules.access.permissions import EVERYTHING
from chariot.modules.access.ports import Directory
from chariot.modules.identity.identity import Identity

DEEPEST = 32
"""So many organisations may stand above one another."""
_ALL = frozenset({EVERYTHING})
_Name = tuple[str, Organisation, tuple[str, ...], tuple[str, ...] | None, Organisation]


class AccessService:
    """Answers from what the directory says; an answer holds while the stamp is the same, *ttl_s* at most."""

    def __init__(
        self,
        directory: Directory,
        *,
        stamp: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        ttl_s: float = 2.0,
        kept: int = 10_000,
    ) -> None:
        self._directory = directory
        self.stamp = stamp
        self._clock = clock
        self._ttl_s = ttl_s
        self._kept = kept
        self._built_in = {name: compiled(role) for name, role in built_in().items()}
        self._answers: OrderedDict[_Name, tuple[Access | None, int, float]] = OrderedDict()

    async def access(self, identity: Identity, organisation: Organisation) -> Access | None:
        """Return what *identity* may do in *organisation*; None when that is nothing."""
        name = (identity.subject, identity.home, identity.roles, identity.permissions, organisation)
        stamp, now = self.stamp(), self._clock()
        known = self._answers.get(name)
        if known is not None and known[1] == stamp and now - known[2] < self._ttl_s:
            return known[0]
        found = await self._access(identity, organisation)
        self._answers.pop(name, None)
        self._answers[name] = (found, stamp, now)
        if len(self._answers) > self._kept:
            self._answers.popitem(last=False)
        return found

    async def _access(self, identity: Identity, organisation: Organisation) -> Access | None:
        if organisation in (SHARED, SYSTEM, ""):
            return None
        if identity.method == "token":
            return Access(organisation, (Grant(_ALL),))
        path = await self.path(organisation)
        if path is None:
            return None
        if identity.method == "key":
            # A key is of one organisation, and does what it was made for.
            held = frozenset(identity.permissions or ())
            return Access(organisation, (Grant(held),)) if identity.home == organisation and held else None
        grants = await self._grants(identity, path)
        limit = None if identity.permissions is None else frozenset(identity.permissions)
        return Access(organisation, grants, limit) if grants else None

    async def path(self, organisation: Organisation) -> Sequence[Organisation] | None:
        """Return *organisation* and those above it, itself first.

        None when one of them is suspended, or when they do not end: nobody may do anything there.
        """
        path: list[Organisation] = []
        here = organisation
        while here:
            if here in path or len(path) >= DEEPEST:
                return None
            path.append(here)
            node = await self._directory.node(here)
            if node is None:
                break
            if node.suspended:
                return None
            here = Organisation(node.parent)
        return path

    async def _grants(self, identity: Identity, path: Sequence[Organisation]) -> tuple[Grant, ...]:
        found: dict[Grant, None] = {}
        for place, organisation in enumerate(path):
            names = [*await self._directory.roles_of(organisation, identity.subject)]
            if organisation == identity.home:
                names += identity.roles
            for name in dict.fromkeys(names):
                # A role is what the organisation that gave it says, or those above that.
                grant = await self.grant(name, path[place:])
                if grant is not None:
                    found[grant] = None
        return tuple(found)

    async def grant(self, name: str, path: Sequence[Organisation]) -> Grant | None:
        """Return what the role *name* allows where *path* begins; None when there is no such role."""
        for organisation in path:
            role = await self._directory.role(organisation, name)
            if role is not None:
                try:
                    return compiled(role)
                except InvalidError:
                    # A role that cannot be read allows nothing.
                    return None
        return self._built_in.get(name)

    async def is_above(self, upper: Organisation, lower: Organisation) -> bool:
        """Tell whether *upper* is *lower* or stands above it."""
        here, steps = lower, 0
        while here and steps < DEEPEST:
            if here == upper:
                return True
            node = await self._directory.node(here)
            here, steps = Organisation(node.parent if node is not None else ""), steps + 1
        return False
