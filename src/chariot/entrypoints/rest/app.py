"""The application: operations on Litestar's router, behind the edge."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import structlog
from litestar import HttpMethod, Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from chariot.entrypoints.rest.answers import problem_answer, send_answer
from chariot.entrypoints.rest.caller import PUBLIC, Caller
from chariot.entrypoints.rest.edge import CONTEXT, Context, Edge
from chariot.entrypoints.rest.idempotency import IdempotencyKeys
from chariot.entrypoints.rest.openapi import ALL_OPERATIONS
from chariot.entrypoints.rest.operations import Answer, Call, Operation, RawJson, StreamedBody
from chariot.entrypoints.rest.problems import MethodError, UnauthenticatedError, problem_type
from chariot.entrypoints.rest.requests import (
    body_chunks,
    decode_body,
    path_parameter,
    query_parameters,
    read_body,
)
from chariot.entrypoints.rest.services import RestLimits, RestServices
from chariot.errors import ChariotError, DeniedError, InvalidError, NotFoundError

AnyRequest = Request[Any, Any, Any]


def _responding(answer: Answer) -> ASGIApp:
    """Return what sends *answer*, which is encoded already: Litestar has nothing left to do."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG001 - called by name
        await send_answer(send, answer)  # type: ignore[arg-type]  # plain dictionaries are messages

    return respond


class _Failure(Response[bytes]):
    """A problem as the response that Litestar wants of a handler of exceptions."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.body, status_code=answer.status)
        self._answer = answer

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        """Return what sends the problem."""
        return _responding(self._answer)


def create_app(services: RestServices) -> Edge:
    """Return the application as a server runs it."""
    return Edge(create_router(services), services)


def create_router(services: RestServices) -> Litestar:
    """Return the routes alone; without the edge nobody is known to them."""
    keys = IdempotencyKeys(clock=time.monotonic)
    return Litestar(
        route_handlers=[_route(operation, services, keys) for operation in ALL_OPERATIONS],
        exception_handlers={Exception: _failed},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )


def _context(connection: ASGIConnection[Any, Any, Any, Any]) -> Context:
    context: Context = connection.scope["state"][CONTEXT]
    return context


def _permit(caller: Caller, permission: str) -> None:
    """Refuse a caller without *permission*.

    A guard of the router would copy its handler at each request, which costs more than all the rest.

    Raises:
        UnauthenticatedError: nobody is known.
        DeniedError: the caller is known, and may not.
    """
    if caller.may(permission):
        return
    if not caller.known:
        raise UnauthenticatedError("this needs a token")
    raise DeniedError(f"this needs the permission {permission}")


def _route(operation: Operation, services: RestServices, keys: IdempotencyKeys) -> HTTPRouteHandler:
    decoder = None
    is_streamed = isinstance(operation.body, StreamedBody)
    if operation.body is not None and not isinstance(operation.body, RawJson | StreamedBody):
        decoder = msgspec.json.Decoder(operation.body)
    limits = services.limits
    limit_bytes = limits.batch_bytes if isinstance(operation.body, RawJson) else limits.body_bytes

    async def endpoint(request: AnyRequest) -> ASGIApp:
        context = _context(request)
        _permit(context.caller, operation.permission)
        query = request.scope["query_string"].decode("latin-1")
        names = {name: path_parameter(name, value) for name, value in request.scope["path_params"].items()}
        parameters = query_parameters(query, operation.parameters)
        raw = b""
        if operation.body is not None and not is_streamed:
            raw = await read_body(
                request.receive, context.headers, limit_bytes=limit_bytes, timeout_s=limits.body_timeout_s
            )
        call = Call(
            services=services,
            caller=context.caller,
            request_id=context.request_id,
            path=request.scope["path"],
            query=query,
            names=names,
            parameters=parameters,
            body=_streamed(request, context, limits)
            if is_streamed
            else decode_body(raw, decoder)
            if decoder is not None
            else raw,
            headers=context.headers,
        )
        key = context.headers.get("idempotency-key") if operation.repeatable else None
        if key is None:
            return _responding(await operation.handle(call))
        whose = (call.caller.organisation, call.caller.user, operation.id)
        request_bytes = b"\0".join((call.path.encode(), query.encode("latin-1"), raw))
        return _responding(await keys.once(whose, key, request_bytes, lambda: operation.handle(call)))

    route = operation.path.replace("}", ":str}")
    return HTTPRouteHandler(
        route,
        http_method=HttpMethod(operation.method),
        status_code=operation.status,
        name=operation.id,
        opt={"permission": operation.permission, "operation": operation},
    )(endpoint)


def _streamed(request: AnyRequest, context: Context, limits: RestLimits) -> AsyncIterator[bytes]:
    return body_chunks(
        request.receive,
        context.headers,
        limit_bytes=limits.upload_bytes,
        pause_s=limits.body_timeout_s,
    )


def _failed(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer with the problem that *error* is; what the caller may not see goes to the log."""
    context = _context(request)
    headers: dict[str, str] = {}
    raised = error
    if isinstance(error, HTTPException) and not isinstance(error, ChariotError):
        raised, headers = _from_router(error)
    if not problem_type(type(raised)).shows_detail:
        structlog.get_logger("chariot.api").error(
            "request failed", request_id=context.request_id, error=str(raised), exc_info=raised
        )
    return _Failure(problem_answer(raised, request.scope["path"], context.request_id, headers=headers))


def _from_router(error: HTTPException) -> tuple[Exception, dict[str, str]]:
    match error.status_code:
        case 404:
            return NotFoundError("there is no such address"), {}
        case 405:
            return MethodError("is not one for this address", place="method"), dict(error.headers or {})
        case status if status < 500:
            return InvalidError("the request cannot be read"), {}
    return error, {}


PERMISSIONS = frozenset(operation.permission for operation in ALL_OPERATIONS) - {PUBLIC}
"""Every permission that some operation asks for."""
