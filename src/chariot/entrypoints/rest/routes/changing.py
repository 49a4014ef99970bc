"""Changing entities: their tags and their place in the lifecycle. What else a kind allows has a route of its own."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.problems import PreconditionError
from chariot.entrypoints.rest.requests import revision_of
from chariot.entrypoints.rest.routes.entities import AnyRecord, etag, present
from chariot.entrypoints.rest.routes.parameters import IF_MATCH, KEY, Why, key_in
from chariot.entrypoints.rest.shapes import shown
from chariot.errors import ConflictError, DeniedError, InvalidError, NotFoundError
from chariot.model.keys import SHARED, Key, kind_of
from chariot.model.observations import Edit
from chariot.model.registry import GROUPS
from chariot.model.states import Status

OPERATIONS = Operations("Entities")
CHANGEABLE = frozenset(
    {
        *GROUPS["assets"],
        *GROUPS["findings"],
        "seed",
        "dnsrecord",
        "technology",
        "attribute",
        "credential",
        "file",
    }
)
"""Kinds that are changed here; what the platform itself goes by has routes of its own."""
_TAGS = 100
Label = Annotated[str, Meta(min_length=1, max_length=100)]
TagValue = Annotated[str, Meta(max_length=500)]


class ChangeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is different from now on; what is left out stays as it is."""

    status: Annotated[Status | UnsetType, Meta(description="Its place in the lifecycle")] = UNSET
    tags: Annotated[
        dict[Label, TagValue | None], Meta(max_length=_TAGS, description="Labels to set; null takes one off")
    ] = {}
    why: Why = ""


async def edited(call: Call, edit: Edit) -> Answer:
    """Write *edit* unless its entity moved since it was read; answer with the entity as it is then.

    Raises:
        NotFoundError: there is no such entity of this organisation's own.
        PreconditionError: it is not at the revision that If-Match names.
    """
    record = await present(call, edit.target)
    if record.organisation == SHARED != call.caller.organisation:
        raise DeniedError("what all organisations share is changed by none of them")
    revision = revision_of(call.headers)
    try:
        await call.services.surface.edit(
            call.caller.organisation, [msgspec.structs.replace(edit, if_revision=revision)]
        )
    except ConflictError as error:
        raise PreconditionError(str(error)) if revision is not None else error from None
    record = await present(call, edit.target)
    answer = shown(record)
    return call.one(answer, headers={"etag": etag(record, answer)})


def changeable(key: Key) -> Key:
    """Return *key* if its kind is changed here.

    Raises:
        InvalidError: it is not.
    """
    if kind_of(key) not in CHANGEABLE:
        raise InvalidError(f"a {kind_of(key)} is not changed here; it has a route of its own", place="key")
    return key


@OPERATIONS.add(
    "PATCH",
    "/api/v1/entities/{key}",
    "entities:write",
    data=AnyRecord,
    names=KEY,
    body=ChangeBody,
    errors=(NotFoundError, ConflictError, PreconditionError),
    headers=IF_MATCH,
    repeatable=True,
    example={"tags": {"env": "prod", "team": None}, "status": "active", "why": "it is ours"},
    sighted=True,
)
async def change_entity(call: Call) -> Answer:
    """Change an entity's tags or status.

    Who, when and why stays in its history; sightings leave what a person decided.
    """
    body: ChangeBody = call.body
    key = changeable(key_in(call.names))
    if isinstance(body.status, UnsetType) and not body.tags:
        raise InvalidError("changes nothing; give `status` or `tags`", place="body")
    status = None if isinstance(body.status, UnsetType) else body.status
    try:
        edit = Edit(actor=call.caller.user, why=body.why, key=key, status=status, tags=body.tags)
    except ValueError as error:
        raise InvalidError(str(error), place="tags") from None
    return await edited(call, edit)
