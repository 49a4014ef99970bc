"""Policies as files: roles, organisations and members with cases that say what must come of them.

The cases are tried with the same code that answers requests, on what the file says alone.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.errors import InvalidError
from chariot.model.base import Entity
from chariot.model.keys import Key, Organisation, kind_of, unescape
from chariot.model.kinds.access import OrganisationNode, Role
from chariot.model.registry import KINDS, spec_of
from chariot.model.states import Severity
from chariot.modules.access.grants import Access, read_roles
from chariot.modules.access.permissions import check_permissions
from chariot.modules.access.service import AccessService
from chariot.modules.identity.identity import Identity
from chariot.modules.surface.query import plain_type
from chariot.modules.surface.sight import shows_entity

SIZE_LIMIT = 1_000_000
"""The largest file, in bytes."""
_Text = Annotated[str, Meta(max_length=16_384)]


class Thing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that is seen or not."""

    key: _Text
    tags: dict[str, str] = {}
    """Of the asset that it is or is about."""
    severity: Severity | None = None
    """Of a risk."""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who, where, and what must come of it."""

    name: _Text
    who: _Text
    organisation: _Text
    may: list[_Text] = []
    may_not: list[_Text] = []
    sees: list[_Text | Thing] = []
    hidden: list[_Text | Thing] = []


class Membership(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The roles of somebody in one organisation."""

    who: _Text
    organisation: _Text
    roles: list[_Text]


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an organisation stands."""

    parent: _Text = ""
    suspended: bool = False


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: str = "access"
    roles: dict[str, Any] = {}
    organisations: dict[str, Place] = {}
    members: list[Membership] = []
    cases: list[Case] = []


class Policy(msgspec.Struct, frozen=True):
    """One file, read. See `Directory`."""

    organisations: Mapping[str, Place]
    roles: Mapping[str, Role]
    """They hold in every organisation of the file."""
    members: Sequence[Membership]
    cases: Sequence[Case]

    async def node(self, organisation: Organisation) -> OrganisationNode | None:
        """See `Directory.node`."""
        place = self.organisations.get(organisation)
        if place is None:
            return None
        return OrganisationNode(id=organisation, parent=place.parent, suspended=place.suspended)

    async def roles_of(self, organisation: Organisation, subject: str) -> Sequence[str]:
        """See `Directory.roles_of`."""
        given = (one for one in self.members if (one.who, one.organisation) == (subject, organisation))
        return [role for one in given for role in one.roles]

    async def role(self, organisation: Organisation, name: str) -> Role | None:  # noqa: ARG002 - alike in all of them
        """See `Directory.role`."""
        return self.roles.get(name)


class Outcome(msgspec.Struct, frozen=True):
    """What came of one case."""

    name: str
    wrong: tuple[str, ...]
    """What is not as it must be; nothing when all of it is."""


def read_policy(data: bytes) -> Policy:
    """Return the policy in a file.

    Raises:
        InvalidError: it is none; the text names the place.
    """
    if len(data) > SIZE_LIMIT:
        raise InvalidError(f"is larger than {SIZE_LIMIT:,} bytes")
    try:
        file = msgspec.convert(tomllib.loads(data.decode()), _File)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError, RecursionError) as error:
        raise InvalidError(str(error)) from None
    if file.type != "access":
        raise InvalidError(f"is a policy of the type {file.type[:40]!r}, not access", place="type")
    policy = Policy(file.organisations, read_roles(file.roles), file.members, file.cases)
    for place, case in enumerate(policy.cases):
        check_permissions(case.may, place=f"cases[{place}].may")
        check_permissions(case.may_not, place=f"cases[{place}].may_not")
        for thing in (*case.sees, *case.hidden):
            _entity(thing, f"cases[{place}]")
    return policy


async def tried(policy: Policy) -> list[Outcome]:
    """Return what comes of each case of *policy*, in their order."""
    service = AccessService(policy, stamp=lambda: 0)
    return [Outcome(case.name, tuple([one async for one in _wrong(service, case)])) for case in policy.cases]


async def _wrong(service: AccessService, case: Case) -> Any:
    organisation = Organisation(case.organisation)
    identity = Identity(subject=case.who, name=case.who, home=organisation, method="password")
    access = await service.access(identity, organisation)
    for permission in case.may:
        if access is None or not access.may(permission):
            yield f"may not {permission}"
    for permission in case.may_not:
        if access is not None and access.may(permission):
            yield f"may {permission}"
    for text in _sight(access, case):
        yield text


def _sight(access: Access | None, case: Case) -> Iterator[str]:
    sight = () if access is None else access.sight("entities:read")
    for thing, seen in (*((one, True) for one in case.sees), *((one, False) for one in case.hidden)):
        entity, tags = _entity(thing, "")
        if shows_entity(sight, entity.key, entity, tags) is not seen:
            yield f"{'does not see' if seen else 'sees'} {entity.key}"


def _entity(thing: str | Thing, place: str) -> tuple[Entity, Mapping[str, str]]:
    """Return what *thing* names, and the tags of its asset.

    Raises:
        InvalidError: it names nothing.
    """
    stated = thing if isinstance(thing, Thing) else Thing(thing)
    kind = kind_of(stated.key)
    try:
        values: dict[str, Any] = _identity(Key(stated.key))
        if stated.severity is not None:
            values["severity"] = stated.severity
        return KINDS[kind](**values), stated.tags
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InvalidError(f"{stated.key[:200]!r} is no key: {error}", place=place) from None


def _identity(key: Key) -> dict[str, Any]:
    """Return the identity that *key* is written from."""
    kind = kind_of(key)
    names = KINDS[kind].identity
    parts = key.split("#")[2:]
    nested = next((place for place, (_, inner) in enumerate(names) if inner), len(names))
    behind = len(names) - nested - 1
    if nested < len(names):
        parts[nested : len(parts) - behind] = ["#" + "#".join(parts[nested : len(parts) - behind])]
    found: dict[str, Any] = {}
    for (name, inner), text in zip(names, parts, strict=True):
        is_number = plain_type(spec_of(kind)[name].type) is int
        found[name] = int(text) if is_number else text if inner else unescape(text)
    return found
