"""Structured evidence: what was seen, in a form that can be shown without trusting it.

All text in evidence comes from outside. Every form has a limit; what was cut at a limit says so in `cut`.
"""

from typing import Annotated, Any

import msgspec

from chariot.model.fields import OUTSIDE_LIMIT

OutsideText = Annotated[str, msgspec.Meta(max_length=OUTSIDE_LIMIT, extra={"outside": True})]
_ROWS = 1_000


class _Evidence(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="form",
):
    """What all forms share."""

    title: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cut: bool = False
    """True when the original was longer than the limit and the rest was left out."""

    def __post_init__(self) -> None:
        encoded = msgspec.json.encode(self)
        if len(encoded) > 8 * OUTSIDE_LIMIT:
            raise ValueError(f"evidence is larger than {8 * OUTSIDE_LIMIT:,} bytes")
        try:
            _twins[type(self)].decode(encoded)
        except msgspec.DecodeError as error:
            raise ValueError(str(error)) from None


class KeyValues(_Evidence, frozen=True, kw_only=True, tag="key_values"):
    """Named values."""

    values: dict[str, OutsideText]


class Table(_Evidence, frozen=True, kw_only=True, tag="table"):
    """Rows under column names."""

    columns: Annotated[tuple[str, ...], msgspec.Meta(max_length=50)]
    rows: Annotated[tuple[tuple[OutsideText, ...], ...], msgspec.Meta(max_length=_ROWS)]


class HttpExchange(_Evidence, frozen=True, kw_only=True, tag="http"):
    """One request and its answer, as sent and received."""

    method: str
    url: OutsideText
    request_headers: tuple[tuple[str, OutsideText], ...] = ()
    request_body: OutsideText = ""
    status: int = 0
    response_headers: tuple[tuple[OutsideText, OutsideText], ...] = ()
    response_body: OutsideText = ""


class Banner(_Evidence, frozen=True, kw_only=True, tag="banner"):
    """What a service said first."""

    text: OutsideText


class Code(_Evidence, frozen=True, kw_only=True, tag="code"):
    """Lines of a file."""

    path: OutsideText
    first_line: int = 1
    text: OutsideText
    language: str = ""


class Image(_Evidence, frozen=True, kw_only=True, tag="image"):
    """A picture kept as a blob."""

    blob: str
    """The blob's SHA-256."""
    media_type: str
    size_bytes: int


Evidence = KeyValues | Table | HttpExchange | Banner | Code | Image


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
