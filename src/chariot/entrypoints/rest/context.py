"""What the edge finds out about one request, and the address of what answers it."""

import random
import re
from collections.abc import Mapping, MutableMapping
from typing import Any

import msgspec

from chariot.entrypoints.rest.caller import NOBODY, Caller
from chariot.entrypoints.rest.limits import TokenBuckets
from chariot.telemetry import NO_TRACE, Trace, trace_of

READ: Mapping[bytes, str] = {
    name: name.decode()
    for name in (
        b"host",
        b"authorization",
        b"content-type",
        b"content-length",
        b"content-encoding",
        b"accept-encoding",
        b"x-request-id",
        b"traceparent",
        b"if-match",
        b"if-none-match",
        b"idempotency-key",
        b"chariot-version",
        b"chariot-organisation",
        b"chariot-timestamp",
        b"chariot-signature",
        b"last-event-id",
        b"cookie",
        b"user-agent",
    )
}
"""The headers that are read at all."""
_HOST = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:,\[\]]+)(?::\d{0,5})?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_ID_BYTES = 8
ID_LENGTH = 2 * _ID_BYTES
"""How long an id is that was made here."""
_bits = random.SystemRandom().getrandbits
_ids = random.Random(_bits(128))  # noqa: S311 - ids tell requests apart; nothing rests on their being unguessable


class Context(msgspec.Struct):
    """What the edge found out about one request."""

    request_id: str
    address: str
    headers: Mapping[str, str]
    """Those that are read at all, by lower-case name."""
    header_bytes: int
    """How long all headers are together, with those that are not read."""
    trace: Trace = NO_TRACE
    caller: Caller = NOBODY
    status: int = 0
    failure: str = ""
    """The type of the problem that is answered, where one is."""
    answered_at: float = 0.0
    """When an answer that goes on began, by `time.perf_counter`; what follows is no time to answer."""
    route: str = "unmatched"
    """The template of the path that answers it."""
    taken: tuple[TokenBuckets, float] | None = None
    """What was taken from its buckets, where that was before the edge."""
    extra: list[tuple[bytes, bytes]] = []
    """Headers that go with whatever is answered."""


def server_named(host: str) -> str:
    """Return whom a Host header names, in small letters and without the port; empty where that is not one server.

    >>> server_named("Localhost:8642"), server_named("[::1]"), server_named("localhost:8642, evil.example")
    ('localhost', '[::1]', '')
    """
    found = _HOST.fullmatch(host.lower())
    return found[1] if found is not None else ""


def new_request_id() -> str:
    """Return an id that no other request has: 16 hexadecimal digits."""
    return _ids.randbytes(_ID_BYTES).hex()


def context_of(scope: MutableMapping[str, Any]) -> Context:
    """Return what a request says of itself."""
    headers: dict[str, str] = {}
    size = 0
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        known = READ.get(name)
        if known is not None:
            text = value.decode("latin-1")
            # A header that comes twice is ambiguous; the joined value fits nothing that is compared with it.
            headers[known] = f"{headers[known]}, {text}" if known in headers else text
    given = headers.get("x-request-id")
    request_id = given if given and _REQUEST_ID.fullmatch(given) else new_request_id()
    client = scope.get("client")
    parent = headers.get("traceparent")
    return Context(
        request_id,
        client[0] if client else "",
        headers,
        size,
        trace_of(parent) if parent is not None else NO_TRACE,
    )
