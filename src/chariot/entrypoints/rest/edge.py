"""The one layer in front of the router: everything that each request needs, in one pass.

Request id and trace, Host check, size of the address, version, token, rate limits, security headers, metrics, access
log. Reads at fixed addresses and of one entity are answered right here; all else goes through the router. The path is
routed as it was sent, so that an encoded slash stays inside its segment; handlers decode segments.
"""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any
from urllib.parse import quote

import msgspec
import structlog

from chariot.entrypoints.rest.answers import problem_answer, send_answer
from chariot.entrypoints.rest.caller import Caller, TokenCache
from chariot.entrypoints.rest.context import Context, context_of
from chariot.entrypoints.rest.limits import Allowance, TokenBuckets
from chariot.entrypoints.rest.organisations import organisation_name
from chariot.entrypoints.rest.performing import Performer
from chariot.entrypoints.rest.problems import (
    MisdirectedError,
    RateLimitedError,
    TooLargeError,
    UnauthenticatedError,
    problem_type,
)
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.versions import HEADER, VERSION, check_version
from chariot.errors import DeniedError
from chariot.telemetry import request_id as current_request_id
from chariot.telemetry import trace as current_trace

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]

CONTEXT = "chariot"
"""Where the context stands in a request's state."""
_TOKEN_LIMIT = 8_192
_QUIET = frozenset({"/health/live", "/health/ready", "/metrics"})
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"})
_ALWAYS = [
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"strict-transport-security", b"max-age=31536000"),
    (HEADER.encode(), VERSION.encode()),
]
_NO_STORE = (b"cache-control", b"no-store")


class Direct(msgspec.Struct, frozen=True):
    """What is answered without the router."""

    fixed: Mapping[str, Performer]
    """Reads, by their whole path."""
    below: str
    """Reads of one thing: this path with one segment behind it …"""
    one: Performer | None
    """… and what answers them."""

    def find(self, path: str) -> tuple[Performer, dict[str, str]] | None:
        """Return what answers a read at *path*, with the segments that are its parameters."""
        performer = self.fixed.get(path)
        if performer is not None:
            return performer, {}
        if self.one is not None and path.startswith(self.below):
            segment = path[len(self.below) :]
            if segment and "/" not in segment:
                return self.one, {"key": segment}
        return None


