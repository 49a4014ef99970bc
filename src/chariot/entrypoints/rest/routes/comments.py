"""Comments: what people say about an entity."""

import secrets
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.routes.entities import present
from chariot.entrypoints.rest.routes.parameters import KEY, Cursor, Limit, key_in
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import InvalidError, NotFoundError
from chariot.model.kinds.work import Comment
from chariot.model.observations import Edit
from chariot.model.states import Status
from chariot.modules.surface.query import Compare, Query

OPERATIONS = Operations("Comments")
CommentRecord: Any = SHAPES["comment"].type


class CommentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to say."""

    text: Annotated[str, Meta(min_length=1, max_length=10_000, description="Plain text")]


class CommentParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which comments."""

    limit: Limit = 100
    cursor: Cursor = ""


@OPERATIONS.add(
    "GET",
    "/api/v1/entities/{key}/comments",
    "entities:read",
    data=CommentRecord,
    paged=True,
    parameters=CommentParameters,
    names=KEY,
    errors=(NotFoundError,),
    sighted=True,
)
async def list_comments_about(call: Call) -> Answer:
    """List what was said about an entity, the oldest first."""
    asked: CommentParameters = call.parameters
    record = await present(call, key_in(call.names))
    query = Query(
        kinds=("comment",), where=Compare("about", "=", (record.key,)), limit=asked.limit, cursor=asked.cursor
    )
    page = await call.services.store.find(call.caller.organisation, query)
    return call.page([shown(one) for one in page.items], limit=asked.limit, cursor=page.cursor)


@OPERATIONS.add(
    "POST",
    "/api/v1/entities/{key}/comments",
    "comments:write",
    data=CommentRecord,
    status=201,
    names=KEY,
    body=CommentBody,
    errors=(NotFoundError,),
    repeatable=True,
    example={"text": "The owner mends it on Tuesday."},
    sighted=True,
)
async def add_comment(call: Call) -> Answer:
    """Say something about an entity. It stays as it was said."""
    body: CommentBody = call.body
    record = await present(call, key_in(call.names))
    # Ids sort by the moment; the rest tells apart what was said in the same one.
    micros = int(call.services.now().timestamp() * 1_000_000)
    try:
        comment = Comment(
            about=record.key,
            id=f"{micros:016x}-{secrets.token_hex(4)}",
            text=body.text,
            author=call.caller.user,
        )
    except ValueError as error:
        place, _, text = str(error).partition(": ")
        raise InvalidError(text, place=place) from None
    edit = Edit(actor=call.caller.user, entity=comment, status=Status.ACTIVE)
    await call.services.surface.edit(call.caller.organisation, [edit])
    return call.one(shown(await present(call, comment.key)), status=201)
