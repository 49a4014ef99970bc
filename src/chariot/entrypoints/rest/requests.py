"""Reading requests: query parameters, path parameters, bodies and instants, each error naming its field."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote_to_bytes

import msgspec
from msgspec import inspect

from chariot.entrypoints.rest.problems import (
    MediaTypeError,
    SlowRequestError,
)
from chariot.errors import InvalidError, TooLargeError
from chariot.model.instants import written_instant
from chariot.model.refusals import refused_input

T = TypeVar("T")
Receive = Callable[[], Awaitable[Any]]
_MOST_PARAMETERS = 30
_AGO = re.compile(r"([0-9]{1,6})([smhdw])")
_ETAG = re.compile(r'"(\d{1,18})(?:-[0-9a-f]{1,16})?(?:-[zg])?"', re.ASCII)
_STRICT: Mapping[type[inspect.Type], tuple[re.Pattern[str], str]] = {
    inspect.IntType: (re.compile(r"0|-?[1-9][0-9]*"), "a whole number in digits, such as 100"),
    inspect.BoolType: (re.compile(r"true|false"), "true or false"),
}
"""What stands in a query for a value that is no text: a converter also reads 1e2, TRUE and null."""
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def query_parameters(query: str, to: type[T]) -> T:
    """Return the query string as *to*.

    Raises:
        InvalidError: a parameter is unknown, given twice, or has a wrong value.
    """
    if not query:
        return _without(to)  # type: ignore[no-any-return, arg-type]  # a cache forgets what it is given
    if not query.isascii():
        raise InvalidError("has a character that is not percent-encoded", place="query")
    try:
        pairs = parse_qsl(query, keep_blank_values=True, errors="strict", max_num_fields=_MOST_PARAMETERS)
    except UnicodeDecodeError:
        raise InvalidError("is not UTF-8", place="query") from None
    except ValueError:
        raise InvalidError(f"has more than {_MOST_PARAMETERS} parameters", place="query") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidError("is given more than once", place=twice[:80] or "query")
    known = to.__struct_fields__  # type: ignore[attr-defined]  # every parameters type is a Struct
    for name in found:
        if name not in known:
            listed = f"there are {', '.join(known)}" if known else "there are none here"
            raise InvalidError(f"there is no such parameter; {listed}", place=name[:80] or "query")
    _check_values(found, to)
    try:
        return msgspec.convert(found, to, strict=False)
    except msgspec.ValidationError as error:
        raise refused_input(error) from None


def _check_values(found: Mapping[str, str], to: type[Any]) -> None:
    forms = _forms(to)  # type: ignore[arg-type]  # every type hashes by what it is
    for name, value in found.items():
        if "\0" in value:
            raise InvalidError("has a NUL character", place=name)
        form, meant = forms.get(name, (None, ""))
        if form is not None and form.fullmatch(value) is None:
            raise InvalidError(f"{value[:40]!r} is not {meant}", place=name)


@cache
def _forms(to: type[Any]) -> dict[str, tuple[re.Pattern[str], str]]:
    """Return the forms of those parameters that are no text, by name."""
    described = inspect.type_info(to)
    return {
        field.name: _STRICT[kind]
        for field in described.fields  # type: ignore[attr-defined]  # every parameters type is a Struct
        for kind in _plain_types(field.type)
        if kind in _STRICT
    }


def _plain_types(described: inspect.Type) -> list[type[inspect.Type]]:
    """Return what a value may be, without what is told of it and without the choice that leads there."""
    match described:
        case inspect.Metadata(inner):
            return _plain_types(inner)
        case inspect.UnionType(choices):
            return [plain for one in choices for plain in _plain_types(one)]
    return [type(described)]


@cache
def _without(to: type[Any]) -> Any:
    """Return *to* as it is without any parameter; what a frozen Struct says never changes."""
    try:
        return msgspec.convert({}, to, strict=False)
    except msgspec.ValidationError as error:
        raise refused_input(error) from None


def path_parameter(name: str, value: str) -> str:
    """Return a segment of the path, decoded once.

    Raises:
        InvalidError: it is not UTF-8, or has a NUL, which no store keeps.
    """
    try:
        text = unquote_to_bytes(value).decode()
    except UnicodeDecodeError:
        raise InvalidError("is not UTF-8", place=name) from None
    if "\0" in text:
        raise InvalidError("has a NUL character", place=name)
    return text


async def read_body(
    receive: Receive, headers: Mapping[str, str], *, limit_bytes: int, timeout_s: float
) -> bytes:
    """Return the whole body, which must be JSON by its type.

    Raises:
        MediaTypeError: it says that it is something else, or compressed.
        TooLargeError: it is larger than *limit_bytes*; the rest is not read.
        SlowRequestError: it did not arrive in *timeout_s*.
    """
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise MediaTypeError("must be application/json", place="content-type")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeError(
            "must be identity: this server reads no compressed bodies", place="content-encoding"
        )
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit_bytes:
        raise TooLargeError(f"is larger than {limit_bytes:,} bytes", place="body")
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout_s):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise InvalidError("ended before it was complete", place="body")
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > limit_bytes:
                    raise TooLargeError(f"is larger than {limit_bytes:,} bytes", place="body")
                chunks.append(chunk)
                if not message.get("more_body", False):
                    return b"".join(chunks)
    except TimeoutError:
        raise SlowRequestError(f"did not arrive within {timeout_s:g} s", place="body") from None


async def body_chunks(
    receive: Receive, headers: Mapping[str, str], *, limit_bytes: int, pause_s: float
) -> AsyncIterator[bytes]:
    """Yield the body as it comes, whatever its type.

    Raises:
        MediaTypeError: it says that it is compressed on its way; a file that is gzip itself is none of this.
        TooLargeError: it is larger than *limit_bytes*; the rest is not read.
        SlowRequestError: nothing came for *pause_s*.
        InvalidError: the caller went away before the end.
    """
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise MediaTypeError(
            "must be identity: send the packed file as it is, without this header", place="content-encoding"
        )
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit_bytes:
        raise TooLargeError(f"is larger than {limit_bytes:,} bytes", place="body")
    size = 0
    more = True
    while more:
        try:
            async with asyncio.timeout(pause_s):
                message = await receive()
        except TimeoutError:
            raise SlowRequestError(f"nothing came for {pause_s:g} s", place="body") from None
        if message["type"] != "http.request":
            raise InvalidError("ended before it was complete", place="body")
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit_bytes:
            raise TooLargeError(f"is larger than {limit_bytes:,} bytes", place="body")
        more = message.get("more_body", False)
        if chunk:
            yield chunk


def decode_body(body: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Return *body* as what *decoder* makes.

    Raises:
        InvalidError: it is not; the place is the path into it.
    """
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise refused_input(error, place="body") from None


