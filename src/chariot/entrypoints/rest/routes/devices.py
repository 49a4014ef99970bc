"""Signing in programs that have no browser: they show a code, and a person approves it. Source: RFC 8628."""

from typing import Annotated

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.signin import SignedIn
from chariot.entrypoints.rest.signing import answered, identity_services, person, visit_of
from chariot.errors import DeniedError, NotFoundError
from chariot.modules.identity.devices import PendingError
from chariot.modules.identity.ports import LiveSession

OPERATIONS = Operations("Sign-in")
UserCode = Annotated[
    str, Meta(min_length=1, max_length=40, description="What the program shows", examples=["BCDF-GHJK"])
]


class DeviceCode(msgspec.Struct, frozen=True, kw_only=True):
    """What a program shows, and asks with."""

    device_code: str
    user_code: str
    verification_uri: str
    """Where a person approves it."""
    expires_in: int
    """Seconds."""
    interval: int
    """Seconds between two questions."""


class DeviceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the program asks with."""

    device_code: Annotated[str, Meta(min_length=1, max_length=300, description="As it was given")]


class ApprovalBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says about a program."""

    user_code: UserCode
    approved: Annotated[bool, Meta(description="False sends the program away")] = True


class CodeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which program."""

    user_code: UserCode


@OPERATIONS.add("POST", "/api/v1/device", PUBLIC, data=DeviceCode, secret=True)
async def begin_device(call: Call) -> Answer:
    """Begin to sign a program in; show `user_code` and `verification_uri` to a person, and ask for the token."""
    services = identity_services(call)
    begun = await services.devices.begin(visit_of(call))
    return call.one(
        DeviceCode(
            device_code=begun.device_code,
            user_code=begun.user_code,
            verification_uri=f"{services.public_url}/#device",
            expires_in=begun.expires_in_s,
            interval=begun.interval_s,
        )
    )


@OPERATIONS.add(
    "POST",
    "/api/v1/device/token",
    PUBLIC,
    data=SignedIn,
    body=DeviceBody,
    secret=True,
    example={"device_code": "0123456789abcdef0123.x"},
)
async def collect_device(call: Call) -> Answer:
    """Give the token of a program that was approved; before that `needs` says `approval`."""
    body: DeviceBody = call.body
    services = identity_services(call)
    visit = visit_of(call)
    try:
        with answered():
            session, token = await services.devices.collect(body.device_code, visit)
    except PendingError:
        return call.one(SignedIn(needs=("approval",)))
    await services.events.done("session:begin", visit, session.subject, method="device")
    return call.one(SignedIn(token=token, session=session))


@OPERATIONS.add(
    "GET",
    "/api/v1/device",
    PUBLIC,
    data=LiveSession,
    parameters=CodeParameters,
    errors=(NotFoundError, DeniedError),
)
async def read_device(call: Call) -> Answer:
    """Tell where the program with a code asks from, so that a person can tell whether it is theirs."""
    asked: CodeParameters = call.parameters
    identity = person(call)
    with answered():
        found = await identity_services(call).devices.look(asked.user_code, identity, visit_of(call))
    return call.one(found)


@OPERATIONS.add(
    "POST",
    "/api/v1/device/approval",
    PUBLIC,
    data=LiveSession,
    body=ApprovalBody,
    errors=(NotFoundError, DeniedError),
    example={"user_code": "BCDF-GHJK", "approved": True},
)
async def approve_device(call: Call) -> Answer:
    """Let the program with a code act for the caller, or send it away."""
    body: ApprovalBody = call.body
    identity, devices, visit = person(call), identity_services(call).devices, visit_of(call)
    with answered():
        if body.approved:
            found = await devices.approve(body.user_code, identity, visit)
        else:
            found = await devices.look(body.user_code, identity, visit)
            await devices.refuse(body.user_code, identity, visit)
    return call.one(found)
