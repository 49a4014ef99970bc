"""The application: operations on Litestar's router, behind the edge."""

from typing import Any

from litestar import HttpMethod, Litestar, Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send

from chariot.entrypoints.rest.answers import problem_answer, send_answer
from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.context import Context
from chariot.entrypoints.rest.edge import CONTEXT, Direct, Edge, note_failure
from chariot.entrypoints.rest.idempotency import IdempotencyKeys
from chariot.entrypoints.rest.limits import Gate
from chariot.entrypoints.rest.openapi import ALL_OPERATIONS
from chariot.entrypoints.rest.operations import Answer, Operation
from chariot.entrypoints.rest.performing import Performer
from chariot.entrypoints.rest.problems import MethodError
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import ChariotError, InvalidError, NotFoundError

AnyRequest = Request[Any, Any, Any]
_ENTITY = "/api/v1/entities/{key}"


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
    gate = Gate(services.limits.at_work)
    services.metrics.watch_app(gate, services.cache)
    services.metrics.watch_live(lambda: services.live.connections)
    performers = _performers(services, gate)
    found = {(one.operation.method, one.operation.path): one for one in performers}
    fixed = {name: one for name, one in found.items() if "{" not in name[1]}
    direct = Direct(fixed, _ENTITY.partition("{")[0], found.get(("GET", _ENTITY)))
    return Edge(_router(performers), services, direct)


def create_router(services: RestServices) -> Litestar:
    """Return the routes alone; without the edge nobody is known to them."""
    return _router(_performers(services, Gate(services.limits.at_work)))


def _performers(services: RestServices, gate: Gate) -> list[Performer]:
    keys = IdempotencyKeys(services.receipts)
    return [Performer(operation, services, keys, gate) for operation in ALL_OPERATIONS]


def _router(performers: list[Performer]) -> Litestar:
    return Litestar(
        route_handlers=[*_options(performers), *(_route(one.operation, one) for one in performers)],
        exception_handlers={Exception: _failed},
        openapi_config=None,
        logging_config=None,
        request_max_body_size=None,
    )


def _options(performers: list[Performer]) -> list[HTTPRouteHandler]:
    """Return what answers OPTIONS: the router's own knows only the first method of each address."""
    methods: dict[str, set[str]] = {}
    for one in performers:
        methods.setdefault(one.operation.path, {"OPTIONS"}).add(one.operation.method)
    return [_telling(path, ", ".join(sorted(taken))) for path, taken in methods.items()]


def _telling(path: str, methods: str) -> HTTPRouteHandler:
    async def endpoint() -> ASGIApp:
        return _responding(Answer(status=204, headers={"allow": methods}))

    return HTTPRouteHandler(
        path.replace("}", ":str}"), http_method=HttpMethod("OPTIONS"), name=f"OPTIONS {path}"
    )(endpoint)


def _context(connection: ASGIConnection[Any, Any, Any, Any]) -> Context:
    context: Context = connection.scope["state"][CONTEXT]
    return context


def _route(operation: Operation, performer: Performer) -> HTTPRouteHandler:
    async def endpoint(request: AnyRequest) -> ASGIApp:
        query = request.scope["query_string"].decode("latin-1")
        names = request.scope["path_params"]
        # A guard of the router would copy its handler at each request, which costs more than all the rest.
        answer = await performer.answer(
            _context(request), request.scope["path"], query, names, request.receive
        )
        return _responding(answer)

    return HTTPRouteHandler(
        operation.path.replace("}", ":str}"),
        http_method=HttpMethod(operation.method),
        status_code=operation.status,
        name=operation.id,
        opt={"permission": operation.permission, "operation": operation},
    )(endpoint)


def _failed(request: AnyRequest, error: Exception) -> Response[bytes]:
    """Answer with the problem that *error* is; what the caller may not see goes to the log."""
    context = _context(request)
    headers: dict[str, str] = {}
    raised = error
    if isinstance(error, HTTPException) and not isinstance(error, ChariotError):
        raised, headers = _from_router(error)
    note_failure(raised, context)
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
