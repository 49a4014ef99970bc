"""Types of single values, and how the types of the model's fields become types of GraphQL."""

from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from typing import Any, get_args, get_origin

import msgspec
from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLString,
)

from chariot.modules.surface.query import plain_type

DATE_TIME = GraphQLScalarType(
    "DateTime", description="An instant, ISO 8601 in UTC.", serialize=lambda value: value.isoformat()
)
LONG = GraphQLScalarType(
    "Long",
    description="A whole number of up to 53 bits.",
    serialize=int,
    parse_value=GraphQLFloat.parse_value,
    parse_literal=GraphQLFloat.parse_literal,
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
