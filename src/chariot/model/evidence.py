"""Structured evidence: what was seen, in a form that can be shown without trusting it.

All text in evidence comes from outside. Every form has a limit; what was cut at a limit says so in `cut`.
"""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from chariot.model.fields import OUTSIDE_LIMIT

OutsideText = Annotated[str, msgspec.Meta(max_length=OUTSIDE_LIMIT, extra={"outside": True})]
_ROWS = 1_000
_COLUMNS = 50
_TITLE_LENGTH = 200
_LIMIT_BYTES = 8 * OUTSIDE_LIMIT
_WIDEST_BYTES = 6
"""One character takes so many bytes at most in JSON, as an escape."""


class _Evidence(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="form",
):
    """What all forms share."""

    title: Annotated[str, msgspec.Meta(max_length=_TITLE_LENGTH)] = ""
    cut: bool = False
    """True when the original was longer than the limit and the rest was left out."""

    def __post_init__(self) -> None:
        # Nearly all evidence is a few plain texts, whose limits are seen at a glance.
        if _are_plain((self.title,), _TITLE_LENGTH) and self.cut.__class__ is bool:
            texts = self._texts()
            if texts is not None and _are_plain(texts, OUTSIDE_LIMIT):
                return
        encoded = msgspec.json.encode(self)
        if len(encoded) > _LIMIT_BYTES:
            raise ValueError(f"evidence is larger than {_LIMIT_BYTES:,} bytes")
        try:
            _twins[type(self)].decode(encoded)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from None

    def _texts(self) -> Sequence[Any] | None:
        """Return all that must be short text where the rest is as declared; None where that takes a longer look."""
        return None


def _are_plain(texts: Sequence[Any], limit: int) -> bool:
    """Tell whether *texts* are all ASCII, and together within *limit* and within that of evidence."""
    try:
        joined = "".join(texts)
    except TypeError:
        return False
    return (
        len(joined) <= limit
        and joined.isascii()
        and _WIDEST_BYTES * (len(joined) + len(texts)) < _LIMIT_BYTES
    )


class KeyValues(_Evidence, frozen=True, kw_only=True, tag="key_values"):
    """Named values."""

    values: dict[str, OutsideText]

    def _texts(self) -> Sequence[Any] | None:
        values = self.values
        return [*values, *values.values()] if values.__class__ is dict else None


class Table(_Evidence, frozen=True, kw_only=True, tag="table"):
    """Rows under column names."""

    columns: Annotated[tuple[str, ...], msgspec.Meta(max_length=_COLUMNS)]
    rows: Annotated[tuple[tuple[OutsideText, ...], ...], msgspec.Meta(max_length=_ROWS)]

    def _texts(self) -> Sequence[Any] | None:
        if self.columns.__class__ is not tuple or self.rows.__class__ is not tuple:
            return None
        if (
            any(row.__class__ is not tuple for row in self.rows)
            or len(self.columns) > _COLUMNS
            or len(self.rows) > _ROWS
        ):
            return None
        return [*self.columns, *(cell for row in self.rows for cell in row)]


class HttpExchange(_Evidence, frozen=True, kw_only=True, tag="http"):
    """One request and its answer, as sent and received."""

    method: str
    url: OutsideText
    request_headers: tuple[tuple[str, OutsideText], ...] = ()
    request_body: OutsideText = ""
    status: int = 0
    response_headers: tuple[tuple[OutsideText, OutsideText], ...] = ()
    response_body: OutsideText = ""

    def _texts(self) -> Sequence[Any] | None:
        headers = (self.request_headers, self.response_headers)
        if self.status.__class__ is not int or any(one.__class__ is not tuple for one in headers):
            return None
        pairs = [*self.request_headers, *self.response_headers]
        if any(pair.__class__ is not tuple or len(pair) != 2 for pair in pairs):
            return None
        texts = [self.method, self.url, self.request_body, self.response_body]
        for pair in pairs:
            texts += pair
        return texts


class Banner(_Evidence, frozen=True, kw_only=True, tag="banner"):
    """What a service said first."""

    text: OutsideText

    def _texts(self) -> Sequence[Any] | None:
        return (self.text,)


class Code(_Evidence, frozen=True, kw_only=True, tag="code"):
    """Lines of a file."""

    path: OutsideText
    first_line: int = 1
    text: OutsideText
    language: str = ""

    def _texts(self) -> Sequence[Any] | None:
        return (self.path, self.text, self.language) if self.first_line.__class__ is int else None


class Image(_Evidence, frozen=True, kw_only=True, tag="image"):
    """A picture kept as a blob."""

    blob: str
    """The blob's SHA-256."""
    media_type: str
    size_bytes: int


Evidence = KeyValues | Table | HttpExchange | Banner | Code | Image

FORMS: frozenset[type] = frozenset(Evidence.__args__)
"""Every form there is; none of them has another below it."""


def _twin(cls: type[_Evidence]) -> msgspec.json.Decoder[Any]:
    """Return a decoder of *cls* that constructs nothing of ours: only decoding holds types and limits."""
    fields = [
        (info.name, info.type) if info.required else (info.name, info.type, info.default)
        for info in msgspec.structs.fields(cls)
    ]
    return msgspec.json.Decoder(
        msgspec.defstruct(cls.__name__, fields, tag_field="form", tag=cls.__struct_config__.tag, kw_only=True)
    )


_twins = {cls: _twin(cls) for cls in Evidence.__args__}
