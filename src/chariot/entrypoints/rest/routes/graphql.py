"""GraphQL at one address; what answers it is loaded when it is first asked."""

import asyncio
import importlib
import sys
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from chariot.entrypoints.rest.operations import Answer, Call, Operations
from chariot.errors import NotFoundError

OPERATIONS = Operations("GraphQL")
_SERVICE = "chariot.entrypoints.graphql.service"
_encode = msgspec.json.Encoder().encode


class PersistedQuery(msgspec.Struct, frozen=True):
    """A query by its digest."""

    sha256Hash: Annotated[str, Meta(pattern="^[0-9a-fA-F]{64}$")]  # noqa: N815 - clients of GraphQL call it so
    version: int = 1


class Extensions(msgspec.Struct, frozen=True):
    """What clients send beside the query."""

    persistedQuery: PersistedQuery | None = None  # noqa: N815 - clients of GraphQL call it so


class GraphqlBody(msgspec.Struct, frozen=True):
    """One request. Source: GraphQL over HTTP, section 5."""

    query: Annotated[
        Annotated[str, Meta(max_length=100_000)] | None, Meta(description="May be left out when it is known")
    ] = None
    variables: Annotated[dict[str, Any] | None, Meta(description="Values of the query's variables")] = None
    operationName: Annotated[  # noqa: N815 - clients of GraphQL call it so
        Annotated[str, Meta(max_length=200)] | None,
        Meta(description="Which operation, where there are several"),
    ] = None
    extensions: Extensions | None = None


class GraphqlError(msgspec.Struct, frozen=True):
    """What is wrong; `extensions` holds the type, the status and the field of a problem."""

    message: str
    extensions: dict[str, Any]
    locations: list[dict[str, int]] = []
    path: list[str | int] = []


class GraphqlAnswer(msgspec.Struct, frozen=True):
    """What was asked for, and what of it could not be told."""

    data: dict[str, Any] | None = None
    errors: list[GraphqlError] = []


@OPERATIONS.add(
    "POST",
    "/api/v1/graphql",
    "entities:read",
    data=GraphqlAnswer,
    enveloped=False,
    body=GraphqlBody,
    errors=(NotFoundError,),
    example={"query": '{ risks(first: 5, filter: "score>=70") { nodes { name score } } }'},
    sighted=True,
)
async def ask_graphql(call: Call) -> Answer:
    """Ask in GraphQL, for just what is needed.

    The same filters, cursors and permissions as everywhere; each mutation needs its own permission.
    """
    body: GraphqlBody = call.body
    if _SERVICE not in sys.modules:
        await asyncio.to_thread(_load)
    service: Any = importlib.import_module(_SERVICE)
    extensions = body.extensions or Extensions()
    digest = extensions.persistedQuery.sha256Hash if extensions.persistedQuery else ""
    query = call.services.queries_known.resolve(call.caller.organisation, body.query or "", digest)
    told = await service.answer(
        call.services, call.caller, query, body.variables or {}, body.operationName or "", call.request_id
    )
    return Answer(body=_encode(told))


def _load() -> None:
    importlib.import_module(_SERVICE).ready()
