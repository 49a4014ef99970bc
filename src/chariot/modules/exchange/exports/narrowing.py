"""A filter over several kinds, asked of one of them: a field that the kind lacks has no value there."""

from collections.abc import Iterable

from chariot.modules.surface.query import All, Compare, Filter, Not, Some, filter_fields

Narrowed = Filter | bool
"""What is left of a filter for one kind; True holds for all of its entities, False for none."""


def narrowed(term: Filter, kind: str) -> Narrowed:
    """Return what *term* asks of entities of *kind*."""
    return _narrowed(term, filter_fields((kind,)).keys())


def _narrowed(term: Filter, fields: Iterable[str]) -> Narrowed:
    match term:
        case Not(inner):
            left = _narrowed(inner, fields)
            return not left if isinstance(left, bool) else Not(left)
        case All(terms):
            return _joined(terms, fields, neutral=True)
        case Some(terms):
            return _joined(terms, fields, neutral=False)
        case Compare(field, operator, values):
            if field in fields or field.startswith("tag."):
                return term
            if operator == "=":
                return None in values
            return operator == "!=" and None not in values


def _joined(terms: tuple[Filter, ...], fields: Iterable[str], *, neutral: bool) -> Narrowed:
    kept: list[Filter] = []
    for one in terms:
        left = _narrowed(one, fields)
        if isinstance(left, bool):
            if left is not neutral:
                return left
        else:
            kept.append(left)
    if not kept:
        return neutral
    if len(kept) == 1:
        return kept[0]
    return All(tuple(kept)) if neutral else Some(tuple(kept))
