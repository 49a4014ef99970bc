"""Who the caller is, as the server knows them."""

import msgspec

from chariot.entrypoints.rest.caller import PUBLIC, Caller
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import UnauthenticatedError

OPERATIONS = Operations("Session")


class SessionItem(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, for which organisation, and what they may do."""

    user: str
    organisation: str
    permissions: tuple[str, ...]
    """`*` stands for all of them, `risks:*` for all about risks, `*:read` for reading everything."""
    method: str
    """How they proved who they are."""
    subject: str = ""
    """Their name that never changes."""
    roles: tuple[str, ...] = ()
    """Roles in the organisation that they belong to, as account or issuer state them."""
    factors: int = 0
    """How many factors were shown."""
    session: str = ""
    """Id of the session; empty for keys and tokens."""


@OPERATIONS.add("GET", "/api/v1/session", PUBLIC, data=SessionItem)
async def read_session(call: Call) -> Answer:
    """Tell who the caller is and what they may do."""
    caller = call.caller
    if not caller.known:
        raise UnauthenticatedError("send a token: Authorization: Bearer …")
    return call.one(
        SessionItem(
            user=caller.user,
            organisation=caller.organisation,
            permissions=tuple(sorted(_permissions(caller))),
            method=caller.method,
            subject=caller.identity.subject if caller.identity is not None else "",
            roles=caller.identity.roles if caller.identity is not None else (),
            factors=caller.identity.factors if caller.identity is not None else 0,
            session=caller.identity.session if caller.identity is not None else "",
        )
    )


def _permissions(caller: Caller) -> frozenset[str]:
    """Return what the caller may do, as their roles and the limits of their key state it."""
    held = caller.access
    if held is None:
        return caller.permissions
    stated = frozenset[str]().union(held.limit or (), *(one.permissions for one in held.grants))
    return frozenset(one for one in stated if held.may(one))
