"""How two CPE names relate: equal, subset, superset, disjoint or undefined.

Source: NISTIR 7696, sections 6 and 7.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

from chariot.modules.intel.cpe import ANY, COMPONENTS, NA, Cpe


class Relation(StrEnum):
    """What the source is to the target."""

    EQUAL = "equal"
    SUBSET = "subset"
    SUPERSET = "superset"
    DISJOINT = "disjoint"
    UNDEFINED = "undefined"


_WITH_EQUAL: Final = {
    Relation.SUBSET: frozenset({Relation.EQUAL, Relation.SUBSET}),
    Relation.SUPERSET: frozenset({Relation.EQUAL, Relation.SUPERSET}),
}


def has_wildcard(component: str) -> bool:
    """Tell whether *component* holds an unquoted `*` or `?` beside other characters."""
    if component in {ANY, NA} or not component:
        return False
    if component[0] in "*?":
        return True
    return component[-1] in "*?" and not _ends_quoted(component)


def _ends_quoted(component: str) -> bool:
    body = component[:-1]
    return (len(body) - len(body.rstrip("\\"))) % 2 == 1


@lru_cache(maxsize=4_096)
def wildcard_pattern(component: str) -> re.Pattern[str]:
    """Return the pattern of a component with wildcards, over canonical components.

    `*` stands for any number of characters, each `?` for at most one; a quoted character is one.
    """
    character = r"(?:[^\\]|\\.)"
    start = re.match(r"\*|\?*", component)
    lead = start.group() if start else ""
    rest = component[len(lead) :]
    tail = ""
    while rest and rest[-1] in "*?" and not _ends_quoted(rest):
        tail, rest = rest[-1] + tail, rest[:-1]
    edges = [f"{character}*" if edge == "*" else f"{character}{{0,{len(edge)}}}" for edge in (lead, tail)]
    return re.compile(f"{edges[0]}{re.escape(rest)}{edges[1]}", re.DOTALL)


def compare_components(source: str, target: str) -> Relation:
    """Return what component *source* is to component *target*; a target with wildcards is undefined."""
    if has_wildcard(target):
        return Relation.UNDEFINED
    if source == target:
        return Relation.EQUAL
    if ANY in (source, target):
        return Relation.SUPERSET if source == ANY else Relation.SUBSET
    if has_wildcard(source) and target != NA and wildcard_pattern(source).fullmatch(target):
        return Relation.SUPERSET
    return Relation.DISJOINT


def compare(source: Cpe, target: Cpe) -> Relation:
    """Return what name *source* is to name *target*, over all components."""
    found = {compare_components(getattr(source, name), getattr(target, name)) for name in COMPONENTS}
    if Relation.DISJOINT in found:
        return Relation.DISJOINT
    if found == {Relation.EQUAL}:
        return Relation.EQUAL
    for relation, allowed in _WITH_EQUAL.items():
        if found <= allowed:
            return relation
    return Relation.UNDEFINED
