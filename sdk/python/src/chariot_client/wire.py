"""What is sent and what came: requests and answers as values, without a connection."""

import uuid
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from chariot_client import models
from chariot_client.pages import Page
from chariot_client.problems import AnswerError

T = TypeVar("T")
Upload = Path | str | bytes | BinaryIO
"""A file by its path, bytes, or something open to read; the last is sent once and never again."""

_CHUNK_BYTES = 256 * 1024
_SAFE = frozenset({"GET", "HEAD", "PUT", "DELETE"})


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes | None = None
    content: Any = None
    """An `Upload`, in place of a body."""

    @property
    def harmless(self) -> bool:
        """Whether sending it twice does what sending it once does."""
        if isinstance(self.content, BinaryIO) or hasattr(self.content, "read"):
            return False
        return self.method in _SAFE or "idempotency-key" in self.headers


def path_of(template: str, *names: str) -> str:
    """Return *template* with *names* in place of its parameters, each as one segment.

    >>> path_of("/api/v1/entities/{key}/versions", "#domain#example.com")
    '/api/v1/entities/%23domain%23example.com/versions'
    """
    waiting = iter(names)
    parts = template.split("/")
    return "/".join(quote(next(waiting), safe="") if part.startswith("{") else part for part in parts)


def ask(
    method: str,
    path: str,
    *,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, str | None] | None = None,
    body: Mapping[str, Any] | None = None,
    content: Upload | None = None,
    repeatable: bool | str = False,
) -> Ask:
    """Return a request; what is None or unset in *query*, *headers* and *body* is left out.

    *repeatable* is an idempotency key, or True to make one.
    """
    sent = {name: value for name, value in (headers or {}).items() if value is not None}
    if repeatable:
        sent["idempotency-key"] = repeatable if isinstance(repeatable, str) else str(uuid.uuid4())
    encoded = None
    if body is not None:
        encoded = msgspec.json.encode(
            {name: value for name, value in body.items() if value is not msgspec.UNSET}
        )
        sent["content-type"] = "application/json"
    elif content is not None:
        sent["content-type"] = "application/octet-stream"
    asked = {name: query_text(value) for name, value in (query or {}).items() if value is not None}
    return Ask(method=method, path=path, query=asked, headers=sent, body=encoded, content=content)


def query_text(value: Any) -> str:
    """Return *value* as it stands in a query."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("an instant needs its offset: datetime.now(UTC), not datetime.now()")
        return value.isoformat()
    return str(value)


def pieces(content: Upload) -> Iterator[bytes]:
    """Give *content* piece by piece; a file is opened when the first is asked for."""
    if isinstance(content, bytes):
        yield content
    elif isinstance(content, (Path, str)):
        with Path(content).open("rb") as file:
            while piece := file.read(_CHUNK_BYTES):
                yield piece
    else:
        while piece := content.read(_CHUNK_BYTES):
            yield piece


async def async_pieces(content: Upload) -> AsyncIterator[bytes]:
    """Give *content* piece by piece to an asynchronous connection."""
    for piece in pieces(content):
        yield piece


class _Pagination(msgspec.Struct):
    cursor: str | None = None


class _Envelope(msgspec.Struct):
    data: msgspec.Raw
    meta: dict[str, Any] = {}
    pagination: _Pagination | None = None


class _OfKind(msgspec.Struct):
    kind: str = ""


def data_of(type_: type[T], response: httpx.Response) -> T:
    """Return what *response* is about; a record is told the ETag that came with it.

    Raises:
        AnswerError: it is not an answer of this API.
    """
    found = _typed(type_, _envelope(response).data, response)
    etag = response.headers.get("etag", "")
    if etag and isinstance(found, models.EntityRecord):
        msgspec.structs.force_setattr(found, "etag", etag)
    return found


def page_of(type_: type[T], response: httpx.Response) -> Page[T]:
    """Return one page of a list.

    Raises:
        AnswerError: it is not an answer of this API.
    """
    whole = _envelope(response)
    items = _decoded(tuple[msgspec.Raw, ...], whole.data, response)
    cursor = (whole.pagination.cursor if whole.pagination else "") or ""
    return Page(
        items=tuple(_typed(type_, item, response) for item in items), cursor=cursor, meta=dict(whole.meta)
    )


def bare_of(type_: type[T], response: httpx.Response) -> T:
    """Return an answer that has no envelope."""
    return _decoded(type_, response.content, response)


def _envelope(response: httpx.Response) -> _Envelope:
    return _decoded(_Envelope, response.content, response)


def _typed(type_: type[T], raw: msgspec.Raw, response: httpx.Response) -> T:
    if type_ is models.EntityRecord:
        kind = _decoded(_OfKind, raw, response).kind
        return _decoded(models.RECORDS.get(kind, models.EntityRecord), raw, response)  # type: ignore[return-value]  # a subclass of the type that was asked for
    return _decoded(type_, raw, response)


def _decoded(type_: type[T], raw: bytes | msgspec.Raw, response: httpx.Response) -> T:
    try:
        return msgspec.json.decode(raw, type=type_)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        where = f"{response.request.method} {response.request.url.path}"
        raise AnswerError(f"{where} answered what this client cannot read: {error}") from error
