"""Types of single values, and how the types of the model's fields become types of GraphQL."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, get_args, get_origin

import msgspec
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLError,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
    IntValueNode,
    ValueNode,
)

from chariot.modules.surface.query import plain_type

_LARGEST = 2**53
_LENGTH = 18


def _whole(value: Any) -> int:
    """Return a variable as a whole number; scripts in browsers know none above 53 bits apart from the next.

    Raises:
        GraphQLError: it is something else, such as 1.5 or true.
    """
    if type(value) is not int or abs(value) > _LARGEST:
        raise GraphQLError("Long takes a whole number of up to 53 bits")
    return value


def _written_whole(node: ValueNode, _variables: Any = None) -> int:
    """Return what stands in a query as a whole number.

    Raises:
        GraphQLError: it is none, or too long.
    """
    return _whole(int(node.value) if isinstance(node, IntValueNode) and len(node.value) < _LENGTH else None)


DATE_TIME = GraphQLScalarType(
    "DateTime", description="An instant, ISO 8601 in UTC.", serialize=lambda value: value.isoformat()
)
LONG = GraphQLScalarType(
    "Long",
    description="A whole number of up to 53 bits.",
    serialize=int,
    parse_value=_whole,
    parse_literal=_written_whole,
)
JSON = GraphQLScalarType(
    "JSON", description="What has a form of its own, as REST shows it.", serialize=msgspec.to_builtins
)
ID, STRING = GraphQLNonNull(GraphQLID), GraphQLNonNull(GraphQLString)
BOOLEAN, INT = GraphQLNonNull(GraphQLBoolean), GraphQLNonNull(GraphQLInt)
STRINGS = GraphQLNonNull(GraphQLList(STRING))

_PLAIN: Mapping[Any, Any] = {
    str: GraphQLString,
    bool: GraphQLBoolean,
    int: LONG,
    float: GraphQLFloat,
    datetime: DATE_TIME,
}


class Types:
    """The types of fields; each enumeration becomes one type."""

    def __init__(self) -> None:
        self._enums: dict[type[Enum], GraphQLEnumType] = {}

    def enum(self, cls: type[Enum]) -> GraphQLEnumType:
        """Return the type of an enumeration; its values are called as its members."""
        if cls not in self._enums:
            summary = (cls.__doc__ or "").partition("\n")[0]
            self._enums[cls] = GraphQLEnumType(cls.__name__, cls, names_as_values=None, description=summary)
        return self._enums[cls]

    def of(self, hint: Any) -> Any:
        """Return the type of a field that is declared as *hint*."""
        plain = plain_type(hint)
        found: Any = JSON
        if plain in _PLAIN:
            found = _PLAIN[plain]
        elif isinstance(plain, type) and issubclass(plain, Enum):
            found = self.enum(plain)
        elif get_origin(plain) is tuple and get_args(plain) == (str, ...):
            found = GraphQLList(STRING)
        return found if type(None) in get_args(hint) else GraphQLNonNull(found)
