"""What a query may cost, told before any of it is done."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
)

from chariot.errors import InvalidError

PAGE = 100
"""The most items on one page."""
DEFAULT_PAGE = 20
TOKENS = 4_000
DEPTH = 12
COST = 20_000
_FIELDS = 800
_SAME_NAME = 20
_WEIGHTS = {
    "explanation": 25,
    "attack_paths": 1_000,
    "fix_plan": 5_000,
    "blast_radius": 1_000,
    "neighbourhood": 500,
    "position": 500,
    "keystones": 1_000,
    "prune_preview": 1_000,
}
"""What a field costs beside what is asked of it; 1 for all others."""
_LISTS = frozenset({"nodes", "edges", "items", "paths", "steps", "places", "links", "..."})
"""What shows that a field has many items though it does not say how many."""
_INTROSPECTION = ("__schema", "__type", "__typename")


def check_form(document: DocumentNode) -> None:
    """Return when *document* is small enough to be looked at closely.

    Raises:
        InvalidError: it has too many fields, or the same one too often.
    """
    fields = 0
    for definition in document.definitions:
        if not isinstance(definition, OperationDefinitionNode | FragmentDefinitionNode):
            raise InvalidError("holds something else than operations and fragments", place="query")
        for selections in _sets(definition.selection_set):
            names = Counter(_name(one) for one in selections.selections)
            fields += names.total()
            # Each two fields of one name are compared with each other, so that many of them cost their square.
            name, often = names.most_common(1)[0] if names else ("", 0)
            if often > _SAME_NAME:
                raise InvalidError(
                    f"asks for {name[:40]!r} more than {_SAME_NAME} times at once", place="query"
                )
    if fields > _FIELDS:
        raise InvalidError(f"has more than {_FIELDS} fields", place="query")


def _sets(top: SelectionSetNode) -> Iterator[SelectionSetNode]:
    waiting = [top]
    while waiting:
        found = waiting.pop()
        yield found
        waiting += [
            one.selection_set
            for one in found.selections
            if isinstance(one, FieldNode | InlineFragmentNode) and one.selection_set is not None
        ]


def _name(selection: Any) -> str:
    if isinstance(selection, FieldNode):
        return (selection.alias or selection.name).value
    return f"...{selection.name.value}" if isinstance(selection, FragmentSpreadNode) else "..."


class Costs:
    """What the operations of a document cost that was found valid: it has no fragment that holds itself."""

    def __init__(self, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self._variables = variables
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._known: dict[str, tuple[int, int]] = {}

    def check(self, operation: OperationDefinitionNode) -> None:
        """Return when *operation* may be done.

        Raises:
            InvalidError: it is nested too deeply, or asks for too much.
        """
        cost, depth = self._of(operation.selection_set)
        if depth > DEPTH:
            raise InvalidError(f"is nested {depth} levels deep; {DEPTH} are the most", place="query")
        if cost > COST:
            raise InvalidError(
                f"may ask for {cost:,} values; {COST:,} are the most: ask for fewer fields, or set `first`",
                place="query",
            )

    def _of(self, selections: SelectionSetNode | None) -> tuple[int, int]:
        """Return how many values may come of *selections*, and how deep they are nested."""
        cost, depth = 0, 0
        for one in selections.selections if selections is not None else ():
            inner = self._one(one)
            cost, depth = cost + inner[0], max(depth, inner[1])
        return cost, depth

    def _one(self, selection: Any) -> tuple[int, int]:
        if isinstance(selection, FragmentSpreadNode):
            name = selection.name.value
            if name not in self._known:
                self._known[name] = self._of(self._fragments[name].selection_set)
            return self._known[name]
        if isinstance(selection, InlineFragmentNode):
            return self._of(selection.selection_set)
        name = selection.name.value
        if name in _INTROSPECTION:
            return 1, 1
        cost, depth = self._of(selection.selection_set)
        return _WEIGHTS.get(name, 1) + cost * self._items(selection), depth + 1

    def _items(self, field: FieldNode) -> int:
        """Return how many items a field may have: only fields with one of `_LISTS` have more than one."""
        if field.selection_set is None:
            return 1
        inner = {_plain(one) for one in field.selection_set.selections}
        asked = next((one.value for one in field.arguments or () if one.name.value == "first"), None)
        if isinstance(asked, IntValueNode):
            return max(1, min(int(asked.value[:6]), PAGE))
        if isinstance(asked, VariableNode):
            given = self._variables.get(asked.name.value)
            return max(1, min(given, PAGE)) if isinstance(given, int) else PAGE
        return DEFAULT_PAGE if inner & _LISTS else 1


def _plain(selection: Any) -> str:
    return selection.name.value if isinstance(selection, FieldNode) else "..."