def instant(text: str, *, place: str, now: datetime | None = None) -> datetime:
    """Return what *text* means: ISO 8601 (UTC unless it says otherwise), or with *now* also `24h`, `7d` ago.

    Raises:
        InvalidError: it is neither.
    """
    ago = _AGO.fullmatch(text) if now is not None else None
    try:
        if ago is not None and now is not None:
            return now - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        # A plus that was not encoded arrives as a space.
        moment = written_instant(text.replace(" ", "+") if "T" in text else text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        relative = ", or a time ago such as 24h or 7d" if now is not None else ""
        raise InvalidError(
            f"{text[:40]!r} is not an instant such as 2026-01-31T12:00:00Z{relative}", place=place
        ) from None


def revision_of(headers: Mapping[str, str]) -> int | None:
    """Return the revision that the If-Match header names; None when it is absent or `*`.

    An ETag of an entity is its revision, and after a dash what tells its representations apart. A sighting that
    only moves `visited` is no conflict, so the revision alone is compared.

    Raises:
        InvalidError: it is not an ETag of this API, also when it is empty: whoever sends it means to be protected.
    """
    if_match = headers.get("if-match", "*").strip()
    if if_match == "*":
        return None
    match = _ETAG.fullmatch(if_match)
    if match is None:
        raise InvalidError("is not one ETag of an entity, in double quotes", place="if-match")
    return int(match[1])


def is_known(if_none_match: str, etag: str) -> bool:
    """Tell whether an If-None-Match header names *etag*, in whatever encoding it was sent.

    >>> is_known('"6-aa", "7-ab-z"', '"7-ab"')
    True
    """
    if not if_none_match or not etag:
        return False
    names = [name.strip() for name in if_none_match.split(",")]
    return any(name == etag or (name[-3:] in ('-z"', '-g"') and f'{name[:-3]}"' == etag) for name in names)
