"""Title and meta values of an HTML page, read in linear time whatever the page holds."""

import html
import re
from typing import Final

TITLE_LIMIT: Final = 1_000
META_LIMIT: Final = 100
"""Meta elements that are read; real pages have fewer."""

_TITLE = re.compile(r"<title(?:\s[^<>]{0,200})?>([^<]{0,4000})", re.IGNORECASE)
_META = re.compile(r"<meta\s([^<>]{1,2000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"""(?<![\w-])(name|property|content)\s{0,5}=\s{0,5}(?:"([^"]{0,1000})"|'([^']{0,1000})'|([^\s"'<>=`]{1,200}))""",
    re.IGNORECASE,
)


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
