"""Sessions: those there are, and their end."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.signing import identity_services, somebody, visit_of
from chariot.errors import DeniedError, InvalidError, NotFoundError
from chariot.modules.identity.claims import instant
from chariot.modules.identity.compact import unproven
from chariot.modules.identity.ports import LiveSession

OPERATIONS = Operations("Session")


class SessionsParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose sessions."""

    everybody: Annotated[bool, Meta(description="Those of the whole organisation; needs `users:read`")] = (
        False
    )


class EndParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose sessions end."""

    subject: Annotated[
        str,
        Meta(max_length=1_000, description="Of somebody else; needs `users:write`", examples=["user:ada"]),
    ] = ""


class Ended(msgspec.Struct, frozen=True):
    """How many sessions ended."""

    ended: int


@OPERATIONS.add(
    "GET",
    "/api/v1/sessions",
    PUBLIC,
    data=LiveSession,
    paged=True,
    parameters=SessionsParameters,
    errors=(DeniedError,),
)
async def list_sessions(call: Call) -> Answer:
    """List the sessions that last, the newest first: the caller's own, or those of the organisation."""
    asked: SessionsParameters = call.parameters
    services, identity = identity_services(call), somebody(call)
    if asked.everybody:
        if not call.caller.may("users:read"):
            raise DeniedError("this needs the permission users:read")
        found = await services.sessions.lasting(home=call.caller.organisation)
    else:
        found = await services.sessions.lasting(subject=identity.subject)
    return call.page(found, limit=max(1, len(found)), cursor="")


@OPERATIONS.add("DELETE", "/api/v1/session", PUBLIC, data=Ended, errors=(DeniedError,))
async def end_session(call: Call) -> Answer:
    """End the session that asks: its token is refused from now on. A token of an issuer is refused as well."""
    services, identity = identity_services(call), somebody(call)
    if identity.session:
        await services.sessions.end(identity.session, actor=identity.name, subject=identity.subject)
    elif identity.method == "oidc":
        token = call.headers.get("authorization", "").partition(" ")[2].strip()
        ends_at = instant(unproven(token)[1].get("exp"))
        await services.sessions.refuse_token(
            token, identity.subject, ends_at or call.services.now(), actor=identity.name
        )
    else:
        raise InvalidError("the token of the installation, and keys, are no sessions")
    await services.events.done("session:end", visit_of(call), identity.subject, object_=identity.session)
    return call.one(Ended(1))


@OPERATIONS.add(
    "DELETE", "/api/v1/sessions", PUBLIC, data=Ended, parameters=EndParameters, errors=(DeniedError,)
)
async def end_sessions(call: Call) -> Answer:
    """End all sessions of the caller, or of somebody else, and all tokens that an issuer gave them so far."""
    asked: EndParameters = call.parameters
    services, identity = identity_services(call), somebody(call)
    subject = asked.subject or identity.subject
    if subject != identity.subject:
        await _check_theirs(call, subject)
    ended = await services.sessions.end_all(subject, actor=identity.name)
    if subject.startswith("oidc:"):
        await services.sessions.refuse_all_tokens(subject, actor=identity.name)
    await services.events.done("session:end-all", visit_of(call), identity.subject, object_=subject)
    return call.one(Ended(ended))


@OPERATIONS.add(
    "DELETE",
    "/api/v1/sessions/{id}",
    PUBLIC,
    data=Ended,
    names={"id": "The session's id"},
    errors=(NotFoundError, DeniedError),
)
async def end_one_session(call: Call) -> Answer:
    """End one session of the caller, or, with `users:write`, of the organisation."""
    services, identity = identity_services(call), somebody(call)
    home = call.caller.organisation if call.caller.may("users:write") else None
    await services.sessions.end(call.names["id"], actor=identity.name, subject=identity.subject, home=home)
    await services.events.done("session:end", visit_of(call), identity.subject, object_=call.names["id"])
    return call.one(Ended(1))


async def _check_theirs(call: Call, subject: str) -> None:
    """Refuse to end the sessions of somebody whom the caller has nothing to say about.

    Raises:
        DeniedError: the caller may not, or they belong to another organisation.
    """
    if not call.caller.may("users:write"):
        raise DeniedError("this needs the permission users:write")
    if call.caller.roams:
        return
    found = await identity_services(call).sessions.lasting(home=call.caller.organisation)
    if all(one.subject != subject for one in found):
        raise DeniedError("nobody of this organisation with that subject is signed in")
