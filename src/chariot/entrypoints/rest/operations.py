"""What an operation of the API is: declared once, and read by the router, the guard and the OpenAPI file."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode

import msgspec

from chariot.entrypoints.rest.caller import Caller
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.versions import Deprecation
from chariot.errors import ChariotError

JSON = "application/json"
_encode = msgspec.json.Encoder().encode


class NoParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For operations that take no query parameter."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What goes back."""

    body: bytes = b""
    status: int = 200
    media_type: str = JSON
    headers: dict[str, str] = {}
    holds: int | None = None
    """The store's stamp, taken before it was read: the answer is the same to everybody while the stamp is."""
    stream: AsyncIterator[bytes] | None = None
    """Sent piece by piece in place of `body`; where it fails, the connection ends without its end."""
    patience_s: float | None = None
    """For a stream that goes on: how long the caller may leave one piece unread before it is given up."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request, checked: what it asks, and who asks."""

    services: RestServices
    caller: Caller
    request_id: str
    path: str
    query: str
    names: Mapping[str, str]
    """Path parameters, decoded."""
    parameters: Any
    """An instance of the operation's `parameters`."""
    body: Any = None
    """An instance of the operation's `body`; bytes when that is `RawJson`, chunks when it is `StreamedBody`."""
    headers: Mapping[str, str] = {}
    """The headers that operations read, by lower-case name."""
    address: str = ""
    """Where the request came from."""

    def one(
        self,
        data: Any,
        *,
        status: int = 200,
        meta: Mapping[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        holds: int | None = None,
    ) -> Answer:
        """Return *data* in the envelope of all answers."""
        return self.encoded(_encode(data), status=status, meta=meta, headers=headers, holds=holds)

    def encoded(
        self,
        data: bytes,
        *,
        status: int = 200,
        meta: Mapping[str, Any] | None = None,
        links: Mapping[str, str | None] | None = None,
        pagination: bytes = b"null",
        headers: dict[str, str] | None = None,
        holds: int | None = None,
    ) -> Answer:
        """Return *data*, which is JSON already, in the envelope of all answers."""
        about = {"request_id": self.request_id, **meta} if meta else {"request_id": self.request_id}
        body = b"".join(
            (
                b'{"data":',
                data,
                b',"meta":',
                _encode(about),
                b',"links":',
                _encode({"self": self._address, **(links or {})}),
                b',"pagination":',
                pagination,
                b"}",
            )
        )
        return Answer(body=body, status=status, headers=headers or {}, holds=holds)

    def page(
        self,
        items: Sequence[Any],
        *,
        limit: int,
        cursor: str,
        meta: Mapping[str, Any] | None = None,
        again: Mapping[str, str] | None = None,
        by: str = "cursor",
        holds: int | None = None,
    ) -> Answer:
        """Return one page of a list; the next begins where *by* is *cursor*, the end is an empty cursor.

        *again* replaces parameters in the link to the next page, where a relative one has become absolute.
        """
        return self.encoded(
            _encode(items),
            meta=meta,
            links={"next": self._next(cursor, again or {}, by)},
            pagination=_encode(
                {
                    "limit": limit,
                    "count": len(items),
                    "cursor": cursor or None,
                    "has_more": bool(cursor),
                }
            ),
            holds=holds,
        )

    def _next(self, cursor: str, again: Mapping[str, str], by: str) -> str | None:
        if not cursor:
            return None
        asked = dict(parse_qsl(self.query, keep_blank_values=True)) | dict(again) | {by: cursor}
        return f"{self.path}?{urlencode(asked)}"

    @property
    def _address(self) -> str:
        """What was asked for."""
        return f"{self.path}?{self.query}" if self.query else self.path


Handler = Callable[[Call], Awaitable[Answer]]


class RawJson(msgspec.Struct, frozen=True):
    """Marks a body that the handler's service decodes itself, as JSON of `type`."""

    type: Any


class StreamedBody(msgspec.Struct, frozen=True):
    """Marks a body of any type that the handler reads piece by piece: `Call.body` is an iterator of bytes."""


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One method at one address."""

    method: str
    path: str
    """With path parameters as `{name}`."""
    id: str
    """Names the operation in clients; never changes."""
    summary: str
    permission: str
    tag: str
    handle: Handler
    data: Any = None
    """Type of `data` in the answer; a list of it when `paged`."""
    paged: bool = False
    enveloped: bool = True
    """False for the few answers that are not `{data, meta, links, pagination}`."""
    media_type: str = JSON
    other_media_types: tuple[str, ...] = ()
    """What else a good answer may be, also as a range such as `*/*`."""
    status: int = 200
    parameters: type[msgspec.Struct] = NoParameters
    names: dict[str, str] = {}
    """What each path parameter is."""
    body: Any = None
    errors: tuple[type[ChariotError], ...] = ()
    """Errors beside those that every operation may have."""
    headers: dict[str, str] = {}
    """Request headers that it reads, each with what it does."""
    repeatable: bool = False
    """Takes an Idempotency-Key: the same request with the same key is done once."""
    quick: bool = False
    """Mostly answered from memory: it does not count among the requests at work."""
    unhurried: bool = False
    """Its work grows with what it is about, and goes on where it was left: it may take as long as the caller waits."""
    sighted: bool = False
    """Shows and changes nothing but through the services of its `Call`, which know what the caller may see.

    Whoever sees a part of the surface alone may ask for no other operation.
    """
    one_write: bool = False
    """All that it does is one write to the surface: its audit entry goes in with that, in one transaction."""
    secret: bool = False
    """Its answer holds a secret that is told once and kept nowhere."""
    deprecated: Deprecation | None = None
    description: str = ""
    example: Any = None
    """An example of the request's body."""


H = TypeVar("H", bound=Handler)


class Operations:
    """A list of operations that handlers add themselves to."""

    def __init__(self, tag: str) -> None:
        self._tag = tag
        self.all: list[Operation] = []

    def add(self, method: str, path: str, permission: str, **declared: Any) -> Callable[[H], H]:
        """Return a decorator that declares a handler; its docstring is the summary and the description."""

        def declare(handle: H) -> H:
            summary, _, description = (handle.__doc__ or "").strip().partition("\n")
            self.all.append(
                Operation(
                    method=method,
                    path=path,
                    permission=permission,
                    tag=self._tag,
                    handle=handle,
                    **(
                        {
                            "id": handle.__name__,
                            "summary": summary.rstrip("."),
                            "description": " ".join(description.split()),
                        }
                        | declared
                    ),
                )
            )
            return handle

        return declare
