"""Forms and icons of an HTML page, read in linear time whatever the page holds."""

import html
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urljoin, urlsplit

import msgspec

FORMS_LIMIT: Final = 20
_TEXT_LIMIT: Final = 262_144
_FORM = re.compile(r"<form\b([^<>]{0,2000})>", re.IGNORECASE)
_PASSWORD = re.compile(r"<input\b[^<>]{0,1000}\btype\s{0,3}=\s{0,3}[\"']?password\b", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(action|method|href|rel)\s{0,3}=\s{0,3}(?:"([^"]{0,2000})"|'([^']{0,2000})'|([^\s"'<>=`]{1,2000}))""",
    re.IGNORECASE,
)
_LINK = re.compile(r"<link\b([^<>]{1,2000})>", re.IGNORECASE)


class Form(msgspec.Struct, frozen=True):
    """Where a form sends what is typed into it."""

    action: str
    """Absolute URL, without query."""
    method: str
    has_password: bool


def forms_of(url: str, body: str) -> tuple[Form, ...]:
    """Return the first forms of a page that was found at *url*."""
    body = body[:_TEXT_LIMIT]
    found = []
    starts = list(_FORM.finditer(body))[:FORMS_LIMIT]
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(body)
        values = _attributes(start[1])
        found.append(
            Form(
                action=_absolute(url, values.get("action", "")),
                method=values.get("method", "get").lower()[:10],
                has_password=_PASSWORD.search(body, start.end(), end) is not None,
            )
        )
    return tuple(found)


def has_password_field(body: str) -> bool:
    """Tell whether the page asks for a password, in a form or without one."""
    return _PASSWORD.search(body[:_TEXT_LIMIT]) is not None


def icon_of(url: str, body: str) -> str:
    """Return where the page's icon is: what it names at its own host, else `/favicon.ico`."""
    for link in _links(body[:_TEXT_LIMIT]):
        if "icon" in link.get("rel", "").lower().split() and link.get("href"):
            found = _absolute(url, link["href"])
            if urlsplit(found).netloc == urlsplit(url).netloc and found.startswith(("http:", "https:")):
                return found
    return _absolute(url, "/favicon.ico")


def _links(body: str) -> Iterator[dict[str, str]]:
    for count, match in enumerate(_LINK.finditer(body)):
        if count >= 100:
            return
        yield _attributes(match[1])


def _attributes(element: str) -> dict[str, str]:
    return {
        match[1].lower(): html.unescape(next((text for text in match.groups()[1:] if text is not None), ""))
        for match in _ATTRIBUTE.finditer(element)
    }


def _absolute(url: str, written: str) -> str:
    """Return *written* as an address without query; that of the page where it is none."""
    try:
        joined = urljoin(url, written.strip())
        urlsplit(joined)
    except ValueError:
        joined = url
    return joined.partition("?")[0].partition("#")[0]
