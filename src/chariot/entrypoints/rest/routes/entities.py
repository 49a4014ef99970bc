"""One entity: what is known of it, what it is related to, and how it came to be so."""

import zlib
from datetime import datetime
from typing import Annotated, Any, Literal, Union

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.entrypoints.rest.requests import instant, is_known
from chariot.entrypoints.rest.routes.parameters import KEY, READ_BY, AsOf, Cursor, Fields, Limit, key_in
from chariot.entrypoints.rest.shapes import SHAPES, chosen_fields, sparse
from chariot.errors import DeniedError, InvalidError, NotFoundError
from chariot.model.keys import Key, kind_of
from chariot.model.records import Edge, Op, Record, Version
from chariot.model.relationships import RelationshipType
from chariot.model.states import Status

OPERATIONS = Operations("Entities")
AnyRecord: Any = Union[tuple(shape.type for shape in SHAPES.values())]  # noqa: UP007 - built from the registry
_encode = msgspec.json.Encoder().encode


class EntityParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one entity can be asked."""

    as_of: AsOf = ""
    fields: Fields = ""


class RelationshipParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which relationships."""

    direction: Annotated[
        Literal["out", "in"], Meta(description="Those that begin at the entity, or those that end there")
    ] = "out"
    type: Annotated[
        str,
        Meta(
            max_length=1_000,
            description="Types, separated by commas; by default all",
            examples=["RESOLVES_TO"],
        ),
    ] = ""
    limit: Limit = 100
    cursor: Cursor = ""
    as_of: AsOf = ""


class VersionParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Which versions."""

    limit: Limit = 100
    cursor: Cursor = ""


class VersionItem(msgspec.Struct, frozen=True, kw_only=True):
    """One state of an entity, what made it so, and how long it was true."""

    revision: int
    sequence: int
    op: Op
    fields: tuple[str, ...]
    """Which fields differ from the version before."""
    actor: str
    why: str
    status: Status
    tags: dict[str, str]
    valid_from: datetime
    valid_to: datetime | None
    entity: dict[str, Any]


def etag(record: Record, shown: object) -> str:
    """Return the ETag of one representation: the revision, and a digest of what is shown."""
    return _etag(record, _encode(shown))


def _etag(record: Record, body: bytes) -> str:
    return f'"{record.revision}-{zlib.crc32(body):08x}"'


async def present(call: Call, key: Key, as_of: str = "") -> Record:
    """Return the record of *key*.

    Raises:
        NotFoundError: there is none.
        DeniedError: not everybody may read its kind.
    """
    permission = READ_BY.get(kind_of(key))
    if permission is not None and not call.caller.may_within(permission, "entities:read"):
        raise DeniedError(f"this needs the permission {permission}")
    moment = instant(as_of, place="as_of") if as_of else None
    found = await call.services.store.get(call.caller.organisation, [key], as_of=moment)
    if key not in found:
        raise NotFoundError(f"nothing has the key {key[:200]}{' at that moment' if moment else ''}")
    return found[key]


@OPERATIONS.add(
    "GET",
    "/api/v1/entities/{key}",
    "entities:read",
    data=AnyRecord,
    parameters=EntityParameters,
    names=KEY,
    quick=True,
    errors=(NotFoundError,),
    headers={"if-none-match": "An ETag of this address: the answer is 304 when nothing changed"},
    sighted=True,
)
async def read_entity(call: Call) -> Answer:
    """Read one entity.

    Also what left the surface. Its ETag goes into If-Match when it is changed.
    """
    asked: EntityParameters = call.parameters
    key = key_in(call.names)
    # What is kept is given to all who may read entities.
    stamp = None if asked.as_of or kind_of(key) in READ_BY else call.services.store.stamp()
    record = await present(call, key, asked.as_of)
    body = _encode(sparse(record, chosen_fields(asked.fields, (record.kind,))))
    headers = {"etag": _etag(record, body), "cache-control": "private, no-cache"}
    if is_known(call.headers.get("if-none-match", ""), headers["etag"]):
        return Answer(body=b"", status=304, headers=headers)
    return call.encoded(body, headers=headers, meta={"as_of": asked.as_of or None}, holds=stamp)


def _types(text: str) -> list[RelationshipType]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    try:
        return [RelationshipType(name) for name in names]
    except ValueError:
        known = ", ".join(one.value for one in RelationshipType)
        raise InvalidError(f"names no relationship; there are {known}", place="type") from None


@OPERATIONS.add(
    "GET",
    "/api/v1/entities/{key}/relationships",
    "entities:read",
    data=Edge,
    paged=True,
    parameters=RelationshipParameters,
    names=KEY,
    errors=(NotFoundError,),
    sighted=True,
)
async def list_relationships(call: Call) -> Answer:
    """List the relationships of an entity."""
    asked: RelationshipParameters = call.parameters
    types = _types(asked.type)
    record = await present(call, key_in(call.names))
    page = await call.services.store.edges(
        call.caller.organisation,
        record.key,
        direction=asked.direction,
        types=types,
        as_of=instant(asked.as_of, place="as_of") if asked.as_of else None,
        limit=asked.limit,
        cursor=asked.cursor,
    )
    return call.page(page.items, limit=asked.limit, cursor=page.cursor, meta={"as_of": asked.as_of or None})


@OPERATIONS.add(
    "GET",
    "/api/v1/entities/{key}/versions",
    "entities:read",
    data=VersionItem,
    paged=True,
    parameters=VersionParameters,
    names=KEY,
    errors=(NotFoundError,),
    sighted=True,
)
async def list_versions(call: Call) -> Answer:
    """List the versions of an entity, newest first."""
    asked: VersionParameters = call.parameters
    record = await present(call, key_in(call.names))
    page = await call.services.store.versions(
        call.caller.organisation, record.key, limit=asked.limit, cursor=asked.cursor
    )
    return call.page([_version(one) for one in page.items], limit=asked.limit, cursor=page.cursor)


def _version(version: Version) -> VersionItem:
    change = version.change
    return VersionItem(
        revision=change.revision,
        sequence=change.sequence,
        op=change.op,
        fields=change.fields,
        actor=change.actor,
        why=change.why,
        status=version.status,
        tags=version.tags,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
        entity=SHAPES[change.kind].facts(version.entity),
    )
