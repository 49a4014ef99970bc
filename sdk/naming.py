"""How parts of the description are called and typed in Python."""

import keyword
from typing import Any

REF = "#/components/schemas/"
INSTANTS = frozenset(
    {"accepted_until", "created", "expires", "not_after", "not_before", "updated", "valid_from"}
    | {"valid_to", "visited", "first_seen", "last_seen"}
)
"""Fields that hold an instant; JSON has no type for it, and the description says `string` of all of them."""


_SIMPLE = {"integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def is_instant(name: str) -> bool:
    """Return whether a field of this *name* holds an instant."""
    return name in INSTANTS or name.endswith("_at")


def target(schema: dict[str, Any]) -> str:
    """Return the name of the schema that *schema* refers to; empty when it refers to none."""
    reference = str(schema.get("$ref", ""))
    return reference.removeprefix(REF) if reference.startswith(REF) else ""


def identifier(name: str) -> str:
    """Return *name* as Python can write it.

    >>> identifier("idempotency-key"), identifier("from")
    ('idempotency_key', 'from_')
    """
    plain = name.replace("-", "_").replace(".", "_")
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def sentence(text: str) -> str:
    """Return *text* as one line that ends with a full stop and can stand in a docstring."""
    words = " ".join(text.split()).replace("\\", "\\\\")
    return words if words.endswith((".", "?", "!")) else f"{words}."


def is_records(schema: dict[str, Any]) -> bool:
    """Return whether *schema* is a choice between records of several kinds."""
    choices = schema.get("anyOf", ())
    return any(is_records(one) for one in choices) or (
        schema.get("discriminator", {}).get("propertyName") == "kind"
        and all(target(one).endswith("Record") for one in choices)
    )


def with_unset(written: str) -> str:
    """Return the type *written* for what may be left out.

    >>> with_unset("str | None")
    'str | UnsetType | None'
    """
    kept = written.removesuffix(" | None")
    return f"{kept} | UnsetType{written.removeprefix(kept)}"


class Types:
    """Writes the type of a schema; *prefix* stands before the names of models."""

    def __init__(self, enums: frozenset[str], prefix: str = "") -> None:
        self._enums = enums
        self._prefix = prefix

    def of(self, schema: dict[str, Any], name: str = "") -> str:
        """Return the Python type of *schema*, which describes the field *name*."""
        if reference := target(schema):
            # A server that is newer may know more values than this client.
            return "str" if reference in self._enums else f"{self._prefix}{reference}"
        if "discriminator" in schema:
            return "dict[str, Any]"
        if choices := schema.get("anyOf"):
            return self._union(choices, name)
        return self._plain(schema, name)

    def _plain(self, schema: dict[str, Any], name: str) -> str:
        type_ = str(schema.get("type", "string" if "enum" in schema else ""))
        if type_ == "string":
            return "datetime" if is_instant(name) else "str"
        if type_ == "array":
            places = schema.get("prefixItems")
            if places is not None:
                return f"tuple[{', '.join(self.of(one) for one in places)}]"
            return f"tuple[{self.of(schema.get('items') or {})}, ...]"
        if type_ == "object":
            values = schema.get("additionalProperties")
            return f"dict[str, {self.of(values) if isinstance(values, dict) else 'Any'}]"
        return _SIMPLE.get(type_, "Any")

    def _union(self, choices: list[dict[str, Any]], name: str) -> str:
        types = dict.fromkeys(self.of(one, name) for one in choices)
        if "Any" in types:
            return "Any"
        return " | ".join(sorted(types, key=lambda one: one == "None"))
