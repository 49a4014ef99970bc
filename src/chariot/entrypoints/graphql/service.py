"""One GraphQL request: parsed, weighed, validated, done, and its errors told as REST tells them."""

from collections.abc import Mapping
from typing import Any

import structlog
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSyntaxError,
    IntValueNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    execute,
    get_operation_ast,
    parse,
    validate,
)

from chariot.entrypoints.graphql.context import Asking
from chariot.entrypoints.graphql.limits import TOKENS, Costs, check_form
from chariot.entrypoints.graphql.loading import Loading
from chariot.entrypoints.graphql.schema import schema
from chariot.entrypoints.rest.caller import Caller
from chariot.entrypoints.rest.problems import problem, problem_type
from chariot.entrypoints.rest.services import RestServices
from chariot.errors import ChariotError, InvalidError

_MOST_ERRORS = 20


def ready() -> None:
    """Make the schema, which takes a moment, before the first request needs it."""
    schema()


async def answer(
    services: RestServices,
    caller: Caller,
    query: str,
    variables: Mapping[str, Any],
    operation_name: str,
    request_id: str,
) -> dict[str, Any]:
    """Return what goes back: `data`, and `errors` where there are some."""
    try:
        document = parsed(query)
        operation = _operation(document, operation_name)
        # Unknown names and fragments that hold themselves are found first: costs rely on there being none.
        faults = validate(schema(), document, max_errors=_MOST_ERRORS, hide_suggestions=True)
        if faults:
            return {"errors": [_told(fault, request_id) for fault in faults]}
        Costs(document, {**_defaults(operation), **variables}).check(operation)
    except (InvalidError, GraphQLSyntaxError) as error:
        return {"errors": [_told(error, request_id)]}
    asking = Asking(services, caller, Loading(services.store, caller.organisation))
    done = execute(
        schema(),
        document,
        context_value=asking,
        variable_values=dict(variables),
        operation_name=operation_name or None,
        hide_suggestions=True,
    )
    result = done if isinstance(done, ExecutionResult) else await done
    told: dict[str, Any] = {"data": result.data}
    if result.errors:
        told["errors"] = [_told(error, request_id) for error in result.errors[:_MOST_ERRORS]]
    return told


def parsed(query: str) -> DocumentNode:
    """Return *query* as a document of bounded size.

    Raises:
        InvalidError: it is too large, or nested too deeply.
        GraphQLSyntaxError: it is not in the language.
    """
    try:
        document = parse(query, max_tokens=TOKENS)
    except RecursionError:
        raise InvalidError("is nested too deeply", place="query") from None
    check_form(document)
    return document


def _operation(document: DocumentNode, name: str) -> OperationDefinitionNode:
    found = get_operation_ast(document, name or None)
    if found is None:
        raise InvalidError("does not name one of the query's operations", place="operationName")
    return found


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """Return the default values of variables, those that can count items."""
    return {
        one.variable.name.value: int(one.default_value.value[:6])
        for one in operation.variable_definitions or ()
        if isinstance(one.default_value, IntValueNode)
    }


def _place(error: GraphQLError) -> str:
    for node in error.nodes or ():
        if isinstance(node, VariableDefinitionNode):
            return f"variables.{node.variable.name.value}"
    return "query"


def _told(error: Exception, request_id: str) -> dict[str, Any]:
    """Return an error as its caller sees it: what is not meant for callers goes to the log."""
    cause: BaseException = error
    if isinstance(error, GraphQLError):
        # What GraphQL itself finds wrong is the fault of who asks, also where it wraps its own error once more.
        cause = error.original_error or error
        if isinstance(cause, GraphQLError):
            cause = InvalidError(error.message, place=_place(error))
    row = problem_type(type(cause))
    if not row.shows_detail:
        where = None if isinstance(cause, ChariotError) else cause
        structlog.get_logger("chariot.api").error(
            "request failed", request_id=request_id, error=str(cause), exc_info=where
        )
    about = problem(cause, instance="/api/v1/graphql", request_id=request_id)
    extensions = {"type": about.type, "status": about.status, "request_id": request_id}
    told: dict[str, Any] = {
        "message": about.detail[:1_000],
        "extensions": extensions | ({"field": about.field} if about.field else {}),
    }
    if isinstance(error, GraphQLError):
        told["locations"] = [{"line": place.line, "column": place.column} for place in error.locations or ()]
        if error.path is not None:
            told["path"] = list(error.path)
    return told
