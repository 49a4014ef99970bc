"""Answers that are files: never shown by a browser as a page of ours, whatever is in them."""

from collections.abc import AsyncIterator
from urllib.parse import quote

from chariot.entrypoints.rest.operations import Answer

_SHOWABLE = ("application/", "text/", "image/", "audio/", "video/", "font/", "model/", "message/")


def attachment(name: str, media_type: str, stream: AsyncIterator[bytes], size_bytes: int | None) -> Answer:
    """Return a file called *name* as a download. Source: RFC 6266, and RFC 8187 for the encoded name."""
    plain = "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "._-") else "_" for letter in name
    )
    headers = {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    }
    if size_bytes is not None:
        headers["content-length"] = str(size_bytes)
    return Answer(stream=stream, media_type=_harmless(media_type), headers=headers)


def _harmless(media_type: str) -> str:
    """Return a media type that fits into a header; what somebody stated of a file may be anything."""
    is_one = media_type.startswith(_SHOWABLE) and media_type.isascii() and media_type.isprintable()
    return media_type[:200] if is_one else "application/octet-stream"
