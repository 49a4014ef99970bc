"""Writes the operations of the Python client: a method for each operation of the API, in two flavours."""

from typing import Any

from sdk.naming import Types, identifier, is_records, sentence, target, with_unset

_HEAD = '''# ruff: noqa: A002, N803
"""A method for each operation of the API. Generated from its description by `python -m sdk.generate`; do not edit."""

from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import UNSET, UnsetType

from chariot_client import models
from chariot_client.calls import AsyncCalls, Calls
from chariot_client.pages import AsyncPages, Pages
from chariot_client.wire import Upload
'''
_CLIENT_HEADERS = frozenset({"chariot-organisation", "chariot-version", "if-none-match", "idempotency-key"})
"""Headers that the client sends by itself."""


def operations_text(api: dict[str, Any]) -> str:
    """Return the module with all operations of *api*."""
    enums = frozenset(name for name, one in api["components"]["schemas"].items() if "enum" in one)
    types = Types(enums, "models.")
    found = [
        _Operation(path, method, one, api, types)
        for path, methods in api["paths"].items()
        for method, one in methods.items()
    ]
    shown = [one for one in found if one.is_shown]
    parts = [_HEAD]
    for name, base, flavour in (("Operations", "Calls", ""), ("AsyncOperations", "AsyncCalls", "async ")):
        parts.append(
            f'class {name}({base}):\n    """What the server does, {"awaited" if flavour else "at once"}."""\n'
        )
        parts += [one.text(flavour) for one in shown]
    return "\n\n".join(parts) + "\n"


class _Operation:
    """One operation, ready to be written."""

    def __init__(
        self, path: str, method: str, operation: dict[str, Any], api: dict[str, Any], types: Types
    ) -> None:
        self._path = path
        self._method = method.upper()
        self._operation = operation
        self._types = types
        self._schemas: dict[str, Any] = api["components"]["schemas"]
        self._given: dict[str, list[dict[str, Any]]] = {"path": [], "query": [], "header": []}
        shared = api["components"].get("parameters", {})
        for described in operation.get("parameters", ()):
            one = shared[described["$ref"].rpartition("/")[2]] if "$ref" in described else described
            self._given[one["in"]].append(one)
        content: dict[str, Any] = next(
            (
                response["content"]
                for status, response in operation["responses"].items()
                if status.startswith("2") and "content" in response
            ),
            {},
        )
        self._media_type = next(iter(content), "")
        self._answer: dict[str, Any] = content.get(self._media_type, {}).get("schema", {})
        self._body: dict[str, Any] = operation.get("requestBody", {}).get("content", {})

    @property
    def is_shown(self) -> bool:
        """Whether it becomes a method; streams without an end have their own."""
        return not self._media_type.startswith("text/event-stream")

    def text(self, flavour: str) -> str:
        """Return the method."""
        paged = self._is_paged
        result, call = self._result()
        prefix = "" if paged else flavour
        awaited = "await " if prefix else ""
        if paged and flavour:
            result = f"Async{result}"
        lines = [
            f"    {prefix}def {self._operation['operationId']}({', '.join(self._signature())}) -> {result}:",
            f'        """{sentence(self._operation.get("summary", ""))}"""',
            f"        return {awaited}self.{call}",
        ]
        return "\n".join(lines)

    @property
    def _is_paged(self) -> bool:
        pagination = self._answer.get("properties", {}).get("pagination", {})
        return target(pagination) == "Pagination"

    def _signature(self) -> list[str]:
        words = ["self", *(f"{identifier(one['name'])}: str" for one in self._given["path"])]
        if "application/octet-stream" in self._body:
            words.append("content: Upload")
        if self._is_download:
            words.append("to: Path | str")
        named = [*self._body_words(), *self._query_words()]
        return [*words, "*", *named] if named else words

    def _body_words(self) -> list[str]:
        schema = self._json_body
        needed = set(schema.get("required", ()))
        words = []
        for name, one in schema.get("properties", {}).items():
            written = self._types.of(one, name)
            if "str" in written.split(" | ") and name in ("until", "due_at", "expires_at", "seen_at"):
                written = f"datetime | {written}"
            written = written.replace("tuple[", "list[").replace(", ...]", "]")
            words.append((name not in needed, f"{identifier(name)}: {written}"))
        return [f"{with_unset(text)} = UNSET" if optional else text for optional, text in sorted(words)]

    def _query_words(self) -> list[str]:
        words = []
        for one in self._given["query"]:
            written = self._types.of(one["schema"])
            if one["name"] in ("as_of", "since", "until"):
                written = "datetime | str"
            name = identifier(one["name"])
            words.append(f"{name}: {written}" if one.get("required") else f"{name}: {written} | None = None")
        words += [
            f"{identifier(one['name'])}: str | None = None"
            for one in self._given["header"]
            if one["name"] not in _CLIENT_HEADERS
        ]
        if self._repeatable:
            words.append("idempotency_key: str | None = None")
        return sorted(words, key=lambda word: "= None" in word)

    @property
    def _json_body(self) -> dict[str, Any]:
        schema: dict[str, Any] = self._body.get("application/json", {}).get("schema", {})
        return self._schemas[target(schema)] if target(schema) else schema

    @property
    def _repeatable(self) -> bool:
        return any(one["name"] == "idempotency-key" for one in self._given["header"])

    @property
    def _is_download(self) -> bool:
        return self._media_type == "application/octet-stream"

    def _result(self) -> tuple[str, str]:
        """Return what the method gives, and the call that gives it."""
        place = ", ".join([f'"{self._method}"', self._place(), *self._arguments()])
        if self._is_download:
            where = ", ".join([self._place(), "to", *self._arguments()])
            return "Path", f"download({where})"
        if not self._media_type.endswith("json"):
            return "str", f"text({place})"
        if "data" not in self._answer.get("properties", {}):
            written = self._types.of(self._answer)
            return written, f"bare({written}, {place})"
        data = self._answer["properties"]["data"]
        if self._is_paged:
            item = self._one(data["items"])
            maker = f"pages({item}, {', '.join([self._place(), *self._arguments()])})"
            return f"Pages[{item}]", maker
        item = self._one(data)
        return item, f"call({item}, {place})"

    def _one(self, schema: dict[str, Any]) -> str:
        """Return the type of one thing in the answer, which may be sparse."""
        if is_records(schema):
            return "models.EntityRecord"
        choices = schema.get("anyOf", ())
        whole = next((one for one in choices if target(one)), schema)
        return self._types.of(whole)

    def _place(self) -> str:
        names = [identifier(one["name"]) for one in self._given["path"]]
        return f'self.path("{self._path}", {", ".join(names)})' if names else f'"{self._path}"'

    def _arguments(self) -> list[str]:
        words = []
        if self._given["query"]:
            pairs = ", ".join(f'"{one["name"]}": {identifier(one["name"])}' for one in self._given["query"])
            words.append(f"query={{{pairs}}}")
        headers = [one["name"] for one in self._given["header"] if one["name"] not in _CLIENT_HEADERS]
        if headers:
            pairs = ", ".join(f'"{name}": {identifier(name)}' for name in headers)
            words.append(f"headers={{{pairs}}}")
        if properties := self._json_body.get("properties"):
            pairs = ", ".join(f'"{name}": {identifier(name)}' for name in properties)
            words.append(f"body={{{pairs}}}")
        if "application/octet-stream" in self._body:
            words.append("content=content")
        if self._repeatable:
            words.append("repeatable=idempotency_key or True")
        return words
