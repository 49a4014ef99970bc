"""What a decoder or an entity says is wrong, told as an error that names the field apart from the text."""

import re

from chariot.errors import InvalidError

_AT = re.compile(r"(?s)(.*?)(?: - at `(?:key(?:` in `| in ))?\$?\.?([^`]*)`)?\Z")
_FIELD = re.compile(r"field `([^`]*)`")
_OWN = re.compile(r"(?s)([a-z_][a-z0-9_]*(?:\[\d+\])?): (.*)")


def refused_input(error: Exception, *, place: str = "") -> InvalidError:
    """Return a decoder's *error* as one that names the field apart from the text; *place* is where none is."""
    if isinstance(error, RecursionError):
        return InvalidError("is nested too deeply", place=place)
    if isinstance(error, UnicodeDecodeError):
        return InvalidError("is not UTF-8", place=place)
    match = _AT.match(str(error))
    assert match is not None  # Every part of the pattern may be empty.
    text, path = match[1], match[2] or ""
    named = _FIELD.search(text)
    if named and named[1] != path.rpartition(".")[2]:
        path = f"{path}.{named[1]}" if path else named[1]
    return InvalidError(text[:1_000], place=path[:200] or place)


def refused_entity(error: Exception, *, place: str = "") -> InvalidError:
    """Return what making an entity raised, likewise; an entity begins its own errors with the field.

    >>> refused_entity(ValueError("host: must not be empty")).place
    'host'
    """
    told = refused_input(error, place=place)
    own = _OWN.fullmatch(told.message)
    return InvalidError(own[2], place=own[1]) if own else told
