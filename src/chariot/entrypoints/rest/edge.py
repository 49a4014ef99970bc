"""The one layer in front of the router: everything that each request needs, in one pass.

Request id, Host check, size of the address, token, rate limit, security headers, metrics, access log. The path is
routed as it was sent, so that an encoded slash stays inside its segment; handlers decode segments.
"""

import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

import msgspec
import structlog

from chariot.entrypoints.rest.answers import problem_answer, send_answer
from chariot.entrypoints.rest.caller import NOBODY, Caller
from chariot.entrypoints.rest.limits import Allowance, TokenBuckets
from chariot.entrypoints.rest.problems import (
    MisdirectedError,
    RateLimitedError,
    TooLargeError,
    UnauthenticatedError,
)
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import ChariotError
from chariot.telemetry import request_id as current_request_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

CONTEXT = "chariot"
"""Where the context stands in a request's state."""
_READ = frozenset(
    {
        b"host",
        b"authorization",
        b"content-type",
        b"content-length",
        b"content-encoding",
        b"x-request-id",
        b"if-match",
        b"if-none-match",
        b"idempotency-key",
        b"range",
        b"chariot-timestamp",
        b"chariot-signature",
    }
)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TOKEN_LIMIT = 8_192
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_NO_STORE = (b"cache-control", b"no-store")


class Context(msgspec.Struct):
    """What the edge found out about one request."""

    request_id: str
    address: str
    headers: Mapping[str, str]
    """Those that are read at all, by lower-case name."""
    caller: Caller = NOBODY
    status: int = 0
    extra: list[tuple[bytes, bytes]] = []
    """Headers that go with whatever is answered."""


class Edge:
    """The application as a server runs it."""

    def __init__(
        self, app: AsgiApp, services: RestServices, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._app = app
        self._services = services
        self._clock = clock
        self._buckets = TokenBuckets(services.limits.requests_per_s, services.limits.burst, clock=clock)
        self._policy = (b"ratelimit-policy", self._buckets.policy.encode())
        self._log = structlog.get_logger("chariot.access").bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        context = _context(scope)
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        path = raw.decode("ascii", "replace")
        # A dictionary of our own: servers may share one state between requests.
        inner: Scope = {**scope, "path": path, "state": {CONTEXT: context}}

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                message["headers"] = _with_own(message.get("headers", ()), context)
            await send(message)

        try:
            current_request_id.set(context.request_id)
            await self._admit(context, raw, scope.get("query_string", b""))
            await self._app(inner, receive, reply)
        except ChariotError as error:
            await send_answer(reply, problem_answer(error, path, context.request_id))
        finally:
            seconds = time.perf_counter() - started
            self._tell(scope["method"], inner, context, seconds)

    async def _admit(self, context: Context, raw_path: bytes, query: bytes) -> None:
        """Let the request in, and find out who asks.

        Raises:
            MisdirectedError, TooLargeError, UnauthenticatedError, RateLimitedError: it stays outside.
        """
        host = context.headers.get("host", "").lower()
        name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        if name not in self._services.hosts:
            raise MisdirectedError("the Host header names a server that this one is not")
        if len(raw_path) + len(query) > self._services.limits.url_bytes:
            raise TooLargeError(
                f"is longer than {self._services.limits.url_bytes:,} bytes with its query", place="path"
            )
        credentials = context.headers.get("authorization")
        if credentials is not None:
            context.caller = await self._caller(credentials)
        await self._take_token(context)

    async def _caller(self, credentials: str) -> Caller:
        scheme, _, token = credentials.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _TOKEN_LIMIT:
            raise UnauthenticatedError("the Authorization header is not `Bearer` and a token")
        caller = await self._services.tokens.verify(token.strip())
        if caller is None:
            raise UnauthenticatedError("the token is not known")
        return caller

    async def _take_token(self, context: Context) -> None:
        caller = context.caller
        who = f"{caller.organisation}/{caller.user}" if caller.known else f"address {context.address}"
        taken = await self._taken(who)
        state = f'"caller";r={taken.remaining};t={max(1, round(taken.wait_s + 0.5))}'
        context.extra = [self._policy, (b"ratelimit", state.encode())]
        if not taken.allowed:
            raise RateLimitedError("requests come faster than they may", retry_after_s=taken.wait_s)

    async def _taken(self, who: str) -> Allowance:
        shared, limits = self._services.rate_limits, self._services.limits
        if shared is None:
            return self._buckets.take(who)
        answer = await shared.take(who, rate_per_s=limits.requests_per_s, burst=limits.burst)
        return Allowance(answer.allowed, answer.remaining, answer.retry_after_s)

    def _tell(self, method: str, scope: Scope, context: Context, seconds: float) -> None:
        route = scope.get("path_template") or "unmatched"
        known_method = (
            method if method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD") else "other"
        )
        self._services.metrics.answered(known_method, route, context.status, seconds)
        tell = self._log.debug if route in _QUIET else self._log.info
        tell(
            "request",
            request_id=context.request_id,
            method=known_method,
            route=route,
            path=scope["path"][:500],
            status=context.status,
            duration_ms=round(seconds * 1_000, 3),
            user=context.caller.user,
            organisation=context.caller.organisation,
            address=context.address,
        )


def _context(scope: Scope) -> Context:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in _READ:
            # A header that comes twice is ambiguous; the joined value fits nothing that is compared with it.
            known = headers.get(name.decode())
            text = value.decode("latin-1")
            headers[name.decode()] = text if known is None else f"{known}, {text}"
    given = headers.get("x-request-id", "")
    request_id = given if _REQUEST_ID.fullmatch(given) else os.urandom(8).hex()
    client = scope.get("client")
    return Context(request_id, client[0] if client else "", headers)


def _with_own(headers: Any, context: Context) -> list[tuple[bytes, bytes]]:
    own = [*headers, *_SECURITY_HEADERS, *context.extra, (b"x-request-id", context.request_id.encode())]
    if not any(name == b"cache-control" for name, _ in headers):
        own.append(_NO_STORE)
    return own
