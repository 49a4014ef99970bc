"""Title, meta values and loaded files of an HTML page, read in linear time whatever the page holds."""

import html
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

TITLE_LIMIT: Final = 1_000
META_LIMIT: Final = 100
"""Meta elements that are read; real pages have fewer."""
SCRIPTS_LIMIT: Final = 200
"""Loaded files that are read."""
META_TAGS: Final = ("<meta", "<META", "<Meta")
LOADING_TAGS: Final = ("<script", "<SCRIPT", "<Script", "<link", "<LINK", "<Link")
"""How the start tags begin whose elements are read, in the ways that people write them."""

_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{0,4000})", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(name|property|content)\s{0,5}=\s{0,5}(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'<>=`]{1,200}))""",
    re.IGNORECASE,
)
_ADDRESS = re.compile(
    r"""(?<![\w-])(?:src|href)\s{0,5}=\s{0,5}(?:"([^"]{1,500})"|'([^']{1,500})'|([^\s"'<>=`]{1,500}))""",
    re.IGNORECASE,
)
_INSIDE = re.compile(r"<[A-Za-z]{4,6}\s([^<>]{1,2000})>")
_REALM = re.compile(r"""\brealm\s?=\s?(?:"([^"]{0,300})"|([^\s,"]{1,300}))""", re.IGNORECASE)


def title_of(body: str) -> str:
    """Return the page's title with blanks collapsed; empty where there is none."""
    match = _TITLE.search(body)
    return " ".join(html.unescape(match[1]).split())[:TITLE_LIMIT] if match else ""


def metas_of(body: str, starts: Iterable[int]) -> tuple[tuple[str, str], ...]:
    """Return name and content of the page's first meta elements, which begin at *starts*; names in lower case."""
    found = []
    for element in islice(_elements(body, starts), META_LIMIT):
        values = {
            match[1].lower(): next((text for text in match.groups()[1:] if text is not None), "")
            for match in _ATTRIBUTE.finditer(element)
        }
        name = values.get("name") or values.get("property") or ""
        if name and "content" in values:
            found.append((name.lower(), html.unescape(values["content"])))
    return tuple(found)


def loaded_by(body: str, starts: Iterable[int]) -> tuple[str, ...]:
    """Return the addresses of the scripts and style sheets of the elements at *starts*, entities undone."""
    found: dict[str, None] = {}
    for element in islice(_elements(body, starts), SCRIPTS_LIMIT):
        if match := _ADDRESS.search(element):
            found[html.unescape(match[1] or match[2] or match[3])] = None
    return tuple(found)


def _elements(body: str, starts: Iterable[int]) -> Iterator[str]:
    """Yield what stands inside the start tags at *starts*, after their names."""
    for start in starts:
        if inside := _INSIDE.match(body, start):
            yield inside[1]


def realm_of(challenge: str) -> str:
    """Return the realm of a WWW-Authenticate header's value; empty where it names none."""
    match = _REALM.search(challenge)
    return (match[1] or match[2] or "") if match else ""
