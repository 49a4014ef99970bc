"""API keys: by which programs ask."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant
from chariot.entrypoints.rest.routes.parameters import Why
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import DeniedError, NotFoundError

OPERATIONS = Operations("Keys")
KeyRecord: Any = SHAPES["apikey"].type
Permission = Annotated[
    str,
    Meta(
        pattern=r"^(\*|[a-z][a-z-]{0,40}:([a-z]{1,20}|\*)|\*:[a-z]{1,20})$",
        examples=["entities:read"],
    ),
]


class KeyBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a key is for and may do."""

    label: Annotated[str, Meta(min_length=1, max_length=100, description="What it is for")]
    permissions: Annotated[
        list[Permission],
        Meta(min_length=1, max_length=100, description="As `x-permission` of the operations"),
    ]
    expires_at: Annotated[
        Annotated[str, Meta(max_length=64)] | None,
        Meta(description="An instant, ISO 8601; null is never", examples=["2027-01-01T00:00:00Z"]),
    ] = None
    networks: Annotated[
        list[Annotated[str, Meta(max_length=64, examples=["192.0.2.0/24"])]],
        Meta(max_length=50, description="Networks that it may be used from; none is no such limit"),
    ] = []


class KeyMade(msgspec.Struct, frozen=True):
    """A new key."""

    key: str
    """Told now and never again: `Authorization: Bearer <key>`."""
    record: KeyRecord


class RevokeParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a key goes."""

    why: Why = ""


@OPERATIONS.add(
    "POST",
    "/api/v1/keys",
    "keys:write",
    data=KeyMade,
    status=201,
    body=KeyBody,
    repeatable=True,
    secret=True,
    example={
        "label": "nightly-report",
        "permissions": ["entities:read"],
        "expires_at": "2027-01-01T00:00:00Z",
    },
)
async def make_key(call: Call) -> Answer:
    """Make an API key for this organisation. It may do no more than whoever makes it."""
    body: KeyBody = call.body
    beyond = sorted(one for one in body.permissions if not call.caller.may(one))
    if beyond:
        raise DeniedError(f"nobody gives what they have not: {', '.join(beyond)}")
    record, key = await call.services.keys.mint(
        call.caller.organisation,
        body.label,
        body.permissions,
        expires_at=instant(body.expires_at, place="expires_at") if body.expires_at else None,
        actor=call.caller.user,
        networks=body.networks,
    )
    return call.one(KeyMade(key, shown(record)), status=201)


@OPERATIONS.add(
    "DELETE",
    "/api/v1/keys/{id}",
    "keys:write",
    data=KeyRecord,
    parameters=RevokeParameters,
    names={"id": "The key's public part"},
    errors=(NotFoundError,),
    repeatable=True,
)
async def revoke_key(call: Call) -> Answer:
    """Take a key back for good: this server refuses it from the next request on, others within two seconds."""
    asked: RevokeParameters = call.parameters
    record = await call.services.keys.revoke(
        call.caller.organisation, call.names["id"], actor=call.caller.user, why=asked.why
    )
    return call.one(shown(record))
