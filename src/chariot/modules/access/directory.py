"""The tree, the roles and the members as they stand in the store."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from chariot.model.base import Entity
from chariot.model.keys import SYSTEM, Key, Organisation
from chariot.model.kinds.access import Member, OrganisationNode, Role
from chariot.model.states import ON_SURFACE
from chariot.modules.surface.ports import EntityReader

E = TypeVar("E", bound=Entity)


class StoreDirectory:
    """See `Directory`: the tree is kept by the installation, roles and members by the organisation that gave them."""

    def __init__(self, store: EntityReader) -> None:
        self._store = store

    async def node(self, organisation: Organisation) -> OrganisationNode | None:
        """See `Directory.node`; one that was ended is suspended."""
        try:
            key = OrganisationNode(id=organisation).key
        except ValueError:
            return None
        record = (await self._store.get(SYSTEM, [key])).get(key)
        if record is None or not isinstance(record.entity, OrganisationNode) or not record.decided:
            return None
        # One that was ended keeps its place, so that nobody takes its name and what it holds.
        is_ended = record.status not in ON_SURFACE
        return msgspec.structs.replace(record.entity, suspended=True) if is_ended else record.entity

    async def roles_of(self, organisation: Organisation, subject: str) -> Sequence[str]:
        """See `Directory.roles_of`."""
        try:
            key = Member(id=subject).key
        except ValueError:
            return ()
        member = await self._one(organisation, key, Member)
        return member.roles if member is not None else ()

    async def role(self, organisation: Organisation, name: str) -> Role | None:
        """See `Directory.role`."""
        try:
            key = Role(label=name).key
        except ValueError:
            return None
        return await self._one(organisation, key, Role)

    async def _one(self, organisation: Organisation, key: Key, kind: type[E]) -> E | None:
        record = (await self._store.get(organisation, [key])).get(key)
        if record is None or record.organisation != organisation or record.status not in ON_SURFACE:
            return None
        # Only what a person decided counts: an entity that was merely seen says nothing.
        return record.entity if isinstance(record.entity, kind) and record.decided else None
