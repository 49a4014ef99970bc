"""What a file says of the same rule again and again, read once."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec

T = TypeVar("T")
P = ParamSpec("P")

_KEPT = 2_048
_KEPT_BYTES = 16_384
"""What is larger is read each time, so that what is kept stays small whatever a file says."""
_NAMES = 1_000
_NAMES_LENGTH = 2_000
_encode = msgspec.json.Encoder().encode


def repeated(read: Callable[Concatenate[Any, P], T]) -> Callable[Concatenate[Any, P], T]:
    """Return *read*, a pure function of a piece of JSON and of short texts, remembering what it returned last.

    To write a description of a kilobyte as JSON again, and to look that up, takes a microsecond; to read it
    takes twenty.
    """
    known: dict[Any, T] = {}

    def again(value: Any, /, *more: P.args, **named: P.kwargs) -> T:
        try:
            encoded = _encode(value)
        except (ValueError, OverflowError, RecursionError):
            # What only a patient reader takes (half a surrogate pair) cannot be written again.
            return read(value, *more, **named)
        if len(encoded) > _KEPT_BYTES:
            return read(value, *more, **named)
        key = (encoded, more, *named.values()) if named else (encoded, more)
        try:
            return known[key]
        except KeyError:
            found = read(value, *more, **named)
        if len(known) >= _KEPT:
            known.clear()
        known[key] = found
        return found

    return again


def renaming(plain: Callable[[str], str]) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Return what gives an object its members by names as *plain* writes them: where releases differ, the same."""

    @lru_cache(maxsize=_NAMES)
    def known(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(plain, names))

    def renamed(given: Mapping[str, Any]) -> dict[str, Any]:
        names = tuple(given)
        # The members are the same record after record; only what is short is remembered.
        written = known(names) if sum(map(len, names)) <= _NAMES_LENGTH else map(plain, names)
        return dict(zip(written, given.values(), strict=True))

    return renamed
