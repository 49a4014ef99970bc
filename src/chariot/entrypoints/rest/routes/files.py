"""Files that an organisation keeps: sent and given as streams."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.downloads import attachment
from chariot.entrypoints.rest.operations import Answer, Call, Operations, StreamedBody
from chariot.entrypoints.rest.problems import MediaTypeError, SlowRequestError
from chariot.entrypoints.rest.routes.exchange import exchange
from chariot.entrypoints.rest.routes.parameters import Why
from chariot.entrypoints.rest.shapes import SHAPES, shown
from chariot.errors import ConflictError, NotFoundError, TooLargeError

OPERATIONS = Operations("Files")
FileRecord: Any = SHAPES["file"].type
PATH = {"path": "Name of the file, percent-encoded as one segment: `reports%2Fmay.html`"}


class FileParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a file is called, and what it is."""

    path: Annotated[
        str, Meta(min_length=1, max_length=500, description="Its name", examples=["maps/tool.toml"])
    ]
    media_type: Annotated[str, Meta(max_length=200, description="Its media type")] = (
        "application/octet-stream"
    )


class DeleteParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a file goes."""

    why: Why = ""


@OPERATIONS.add(
    "POST",
    "/api/v1/files",
    "files:write",
    data=FileRecord,
    status=201,
    body=StreamedBody(),
    parameters=FileParameters,
    errors=(ConflictError, TooLargeError, MediaTypeError, SlowRequestError),
)
async def keep_file(call: Call) -> Answer:
    """Keep a file.

    The body is its content. The same content under the same name changes nothing; another one is a conflict.
    """
    asked: FileParameters = call.parameters
    record = await exchange(call).files.keep(
        call.caller.organisation,
        asked.path,
        call.body,
        media_type=asked.media_type,
        limit_bytes=call.services.limits.upload_bytes,
        actor=call.caller.user,
    )
    return call.one(shown(record), status=201)


@OPERATIONS.add(
    "GET",
    "/api/v1/files/{path}/content",
    "files:read",
    data=str,
    enveloped=False,
    media_type="application/octet-stream",
    other_media_types=("*/*",),
    names=PATH,
    errors=(NotFoundError,),
)
async def download_file(call: Call) -> Answer:
    """Download a file.

    It is always an attachment, so that no browser shows what somebody sent as a page of this server.
    """
    path = call.names["path"]
    file, stream = await exchange(call).files.read(call.caller.organisation, path)
    return attachment(path.rpartition("/")[2], file.media_type, stream, file.size_bytes)


@OPERATIONS.add(
    "DELETE",
    "/api/v1/files/{path}",
    "files:write",
    data=FileRecord,
    parameters=DeleteParameters,
    names=PATH,
    errors=(NotFoundError,),
)
async def delete_file(call: Call) -> Answer:
    """Let go of a file; history keeps that it was there, and its digest."""
    asked: DeleteParameters = call.parameters
    services = exchange(call)
    file = await services.files.get(call.caller.organisation, call.names["path"])
    await services.files.delete(call.caller.organisation, file.path, actor=call.caller.user, why=asked.why)
    return call.one(shown((await call.services.store.get(call.caller.organisation, [file.key]))[file.key]))
