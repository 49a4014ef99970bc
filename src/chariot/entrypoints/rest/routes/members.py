"""Members and roles: who may do what in an organisation, and what they see of it."""

from contextlib import suppress
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.organisations import administration, asker
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import NotFoundError, UnavailableError
from chariot.model.kinds.access import Member, Role
from chariot.model.refusals import refused_entity
from chariot.model.states import Severity
from chariot.modules.access.store import RestrictedStore
from chariot.modules.identity.identity import Identity

OPERATIONS = Operations("Access")
RoleRecord: Any = SHAPES["role"].type
MemberRecord: Any = SHAPES["member"].type
_LABEL = {"label": "Name of the role"}
_ID = {"id": "Who, percent-encoded, such as `user:anna`"}
_Texts = Annotated[list[Annotated[str, Meta(max_length=700)]], Meta(max_length=500)]


class RoleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a role allows. Where it names kinds, tags, netblocks or names, it holds for those alone."""

    title: Annotated[str, Meta(max_length=200, description="What it is for")] = ""
    permissions: Annotated[
        _Texts, Meta(description="As `x-permission` of the operations; `risks:*` and `*:read` too")
    ]
    kinds: Annotated[_Texts, Meta(description="Things of these kinds, and what is about them")] = []
    asset_tags: Annotated[
        _Texts, Meta(description="Assets with one of these tags: `env=prod`, or `env`")
    ] = []
    netblocks: Annotated[_Texts, Meta(description="What lies in one of these, or below one of `names`")] = []
    names: Annotated[
        _Texts, Meta(description="What is one of these or below it, or lies in `netblocks`")
    ] = []
    highest_severity: Annotated[
        Severity | None, Meta(description="Risks are shown up to this one; null is all")
    ] = None
    requests_per_s: Annotated[
        Annotated[int, Meta(ge=1, le=100_000)] | None, Meta(description="How fast a member may ask")
    ] = None


class MemberBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The roles of one member, in place of those before."""

    roles: Annotated[
        list[Annotated[str, Meta(max_length=128)]],
        Meta(
            max_length=50, description="Names of roles: `admin`, `analyst`, `read-only`, or roles of your own"
        ),
    ]
    label: Annotated[str, Meta(max_length=200, description="As people know them")] = ""


class SeenPart(msgspec.Struct, frozen=True):
    """One part of what somebody sees: all that is stated here must hold."""

    kinds: tuple[str, ...]
    tags: tuple[str, ...]
    places: int
    """So many netblocks and names; 0 is no such limit."""
    highest_severity: Severity | None


class Sight(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody may do and see."""

    id: str
    permissions: tuple[str, ...]
    """As their roles state them."""
    everything: bool
    """Whether they see all of the organisation."""
    parts: tuple[SeenPart, ...]
    """What they see where it is not everything; they see what one of these shows."""
    counts: dict[str, int]
    """How many things of each kind they see."""


@OPERATIONS.add(
    "PUT",
    "/api/v1/roles/{label}",
    "roles:write",
    data=RoleRecord,
    names=_LABEL,
    body=RoleBody,
    repeatable=True,
    example={
        "title": "The web team",
        "permissions": ["entities:read", "risks:*"],
        "asset_tags": ["team=web"],
    },
)
async def put_role(call: Call) -> Answer:
    """Say what a role allows, here and in all organisations below. Nobody gives what they have not."""
    body: RoleBody = call.body
    stated = msgspec.to_builtins(body) | {
        "label": call.names["label"],
        "highest_severity": body.highest_severity,
    }
    return call.one(shown(await administration(call).put_role(asker(call), _made(Role, stated))))


@OPERATIONS.add(
    "DELETE",
    "/api/v1/roles/{label}",
    "roles:write",
    data=RoleRecord,
    names=_LABEL,
    errors=(NotFoundError,),
    repeatable=True,
)
async def end_role(call: Call) -> Answer:
    """Take a role back: who had it has it no more, unless it is built in or kept above."""
    return call.one(shown(await administration(call).end_role(asker(call), call.names["label"])))


@OPERATIONS.add(
    "PUT",
    "/api/v1/members/{id}",
    "members:write",
    data=MemberRecord,
    names=_ID,
    body=MemberBody,
    repeatable=True,
    example={"roles": ["analyst"], "label": "Anna"},
)
async def put_member(call: Call) -> Answer:
    """Give somebody roles, here and in all organisations below. Nobody gives what they have not."""
    body: MemberBody = call.body
    member = _made(Member, {"id": call.names["id"], "label": body.label, "roles": body.roles})
    return call.one(shown(await administration(call).put_member(asker(call), member)))


@OPERATIONS.add(
    "DELETE",
    "/api/v1/members/{id}",
    "members:write",
    data=MemberRecord,
    names=_ID,
    errors=(NotFoundError,),
    repeatable=True,
)
async def end_member(call: Call) -> Answer:
    """Take from somebody all roles that this organisation gave them."""
    return call.one(shown(await administration(call).end_member(asker(call), call.names["id"])))


@OPERATIONS.add("GET", "/api/v1/members/{id}/sight", "members:read", data=Sight, names=_ID)
async def read_sight(call: Call) -> Answer:
    """Tell what somebody may do here, and what they see.

    Their account's roles, and those given here and above, are looked at; roles that an issuer states with each
    sign-in are not known before.
    """
    if call.services.access is None:
        raise UnavailableError("this server does not keep organisations")
    organisation = call.caller.organisation
    identity = await _known(call, call.names["id"])
    access = await call.services.access.access(identity, organisation)
    rules = () if access is None else access.sight("entities:read")
    store = call.services.store if rules is None else RestrictedStore(call.services.store, rules)
    counts = await store.counts(organisation)
    return call.one(
        Sight(
            id=identity.subject,
            permissions=tuple(sorted({one for grant in access.grants for one in grant.permissions}))
            if access is not None
            else (),
            everything=rules is None,
            parts=tuple(
                SeenPart(
                    rule.kinds,
                    tuple("=".join(one).rstrip("=") for one in rule.tags),
                    len(rule.places),
                    rule.highest,
                )
                for rule in rules or ()
            ),
            counts={kind: sum(states.values()) for kind, states in counts.items()},
        )
    )


async def _known(call: Call, subject: str) -> Identity:
    """Return who *subject* is, with the roles of their account where they have one in this organisation."""
    organisation = call.caller.organisation
    roles: tuple[str, ...] = ()
    kind, _, user = subject.partition(":")
    if kind == "user" and call.services.identity is not None:
        with suppress(NotFoundError):
            roles = tuple((await call.services.identity.accounts.get(user, organisation)).roles)
    return Identity(subject=subject, name="", home=organisation, method="password", roles=roles)


def _made(kind: type[Any], stated: dict[str, Any]) -> Any:
    try:
        return kind(**stated)
    except ValueError as error:
        raise refused_entity(error) from None
