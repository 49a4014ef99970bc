"""Writes the models of the Python client: what the API takes and gives, as Structs."""

from collections.abc import Iterator
from typing import Any

from sdk.naming import REF, Types, identifier, is_instant, sentence, target, with_unset

_BASE = "EntityRecord"
_HEAD = '''# ruff: noqa: E501, N815
"""What the API takes and gives. Generated from its description by `python -m sdk.generate`; do not edit.

Fields that an older server does not know have their empty value; fields that this client does not know are ignored.
A field with a closed set of values is text, because a newer server may know more of them.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

NEVER = datetime(1, 1, 1, tzinfo=UTC)
"""Stands for an instant that the server did not tell."""
'''
_HEADINGS = frozenset({"key", "origins", "revision", "visited"})
"""What tells a record from the facts of a kind."""
_EMPTY = {"str": '""', "int": "0", "float": "0.0", "bool": "False", "datetime": "NEVER", "Any": "None"}


def models_text(api: dict[str, Any]) -> str:
    """Return the module with all models of *api*."""
    schemas: dict[str, Any] = api["components"]["schemas"]
    enums = frozenset(name for name, one in schemas.items() if "enum" in one)
    records = sorted(name for name, one in schemas.items() if set(one.get("properties", ())) >= _HEADINGS)
    roots = [
        api["paths"],
        api["components"].get("responses", {}),
        *({"$ref": f"{REF}{name}"} for name in records),
    ]
    wanted = _reached(roots, schemas) - enums
    sent = _reached(_bodies(api), schemas) & wanted
    common = [
        field
        for field in schemas[records[0]]["properties"]
        if all(field in schemas[name]["properties"] for name in records)
    ]
    types = Types(enums)
    parts = [_HEAD, _base(schemas[records[0]], common, types)]
    parts += [
        _struct(name, schemas[name], types, sent=name in sent, common=common if name in records else [])
        for name in _ordered(wanted, schemas)
    ]
    parts.append(_kinds(records, schemas))
    return "\n\n".join(parts) + "\n"


def _bodies(api: dict[str, Any]) -> list[Any]:
    return [
        body["schema"]
        for path in api["paths"].values()
        for operation in path.values()
        for body in operation.get("requestBody", {}).get("content", {}).values()
    ]


def _reached(roots: list[Any], schemas: dict[str, Any]) -> set[str]:
    """Return the names of the schemas that *roots* refer to, at any depth."""
    waiting = list(roots)
    found: set[str] = set()
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found.add(name)
                waiting.append(schemas[name])
    return found


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from _references(one)
    elif isinstance(schema, dict):
        if name := target(schema):
            yield name
        # What has a discriminator stays plain: a newer server may know more forms.
        if "discriminator" not in schema:
            for key, value in schema.items():
                if key != "example":
                    yield from _references(value)


def _ordered(names: set[str], schemas: dict[str, Any]) -> list[str]:
    """Return *names* so that each stands behind those that it has fields of."""
    found: list[str] = []

    def visit(name: str, above: frozenset[str]) -> None:
        if name in found or name in above or name not in names:
            return
        for one in sorted(set(_references(schemas[name]))):
            visit(one, above | {name})
        found.append(name)

    for name in sorted(names):
        visit(name, frozenset())
    return found


def _base(schema: dict[str, Any], common: list[str], types: Types) -> str:
    fields = [_field(name, schema["properties"][name], types, sent=False, needed=True) for name in common]
    etag = (
        'etag: str = ""\n    """Stands for this version in `if_match`; empty where the server told none."""'
    )
    return "\n".join(
        [
            f"class {_BASE}(msgspec.Struct, frozen=True, kw_only=True):",
            '    """What every entity has, also one of a kind that this client does not know."""',
            "",
            *(f"    {one}" for one in fields),
            f"    {etag}",
        ]
    )


def _struct(name: str, schema: dict[str, Any], types: Types, *, sent: bool, common: list[str]) -> str:
    needed = set(schema.get("required", ()))
    fields = [
        _field(field, one, types, sent=sent, needed=field in needed)
        for field, one in schema.get("properties", {}).items()
        if field == "kind" or field not in common
    ]
    base = f"{_BASE}, frozen=True, kw_only=True" if common else "msgspec.Struct, frozen=True, kw_only=True"
    lines = [f"class {name}({base}):", f'    """{sentence(schema.get("description") or name)}"""', ""]
    return "\n".join([*lines, *(f"    {one}" for one in fields)])


def _field(name: str, schema: dict[str, Any], types: Types, *, sent: bool, needed: bool) -> str:
    own = identifier(name)
    written = types.of(schema, name)
    if sent and written == "datetime":
        written = "datetime | str"
    if sent and not needed:
        line = f"{own}: {with_unset(written)} = UNSET"
    elif sent:
        line = f"{own}: {written}"
    else:
        # A choice of one value is a constant, such as the kind of a record.
        constant = schema.get("enum", [None])
        default = repr(constant[0]) if len(constant) == 1 and constant[0] else _empty(written)
        line = f"{own}: {written}" if default is None else f"{own}: {written} = {default}"
    if own != name:
        line = f'{line.partition("=")[0]}= msgspec.field(name="{name}")'
    text = schema.get("description", "")
    return f'{line}\n    """{sentence(text)}"""' if text and not is_instant(name) else line


def _empty(written: str) -> str | None:
    """Return the empty value of a type; None for a model, which has to be told."""
    if "None" in written.split(" | "):
        return "None"
    if written.startswith("tuple"):
        return "()"
    if written.startswith("dict"):
        return "{}"
    return _EMPTY.get(written)


def _kinds(records: list[str], schemas: dict[str, Any]) -> str:
    rows = {schemas[name]["properties"]["kind"]["enum"][0]: name for name in records}
    lines = [f'    "{kind}": {name},' for kind, name in sorted(rows.items())]
    return "\n".join(
        [
            f"RECORDS: dict[str, type[{_BASE}]] = {{",
            *lines,
            "}",
            '"""The class of the records of each kind."""',
        ]
    )
