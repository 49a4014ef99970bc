"""What a newer description breaks for those who wrote against an older one."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Described = Mapping[str, Any]
_METHODS = ("get", "post", "put", "patch", "delete")
_DEPTH = 8


def breaks(old: Described, new: Described) -> list[str]:
    """Return one sentence for each thing that worked by *old* and does not by *new*; none when nothing broke."""
    return sorted(set(_breaks(old, new)))


def _breaks(old: Described, new: Described) -> Iterator[str]:
    for path, methods in old["paths"].items():
        for method in _METHODS:
            if method not in methods:
                continue
            name = f"{method.upper()} {path}"
            after = new["paths"].get(path, {}).get(method)
            if after is None:
                yield f"{name} is gone"
                continue
            yield from _Operation(name, old, new).compare(methods[method], after)


class _Operation:
    """One operation in both descriptions."""

    def __init__(self, name: str, old: Described, new: Described) -> None:
        self._name = name
        self._old = old["components"]["schemas"]
        self._new = new["components"]["schemas"]
        self._shared = (old["components"].get("parameters", {}), new["components"].get("parameters", {}))

    def compare(self, old: Described, new: Described) -> Iterator[str]:
        """Yield what broke."""
        if old["operationId"] != new["operationId"]:
            yield f"{self._name} is called {new['operationId']}, not {old['operationId']}"
        if old.get("x-permission") != new.get("x-permission"):
            yield f"{self._name} needs {new.get('x-permission')}, not {old.get('x-permission')}"
        yield from self._parameters(old, new)
        yield from self._body(old, new)
        yield from self._responses(old, new)

    def _parameters(self, old: Described, new: Described) -> Iterator[str]:
        before, after = (
            {(one["in"], one["name"]): one for one in _whole(described.get("parameters", ()), shared)}
            for described, shared in zip((old, new), self._shared, strict=True)
        )
        for place in before.keys() - after.keys():
            yield f"{self._name} takes no {place[1]} in its {place[0]} any more"
        for place, one in after.items():
            was_needed = before.get(place, {}).get("required", False)
            if one.get("required", False) and not was_needed:
                yield f"{self._name} needs {place[1]} in its {place[0]}"
            if place in before:
                yield from self._taken(before[place]["schema"], one["schema"], place[1], 0)

    def _body(self, old: Described, new: Described) -> Iterator[str]:
        before, after = _content(old.get("requestBody", {})), _content(new.get("requestBody", {}))
        for media_type in before.keys() - after.keys():
            yield f"{self._name} takes no {media_type} any more"
        if after and not before and new["requestBody"].get("required"):
            yield f"{self._name} needs a body"
        for media_type in before.keys() & after.keys():
            yield from self._taken(before[media_type], after[media_type], "body", 0)

    def _responses(self, old: Described, new: Described) -> Iterator[str]:
        for status, response in old["responses"].items():
            if not status.startswith("2"):
                continue
            if status not in new["responses"]:
                yield f"{self._name} answers {status} no more"
                continue
            before, after = _content(response), _content(new["responses"][status])
            for media_type in before.keys() - after.keys():
                yield f"{self._name} answers with no {media_type} any more"
            for media_type in before.keys() & after.keys():
                yield from self._given(before[media_type], after[media_type], "answer", 0)

    def _taken(self, old: Described, new: Described, place: str, depth: int) -> Iterator[str]:
        """Yield what was taken by *old* and is not by *new*."""
        before, after = _resolved(old, self._old), _resolved(new, self._new)
        for gone in _values(before) - _values(after) if _values(after) else ():
            yield f"{self._name} takes no {gone} at {place} any more"
        for needed in set(after.get("required", ())) - set(before.get("required", ())):
            yield f"{self._name} needs {place}.{needed}"
        yield from self._properties(before, after, place, depth, self._taken)

    def _given(self, old: Described, new: Described, place: str, depth: int) -> Iterator[str]:
        """Yield what was given by *old* and is not by *new*."""
        before, after = _resolved(old, self._old), _resolved(new, self._new)
        added = _types(after) - _types(before)
        if added and _types(before):
            yield f"{self._name} gives {', '.join(sorted(added))} at {place}"
        for lost in set(before.get("required", ())) - set(after.get("required", ())):
            yield f"{self._name} gives {place}.{lost} not always"
        yield from self._properties(before, after, place, depth, self._given)

    def _properties(
        self, before: Described, after: Described, place: str, depth: int, compare: Any
    ) -> Iterator[str]:
        if depth > _DEPTH:
            return
        for name, one in before.get("properties", {}).items():
            other = after.get("properties", {}).get(name)
            if other is None:
                yield f"{self._name} has no {place}.{name} any more"
            else:
                yield from compare(one, other, f"{place}.{name}", depth + 1)
        if isinstance(before.get("items"), Mapping) and isinstance(after.get("items"), Mapping):
            yield from compare(before["items"], after["items"], f"{place}[]", depth + 1)


def _whole(described: Iterable[Described], shared: Described) -> Iterator[Described]:
    """Yield what *described* says, each reference as what it stands for."""
    for one in described:
        yield shared[one["$ref"].rpartition("/")[2]] if "$ref" in one else one


def _content(described: Described) -> dict[str, Described]:
    return {name: one.get("schema", {}) for name, one in described.get("content", {}).items()}


def _resolved(schema: Described, schemas: Described) -> Described:
    members = schema.get("anyOf", ())
    if members and "$ref" in members[0]:
        # The first says what it is; the others are what it may be instead.
        schema = members[0]
    reference = schema.get("$ref")
    found: Described = schemas[reference.rpartition("/")[2]] if reference else schema
    return found


def _types(schema: Described) -> frozenset[str]:
    """Return the plain types of a schema, as far as it names them."""
    named = schema.get("type")
    if named is not None:
        return frozenset({named} if isinstance(named, str) else named)
    return frozenset(one["type"] for one in schema.get("anyOf", ()) if isinstance(one.get("type"), str))


def _values(schema: Described) -> frozenset[Any]:
    return frozenset(schema.get("enum", ()))
