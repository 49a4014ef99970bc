"""The one layer in front of the router: everything that each request needs, in one pass.

Request id and trace, Host check, size of the address, version, token, rate limits, security headers, metrics, access
log. What has a fixed address, and reads of one entity, are answered right here; all else goes through the router. The
path is routed as it was sent, so that an encoded slash stays inside its segment; handlers decode segments.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import msgspec
import structlog

from chariot.entrypoints.live.sockets import POLICY, LiveSockets
from chariot.entrypoints.rest.answers import problem_answer, send_answer, send_live
from chariot.entrypoints.rest.auditing import RequestAudit
from chariot.entrypoints.rest.cache import Kept
from chariot.entrypoints.rest.caller import Caller, TokenCache
from chariot.entrypoints.rest.compression import LEAST_BYTES
from chariot.entrypoints.rest.context import READ, Context, context_of, server_named
from chariot.entrypoints.rest.limits import Buckets, TokenBuckets
from chariot.entrypoints.rest.operations import Answer
from chariot.entrypoints.rest.performing import Performer
from chariot.entrypoints.rest.problems import (
    HeadersTooLargeError,
    MisdirectedError,
    RateLimitedError,
    UnauthenticatedError,
    problem_type,
)
from chariot.entrypoints.rest.quick import DRAWN, TAKEN, Quick
from chariot.entrypoints.rest.routes.live import PATH, PERMISSION
from chariot.entrypoints.rest.services import RestServices
from chariot.entrypoints.rest.tallies import Tally
from chariot.entrypoints.rest.versions import HEADER, VERSION, check_version
from chariot.errors import ChariotError, DeniedError, NotFoundError, TooLargeError
from chariot.modules.access.names import organisation_name
from chariot.modules.audit.circumstances import Circumstances, circumstances
from chariot.modules.audit.pseudonyms import nameless
from chariot.modules.identity.events import Visit
from chariot.modules.identity.proof import UnprovenError
from chariot.telemetry import Tracing, traced
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

    fixed: Mapping[tuple[str, str], Performer]
    """By method and whole path."""
    below: str
    """Reads of one thing: this path with one segment behind it …"""
    one: Performer | None
    """… and what answers them."""

    def find(self, method: str, path: str) -> tuple[Performer, dict[str, str]] | None:
        """Return what answers *method* at *path*, with the segments that are its parameters."""
        performer = self.fixed.get((method, path))
        if performer is not None:
            return performer, {}
        if self.one is not None and method == "GET" and path.startswith(self.below):
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
        stamp = services.access.stamp if services.access is not None else services.store.stamp
        self._tokens = TokenCache(services.tokens, stamp=stamp, clock=clock)
        self._audit = RequestAudit(services.audit)
        self._sockets = LiveSockets(services)
        self._buckets = Buckets(services.limits, clock=clock)
        self._log = structlog.get_logger("chariot.access").bind()
        self._tells = self._log.is_enabled_for(logging.INFO)
        self.quick: Quick | None = None
        # A line in the log for each request, or a bucket kept elsewhere, costs more than the short way saves.
        if not self._tells and services.rate_limits is None:
            self.quick = Quick(services, self._tokens, self._buckets, frozenset(READ), clock=clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            quick = self.quick.answer(scope) if self.quick is not None else None
            if quick is None:
                await self._http(scope, receive, send)
                return
            await send(quick[0])
            await send(quick[1])
        else:
            await self._socket(scope, receive, send)

    def end_live(self) -> None:
        """End what goes on by itself, so that a server can stop."""
        self._services.live.end_all()

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a WebSocket of somebody who is known; whom it does not let in is told nothing more."""
        context = context_of(scope)
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        started = time.perf_counter()
        try:
            await self._enter(context, raw, scope.get("query_string", b""))
            if raw != PATH.encode() or not context.caller.known:
                raise UnauthenticatedError("there is no such socket for this caller")
            self._audit.read(context, PERMISSION, PATH)
            context.route, context.status = PATH, 101
            context.answered_at = time.perf_counter()
            await self._sockets.serve(context, receive, send)
        except ChariotError as error:
            context.failure = problem_type(type(error)).name
            context.status = problem_type(type(error)).status
            await send({"type": "websocket.close", "code": POLICY})
        finally:
            self._tell("GET", raw, context, (context.answered_at or time.perf_counter()) - started)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        context = context_of(scope)
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        method, context.taken = scope["method"], scope.get(TAKEN)
        current_request_id.set(context.request_id)
        current_trace.set(context.trace)

        async def reply(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                message["headers"] = _with_own(message.get("headers", ()), context)
            await send(message)

        try:
            with self._span(scope, context, method):
                await self._supervised(scope, context, receive, send, reply)
        finally:
            self._tell(method, raw, context, (context.answered_at or time.perf_counter()) - started)

    async def _supervised(
        self, scope: Scope, context: Context, receive: Receive, send: Send, reply: Send
    ) -> None:
        raw = scope.get("raw_path") or quote(scope["path"]).encode()
        query, method = scope.get("query_string", b""), scope["method"]
        try:
            await self._enter(context, raw, query)
            kept = self._kept(context, raw, query) if method == "GET" else None
            if kept is not None:
                self._audit.read(context, kept.permission, kept.path)
                await _send_kept(send, kept, context)
            else:
                await self._answer(scope, context, raw, query, receive, reply)
        # The edge is a supervisor: a defect too is answered, and told to the operator whole.
        except Exception as error:
            if context.status:
                raise  # An answer has begun: its connection ends without its end.
            await send_answer(reply, self._problem(error, raw.decode("ascii", "replace"), context))

    @contextmanager
    def _span(self, scope: Scope, context: Context, method: str) -> Iterator[None]:
        """Keep a span of the request for as long as the block lasts, when it is one of those that are traced."""
        tracing = self._services.tracing
        if tracing is None or not _is_traced(tracing, scope, context):
            yield
            return
        before = traced.set(tracing)
        try:
            with tracing.span(method if method in _METHODS else "other", context.trace) as tell:
                try:
                    yield
                finally:
                    tell("http.route", context.route)
                    tell("http.response.status_code", context.status)
                    tell("chariot.request_id", context.request_id)
        finally:
            traced.reset(before)

    def _kept(self, context: Context, raw: bytes, query: bytes) -> Kept | None:
        """Return the answer from memory, where it may be sent as it is."""
        services, headers = self._services, context.headers
        if not context.caller.known or "if-none-match" in headers:
            return None
        kept = services.cache.look((context.caller.shelf, raw, query), services.store)
        if kept is None or not context.caller.may(kept.permission):
            return None
        if "accept-encoding" in headers and len(kept.head) + len(kept.tail) >= LEAST_BYTES:
            return None
        return kept

    async def _answer(
        self, scope: Scope, context: Context, raw: bytes, query: bytes, receive: Receive, reply: Send
    ) -> None:
        path, method = raw.decode("ascii", "replace"), scope["method"]
        found = self._direct.find(method, path)
        if found is None:
            await self._route(scope, context, path, receive, reply)
            return
        performer, names = found
        context.route = performer.operation.path
        answer = await performer.answer(context, path, query.decode("latin-1"), names, receive)
        if answer.holds is not None and method == "GET":
            tally = self._services.metrics.tally(method, context.route, answer.status)
            kept = _kept_of(answer, context, performer.operation.permission, path, tally)
            if kept is not None:
                self._services.cache.keep((context.caller.shelf, raw, query), kept)
        if answer.patience_s is None:
            await send_answer(reply, answer)
            return
        context.answered_at = time.perf_counter()
        await send_live(receive, reply, answer)

    async def _route(self, scope: Scope, context: Context, path: str, receive: Receive, reply: Send) -> None:
        if path.endswith("/"):
            # The router would take one thing without a name for the list of all.
            raise NotFoundError("there is no such address: none ends with a slash")
        # A dictionary of our own: servers may share one state between requests.
        inner: Scope = {**scope, "path": path, "state": {CONTEXT: context}}
        try:
            await self._app(inner, receive, reply)
        finally:
            context.route = inner.get("path_template") or "unmatched"

    def _problem(self, error: BaseException, path: str, context: Context) -> Answer:
        note_failure(error, context)
        return problem_answer(error, path, context.request_id)

    async def _enter(self, context: Context, raw_path: bytes, query: bytes) -> None:
        """Let the request in as `_admit` does; who stays outside is in the audit log.

        Raises:
            ChariotError: see `_admit`.
        """
        circumstances.set(Circumstances(context.address, context.request_id))
        try:
            await self._admit(context, raw_path, query)
        except ChariotError as error:
            self._audit.outside(context, error)
            raise

    async def _admit(self, context: Context, raw_path: bytes, query: bytes) -> None:
        """Let the request in, and find out who asks.

        Raises:
            MisdirectedError, TooLargeError, InvalidError, UnauthenticatedError, RateLimitedError: it stays outside.
        """
        headers = context.headers
        if server_named(headers.get("host", "")) not in self._services.hosts:
            raise MisdirectedError("the Host header names a server that this one is not")
        limits = self._services.limits
        if len(raw_path) + len(query) > limits.url_bytes:
            raise TooLargeError(f"is longer than {limits.url_bytes:,} bytes with its query", place="path")
        if context.header_bytes > limits.header_bytes:
            if "authorization" in headers:
                self._tell_refused(UnprovenError("too-long"), context)
            raise HeadersTooLargeError(f"hold more than {limits.header_bytes:,} bytes", place="headers")
        credentials = headers.get("authorization")
        if credentials is not None:
            context.caller = await self._caller(credentials, context)
        home, refused = context.caller, None
        # Nobody is nobody in every organisation: whoever is not known is told so by the operation.
        if "chariot-organisation" in headers and home.known:
            try:
                context.caller = await self._acting_for(home, headers["chariot-organisation"])
            except ChariotError as error:
                # Whoever asks for organisations that are not theirs is slowed like everybody.
                refused = error
        await self._take_token(context, home)
        if HEADER in headers:
            check_version(headers[HEADER])
        if refused is not None:
            raise refused

    async def _caller(self, credentials: str, context: Context) -> Caller:
        scheme, _, token = credentials.partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > _TOKEN_LIMIT:
            reason = UnprovenError("too-long" if len(token) > _TOKEN_LIMIT else "malformed")
            self._tell_refused(reason, context)
            raise UnauthenticatedError("the Authorization header is not `Bearer` and a token", tried=True)
        try:
            return await self._proven(token.strip(), context.address)
        except UnprovenError as error:
            self._tell_refused(error, context)
            # One text for all reasons: who guesses learns nothing from it.
            raise UnauthenticatedError("the token is not known", tried=True) from error

    async def _proven(self, token: str, address: str) -> Caller:
        caller = await self._tokens.verify(token)
        if caller is None:
            raise UnprovenError("unknown")
        if not caller.may_come_from(address):
            raise UnprovenError("address")
        return caller

    def _tell_refused(self, error: UnprovenError, context: Context) -> None:
        visit = Visit(context.address, context.request_id)
        self._services.identity_events.refused("session:refuse", visit, error)

    async def _acting_for(self, caller: Caller, organisation: str) -> Caller:
        """Return *caller* as one who asks for *organisation*; see `Admission.acting_for`."""
        if self._services.admission is not None:
            return await self._services.admission.acting_for(caller, organisation)
        return _acting_for(caller, organisation)

    async def _take_token(self, context: Context, home: Caller) -> None:
        bucket, left = context.taken or await self._taken(context, home)
        context.extra = [self._buckets.policy, bucket.header(left)]
        if left < 0:
            raise RateLimitedError("requests come faster than they may", retry_after_s=bucket.wait_s(left))

    async def _taken(self, context: Context, home: Caller) -> tuple[TokenBuckets, float]:
        """Take one token of each bucket of the caller; see `Buckets.take`.

        It is one bucket for all organisations that they act for, so as fast as they may where they act is what counts.
        """
        who = f"{home.organisation}/{home.user}" if home.method else f"address {context.address}"
        shared = None if self._services.rate_limits is None else await self._shared(who)
        organisation = home.organisation if home.method else ""
        rate_per_s = context.caller.requests_per_s
        return self._buckets.take(who, context.address, organisation, shared=shared, rate_per_s=rate_per_s)

    async def _shared(self, who: str) -> float:
        """Take one token of the bucket that all servers share; return what `TokenBuckets.take` does."""
        shared, limits = self._services.rate_limits, self._services.limits
        assert shared is not None
        taken = await shared.take(who, rate_per_s=limits.requests_per_s, burst=limits.burst)
        return float(taken.remaining) if taken.allowed else -taken.retry_after_s * limits.requests_per_s

    def _tell(self, method: str, raw: bytes, context: Context, seconds: float) -> None:
        known_method = method if method in _METHODS else "other"
        self._services.metrics.answered(known_method, context.route, context.status, seconds)
        if context.failure:
            self._services.metrics.failed(context.failure)
        if not self._tells or context.route in _QUIET:
            return
        self._log.info(
            "request",
            request_id=context.request_id,
            method=known_method,
            route=context.route,
            path=nameless(raw[:500].decode("ascii", "replace")),
            status=context.status,
            duration_ms=round(seconds * 1_000, 3),
            # Who it was is for the audit log to say, by the same id of the request.
            method_of_proof=context.caller.method,
            organisation=context.caller.organisation,
            address=context.address,
        )


def _kept_of(answer: Answer, context: Context, permission: str, path: str, tally: Tally) -> Kept | None:
    """Return *answer* as it is kept, apart from the one id in it that belongs to its request."""
    if answer.status != 200 or "content-encoding" in answer.headers or answer.holds is None:
        return None
    head, found, tail = answer.body.rpartition(b',"meta":{"request_id":"%b"' % context.request_id.encode())
    if not found:
        return None
    headers = [(name.encode(), value.encode("latin-1")) for name, value in answer.headers.items()]
    headers.append((b"content-type", answer.media_type.encode()))
    if "cache-control" not in answer.headers:
        headers.append(_NO_STORE)
    return Kept(
        answer.holds, 0.0, permission, context.route, path, head + b',"meta":{"request_id":"', b'"' + tail,
        [*headers, *_ALWAYS], tally,
    )  # fmt: skip


async def _send_kept(send: Send, kept: Kept, context: Context) -> None:
    context.route, context.status = kept.route, 200
    request_id = context.request_id.encode()
    body = b"".join((kept.head, request_id, kept.tail))
    headers = [
        *kept.headers,
        *context.extra,
        (b"x-request-id", request_id),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def note_failure(error: BaseException, context: Context) -> None:
    """Let *error* be counted, and tell the operator what the caller is not told."""
    found = problem_type(type(error))
    context.failure = found.name
    if not found.shows_detail:
        # What was raised on purpose says what it is; of a defect one wants to know where.
        where = None if isinstance(error, ChariotError) else error
        structlog.get_logger("chariot.api").error(
            "request failed", request_id=context.request_id, error=str(error), exc_info=where
        )


def _is_traced(tracing: Tracing, scope: Scope, context: Context) -> bool:
    if context.trace.trace_id or DRAWN not in scope:
        return tracing.starts(context.trace)
    return bool(scope[DRAWN])


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
    return msgspec.structs.replace(caller, organisation=name, shelf=name)


def _with_own(headers: Any, context: Context) -> list[tuple[bytes, bytes]]:
    own = [*headers, *_ALWAYS, *context.extra, (b"x-request-id", context.request_id.encode())]
    for name, _ in headers:
        if name == b"cache-control":
            return own
    own.append(_NO_STORE)
    return own
