"""What administrators do: the tree of organisations, roles, members. Nobody gives what they have not."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from chariot.errors import ConflictError, DeniedError, InvalidError, NotFoundError
from chariot.model.base import Entity
from chariot.model.keys import SHARED, SYSTEM, Key, Organisation
from chariot.model.kinds.access import Member, OrganisationNode, Role
from chariot.model.observations import Edit
from chariot.model.records import Record
from chariot.model.states import Status
from chariot.modules.access.grants import Access, compiled
from chariot.modules.access.names import organisation_name
from chariot.modules.access.permissions import check_permissions
from chariot.modules.access.service import DEEPEST, AccessService
from chariot.modules.identity.identity import Identity
from chariot.modules.surface.query import PAGE_LIMIT, Query
from chariot.modules.surface.service import SurfaceService


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """Who changes something, and from where in the tree."""

    name: str
    """Stands as the actor in history."""
    organisation: Organisation
    """They act for this one: what is below it is theirs to change."""
    access: Access | None
    """What they may do there; None is everything."""
    roams: bool = False
    """They hold the installation's own token, and change the whole tree."""


class OrganisationPlace(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation and where it stands."""

    name: str
    """Goes into the header `Chariot-Organisation`."""
    title: str
    parent: str
    """The one above it; empty at the top, and for those above whom the caller may not look."""
    suspended: bool
    """Nobody may do anything in it, or below it."""


class Administration:
    """Changes the tree, the roles and the members."""

    def __init__(self, surface: SurfaceService, access: AccessService) -> None:
        self._surface = surface
        self._access = access
        self._moving = asyncio.Lock()

    async def organisations(self, asker: Asker) -> Sequence[OrganisationPlace]:
        """Return the organisations that *asker* may ask for, by name: their own and those below it."""
        nodes = await self._nodes()
        if asker.roams:
            alone = {
                name for name in await self._surface.store.organisations() if name not in (SHARED, SYSTEM)
            }
            names = alone | nodes.keys() | {asker.organisation}
        else:
            names = _below(nodes, asker.organisation)
        return [_place(name, nodes, asker) for name in sorted(names)]

    async def create(
        self, asker: Asker, name: Organisation, *, title: str = "", parent: str | None = None
    ) -> OrganisationPlace:
        """Make an organisation below *parent*, by default below that of *asker*, and return it.

        Raises:
            InvalidError: that is no name, or *parent* names nothing.
            DeniedError: *parent* is not below the asker's organisation.
            ConflictError: there is one of that name already, or too many stand above it.
        """
        organisation_name(name, place="name")
        above = parent if parent is not None else ("" if asker.roams else asker.organisation)
        await self._check_parent(asker, above)
        async with self._moving:
            await self._check_depth(above)
            known = await self._surface.store.organisations()
            if name in known or await self._record(name) is not None:
                raise ConflictError(f"there is an organisation called {name} already")
            node = _made(OrganisationNode, id=name, title=title, parent=above)
            await self._write(SYSTEM, asker, node, {"title": title, "parent": above, "suspended": False})
        return OrganisationPlace(name=name, title=title, parent=above, suspended=False)

    async def change(
        self,
        asker: Asker,
        name: Organisation,
        *,
        title: str | None = None,
        parent: str | None = None,
        suspended: bool | None = None,
    ) -> OrganisationPlace:
        """Rename, move or suspend the organisation *name*; what is None stays as it is.

        Raises:
            NotFoundError: there is none below the asker's organisation.
            DeniedError: only who stands above it may do that.
            ConflictError: it would stand below itself, or too deep.
        """
        async with self._moving:
            held = await self._theirs(asker, name)
            if (
                (parent is not None or suspended is not None)
                and name == asker.organisation
                and not asker.roams
            ):
                raise DeniedError("an organisation is moved and suspended by those above it")
            if parent is not None:
                await self._check_parent(asker, parent)
                await self._check_move(name, parent)
            fields = {
                "title": held.title if title is None else title,
                "parent": held.parent if parent is None else parent,
                "suspended": held.suspended if suspended is None else suspended,
            }
            await self._write(SYSTEM, asker, OrganisationNode(id=name), fields)
        nodes = await self._nodes()
        return _place(name, nodes, asker)

    async def end(self, asker: Asker, name: Organisation) -> OrganisationPlace:
        """End the organisation *name*: nobody may do anything there any more. What it holds stays, as does its name.

        Raises:
            NotFoundError: there is none below the asker's organisation.
            DeniedError: only who stands above it may do that.
            ConflictError: there are others below it.
        """
        async with self._moving:
            held = await self._theirs(asker, name)
            if name == asker.organisation and not asker.roams:
                raise DeniedError("an organisation is ended by those above it")
            below = _below(await self._nodes(), name) - {name}
            if below:
                raise ConflictError(f"{min(below)} is below it: move or end that first")
            node = OrganisationNode(id=name)
            fields = {"title": held.title, "parent": held.parent, "suspended": True}
            await self._write(SYSTEM, asker, node, fields, Status.EXCLUDED)
        return OrganisationPlace(name=name, title=held.title, parent=held.parent, suspended=True)

    async def put_role(self, asker: Asker, role: Role) -> Record:
        """Keep *role* in the asker's organisation, in place of one of the same name.

        Raises:
            DeniedError: it allows what the asker may not do, or the one before did.
            InvalidError: it names a kind that there is not.
        """
        await self._check_given(asker, role.label)
        self._check(asker, role)
        return await self._put(asker, role)

    async def end_role(self, asker: Asker, name: str) -> Record:
        """Take the role *name* away from all who have it; return what it was.

        Raises:
            NotFoundError: the asker's organisation keeps no such role.
            DeniedError: it allows what the asker may not do.
        """
        await self._check_given(asker, name)
        return await self._gone(asker, _made(Role, label=name).key, f"no role is called {name[:40]!r} here")

    async def put_member(self, asker: Asker, member: Member) -> Record:
        """Give *member* these roles in the asker's organisation, in place of those before.

        Raises:
            InvalidError: there is no such role.
            DeniedError: a role allows what the asker may not do.
        """
        await self.check_given(asker, member.roles)
        path = await self._access.path(asker.organisation) or (asker.organisation,)
        await self._check_held(asker, member.key, path)
        return await self._put(asker, member)

    async def check_given(self, asker: Asker, roles: Sequence[str]) -> None:
        """Refuse to give roles that the asker has not.

        Raises:
            InvalidError: there is no such role.
            DeniedError: a role allows what the asker may not do.
        """
        path = await self._access.path(asker.organisation) or (asker.organisation,)
        for name in roles:
            grant = await self._access.grant(name, path)
            if grant is None:
                raise InvalidError(f"there is no role {name[:40]!r}", place="roles")
            if asker.access is not None and not asker.access.includes(grant):
                raise DeniedError(f"nobody gives what they have not: the role {name}")

    async def check_outranks(self, asker: Asker, subject: str, roles: Sequence[str]) -> None:
        """Refuse to touch the account of *subject*, to whom it gives *roles*, if they may do what the asker may not.

        Whoever resets the password of an account could become its owner.

        Raises:
            DeniedError: they may, in the asker's organisation or in one below it.
        """
        if asker.access is None:
            return
        owner = Identity(
            subject=subject, name="", home=asker.organisation, method="password", roles=tuple(roles)
        )
        for name in sorted(_below(await self._nodes(), asker.organisation)):
            held = await self._access.access(owner, Organisation(name))
            if held is not None and not all(map(asker.access.includes, held.grants)):
                raise DeniedError("nobody changes the account of somebody who may do what they may not")

    async def end_member(self, asker: Asker, subject: str) -> Record:
        """Take all roles in the asker's organisation from *subject*; return what they were.

        Raises:
            NotFoundError: *subject* has none here.
            DeniedError: one of them allows what the asker may not do.
        """
        key = _made(Member, id=subject).key
        path = await self._access.path(asker.organisation) or (asker.organisation,)
        await self._check_held(asker, key, path)
        return await self._gone(asker, key, f"{subject[:100]!r} is no member here")

    async def _check_held(self, asker: Asker, key: Key, path: Sequence[Organisation]) -> None:
        """Refuse to take from somebody a role that the asker could not give."""
        record = (await self._surface.store.get(asker.organisation, [key])).get(key)
        held = record.entity.roles if record is not None and isinstance(record.entity, Member) else ()
        for name in held:
            grant = await self._access.grant(name, path)
            if grant is not None and asker.access is not None and not asker.access.includes(grant):
                raise DeniedError(f"nobody takes what they could not give: the role {name}")

    async def _check_given(self, asker: Asker, name: str) -> None:
        """Refuse to change a role that allows what the asker may not do: also one that is built in."""
        path = await self._access.path(asker.organisation) or (asker.organisation,)
        grant = await self._access.grant(name, path)
        if grant is not None and asker.access is not None and not asker.access.includes(grant):
            raise DeniedError(f"nobody changes what they could not give: the role {name[:40]}")

    def _check(self, asker: Asker, role: Role) -> None:
        check_permissions(role.permissions, place="permissions")
        grant = compiled(role)
        if asker.access is None:
            return
        beyond = sorted(one for one in grant.permissions if asker.access.sight(one) is not None)
        if beyond:
            raise DeniedError(f"nobody gives what they have not: {', '.join(beyond)}")

    async def _put(self, asker: Asker, entity: Entity) -> Record:
        fields = msgspec.to_builtins(msgspec.structs.asdict(entity))
        own = {spec.name: fields[spec.name] for spec in entity.specs if not spec.mark.identity}
        await self._write(asker.organisation, asker, entity, own)
        return (await self._surface.store.get(asker.organisation, [entity.key]))[entity.key]

    async def _gone(self, asker: Asker, key: Key, missing: str) -> Record:
        record = (await self._surface.store.get(asker.organisation, [key])).get(key)
        if record is None or record.status is Status.GONE or record.organisation != asker.organisation:
            raise NotFoundError(missing)
        edit = Edit(actor=asker.name, key=key, status=Status.GONE)
        await self._surface.edit(asker.organisation, [edit])
        return (await self._surface.store.get(asker.organisation, [key]))[key]

    async def _write(
        self,
        organisation: Organisation,
        asker: Asker,
        entity: Entity,
        fields: dict[str, Any],
        status: Status = Status.ACTIVE,
    ) -> None:
        edit = Edit(actor=asker.name, entity=entity, fields=fields, status=status)
        await self._surface.edit(organisation, [edit])

    async def _record(self, name: Organisation) -> Record | None:
        key = _made(OrganisationNode, id=name).key
        return (await self._surface.store.get(SYSTEM, [key])).get(key)

    async def _theirs(self, asker: Asker, name: Organisation) -> OrganisationNode:
        """Return the organisation *name*, which is the asker's to change.

        Raises:
            NotFoundError: it is not.
        """
        record = await self._record(name)
        if record is not None and isinstance(record.entity, OrganisationNode):
            if asker.roams or await self._access.is_above(asker.organisation, name):
                return record.entity
        elif asker.roams and name in await self._surface.store.organisations():
            # One that was never put into the tree stands alone.
            return OrganisationNode(id=name)
        elif name == asker.organisation:
            return OrganisationNode(id=name)
        raise NotFoundError(f"no organisation called {name} is below yours")

    async def _check_parent(self, asker: Asker, parent: str) -> None:
        if asker.roams:
            known = not parent or await self._record(Organisation(parent)) is not None
            if not known and parent not in await self._surface.store.organisations():
                raise InvalidError("there is no such organisation", place="parent")
        elif not parent or not await self._access.is_above(asker.organisation, Organisation(parent)):
            raise DeniedError("an organisation stands below yours, or below one that does")

    async def _check_depth(self, parent: str) -> None:
        if parent and len(await self._access.path(Organisation(parent)) or ()) >= DEEPEST - 1:
            raise ConflictError(f"at most {DEEPEST} organisations stand above one another")

    async def _check_move(self, name: Organisation, parent: str) -> None:
        if parent and await self._access.is_above(name, Organisation(parent)):
            raise ConflictError(f"{parent} is below {name}: nothing stands below itself")
        nodes = await self._nodes()
        below = _below(nodes, name)
        above = 0
        here = parent
        while here and above <= DEEPEST:
            above, here = above + 1, nodes[here].parent if here in nodes else ""
        if above + max(_depth(nodes, one, name) for one in below) + 1 > DEEPEST:
            raise ConflictError(f"at most {DEEPEST} organisations stand above one another")

    async def _nodes(self) -> dict[str, OrganisationNode]:
        """Return the tree, also what was ended."""
        found: dict[str, OrganisationNode] = {}
        cursor = ""
        while True:
            query = Query(kinds=(OrganisationNode.kind,), limit=PAGE_LIMIT, cursor=cursor, everything=True)
            page = await self._surface.store.find(SYSTEM, query)
            found |= {
                one.entity.id: one.entity for one in page.items if isinstance(one.entity, OrganisationNode)
            }
            cursor = page.cursor
            if not cursor:
                return found


def _made(kind: type[Any], **fields: Any) -> Any:
    try:
        return kind(**fields)
    except ValueError as error:
        place, _, text = str(error).partition(": ")
        raise InvalidError(text, place=place) from None


def _below(nodes: dict[str, OrganisationNode], top: str) -> set[str]:
    """Return *top* and all below it."""
    children: dict[str, list[str]] = {}
    for name, node in nodes.items():
        children.setdefault(node.parent, []).append(name)
    found: set[str] = set()
    wanted = [top]
    while wanted:
        name = wanted.pop()
        if name not in found:
            found.add(name)
            wanted += children.get(name, [])
    return found


def _depth(nodes: dict[str, OrganisationNode], name: str, top: str) -> int:
    """Return how many stand between *name* and *top*, which is above it."""
    steps = 0
    while name != top:
        name, steps = nodes[name].parent, steps + 1
    return steps


def _place(name: str, nodes: dict[str, OrganisationNode], asker: Asker) -> OrganisationPlace:
    node = nodes.get(name) or OrganisationNode(id=name)
    own = name == asker.organisation and not asker.roams
    return OrganisationPlace(
        name=name, title=node.title, parent="" if own else node.parent, suspended=node.suspended
    )
