"""The OpenAPI 3.1 description, made from the operations and the declarations of the kinds.

`python -m chariot.entrypoints.rest.openapi FILE` writes it; with `--check` it compares and writes nothing.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from chariot.entrypoints.rest.caller import PUBLIC
from chariot.entrypoints.rest.examples import Examples, path_example
from chariot.entrypoints.rest.operations import Answer, Call, Operation, Operations, RawJson, StreamedBody
from chariot.entrypoints.rest.problems import (
    MEDIA_TYPE,
    HeadersTooLargeError,
    MediaTypeError,
    MethodError,
    MisdirectedError,
    Problem,
    ReusedKeyError,
    SlowRequestError,
    UnauthenticatedError,
    problem_type,
)
from chariot.entrypoints.rest.problems import RateLimitedError as Limited
from chariot.entrypoints.rest.routes import OPERATIONS
from chariot.entrypoints.rest.versions import HEADER, SPOKEN, VERSION
from chariot.errors import ChariotError, DeniedError, InvalidError, TooLargeError, UnavailableError
from chariot.modules.access.names import ORGANISATION_PATTERN

_REF = "#/components/schemas/{name}"
_DESCRIPTION = Operations("About")
_SPARSE = {
    "type": "object",
    "description": "With `fields`: those alone, and the key",
    "required": ["key"],
    "properties": {"key": {"type": "string"}},
}
_HEADER_FORMS: Mapping[str, Mapping[str, Any]] = {
    "idempotency-key": {"pattern": "^[!-~]{1,200}$", "examples": ["c0ffee-0001"]},
    "if-match": {"pattern": '^"[0-9]{1,18}(-[0-9a-f]{1,16})?"$', "examples": ['"7-1f2e3d4c"']},
    "chariot-organisation": {"pattern": ORGANISATION_PATTERN, "examples": ["default"]},
    "last-event-id": {"pattern": "^[0-9]{1,16}$", "examples": ["42"]},
    HEADER: {"enum": list(SPOKEN), "examples": [VERSION]},
}


class Links(msgspec.Struct, frozen=True):
    """Addresses beside this answer."""

    self: str
    next: str | None = None


class Pagination(msgspec.Struct, frozen=True):
    """Where a page stands in its list."""

    limit: int
    count: int
    cursor: str | None
    """Begins the next page; null at the end."""
    has_more: bool


@_DESCRIPTION.add("GET", "/api/v1/openapi.json", PUBLIC, data=dict[str, Any], enveloped=False)
async def read_openapi(_call: Call) -> Answer:
    """Give this description."""
    return Answer(body=document())


ALL_OPERATIONS: tuple[Operation, ...] = (*OPERATIONS, *_DESCRIPTION.all)
"""Every operation that there is."""


@cache
def document() -> bytes:
    """Return the description as JSON, the same bytes each time."""
    return msgspec.json.format(msgspec.json.encode(describe(ALL_OPERATIONS)), indent=1) + b"\n"


def describe(operations: Iterable[Operation]) -> dict[str, Any]:
    """Return the description of *operations*."""
    listed = list(operations)
    components = _Components(listed)
    paths: dict[str, dict[str, Any]] = {}
    for operation in listed:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Chariot",
            "version": VERSION,
            "summary": "Know everything you expose, what is wrong with it, and what to fix first.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "tags": [{"name": name} for name in dict.fromkeys(one.tag for one in listed)],
        "paths": paths,
        "components": {
            "schemas": components.schemas,
            "responses": dict(sorted(components.problems.items())),
            "parameters": dict(sorted(components.headers.items())),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


class _Components:
    """The schemas of all types that operations speak of, each once."""

    def __init__(self, operations: list[Operation]) -> None:
        types = [Links, Pagination, Problem]
        for one in operations:
            types.extend(kind for kind in (one.data, _body_type(one), one.parameters) if kind is not None)
        schemas, named = msgspec.json.schema_components(types, ref_template=_REF)
        self.schemas = dict(sorted(named.items()))
        self.examples = Examples(self.schemas)
        # Types do not all hash, so that they are found by what they are.
        self._by_type = {id(kind): schema for kind, schema in zip(types, schemas, strict=True)}
        self.problems: dict[str, Any] = {}
        """Answers that many operations share, by name."""
        self.headers: dict[str, Any] = {}
        """Header parameters that many operations share, by name."""

    def of(self, kind: Any) -> dict[str, Any]:
        """Return the schema of a type, mostly a reference."""
        return dict(self._by_type[id(kind)])

    def take(self, kind: type[msgspec.Struct]) -> dict[str, Any]:
        """Return the object schema of a Struct itself."""
        found: dict[str, Any] = self.schemas[self.of(kind)["$ref"].rpartition("/")[2]]
        return found

    def problem(self, rows: Mapping[str, str]) -> dict[str, Any]:
        """Return a reference to the answer that is one of these problems: their titles by their names."""
        name = "Or".join(one.title().replace("-", "") for one in rows)
        self.problems[name] = {
            "description": " / ".join(rows.values()),
            "content": {MEDIA_TYPE: {"schema": self.of(Problem)}},
        }
        return {"$ref": f"#/components/responses/{name}"}

    def header(self, name: str, text: str) -> dict[str, Any]:
        """Return a reference to the header *name*; the header itself where the same name means something else."""
        described = {
            "name": name,
            "in": "header",
            "description": text,
            "schema": {"type": "string", **_HEADER_FORMS.get(name, {})},
        }
        if self.headers.setdefault(name, described) != described:
            return described
        return {"$ref": f"#/components/parameters/{name}"}


def _body_type(operation: Operation) -> Any:
    if isinstance(operation.body, StreamedBody):
        return None
    return operation.body.type if isinstance(operation.body, RawJson) else operation.body


def _operation(operation: Operation, components: _Components) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "x-permission": operation.permission,
        "parameters": _parameters(operation, components),
        "responses": _responses(operation, components),
    }
    if operation.description:
        described["description"] = operation.description
    if operation.permission == PUBLIC:
        described["security"] = []
    if operation.deprecated is not None:
        described["deprecated"] = True
    if isinstance(operation.body, StreamedBody):
        described["requestBody"] = {
            "required": True,
            "content": {
                "application/octet-stream": {
                    "schema": {"type": "string", "format": "binary"},
                    "example": "the content of a file, as it is",
                }
            },
        }
    elif operation.body is not None:
        content: dict[str, Any] = {"schema": components.of(_body_type(operation))}
        if operation.example is not None:
            content["example"] = operation.example
        described["requestBody"] = {"required": True, "content": {"application/json": content}}
    return described


def _without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a query parameter: whoever means nothing leaves it out, for a query has no null."""
    choices = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) != 1:
        return dict(schema)
    kept = {name: value for name, value in schema.items() if name not in ("anyOf", "default")}
    return {**kept, **choices[0]}


