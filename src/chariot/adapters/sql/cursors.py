"""Cursors: opaque to callers, checked when they come back."""

import base64
import binascii
from typing import Any

import msgspec

from chariot.errors import InvalidError

_decoder = msgspec.json.Decoder(tuple[Any, ...])


def encode_cursor(walk: str, *position: Any) -> str:
    """Return a cursor that stands after *position* in *walk* (the name of an order)."""
    return base64.urlsafe_b64encode(msgspec.json.encode((walk, *position))).decode().rstrip("=")


def decode_cursor(cursor: str, walk: str, *forms: tuple[type, ...]) -> tuple[Any, ...]:
    """Return the position that `encode_cursor` wrote for the same *walk*, in one of its *forms*.

    Raises:
        InvalidError: it is not a cursor, or one of another order.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        name, *position = _decoder.decode(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, msgspec.DecodeError, RecursionError, ValueError):
        raise InvalidError("is not a cursor of this API", place="cursor") from None
    if name != walk or tuple(map(type, position)) not in forms or not all(map(_storable, position)):
        raise InvalidError("belongs to another list or order", place="cursor")
    return tuple(position)


def forms(field: str) -> tuple[tuple[type, ...], ...]:
    """Return the forms of a cursor in the order by *field*; without a value it stands among those that have none."""
    if field == "key":
        return ((str,),)
    if field == "updated":
        return ((int, int),)
    return ((str, int), (int, int), (float, int), (type(None), int, int))


def _storable(value: Any) -> bool:
    """Tell whether every engine can compare with *value*: 64 bits hold a number, and no text holds a NUL."""
    if isinstance(value, str):
        return "\0" not in value
    return not isinstance(value, int) or -(2**63) <= value < 2**63