class Edge:
    """The application as a server runs it."""

    def __init__(
        self,
        app: AsgiApp,
        services: RestServices,
        direct: Direct,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app = app
        self._services = services
        self._direct = direct
        self._tokens = TokenCache(services.tokens, stamp=services.store.stamp, clock=clock)
        limits = services.limits
        self._users = TokenBuckets(limits.requests_per_s, limits.burst, clock=clock)
        self._addresses = TokenBuckets(
            limits.address_requests_per_s, limits.address_burst, clock=clock, name="address"
        )
        self._organisations = TokenBuckets(
            limits.organisation_requests_per_s, limits.organisation_burst, clock=clock, name="organisation"
        )
        buckets = (self._users, self._addresses, self._organisations)
        self._policy = (b"ratelimit-policy", ", ".join(one.policy for one in buckets).encode())
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
        context = context_of(scope)
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        path = raw.decode("ascii", "replace")
        method = scope["method"]

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                message["headers"] = _with_own(message.get("headers", ()), context)
            await send(message)

        try:
            current_request_id.set(context.request_id)
            current_trace.set(context.trace)
            query = scope.get("query_string", b"")
            await self._admit(context, raw, query)
            found = self._direct.find(path) if method == "GET" else None
            if found is None:
                await self._route(scope, context, path, receive, reply)
            else:
                performer, names = found
                context.route = performer.operation.path
                answer = await performer.answer(context, path, query.decode("latin-1"), names, receive)
                await send_answer(reply, answer)
        # The edge is a supervisor: a defect too is answered, and told to the operator whole.
        except Exception as error:
            if context.status:
                raise  # An answer has begun: its connection ends without its end.
            await send_answer(reply, self._problem(error, path, context))
        finally:
            self._tell(method, path, context, time.perf_counter() - started)

    async def _route(
        self, scope: Scope, context: Context, path: str, receive: Receive, reply: Send
    ) -> None:
        # A dictionary of our own: servers may share one state between requests.
        inner: Scope = {**scope, "path": path, "state": {CONTEXT: context}}
        try:
            await self._app(inner, receive, reply)
        finally:
            context.route = inner.get("path_template") or "unmatched"

    def _problem(self, error: BaseException, path: str, context: Context) -> Any:
        self._services.metrics.failed(problem_type(type(error)).name)
        log_unless_shown(error, context)
        return problem_answer(error, path, context.request_id)

    async def _admit(self, context: Context, raw_path: bytes, query: bytes) -> None:
        """Let the request in, and find out who asks.

        Raises:
            MisdirectedError, TooLargeError, InvalidError, UnauthenticatedError, RateLimitedError: it stays outside.
        """
        headers = context.headers
        host = headers.get("host", "").lower()
        name = host.partition("]")[0] + "]" if host.startswith("[") else host.partition(":")[0]
        if name not in self._services.hosts:
            raise MisdirectedError("the Host header names a server that this one is not")
        if len(raw_path) + len(query) > self._services.limits.url_bytes:
            raise TooLargeError(
                f"is longer than {self._services.limits.url_bytes:,} bytes with its query", place="path"
            )
        credentials = headers.get("authorization")
        if credentials is not None:
            context.caller = await self._caller(credentials)
        await self._take_token(context)
        if HEADER in headers:
            check_version(headers[HEADER])
        if "chariot-organisation" in headers:
            context.caller = _acting_for(context.caller, headers["chariot-organisation"])

    async def _caller(self, credentials: str) -> Caller:
        scheme, _, token = credentials.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _TOKEN_LIMIT:
            raise UnauthenticatedError("the Authorization header is not `Bearer` and a token")
        caller = await self._tokens.verify(token.strip())
        if caller is None:
            raise UnauthenticatedError("the token is not known")
        return caller

    async def _take_token(self, context: Context) -> None:
        caller = context.caller
        if caller.known:
            tightest, bucket = await self._taken(f"{caller.organisation}/{caller.user}"), self._users
        else:
            tightest, bucket = await self._taken(f"address {context.address}"), self._users
        for other, who in (
            (self._addresses, context.address),
            (self._organisations, caller.organisation),
        ):
            if tightest.allowed and who:
                taken = other.take(who)
                if not taken.allowed or taken.remaining < tightest.remaining:
                    tightest, bucket = taken, other
        wait = max(1, round(tightest.wait_s + 0.5))
        state = f'"{bucket.name}";r={tightest.remaining};t={wait}'
        context.extra = [self._policy, (b"ratelimit", state.encode())]
        if not tightest.allowed:
            raise RateLimitedError("requests come faster than they may", retry_after_s=tightest.wait_s)

    async def _taken(self, who: str) -> Allowance:
        shared, limits = self._services.rate_limits, self._services.limits
        if shared is None:
            return self._users.take(who)
        answer = await shared.take(who, rate_per_s=limits.requests_per_s, burst=limits.burst)
        return Allowance(answer.allowed, answer.remaining, answer.retry_after_s)

    def _tell(self, method: str, path: str, context: Context, seconds: float) -> None:
        known_method = method if method in _METHODS else "other"
        route = context.route
        self._services.metrics.answered(known_method, route, context.status, seconds)
        tell = self._log.debug if route in _QUIET else self._log.info
        tell(
            "request",
            request_id=context.request_id,
            method=known_method,
            route=route,
            path=path[:500],
            status=context.status,
            duration_ms=round(seconds * 1_000, 3),
            user=context.caller.user,
            organisation=context.caller.organisation,
            address=context.address,
        )


def log_unless_shown(error: BaseException, context: Context) -> None:
    """Tell the operator what the caller is not told."""
    if not problem_type(type(error)).shows_detail:
        structlog.get_logger("chariot.api").error(
            "request failed", request_id=context.request_id, error=str(error), exc_info=error
        )


def _acting_for(caller: Caller, organisation: str) -> Caller:
    """Return *caller* as one who asks for *organisation*.

    Raises:
        DeniedError: the caller asks for its own organisation alone.
    """
    name = organisation_name(organisation, place="chariot-organisation")
    if name == caller.organisation:
        return caller
    if not caller.roams:
        raise DeniedError("this token is of another organisation")
    return msgspec.structs.replace(caller, organisation=name)


def _with_own(headers: Any, context: Context) -> list[tuple[bytes, bytes]]:
    own = [*headers, *_ALWAYS, *context.extra, (b"x-request-id", context.request_id.encode())]
    for name, _ in headers:
        if name == b"cache-control":
            return own
    own.append(_NO_STORE)
    return own
