"""Title, meta values and loaded files of an HTML page, read in linear time whatever the page holds."""

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

TITLE_LIMIT: Final = 1_000
META_LIMIT: Final = 100
"""Meta elements that are read; real pages have fewer."""
SCRIPTS_LIMIT: Final = 200
"""Loaded files that are read."""

_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{0,4000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(name|property|content)\s{0,5}=\s{0,5}(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'<>=`]{1,200}))""",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"""(?<![\w-])(?:src|href)\s{0,5}=\s{0,5}(?:"([^"]{1,500})"|'([^']{1,500})'|([^\s"'<>=`]{1,500}))""",
    re.IGNORECASE,
)
_INSIDE = re.compile(rb"\s([^<>]{1,2000})>")
_REALM = re.compile(r"""\brealm\s?=\s?(?:"([^"]{0,300})"|([^\s,"]{1,300}))""", re.IGNORECASE)


def title_of(body: str) -> str:
    """Return the page's title with blanks collapsed; empty where there is none."""
    match = _TITLE.search(body)
    return " ".join(html.unescape(match[1]).split())[:TITLE_LIMIT] if match else ""


def metas_of(body: str) -> tuple[tuple[str, str], ...]:
    """Return name and content of the page's first meta elements; names in lower case."""
    found = []
    for element in islice(_elements(body, b"<meta"), META_LIMIT):
        values = {
            match[1].lower(): next((text for text in match.groups()[1:] if text is not None), "")
            for match in _ATTRIBUTE.finditer(element)
        }
        name = values.get("name") or values.get("property") or ""
        if name and "content" in values:
            found.append((name.lower(), html.unescape(values["content"])))
    return tuple(found)


def scripts_of(body: str) -> tuple[str, ...]:
    """Return the addresses of the scripts and style sheets that the page loads, as written, entities undone."""
    found: dict[str, None] = {}
    for element in islice(_elements(body, b"<script", b"<link"), SCRIPTS_LIMIT):
        if match := _ADDRESS.search(element):
            found[html.unescape(match[1] or match[2] or match[3])] = None
    return tuple(found)


def _elements(body: str, *starts: bytes) -> Iterator[str]:
    """Yield what stands inside the start tags that begin with one of *starts*, which are in lower case."""
    # Bytes, because their lower case has the same length, and because nothing finds a text quicker than `find`.
    raw = body.encode("utf-8", "replace")
    lowered = raw.lower()
    for start in starts:
        place = lowered.find(start)
        while place >= 0:
            if inside := _INSIDE.match(raw, place + len(start)):
                yield inside[1].decode("utf-8", "replace")
            place = lowered.find(start, place + 1)


def realm_of(challenge: str) -> str:
    """Return the realm of a WWW-Authenticate header's value; empty where it names none."""
    match = _REALM.search(challenge)
    return (match[1] or match[2] or "") if match else ""