def _parameters(operation: Operation, components: _Components) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": text,
            "schema": {"type": "string", "minLength": 1},
            "example": path_example(operation.path, name),
        }
        for name, text in operation.names.items()
    ]
    schema = components.take(operation.parameters)
    for name, one in schema.get("properties", {}).items():
        of_value = _without_null(one)
        parameter: dict[str, Any] = {"name": name, "in": "query"}
        if "description" in of_value:
            parameter["description"] = of_value.pop("description")
        if name in schema.get("required", ()):
            parameter["required"] = True
        found.append(parameter | {"schema": of_value})
    headers = dict(operation.headers)
    if operation.repeatable:
        headers["idempotency-key"] = "The same request with the same key is done once; kept for a day"
    if operation.permission != PUBLIC:
        headers["chariot-organisation"] = (
            "The organisation that is asked for; the token's own unless it is said"
        )
    headers[HEADER] = "The version of the API that the caller was written against"
    found += [components.header(name, text) for name, text in headers.items()]
    return found


_EVENT = {
    "description": "One event of the stream",
    "type": "object",
    "properties": {name: {"type": "string"} for name in ("id", "event", "data")},
}


def _responses(operation: Operation, components: _Components) -> dict[str, Any]:
    schema = components.of(operation.data)
    if "fields" in operation.parameters.__struct_fields__:
        schema = {"anyOf": [schema, _SPARSE]}
    if operation.enveloped:
        schema = _envelope(schema, components, paged=operation.paged)
    streams = operation.media_type == "text/event-stream"
    if streams:
        schema = _EVENT
    content = {"schema": schema}
    if streams or operation.data is not str:
        content["example"] = components.examples.of(schema)
    media_types = (operation.media_type, *operation.other_media_types)
    good = {"description": operation.summary, "content": dict.fromkeys(media_types, content)}
    responses: dict[str, Any] = {str(operation.status): good}
    if "if-none-match" in operation.headers:
        responses["304"] = {"description": "Nothing changed"}
    if operation.path == "/health/ready":
        responses["503"] = {**good, "description": "Not ready, with the reasons"}
    responses["414"] = {
        "description": "The address is longer than 64 kB; what parses requests says so without a word more"
    }
    for status, rows in _problems(operation).items():
        responses.setdefault(str(status), components.problem(rows))
    return dict(sorted(responses.items()))


def _envelope(data: dict[str, Any], components: _Components, *, paged: bool) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["data", "meta", "links", "pagination"],
        "properties": {
            "data": {"type": "array", "items": data} if paged else data,
            "meta": {
                "type": "object",
                "required": ["request_id"],
                "properties": {"request_id": {"type": "string"}},
            },
            "links": components.of(Links),
            "pagination": components.of(Pagination) if paged else {"type": "null"},
        },
    }


def _problems(operation: Operation) -> Mapping[int, Mapping[str, str]]:
    """Return the titles of the problems that *operation* may answer with, by status and name."""
    errors: list[type[ChariotError]] = [
        InvalidError,
        Limited,
        UnavailableError,
        MisdirectedError,
        TooLargeError,
        HeadersTooLargeError,
        ChariotError,
    ]
    errors.append(UnauthenticatedError)
    if operation.permission != PUBLIC:
        errors.append(DeniedError)
    if "{" in operation.path:
        # With nothing in its place the path is another one, which may know other methods.
        errors.append(MethodError)
    if operation.body is not None:
        errors += [MediaTypeError, SlowRequestError]
    if operation.repeatable:
        errors.append(ReusedKeyError)
    found: dict[int, dict[str, str]] = {}
    for error in (*errors, *operation.errors):
        row = problem_type(error)
        found.setdefault(row.status, {})[row.name] = row.title
    return found


def main(arguments: list[str] | None = None) -> int:
    """Write the description to a file, or check that the file is current; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m chariot.entrypoints.rest.openapi")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 when the file is stale")
    parser.add_argument("file", type=Path)
    asked = parser.parse_args(arguments)
    if not asked.check:
        asked.file.parent.mkdir(parents=True, exist_ok=True)
        asked.file.write_bytes(document())
        return 0
    if asked.file.is_file() and asked.file.read_bytes() == document():
        return 0
    sys.stderr.write(f"{asked.file} is stale; run: python -m chariot.entrypoints.rest.openapi {asked.file}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
