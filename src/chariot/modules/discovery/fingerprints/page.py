"""Title, meta values and loaded files of an HTML page, read in linear time whatever the page holds."""

import html
import re
from typing import Final

TITLE_LIMIT: Final = 1_000
META_LIMIT: Final = 100
"""Meta elements that are read; real pages have fewer."""
SCRIPTS_LIMIT: Final = 200
"""Loaded files that are read."""

_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{0,4000})", re.IGNORECASE)
_META = re.compile(r"<meta\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(name|property|content)\s{0,5}=\s{0,5}(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'<>=`]{1,200}))""",
    re.IGNORECASE,
)
# The first letter in both cases, because a search that ignores case cannot skip ahead to the next element.
_LOADED = re.compile(
    r"""<(?:[sS]cript|SCRIPT|[lL]ink|LINK)\s(?:[^<>]{0,500}?\s)?(?:src|href|SRC|HREF)\s?=\s?["']?([^\s"'<>]{1,500})"""
)
_REALM = re.compile(r"""\brealm\s?=\s?(?:"([^"]{0,300})"|([^\s,"]{1,300}))""", re.IGNORECASE)


def title_of(body: str) -> str:
    """Return the page's title with blanks collapsed; empty where there is none."""
    match = _TITLE.search(body)
    return " ".join(html.unescape(match[1]).split())[:TITLE_LIMIT] if match else ""


def metas_of(body: str) -> tuple[tuple[str, str], ...]:
    """Return name and content of the page's first meta elements; names in lower case."""
    found = []
    for count, element in enumerate(_META.finditer(body)):
        if count >= META_LIMIT:
            break
        values = {
            match[1].lower(): next((text for text in match.groups()[1:] if text is not None), "")
            for match in _ATTRIBUTE.finditer(element[1])
        }
        name = values.get("name") or values.get("property") or ""
        if name and "content" in values:
            found.append((name.lower(), html.unescape(values["content"])))
    return tuple(found)


def scripts_of(body: str) -> tuple[str, ...]:
    """Return the addresses of the scripts and style sheets that the page loads, as written, entities undone."""
    found = (
        html.unescape(match[1])
        for match, _ in zip(_LOADED.finditer(body), range(SCRIPTS_LIMIT), strict=False)
    )
    return tuple(dict.fromkeys(found))


def realm_of(challenge: str) -> str:
    """Return the realm of a WWW-Authenticate header's value; empty where it names none."""
    match = _REALM.search(challenge)
    return (match[1] or match[2] or "") if match else ""
